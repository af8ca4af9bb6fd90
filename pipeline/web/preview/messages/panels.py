"""What a message holds, as the panels beside it say it: plain data, ready for JSON."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from pipeline.checks.message.message_size import CLIP_BYTES
from pipeline.web.preview.messages.preview_message import PreviewMessage, words_of
from pipeline.web.preview.messages.simulation import STYLE_BYTES

#: How many signs of a line an inbox shows: phones upright, then a window at a desk. Common widths, none is promised.
PHONE_SUBJECT, DESK_SUBJECT = 38, 70
PHONE_PREHEADER, DESK_PREHEADER = 45, 100

_BLOCK_TAG = re.compile(r"</?(?:p|li|h[1-6]|td|div|blockquote)\b[^>]*>", re.IGNORECASE)
#: Fewer signs say nothing of a place.
_TELLING_SIGNS = 12
_REFCODE = re.compile(r"refcode|ref|appealid|source", re.IGNORECASE)
#: What the headers of a bulk mail are for; the rest is shown without a word.
HEADERS = {
    "from": "Who it is from; DMARC looks at its domain (RFC 7489).",
    "to": "Whom it is for: one person, so that nobody sees the others.",
    "reply-to": "Where an answer goes.",
    "subject": "The line in the inbox.",
    "date": "When it was handed over.",
    "message-id": "Its name: the same for the same reader and campaign, so that it is never taken for two.",
    "list-id": "Which list it belongs to; readers can sort by it (RFC 2919).",
    "list-unsubscribe": "How to leave; mail programs make a button of it (RFC 2369).",
    "list-unsubscribe-post": "Leaving takes one click (RFC 8058).",
    "dkim-signature": "Signed: it has not been changed on the way (RFC 6376).",
    "feedback-id": "How Gmail counts complaints about it.",
    "precedence": "Vacation programs keep silent on it.",
    "auto-submitted": "Sent by a program (RFC 3834).",
    "content-language": "Its language.",
    "mime-version": "It has several parts (RFC 2045).",
    "content-type": "What its parts are: plain text first, HTML last; programs show the last one they can.",
    "x-handbill-campaign": "Which campaign it belongs to.",
}


def panels(shown: PreviewMessage) -> dict[str, Any]:
    """Return `{"inbox", "links", "images", "notes", "size", "headers"}` for one message."""
    from lxml import html

    document = html.document_fromstring(shown.html) if shown.html.strip() else None
    return {
        "inbox": _inbox(shown),
        "links": [] if document is None else list(_links(document)),
        "images": [] if document is None else list(_images(document, shown)),
        "notes": [] if document is None else list(_notes(document)),
        "size": _size(shown),
        "headers": list(_headers(shown.raw)),
    }


def _inbox(shown: PreviewMessage) -> dict[str, Any]:
    return {
        "sender": re.sub(r"\s*<[^<>]*>$", "", shown.sender) or shown.sender,
        "address": shown.sender,
        "subject": shown.subject,
        "preheader": shown.preheader,
        "phone": {
            "subject": _cut(shown.subject, PHONE_SUBJECT),
            "preheader": _cut(shown.preheader, PHONE_PREHEADER),
        },
        "desk": {
            "subject": _cut(shown.subject, DESK_SUBJECT),
            "preheader": _cut(shown.preheader, max(0, DESK_PREHEADER - len(shown.subject))),
        },
    }


def _cut(text: str, signs: int) -> str:
    return text if len(text) <= signs else text[: max(0, signs - 1)].rstrip() + "…"


def _links(document: Any) -> Iterator[dict[str, Any]]:  # Any: lxml has no types
    for number, link in enumerate(document.xpath("//a[@href]")):
        href = link.get("href")
        parts = urlsplit(href)
        codes = [value for name, value in parse_qsl(parts.query) if _REFCODE.fullmatch(name)]
        words = " ".join(link.text_content().split()) or " ".join(link.xpath(".//img/@alt"))
        yield {
            "number": number,
            "words": words,
            "href": href,
            "kind": _kind(href, link.get("role") or ""),
            "host": parts.hostname or "",
            "refcode": codes[0] if codes else "",
        }


def _kind(href: str, role: str) -> str:
    if href.startswith("#"):
        return {"doc-noteref": "reference", "doc-backlink": "back"}.get(role, "anchor")
    return "mail" if href.startswith("mailto:") else "web"


def _images(
    document: Any, shown: PreviewMessage
) -> Iterator[dict[str, Any]]:  # Any: lxml has no types
    for number, image in enumerate(document.xpath("//img")):
        src = image.get("src") or ""
        part = shown.pictures.get(src.removeprefix("cid:"))
        size = _pixels(part.content) if part else None
        yield {
            "number": number,
            "src": src,
            "alt": image.get("alt"),
            "is_inline": part is not None,
            "bytes": len(part.content) if part else None,
            "type": part.media_type if part else None,
            "width": size[0] if size else None,
            "height": size[1] if size else None,
            "shown_width": image.get("width"),
        }


def _pixels(content: bytes) -> tuple[int, int] | None:
    import io

    from PIL import Image, UnidentifiedImageError

    try:
        with Image.open(io.BytesIO(content)) as picture:
            return picture.size
    except (UnidentifiedImageError, OSError, ValueError, Image.DecompressionBombError):
        return None


def _notes(document: Any) -> Iterator[dict[str, Any]]:  # Any: lxml has no types
    references: dict[str, list[Any]] = {}
    for link in document.xpath('//a[@role="doc-noteref"]'):
        references.setdefault((link.get("href") or "").rpartition("#")[2], []).append(link)
    for number, note in enumerate(document.xpath('//*[@role="doc-endnotes"]//li[@id]'), 1):
        name = note.get("id")
        back = set(note.xpath('.//a[@role="doc-backlink"]//text()')) | set(
            note.xpath('.//*[contains(@class,"back")]//text()')
        )
        words = " ".join("".join(t for t in note.itertext() if t not in back).split())
        cited = references.pop(name, [])
        yield {
            "number": number,
            "id": name,
            "words": words,
            "cited": [{"id": link.get("id") or "", "near": _near(link)} for link in cited],
        }
    for name, links in references.items():
        yield {
            "number": None,
            "id": name,
            "words": "",
            "cited": [{"id": link.get("id") or "", "near": _near(link)} for link in links],
        }


def _near(link: Any) -> str:  # Any: lxml has no types
    block = next(link.iterancestors("p", "li", "td", "dd", "h2", "h3", "h4", "h5", "h6"), link)
    words = " ".join(block.text_content().split())
    return words if len(words) <= 90 else words[:89] + "…"


def _size(shown: PreviewMessage) -> dict[str, Any]:
    styles = re.findall(r"<style\b[^>]*>.*?</style>", shown.html, re.DOTALL | re.IGNORECASE)
    return {
        "html": len(shown.html.encode()),
        "limit": CLIP_BYTES,
        "text": len(shown.text.encode()),
        "message": len(shown.raw),
        "pictures": sum(len(part.content) for part in shown.pictures.values()),
        "styles": sum(len(style.encode()) for style in styles),
        "styles_limit": STYLE_BYTES,
        "cut_near": _cut_near(shown.html),
    }


def _cut_near(html: str) -> str:
    """Return the last words that Gmail shows, "" if it shows all."""
    octets = html.encode()
    if len(octets) <= CLIP_BYTES:
        return ""
    kept = octets[:CLIP_BYTES].decode(errors="ignore")
    last = kept.rfind("<")
    kept = kept[:last] if last > kept.rfind(">") else kept
    blocks = (words_of(block) for block in reversed(_BLOCK_TAG.split(kept[-4000:])))
    return next((words for words in blocks if len(words) >= _TELLING_SIGNS), "")[-60:].strip()


def _headers(raw: bytes) -> Iterator[dict[str, str]]:
    written = raw.partition(b"\r\n\r\n")[0] if b"\r\n\r\n" in raw else raw.partition(b"\n\n")[0]
    for line in re.split(rb"\r?\n(?![ \t])", written):
        name, _, value = line.decode("utf-8", "replace").partition(":")
        if value:
            yield {
                "name": name,
                "value": re.sub(r"\r?\n[ \t]+", " ", value).strip(),
                "means": HEADERS.get(name.lower(), ""),
            }
