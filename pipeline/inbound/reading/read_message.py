"""
Say what a message is.

The order matters: a report says what it is; a notice of non-delivery often claims to be an automatic reply, and an
automatic reply is sent with an empty envelope sender as a notice is.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from dataclasses import replace

from pipeline.inbound.inbound_message import InboundKind, InboundMessage
from pipeline.inbound.reading.auto_reply import is_auto_reply
from pipeline.inbound.reading.bounce import (
    is_bounce_notice,
    is_delay_notice,
    is_mail_system,
    read_notice,
    read_report,
)
from pipeline.inbound.reading.feedback import find_feedback, list_complainers
from pipeline.inbound.reading.foreign_header import HeaderFields
from pipeline.inbound.reading.message_content import MimeContent, read_content
from pipeline.inbound.reading.notice import split_notice
from pipeline.inbound.reading.ses_notification import read_ses_notification
from pipeline.inbound.reading.status_fields import find_status_in_text, parse_status
from pipeline.inbound.reading.unsubscribe_phrases import is_unsubscribe_request

log = logging.getLogger(__name__)

_MAX_SUBJECT = 200
#: Where the address that a message was delivered to may stand, besides the envelope.
_TO_FIELDS = (
    "delivered-to",
    "x-original-to",
    "envelope-to",
    "x-envelope-to",
    "x-rcpt-to",
    "to",
    "cc",
)
#: What an address for unsubscribing looks like where it is not known which one is.
_UNSUBSCRIBE_ADDRESS = re.compile(r"(?i)^(?:unsubscribe|unsub|leave|abmelden)(?:[+=._-][^@]*)?@")
_MAX_IDS = 40
_REPLY_SUBJECT = re.compile(
    r"(?i)^\s*+(?:re|aw|sv|antw|odp|rv|ref|vs|r|回复|答复|返信)\s*+(?:\[\d++\])?\s*+[:：]"
)


def has_unsubscribe_name(address: str) -> bool:
    """Whether *address* is named as addresses for unsubscribing are: `unsubscribe+…@`, `leave@`."""
    return _UNSUBSCRIBE_ADDRESS.match(address) is not None


def read_message(
    content: bytes,
    *,
    envelope_to: tuple[str, ...] = (),
    is_unsubscribe_address: Callable[[str], bool] = has_unsubscribe_name,
) -> InboundMessage:
    """
    Return what the message *content* is; a message that nobody can read is `InboundKind.UNKNOWN`.

    Args:
        envelope_to: The envelope recipients, where they are known.
        is_unsubscribe_address: Whether whoever writes to an address wants to unsubscribe, whatever they write. What a
            mail system or an autoresponder sends there is no request.
    """
    try:
        return _read(content, envelope_to, is_unsubscribe_address)
    except Exception as error:  # a message must not stop those behind it
        log.warning(
            "A message of %d bytes cannot be read (%s: %s).",
            len(content), type(error).__name__, str(error)[:200], extra={"action": "unreadable_message"},
        )  # fmt: skip
        return InboundMessage(kind=InboundKind.UNKNOWN, delivered_to=envelope_to)


def _read(
    content: bytes, envelope_to: tuple[str, ...], is_unsubscribe_address: Callable[[str], bool]
) -> InboundMessage:
    mime = read_content(content)
    notice, returned = split_notice(mime.text)
    original = mime.original or HeaderFields(_find_header(returned))
    delivered_to = tuple(
        dict.fromkeys([*map(str.lower, envelope_to), *mime.header.list_addresses(*_TO_FIELDS)])
    )
    return replace(
        _judge(mime, notice, is_addressed=any(map(is_unsubscribe_address, delivered_to))),
        delivered_to=delivered_to,
        original_ids=_find_ids(mime, original),
        sender=next(iter(mime.header.list_addresses("from")), ""),
        subject=mime.header.get("subject")[:_MAX_SUBJECT],
    )


def _judge(mime: MimeContent, notice: str, *, is_addressed: bool) -> InboundMessage:
    if not mime.header and not notice.strip():
        return InboundMessage(kind=InboundKind.UNKNOWN)
    feedback = None if is_addressed and not mime.feedback else find_feedback(mime)
    if feedback is not None:
        recipients = list_complainers(mime)
        return InboundMessage(kind=InboundKind.COMPLAINT, feedback=feedback, recipients=recipients)
    if mime.feedback:
        return InboundMessage(kind=InboundKind.OTHER)
    status = parse_status(mime.status or find_status_in_text(mime.text))
    report = read_report(notice, status) if status else read_ses_notification(mime.text)
    if report:
        kind, recipients = report
        return InboundMessage(kind=kind, recipients=recipients)
    return _judge_words(mime, notice, is_addressed=is_addressed)


def _judge_words(mime: MimeContent, notice: str, *, is_addressed: bool) -> InboundMessage:
    header = mime.header
    if mime.is_read_receipt:
        return InboundMessage(kind=InboundKind.OTHER)
    if is_bounce_notice(mime, notice):
        if is_delay_notice(notice):
            return InboundMessage(kind=InboundKind.OTHER)
        return InboundMessage(kind=InboundKind.BOUNCE, recipients=read_notice(mime, notice))
    if is_auto_reply(header):
        return InboundMessage(kind=InboundKind.AUTO_REPLY)
    asks = is_unsubscribe_request(header.get("subject"), mime.text)
    if is_mail_system(header) and not (is_addressed and asks):
        return InboundMessage(kind=InboundKind.OTHER)
    if is_addressed or asks:
        return InboundMessage(kind=InboundKind.UNSUBSCRIBE, is_in_words=not is_addressed)
    is_reply = "in-reply-to" in header or "references" in header
    if is_reply or _REPLY_SUBJECT.search(header.get("subject")):
        return InboundMessage(kind=InboundKind.REPLY)
    return InboundMessage(kind=InboundKind.OTHER, is_from_person=True)


def _find_header(returned: str) -> str:
    """Return the header in the text of a returned message."""
    lines = returned.split("\n")
    begin = next((i for i, line in enumerate(lines) if re.match(r"[A-Za-z-]{2,40}: ?", line)), None)
    if begin is None:
        return ""
    header = []
    for line in lines[begin:]:
        if not line.strip():
            break
        header.append(line)
    return "\n".join(header)


def _find_ids(mime: MimeContent, original: HeaderFields) -> tuple[str, ...]:
    """Return what may identify our message, in the order of its worth."""
    status = HeaderFields(mime.status)
    found = [
        *status.get_all("original-envelope-id", "x-original-message-id"),
        *original.get_all("message-id", "list-unsubscribe", "return-path"),
        *HeaderFields(mime.feedback).get_all("original-mail-from", "original-envelope-id"),
        *mime.header.get_all("in-reply-to", "references"),
    ]
    return tuple(dict.fromkeys(each[:1000] for each in found))[:_MAX_IDS]
