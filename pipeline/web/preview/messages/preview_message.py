"""What is looked at: one message, whether composed a moment ago or found in a folder."""

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
from pipeline.models.recipient import Recipient
from pipeline.web.preview.sources.live_article import Rendering

#: An inbox reads no further into the letter, and shows no more of it.
_LOOKED_AT, _FIRST_SIGNS = 20_000, 160
_NO_WORDS = re.compile(
    r"<!--.*?-->|<style\b.*?</style>|<title\b.*?</title>|<[^>]*>", re.DOTALL | re.IGNORECASE
)
#: What themes fill the inbox line up with, so that nothing else stands there.
_INVISIBLE = frozenset("\u034f\u200b\u200c\u200d\u2007\ufeff\u00ad")


@dataclass(frozen=True, kw_only=True, slots=True)
class MessageImage:
    """A picture that travels in the message."""

    media_type: str
    content: bytes = field(repr=False)


@dataclass(frozen=True, kw_only=True, slots=True)
class PreviewMessage:
    """
    One message to look at.

    Args:
        html: "" if there is no HTML part; *text* likewise.
        preheader: What the inbox shows after the subject.
        raw: The message as it travels.
        pictures: Those in it, by Content-ID.
    """

    sender: str
    to: str
    subject: str
    preheader: str
    html: str = field(repr=False)
    text: str = field(repr=False)
    raw: bytes = field(repr=False)
    pictures: Mapping[str, MessageImage] = field(default_factory=dict)


def composed(picture: Rendering, recipient: Recipient, at: datetime) -> PreviewMessage:
    """
    Return the edition of *picture* as *recipient* gets it at the instant *at*.

    Raises:
        ComposeError: It cannot become a message for them.
    """
    from pipeline.mail import UNSIGNED, compose, fill_fields

    signing = UNSIGNED
    with suppress(PipelineError):  # keys that cannot be used are told among the findings
        signing = picture.project.get_signing(picture.project.open_sender())
    edition = picture.edition
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
        preheader=_preheader(picture, recipient, html),
        html=html,
        text=fill_fields(edition.text, recipient, at=at),
        raw=message.content,
        pictures={
            image.content_id: MessageImage(media_type=image.media_type, content=image.content)
            for image in edition.images
        },
    )


def received(raw: bytes) -> PreviewMessage:
    """Return a message found in a folder, whoever made it; what cannot be read is shown as well as can be."""
    message = message_from_bytes(raw, policy=policy.default)
    html, text = _body(message, "html"), _body(message, "plain")
    return PreviewMessage(
        sender=_header(message, "From"),
        to=_header(message, "To"),
        subject=_header(message, "Subject"),
        preheader=_first_words(html or f"<body>{escape_html(text)}"),
        html=html,
        text=text,
        raw=raw,
        pictures=_pictures(message),
    )


def _preheader(picture: Rendering, recipient: Recipient, html: str) -> str:
    from pipeline.markup import split_fields

    written = picture.issue.preheader if picture.issue else ""
    return "".join(
        part if isinstance(part, str) else recipient.value(part.name) or part.fallback or ""
        for part in split_fields(written)
    ) or _first_words(html)


def _first_words(html: str) -> str:
    """Return the first words of the body, which is what an inbox shows after the subject."""
    body = html[max(html.lower().find("<body"), 0) :][:_LOOKED_AT]
    return words_of(body)[:_FIRST_SIGNS].strip()


def words_of(html: str) -> str:
    """Return what is read of a piece of HTML, on one line."""
    words = unescape(_NO_WORDS.sub(" ", html))
    return " ".join("".join(c for c in words if c not in _INVISIBLE).split())


def _header(message: EmailMessage, name: str) -> str:
    with suppress(Exception):  # the parser of headers raises whatever it stumbles over
        return str(message[name] or "")
    return ""


def _body(message: EmailMessage, kind: str) -> str:
    found = message.get_body(preferencelist=(kind,))
    if found is None:
        return ""
    content = found.get_payload(decode=True)
    octets = content if isinstance(content, bytes) else b""
    charset = found.get_content_charset() or "utf-8"
    try:
        return octets.decode(charset, errors="replace")
    except LookupError:
        return octets.decode("latin-1")


def _pictures(message: EmailMessage) -> dict[str, MessageImage]:
    found = {}
    for part in message.walk():
        name = str(part.get("Content-ID") or "").strip("<> \t\r\n")
        content = part.get_payload(decode=True)
        if name and part.get_content_maintype() == "image" and isinstance(content, bytes):
            found[name] = MessageImage(media_type=part.get_content_type(), content=content)
    return found
