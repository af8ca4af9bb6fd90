"""What a message contains, for the panels beside it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from pipeline.checks.content.image_quality import read_image_info
from pipeline.checks.html.typography import MAX_STYLE_BYTES
from pipeline.checks.message.message_size import CLIP_BYTES
from pipeline.web.preview.messages.html_tokens import find_styles, parse_html
from pipeline.web.preview.messages.message_attachments import list_attachments
from pipeline.web.preview.messages.preview_message import PreviewMessage, extract_text
from pipeline.web.preview.messages.simulation import clip

#: Characters that an inbox shows; common widths of phones in portrait and of desktop windows.
PHONE_SUBJECT_CHARACTERS, DESKTOP_SUBJECT_CHARACTERS = 38, 70
PHONE_PREHEADER_CHARACTERS, DESKTOP_PREHEADER_CHARACTERS = 45, 100

_BLOCK_TAG = re.compile(r"</?(?:p|li|h[1-6]|td|div|blockquote)\b[^<>]*>", re.IGNORECASE)
#: Of a message from elsewhere no more links, images, notes and headers are listed, each cut.
_MAX_HREF_CHARACTERS = 4_000
_MAX_ENTRIES, _MAX_TEXT_CHARACTERS = 1_000, 500
#: Shorter texts do not identify a place.
_MIN_CONTEXT_CHARACTERS, _MAX_CONTEXT_CHARACTERS = 12, 90
_REFERENCE_CODE = re.compile(r"refcode|ref|appealid|source", re.IGNORECASE)
#: What the headers of bulk mail are for; others are shown without a description.
HEADER_DESCRIPTIONS = {
    "from": "The sender; DMARC checks its domain (RFC 7489).",
    "to": "The recipient; only one, so that nobody sees the others.",
    "reply-to": "Where replies go.",
    "subject": "The subject in the inbox.",
    "delivered-to": "A recipient of the envelope, as it was caught.",
    "return-path": "The sender of the envelope: bounces go there (RFC 5321).",
    "date": "When the message was sent.",
    "message-id": "Identifies the message; the same for the same recipient and campaign, so that it counts only once.",
    "list-id": "Identifies the list, for filters (RFC 2919).",
    "list-unsubscribe": "How to unsubscribe; email clients show a button for it (RFC 2369).",
    "list-unsubscribe-post": "Unsubscribing takes one click (RFC 8058).",
    "dkim-signature": "A signature; it proves that the message was not changed on its way (RFC 6376).",
    "feedback-id": "How Gmail groups spam complaints.",
    "precedence": "Prevents automatic replies.",
    "auto-submitted": "Sent by a program (RFC 3834).",
    "content-language": "The language of the message.",
    "mime-version": "The message has several parts (RFC 2045).",
    "content-type": "The parts: plain text first, HTML last; email clients show the last one they support.",
    "x-handbill-campaign": "The campaign of the message.",
}


def build_panels(message: PreviewMessage) -> dict[str, Any]:  # Any: JSON
    """Return the panels of *message*: `inbox`, `links`, `images`, `notes`, `size`, `headers`, `attachments`."""
    document = parse_html(message.html)
    return {
        "inbox": _build_inbox(message),
        "links": list(islice(_find_links(document), _MAX_ENTRIES)),
        "images": list(islice(_find_images(document, message), _MAX_ENTRIES)),
        "notes": list(islice(_find_notes(document), _MAX_ENTRIES)),
        "size": _measure(message),
        "headers": list(islice(_describe_headers(message.raw), _MAX_ENTRIES)),
        "attachments": [
            {
                "number": each.number,
                "name": each.name,
                "media_type": each.media_type,
                "size_bytes": len(each.content),
            }
            for each in list_attachments(message.raw)
        ],
    }


def _build_inbox(message: PreviewMessage) -> dict[str, Any]:
    subject, preheader = message.subject, message.preheader
    desktop_rest = max(0, DESKTOP_PREHEADER_CHARACTERS - len(subject))
    return {
        "sender": _drop_address(message.sender) or message.sender,
        "address": message.sender,
        "subject": subject,
        "preheader": preheader,
        "phone": {
            "subject": _truncate(subject, PHONE_SUBJECT_CHARACTERS),
            "preheader": _truncate(preheader, PHONE_PREHEADER_CHARACTERS),
        },
        "desktop": {
            "subject": _truncate(subject, DESKTOP_SUBJECT_CHARACTERS),
            "preheader": _truncate(preheader, desktop_rest),
        },
    }


def _drop_address(sender: str) -> str:
    name, _, address = sender.rpartition("<")
    return name.rstrip() if address.endswith(">") else sender


def _truncate(text: str, limit: int) -> str:
    return text if len(text) <= limit else text[: max(0, limit - 1)].rstrip() + "…"


def _find_links(document: Any) -> Iterator[dict[str, Any]]:  # Any: lxml has no types
    """Yield the links; *number* is the position in the document, by which the frame finds the link."""
    for number, link in enumerate(document.xpath("//a[@href]")):
        href = link.get("href")[:_MAX_HREF_CHARACTERS]
        host, query = _split_url(href)
        codes = [value for name, value in parse_qsl(query) if _REFERENCE_CODE.fullmatch(name)]
        text = _read_text(link) or " ".join(link.xpath(".//img/@alt"))[:_MAX_TEXT_CHARACTERS]
        yield {
            "number": number,
            "text": text,
            "href": href,
            "kind": _get_link_kind(href, link.get("role") or ""),
            "host": host,
            "reference_code": codes[0] if codes else "",
        }


def _split_url(url: str) -> tuple[str, str]:
    """Return host and query of *url*, "" and "" if it is no URL."""
    try:
        parts = urlsplit(url)
        return parts.hostname or "", parts.query
    except ValueError:
        return "", ""


def _read_text(node: Any) -> str:
    """Return the start of the text of *node* on one line."""
    parts: list[str] = []
    size = 0
    for part in node.itertext():
        parts.append(part[:_MAX_TEXT_CHARACTERS])
        size += len(parts[-1])
        if size >= 2 * _MAX_TEXT_CHARACTERS or len(parts) >= _MAX_TEXT_CHARACTERS:
            break
    return " ".join("".join(parts).split())[:_MAX_TEXT_CHARACTERS]


def _get_link_kind(href: str, role: str) -> str:
    if href.startswith("#"):
        return {"doc-noteref": "reference", "doc-backlink": "back"}.get(role, "anchor")
    return "mail" if href.startswith("mailto:") else "web"


def _find_images(document: Any, message: PreviewMessage) -> Iterator[dict[str, Any]]:
    """Yield the images; size, type and dimensions are known of those inside the message, otherwise None."""
    for number, element in enumerate(document.xpath("//img")):
        src = element.get("src") or ""
        image = message.images.get(src.removeprefix("cid:"))
        info = read_image_info(image.content) if image else None
        yield {
            "number": number,
            "src": src[:_MAX_HREF_CHARACTERS],
            "alt": element.get("alt"),
            "is_embedded": image is not None,
            "size_bytes": len(image.content) if image else None,
            "media_type": image.media_type if image else None,
            "width_px": info.width_px if info else None,
            "height_px": info.height_px if info else None,
            "display_width": element.get("width"),
        }


def _find_notes(document: Any) -> Iterator[dict[str, Any]]:
    """Yield the notes, each with its references; a missing one, with only references to it, has no number."""
    references: dict[str, list[dict[str, str]]] = {}
    for link in islice(document.xpath('//a[@role="doc-noteref"]'), _MAX_ENTRIES):
        target = (link.get("href") or "").rpartition("#")[2]
        reference = {"id": link.get("id") or "", "context": _find_context(link)}
        references.setdefault(target, []).append(reference)
    for number, note in enumerate(document.xpath('//*[@role="doc-endnotes"]//li[@id]'), 1):
        note_id = note.get("id")
        back_links = set(note.xpath('.//a[@role="doc-backlink"]//text()')) | set(
            note.xpath('.//*[contains(@class,"back")]//text()')
        )
        parts = islice((part for part in note.itertext() if part not in back_links), _MAX_ENTRIES)
        text = " ".join("".join(parts).split())
        found = references.pop(note_id, [])
        yield {"number": number, "id": note_id, "text": text, "references": found}
    for note_id, missing in references.items():
        yield {"number": None, "id": note_id, "text": "", "references": missing}


def _find_context(link: Any) -> str:
    block = next(link.iterancestors("p", "li", "td", "dd", "h2", "h3", "h4", "h5", "h6"), link)
    return _truncate(_read_text(block), _MAX_CONTEXT_CHARACTERS)


def _measure(message: PreviewMessage) -> dict[str, Any]:
    """Return the sizes of the parts in bytes, and the last text before Gmail clips, "" if it does not."""
    styles = find_styles(message.html)
    return {
        "html": len(message.html.encode()),
        "html_limit": CLIP_BYTES,
        "text": len(message.text.encode()),
        "message": len(message.raw),
        "images": sum(len(image.content) for image in message.images.values()),
        "styles": sum(len(style.encode()) for style in styles),
        "styles_limit": MAX_STYLE_BYTES,
        "clipped_after": _find_clipped_text(message.html),
    }


def _find_clipped_text(html: str) -> str:
    """Return the last text that Gmail shows, "" if it shows everything."""
    start, is_clipped = clip(html)
    if not is_clipped:
        return ""
    blocks = (extract_text(block) for block in reversed(_BLOCK_TAG.split(start[-4000:])))
    text = next((text for text in blocks if len(text) >= _MIN_CONTEXT_CHARACTERS), "")
    return text[-60:].strip()


def read_header_lines(raw: bytes) -> Iterator[tuple[str, str]]:
    """Yield names and values of the header fields as they stand, unfolded, the values cut."""
    separator = b"\r\n\r\n" if b"\r\n\r\n" in raw else b"\n\n"
    for line in re.split(rb"\r?\n(?![ \t])", raw.partition(separator)[0]):
        name, _, value = line.decode("utf-8", "replace").partition(":")
        if value:
            yield name, re.sub(r"\r?\n[ \t]+", " ", value[:_MAX_HREF_CHARACTERS]).strip()


def _describe_headers(raw: bytes) -> Iterator[dict[str, str]]:
    for name, value in read_header_lines(raw):
        description = HEADER_DESCRIPTIONS.get(name.lower(), "")
        yield {"name": name, "value": value, "description": description}
