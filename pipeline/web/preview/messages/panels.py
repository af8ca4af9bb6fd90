"""What a message contains, for the panels beside it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from pipeline.checks.message.message_size import CLIP_BYTES
from pipeline.web.preview.messages.preview_message import PreviewMessage, extract_text
from pipeline.web.preview.messages.simulation import STYLE_BYTES, clip

#: Characters that an inbox shows; common widths of phones in portrait and of desktop windows.
PHONE_SUBJECT_CHARACTERS, DESKTOP_SUBJECT_CHARACTERS = 38, 70
PHONE_PREHEADER_CHARACTERS, DESKTOP_PREHEADER_CHARACTERS = 45, 100

_BLOCK_TAG = re.compile(r"</?(?:p|li|h[1-6]|td|div|blockquote)\b[^>]*>", re.IGNORECASE)
#: Shorter texts do not identify a place.
_MIN_CONTEXT_CHARACTERS, _MAX_CONTEXT_CHARACTERS = 12, 90
_REFERENCE_CODE = re.compile(r"refcode|ref|appealid|source", re.IGNORECASE)
#: What the headers of bulk mail are for; others are shown without a description.
HEADER_DESCRIPTIONS = {
    "from": "The sender; DMARC checks its domain (RFC 7489).",
    "to": "The recipient; only one, so that nobody sees the others.",
    "reply-to": "Where replies go.",
    "subject": "The subject in the inbox.",
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


@dataclass(frozen=True, kw_only=True, slots=True)
class InboxLine:
    """Subject and preheader, cut to what an inbox shows."""

    subject: str
    preheader: str


@dataclass(frozen=True, kw_only=True, slots=True)
class InboxPanel:
    """How the message appears in an inbox."""

    sender: str
    address: str
    subject: str
    preheader: str
    phone: InboxLine
    desktop: InboxLine


@dataclass(frozen=True, kw_only=True, slots=True)
class LinkItem:
    """
    A link of the message.

    Args:
        number: Its position among all links, from 0.
        kind: "web", "mail", "reference" (to a note), "back" (from a note) or "anchor".
    """

    number: int
    text: str
    href: str
    kind: str
    host: str
    reference_code: str


@dataclass(frozen=True, kw_only=True, slots=True)
class ImageItem:
    """
    An image of the message.

    Args:
        number: Its position among all images, from 0.
        alt: None if the attribute is missing.
        size_bytes: None unless the image is embedded; *media_type* and dimensions likewise.
        display_width: The `width` attribute.
    """

    number: int
    src: str
    alt: str | None
    is_embedded: bool
    size_bytes: int | None
    media_type: str | None
    width_px: int | None
    height_px: int | None
    display_width: str | None


@dataclass(frozen=True, kw_only=True, slots=True)
class NoteReference:
    """A reference to a note, with the text around it."""

    id: str
    context: str


@dataclass(frozen=True, kw_only=True, slots=True)
class NoteItem:
    """A note; one that is missing, with only references to it, has no *number*."""

    number: int | None
    id: str
    text: str
    references: tuple[NoteReference, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class SizePanel:
    """
    The sizes of the parts, in bytes.

    Args:
        clipped_after: The last text that Gmail shows, "" if it shows everything.
    """

    html: int
    html_limit: int
    text: int
    message: int
    images: int
    styles: int
    styles_limit: int
    clipped_after: str


@dataclass(frozen=True, kw_only=True, slots=True)
class HeaderItem:
    """A header of the message."""

    name: str
    value: str
    description: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Panels:
    """All panels of a message."""

    inbox: InboxPanel
    links: tuple[LinkItem, ...]
    images: tuple[ImageItem, ...]
    notes: tuple[NoteItem, ...]
    size: SizePanel
    headers: tuple[HeaderItem, ...]


def build_panels(message: PreviewMessage) -> Panels:
    """Return the panels of *message*."""
    from lxml import html

    document = html.document_fromstring(message.html if message.html.strip() else "<p></p>")
    return Panels(
        inbox=_build_inbox(message),
        links=tuple(_find_links(document)),
        images=tuple(_find_images(document, message)),
        notes=tuple(_find_notes(document)),
        size=_measure(message),
        headers=tuple(_read_headers(message.raw)),
    )


def _build_inbox(message: PreviewMessage) -> InboxPanel:
    subject, preheader = message.subject, message.preheader
    desktop_rest = max(0, DESKTOP_PREHEADER_CHARACTERS - len(subject))
    return InboxPanel(
        sender=re.sub(r"\s*<[^<>]*>$", "", message.sender) or message.sender,
        address=message.sender,
        subject=subject,
        preheader=preheader,
        phone=InboxLine(
            subject=_truncate(subject, PHONE_SUBJECT_CHARACTERS),
            preheader=_truncate(preheader, PHONE_PREHEADER_CHARACTERS),
        ),
        desktop=InboxLine(
            subject=_truncate(subject, DESKTOP_SUBJECT_CHARACTERS),
            preheader=_truncate(preheader, desktop_rest),
        ),
    )


def _truncate(text: str, limit: int) -> str:
    return text if len(text) <= limit else text[: max(0, limit - 1)].rstrip() + "…"


def _find_links(document: Any) -> Iterator[LinkItem]:  # Any: lxml has no types
    for number, link in enumerate(document.xpath("//a[@href]")):
        href = link.get("href")
        parts = urlsplit(href)
        codes = [value for name, value in parse_qsl(parts.query) if _REFERENCE_CODE.fullmatch(name)]
        text = " ".join(link.text_content().split()) or " ".join(link.xpath(".//img/@alt"))
        yield LinkItem(
            number=number,
            text=text,
            href=href,
            kind=_get_link_kind(href, link.get("role") or ""),
            host=parts.hostname or "",
            reference_code=codes[0] if codes else "",
        )


def _get_link_kind(href: str, role: str) -> str:
    if href.startswith("#"):
        return {"doc-noteref": "reference", "doc-backlink": "back"}.get(role, "anchor")
    return "mail" if href.startswith("mailto:") else "web"


def _find_images(document: Any, message: PreviewMessage) -> Iterator[ImageItem]:  # Any: as above
    for number, element in enumerate(document.xpath("//img")):
        src = element.get("src") or ""
        image = message.images.get(src.removeprefix("cid:"))
        width, height = (_read_dimensions(image.content) if image else None) or (None, None)
        yield ImageItem(
            number=number,
            src=src,
            alt=element.get("alt"),
            is_embedded=image is not None,
            size_bytes=len(image.content) if image else None,
            media_type=image.media_type if image else None,
            width_px=width,
            height_px=height,
            display_width=element.get("width"),
        )


def _read_dimensions(content: bytes) -> tuple[int, int] | None:
    import io

    from PIL import Image, UnidentifiedImageError

    try:
        with Image.open(io.BytesIO(content)) as image:
            return image.size
    except (UnidentifiedImageError, OSError, ValueError, Image.DecompressionBombError):
        return None


def _find_notes(document: Any) -> Iterator[NoteItem]:  # Any: as above
    links: dict[str, list[Any]] = {}
    for link in document.xpath('//a[@role="doc-noteref"]'):
        links.setdefault((link.get("href") or "").rpartition("#")[2], []).append(link)
    for number, note in enumerate(document.xpath('//*[@role="doc-endnotes"]//li[@id]'), 1):
        note_id = note.get("id")
        back_links = set(note.xpath('.//a[@role="doc-backlink"]//text()')) | set(
            note.xpath('.//*[contains(@class,"back")]//text()')
        )
        text = "".join(part for part in note.itertext() if part not in back_links)
        yield NoteItem(
            number=number,
            id=note_id,
            text=" ".join(text.split()),
            references=_build_references(links.pop(note_id, [])),
        )
    for note_id, missing in links.items():
        yield NoteItem(number=None, id=note_id, text="", references=_build_references(missing))


def _build_references(links: list[Any]) -> tuple[NoteReference, ...]:
    return tuple(
        NoteReference(id=link.get("id") or "", context=_find_context(link)) for link in links
    )


def _find_context(link: Any) -> str:  # Any: as above
    block = next(link.iterancestors("p", "li", "td", "dd", "h2", "h3", "h4", "h5", "h6"), link)
    return _truncate(" ".join(block.text_content().split()), _MAX_CONTEXT_CHARACTERS)


def _measure(message: PreviewMessage) -> SizePanel:
    styles = re.findall(r"<style\b[^>]*>.*?</style>", message.html, re.DOTALL | re.IGNORECASE)
    return SizePanel(
        html=len(message.html.encode()),
        html_limit=CLIP_BYTES,
        text=len(message.text.encode()),
        message=len(message.raw),
        images=sum(len(image.content) for image in message.images.values()),
        styles=sum(len(style.encode()) for style in styles),
        styles_limit=STYLE_BYTES,
        clipped_after=_find_clipped_text(message.html),
    )


def _find_clipped_text(html: str) -> str:
    """Return the last text that Gmail shows, "" if it shows everything."""
    start, is_clipped = clip(html)
    if not is_clipped:
        return ""
    blocks = (extract_text(block) for block in reversed(_BLOCK_TAG.split(start[-4000:])))
    text = next((text for text in blocks if len(text) >= _MIN_CONTEXT_CHARACTERS), "")
    return text[-60:].strip()


def _read_headers(raw: bytes) -> Iterator[HeaderItem]:
    separator = b"\r\n\r\n" if b"\r\n\r\n" in raw else b"\n\n"
    for line in re.split(rb"\r?\n(?![ \t])", raw.partition(separator)[0]):
        name, _, value = line.decode("utf-8", "replace").partition(":")
        if value:
            yield HeaderItem(
                name=name,
                value=re.sub(r"\r?\n[ \t]+", " ", value).strip(),
                description=HEADER_DESCRIPTIONS.get(name.lower(), ""),
            )
