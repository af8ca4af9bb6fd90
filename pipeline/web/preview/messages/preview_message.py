"""A message to show: composed from an edition, or read from a file."""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import EmailPolicy
from html import unescape
from typing import cast

from pipeline.errors import PipelineError
from pipeline.markup import escape_html
from pipeline.models.edition import Edition
from pipeline.models.recipient import Recipient
from pipeline.project import Project
from pipeline.text_encoding import find_codec
from pipeline.web.preview.messages.html_tokens import map_spans

#: Inboxes take the preheader from the start of the body: the HTML searched, and the characters shown.
_PREHEADER_SOURCE_CHARACTERS, _PREHEADER_CHARACTERS = 20_000, 160
_NOT_SHOWN = tuple(
    (re.compile(start, re.IGNORECASE), re.compile(end, re.IGNORECASE))
    for start, end in ((r"<!--", r"-->"), (r"<style\b", r"</style>"), (r"<title\b", r"</title>"))
)
_ANY_TAG = re.compile(r"<[^<>]*>")
#: Parts of a message from elsewhere are shown up to this length; no newsletter is longer.
_MAX_PART_CHARACTERS = 1_000_000
_REST = "[The preview shows the first million characters of this part.]"
_MAX_HEADER_CHARACTERS = 1_000
#: Themes fill the preheader with these, so that no body text follows it.
_INVISIBLE = frozenset("\u034f\u200b\u200c\u200d\u2007\ufeff\u00ad")


@dataclass(frozen=True, kw_only=True, slots=True)
class MessageImage:
    """An image in the message."""

    media_type: str
    content: bytes = field(repr=False)


@dataclass(frozen=True, kw_only=True, slots=True)
class PreviewMessage:
    """
    One message to show.

    Args:
        html: The HTML part, "" if it is missing.
        text: The plain-text part, "" if it is missing.
        preheader: What an inbox shows after the subject.
        raw: The whole message.
        images: The images in the message, by Content-ID.
    """

    sender: str
    to: str
    subject: str
    preheader: str
    html: str = field(repr=False)
    text: str = field(repr=False)
    raw: bytes = field(repr=False)
    images: Mapping[str, MessageImage] = field(default_factory=dict)


def compose_message(
    edition: Edition, recipient: Recipient, at: datetime, *, project: Project, preheader: str = ""
) -> PreviewMessage:
    """
    Return the message that *recipient* gets if it is sent at the time *at*.

    Args:
        preheader: The preheader of the issue, "" if it has none.

    Raises:
        ComposeError: The message cannot be composed for the recipient.
    """
    from pipeline.mail import UNSIGNED, compose, fill_fields

    signing = UNSIGNED
    with suppress(PipelineError):  # keys that cannot be used are among the findings
        signing = project.get_signing(project.open_sender())
    edition = project.goals.fill(edition)
    message = compose(
        edition,
        recipient,
        campaign_id="preview",
        sequence=1,
        at=at,
        secret=b"preview",
        signing=signing,
    )
    html = fill_fields(edition.html, recipient, at=at)
    return PreviewMessage(
        sender=str(edition.publication.sender),
        to=str(recipient.address),
        subject=fill_fields(edition.subject, recipient, at=at),
        preheader=_fill_preheader(preheader, recipient) or _read_preheader(html),
        html=html,
        text=fill_fields(edition.text, recipient, at=at),
        raw=message.content,
        images={
            image.content_id: MessageImage(media_type=image.media_type, content=image.content)
            for image in edition.images
        },
    )


def read_message(raw: bytes) -> PreviewMessage:
    """Return the message in *raw*, from any program; what cannot be decoded is shown as far as possible."""
    try:
        message = message_from_bytes(raw, policy=MESSAGE_POLICY)
        html, text = _read_body(message, "html"), _read_body(message, "plain")
        images = _read_images(message)
    except Exception:  # the parser of the email package raises various errors, for deep nesting too
        message, html, images = EmailMessage(), "", {}
        text = _cut(raw[: 4 * _MAX_PART_CHARACTERS].decode("utf-8", "replace"))
    return PreviewMessage(
        sender=read_header(message, "From"),
        to=read_header(message, "To"),
        subject=read_header(message, "Subject"),
        preheader=_read_preheader(html or f"<body>{escape_html(text)}"),
        html=html,
        text=text,
        raw=raw,
        images=images,
    )


def extract_text(html: str) -> str:
    """Return the visible text of *html* on one line."""
    for start, end in _NOT_SHOWN:
        html = map_spans(html, start, end, lambda span: " ")
    text = unescape(_ANY_TAG.sub(" ", html))
    visible = "".join(character for character in text if character not in _INVISIBLE)
    return " ".join(visible.split())


def _fill_preheader(preheader: str, recipient: Recipient) -> str:
    from pipeline.markup import split_fields

    return "".join(
        part if isinstance(part, str) else recipient.value(part.name) or part.fallback or ""
        for part in split_fields(preheader)
    )


def _read_preheader(html: str) -> str:
    """Return the start of the body text, which an inbox shows after the subject."""
    start = max(html.lower().find("<body"), 0)
    body = html[start : start + _PREHEADER_SOURCE_CHARACTERS]
    return extract_text(body)[:_PREHEADER_CHARACTERS].strip()


def read_header(message: EmailMessage, name: str) -> str:
    """Return the text of a header, "" if it is missing or cannot be parsed."""
    with suppress(Exception):  # the header parser of the email package raises various errors
        return _replace_surrogates(str(message[name] or ""))
    return ""


class _Policy(EmailPolicy):
    """Cuts long headers: parsing them takes more than linear time."""

    def header_source_parse(self, sourcelines: list[str]) -> tuple[str, str]:
        """Return name and value of a header, the value cut."""
        name, value = super().header_source_parse(sourcelines)
        return name, value[:_MAX_HEADER_CHARACTERS]


#: How messages from elsewhere are parsed.
MESSAGE_POLICY = cast("EmailPolicy[EmailMessage]", _Policy())


def _cut(text: str) -> str:
    """Return *text* as valid text of a length that can be shown."""
    is_long = len(text) > _MAX_PART_CHARACTERS
    return _replace_surrogates(f"{text[:_MAX_PART_CHARACTERS]}\n{_REST}" if is_long else text)


def _replace_surrogates(text: str) -> str:
    """Replace halves of surrogate pairs, which cannot be encoded."""
    return text.encode("utf-8", "replace").decode()


def _read_body(message: EmailMessage, subtype: str) -> str:
    part = message.get_body(preferencelist=(subtype,))
    if part is None:
        return ""
    payload = part.get_payload(decode=True)
    content = payload if isinstance(payload, bytes) else b""
    charset = find_codec(part.get_content_charset() or "utf-8") or "latin-1"
    return _cut(content[: 4 * _MAX_PART_CHARACTERS + 4].decode(charset, errors="replace"))


def _read_images(message: EmailMessage) -> dict[str, MessageImage]:
    images = {}
    for part in message.walk():
        content_id = str(part.get("Content-ID") or "").strip("<> \t\r\n")
        content = part.get_payload(decode=True)
        if content_id and part.get_content_maintype() == "image" and isinstance(content, bytes):
            images[content_id] = MessageImage(media_type=part.get_content_type(), content=content)
    return images
