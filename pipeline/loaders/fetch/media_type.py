"""
Detect the media type of a fetched page: the Content-Type where it is precise, else the bytes.

Servers call Markdown "text/plain", feeds "text/xml" and Word files "application/octet-stream".
"""

from __future__ import annotations

import re
from collections.abc import Collection
from urllib.parse import urlsplit

from pipeline.net.fetch_problem import FetchProblem
from pipeline.text_encoding import find_codec

HTML = "text/html"
#: RSS, Atom and JSON Feed alike: one loader reads them.
FEED = "application/rss+xml"
MARKDOWN = "text/markdown"
TEXT = "text/plain"
WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"

_SUPPORTED = (
    "web pages (HTML), feeds (RSS, Atom, JSON Feed), Markdown, plain text and Word files (.docx)"
)

_KNOWN = {
    HTML: HTML,
    "application/xhtml+xml": HTML,
    "application/rss+xml": FEED,
    "application/atom+xml": FEED,
    "application/rdf+xml": FEED,
    "application/feed+json": FEED,
    MARKDOWN: MARKDOWN,
    "text/x-markdown": MARKDOWN,
    "application/markdown": MARKDOWN,
    WORD: WORD,
}
#: Types that are too general to say what the bytes are; "" is a missing header.
_GENERIC = {"", TEXT} | set(
    "application/json text/xml application/xml application/octet-stream binary/octet-stream application/binary "
    "application/unknown application/x-unknown application/download application/force-download application/x-download "
    "application/zip application/x-zip-compressed".split()
)
_SUFFIXES = {
    **dict.fromkeys((".md", ".markdown", ".mdown", ".mkd"), MARKDOWN),
    **dict.fromkeys((".txt", ".text"), TEXT),
}

_TYPE = re.compile(r"\s*([\w.+-]+/[\w.+-]+)")
_CHARSET = re.compile(r";\s*+charset\s*+=\s*+[\"']?([^\s\"';,]+)", re.IGNORECASE)
_COMMENT = re.compile(rb"<!--.*?(?:-->|\Z)", re.DOTALL)
_FIRST_TAG = re.compile(rb"\s*+(?:<[?!][^>]*+>\s*+)*+<([A-Za-z][\w:.-]*)")
#: How much of a page is examined, in bytes.
_HEAD = 4096


def detect_media_type(
    content_type: str, content: bytes, url: str, extra_types: Collection[str] = ()
) -> str:
    """Return the media type of *content*, one of this module's or of *extra_types*; refuse what no loader reads."""
    declared = read_media_type(content_type)
    if declared in extra_types and declared not in _GENERIC:
        return declared
    detected = _KNOWN.get(declared)
    if detected == HTML and _sniff(content) == FEED:
        return FEED
    if detected is None and declared in _GENERIC:
        detected = _detect_from_content(content, url) or (TEXT if declared == TEXT else None)
    if detected is not None:
        return detected
    kind = (
        f'it is "{declared}"'
        if declared
        else "the server does not say what it is, and its content does not show it"
    )
    raise FetchProblem(f"{kind}. Handbill reads {_SUPPORTED}. If it is one of these, add --format.")


def read_media_type(content_type: str) -> str:
    """Return the media type of a Content-Type header in lower case, "" without one."""
    found = _TYPE.match(content_type)
    return found[1].lower() if found else ""


def read_charset(content_type: str) -> str | None:
    """Return the charset of a Content-Type header if it can be decoded, else None."""
    found = _CHARSET.search(content_type)
    return found[1].lower() if found and find_codec(found[1]) else None


def _detect_from_content(content: bytes, url: str) -> str | None:
    if found := _sniff(content):
        return found
    if content.startswith(b"PK\x03\x04"):
        return WORD if b"word/document.xml" in content else None
    suffix = "." + urlsplit(url).path.rpartition("/")[2].rpartition(".")[2].lower()
    if suffix in _SUFFIXES:
        return _SUFFIXES[suffix]
    return TEXT if _is_text(content) else None


def _sniff(content: bytes) -> str | None:
    """Return what the first tag says, None if it says nothing."""
    head = content[:_HEAD]
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        head = head.replace(b"\0", b"")[2:]
    if head.lstrip().startswith(b"{") and b"jsonfeed.org" in head:
        return FEED
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
