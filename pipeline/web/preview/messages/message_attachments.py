"""The attachments of a message: everything but its text, its HTML and the pictures that the HTML shows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage

from pipeline.web.preview.messages.preview_message import MESSAGE_POLICY

_MAX_ATTACHMENTS, _MAX_NAME_CHARACTERS = 200, 150


@dataclass(frozen=True, kw_only=True, slots=True)
class MessageAttachment:
    """An attachment; *number* is its position in the message, from 1."""

    number: int
    name: str
    media_type: str
    content: bytes = field(repr=False)


def list_attachments(raw: bytes) -> list[MessageAttachment]:
    """Return the attachments of the message in *raw*; what cannot be parsed has none."""
    try:
        message = message_from_bytes(raw, policy=MESSAGE_POLICY)
        return list(_find_attachments(message))
    except Exception:  # the parser of the email package raises various errors, for deep nesting too
        return []


def read_attachment(raw: bytes, number: int) -> MessageAttachment | None:
    """Return the attachment *number*, None if there are fewer."""
    return next((each for each in list_attachments(raw) if each.number == number), None)


def _find_attachments(message: EmailMessage) -> Iterator[MessageAttachment]:
    bodies = [message.get_body(preferencelist=(kind,)) for kind in ("html", "plain")]
    number = 0
    for part in message.walk():
        if part.is_multipart() and part.get_content_maintype() != "message":
            continue
        is_shown = any(part is body for body in bodies) or (
            part.get_content_maintype() == "image" and part.get("Content-ID") is not None
        )
        if is_shown:
            continue
        number += 1
        if number > _MAX_ATTACHMENTS:
            return
        yield MessageAttachment(
            number=number,
            name=_clean_name(part.get_filename() or f"part-{number}"),
            media_type=part.get_content_type(),
            content=_read_content(part),
        )


def _read_content(part: EmailMessage) -> bytes:
    if part.is_multipart():  # a forwarded message
        return b"".join(
            bytes(each) for each in part.get_payload() if isinstance(each, EmailMessage)
        )
    payload = part.get_payload(decode=True)
    return payload if isinstance(payload, bytes) else b""


def _clean_name(name: str) -> str:
    """Return *name* without folders and control characters."""
    base = name.replace("\\", "/").rpartition("/")[2]
    text = "".join(each for each in base if each.isprintable()).encode("utf-8", "replace").decode()
    return text.strip(". ")[:_MAX_NAME_CHARACTERS] or "attachment"
