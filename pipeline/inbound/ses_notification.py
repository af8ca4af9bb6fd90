"""Notifications of Amazon SES that SNS delivers by email: JSON in the text, in an envelope or without one."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from pipeline.bounces.classify import Rejection, classify_bounce
from pipeline.bounces.reply_quotes import quote_reply
from pipeline.inbound.inbound_message import InboundKind, InboundRecipient
from pipeline.models.event import BounceClass

_MAX_CHARACTERS = 200_000
_MAX_RECIPIENTS = 100
_KINDS = {
    "bounce": (InboundKind.BOUNCE, "bounce", "bouncedRecipients"),
    "complaint": (InboundKind.COMPLAINT, "complaint", "complainedRecipients"),
    "delivery": (InboundKind.DELIVERED, "delivery", "recipients"),
}
#: Says that SES refused to send, because of an earlier complaint or bounce: the recipient said nothing now.
_SUPPRESSED = "OnAccountSuppressionList"


def read_ses_notification(
    text: str,
) -> tuple[InboundKind, tuple[InboundRecipient, ...]] | None:
    """Return what the notification in *text* says; None without one."""
    value = _find_notification(text)
    if value is None:
        return None
    name = str(value.get("notificationType") or value.get("eventType") or "").lower()
    if name not in _KINDS:
        return None
    kind, part_name, list_name = _KINDS[name]
    part = value.get(part_name)
    if not isinstance(part, dict):
        return None
    if part.get("complaintSubType") == _SUPPRESSED:
        return InboundKind.OTHER, ()
    entries = part.get(list_name)
    recipients = entries if isinstance(entries, list) else []
    return kind, tuple(_read_recipient(part, each) for each in recipients[:_MAX_RECIPIENTS])


def _find_notification(text: str) -> dict[str, Any] | None:
    """Return the JSON object at the beginning of *text*, or the one that is a string in it."""
    text = text.lstrip()
    if not text.startswith("{") or ("notificationType" not in text and "eventType" not in text):
        return None
    value = _parse(text)
    if value and isinstance(value.get("Message"), str):
        value = _parse(value["Message"])
    return value


def _parse(text: str) -> dict[str, Any] | None:
    # SNS breaks lines longer than 998 bytes, within words too.
    flat = text[:_MAX_CHARACTERS].replace("\r", "").replace("\n ", "").replace("\n", "")
    try:
        value, _ = json.JSONDecoder().raw_decode(flat)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def _read_recipient(part: Mapping[str, Any], entry: Any) -> InboundRecipient:  # Any: JSON
    if not isinstance(entry, dict):
        return InboundRecipient(address=str(entry) if isinstance(entry, str) else None)
    address = entry.get("emailAddress")
    diagnostic = str(entry.get("diagnosticCode") or "")[:2000]
    reply = quote_reply(diagnostic)
    status = entry.get("status")
    bounce_class = None
    if "bounceType" in part:
        bounce_class = _classify(part, diagnostic, reply.enhanced_code, status)
    return InboundRecipient(
        address=address if isinstance(address, str) else None,
        status=reply.enhanced_code or (status if isinstance(status, str) else None),
        code=reply.code,
        bounce_class=bounce_class,
        text=diagnostic[:500],
    )


def _classify(
    part: Mapping[str, Any], diagnostic: str, enhanced_code: str | None, status: object
) -> BounceClass:
    """Return the class by the words of the server; without any, by the type that SES gives (its documentation)."""
    if diagnostic:
        return classify_bounce(
            Rejection(
                text=diagnostic,
                enhanced_code=enhanced_code,
                status=status if isinstance(status, str) else None,
            )
        )
    kind, sub = part.get("bounceType"), part.get("bounceSubType")
    if kind == "Permanent":
        return BounceClass.GONE if sub in {"General", "NoEmail"} else BounceClass.UNKNOWN
    return {
        "MailboxFull": BounceClass.FULL,
        "MessageTooLarge": BounceClass.CONTENT,
        "ContentRejected": BounceClass.CONTENT,
        "AttachmentRejected": BounceClass.CONTENT,
    }.get(str(sub), BounceClass.ELSEWHERE if kind == "Transient" else BounceClass.UNKNOWN)
