"""A message to show: composed from an edition, or read from a file."""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from html import unescape

from pipeline.errors import PipelineError
from pipeline.markup import escape_html
from pipeline.models.edition import Edition
from pipeline.models.recipient import Recipient
from pipeline.project import Project

#: Inboxes take the preheader from the start of the body: the HTML searched, and the characters shown.
_PREHEADER_SOURCE_CHARACTERS, _PREHEADER_CHARACTERS = 20_000, 160
_NOT_TEXT = re.compile(
    r"<!--.*?-->|<style\b.*?</style>|<title\b.*?</title>|<[^>]*>", re.DOTALL | re.IGNORECASE
)
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
    message = message_from_bytes(raw, policy=policy.default)
    html, text = _read_body(message, "html"), _read_body(message, "plain")
    return PreviewMessage(
        sender=read_header(message, "From"),
        to=read_header(message, "To"),
        subject=read_header(message, "Subject"),
        preheader=_read_preheader(html or f"<body>{escape_html(text)}"),
        html=html,
        text=text,
        raw=raw,
        images=_read_images(message),
    )


def extract_text(html: str) -> str:
    """Return the visible text of *html* on one line."""
    text = unescape(_NOT_TEXT.sub(" ", html))
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
        return str(message[name] or "")
    return ""


def _read_body(message: EmailMessage, subtype: str) -> str:
    part = message.get_body(preferencelist=(subtype,))
    if part is None:
        return ""
    payload = part.get_payload(decode=True)
    content = payload if isinstance(payload, bytes) else b""
    charset = part.get_content_charset() or "utf-8"
    try:
        return content.decode(charset, errors="replace")
    except LookupError:
        return content.decode("latin-1")


def _read_images(message: EmailMessage) -> dict[str, MessageImage]:
    images = {}
    for part in message.walk():
        content_id = str(part.get("Content-ID") or "").strip("<> \t\r\n")
        content = part.get_payload(decode=True)
        if content_id and part.get_content_maintype() == "image" and isinstance(content, bytes):
            images[content_id] = MessageImage(media_type=part.get_content_type(), content=content)
    return images
