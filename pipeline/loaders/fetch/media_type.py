"""
Of what kind a fetched page is: the server's word where it is precise, else the bytes.

Servers call Markdown "text/plain", feeds "text/xml" and Word files "application/octet-stream".
"""

from __future__ import annotations

import re
from collections.abc import Collection
from urllib.parse import urlsplit

from pipeline.net.fetch_problem import Obstacle
from pipeline.text_encoding import find_codec

HTML = "text/html"
#: RSS and Atom alike: one loader reads both.
FEED = "application/rss+xml"
MARKDOWN = "text/markdown"
TEXT = "text/plain"
WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"

_READ = "web pages (HTML), feeds (RSS, Atom), Markdown, plain text and Word files (.docx)"

_KNOWN = {
    HTML: HTML,
    "application/xhtml+xml": HTML,
    "application/rss+xml": FEED,
    "application/atom+xml": FEED,
    "application/rdf+xml": FEED,
    MARKDOWN: MARKDOWN,
    "text/x-markdown": MARKDOWN,
    "application/markdown": MARKDOWN,
    WORD: WORD,
}
#: Types that say too little, and what they stand for if the bytes say nothing either.
_GENERIC = {
    TEXT: TEXT,
    "": None,
    "text/xml": None,
    "application/xml": None,
    "application/octet-stream": None,
    "binary/octet-stream": None,
    "application/binary": None,
    "application/unknown": None,
    "application/x-unknown": None,
    "application/download": None,
    "application/force-download": None,
    "application/x-download": None,
    "application/zip": None,
    "application/x-zip-compressed": None,
}
_SUFFIXES = {
    ".md": MARKDOWN,
    ".markdown": MARKDOWN,
    ".mdown": MARKDOWN,
    ".mkd": MARKDOWN,
    ".txt": TEXT,
    ".text": TEXT,
}

_TYPE = re.compile(r"\s*([\w.+-]+/[\w.+-]+)")
_CHARSET = re.compile(r";\s*charset\s*=\s*[\"']?([^\s\"';,]+)", re.IGNORECASE)
_COMMENT = re.compile(rb"<!--.*?-->", re.DOTALL)
_FIRST_TAG = re.compile(rb"\s*(?:<[?!][^>]*>\s*)*<([A-Za-z][\w:.-]*)")
#: How much of a page is looked at.
_HEAD = 4096


def settle(content_type: str, content: bytes, url: str, also_read: Collection[str] = ()) -> str:
    """
    Return the media type of *content*: one of this module's, or of *also_read*.

    Args:
        content_type: The header as it came.
        also_read: Further types that somebody reads.

    Raises:
        Obstacle: Nothing here reads it.
    """
    said = said_type(content_type)
    if said in also_read and said not in _GENERIC:
        return said
    settled = _KNOWN.get(said)
    if settled == HTML and _sniff(content) == FEED:
        return FEED
    if settled is None and said in _GENERIC:
        settled = _looked_at(content, url) or _GENERIC[said]
    if settled is not None:
        return settled
    kind = f'it is "{said}"' if said else "the server does not say what it is, and nothing tells it"
    raise Obstacle(f"{kind}. Read are {_READ}. If it is one of these, add --format.")


def said_type(content_type: str) -> str:
    """Return the media type in a header, lower case, or nothing."""
    found = _TYPE.match(content_type)
    return found[1].lower() if found else ""


def read_charset(content_type: str) -> str | None:
    """Return the charset in a header, if it is one that can be decoded here."""
    found = _CHARSET.search(content_type)
    return found[1].lower() if found and find_codec(found[1]) else None


def _looked_at(content: bytes, url: str) -> str | None:
    if found := _sniff(content):
        return found
    if content.startswith(b"PK\x03\x04"):
        return WORD if b"word/document.xml" in content else None
    suffix = "." + urlsplit(url).path.rpartition("/")[2].rpartition(".")[2].lower()
    if suffix in _SUFFIXES:
        return _SUFFIXES[suffix]
    return TEXT if _is_text(content) else None


def _sniff(content: bytes) -> str | None:
    """Return what the first tag shows, if it shows anything."""
    head = content[:_HEAD]
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        head = head.replace(b"\0", b"")[2:]
    found = _FIRST_TAG.match(_COMMENT.sub(b"", head.removeprefix(b"\xef\xbb\xbf")))
    if not found:
        return None
    name = found[1].lower()
    if name in (b"rss", b"feed", b"rdf:rdf", b"atom:feed"):
        return FEED
    return HTML if name in (b"html", b"head", b"body") else None


def _is_text(content: bytes) -> bool:
    if content.lstrip().startswith((b"<", b"{", b"%PDF-")) or b"\0" in content[:_HEAD]:
        return False
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True
