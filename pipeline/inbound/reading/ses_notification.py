"""Notifications of Amazon SES that SNS delivers by email: JSON in the text, in an envelope or without one."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from pipeline.bounces.provider_bounce import explain_provider_bounce
from pipeline.bounces.ses_bounce_types import SUPPRESSED_TYPES, find_ses_verdict
from pipeline.inbound.inbound_message import InboundKind, InboundRecipient

_MAX_CHARACTERS = 200_000
_MAX_RECIPIENTS = 100
_KINDS = {
    "bounce": (InboundKind.BOUNCE, "bounce", "bouncedRecipients"),
    "complaint": (InboundKind.COMPLAINT, "complaint", "complainedRecipients"),
    "delivery": (InboundKind.DELIVERED, "delivery", "recipients"),
}


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
    if part.get("complaintSubType") in SUPPRESSED_TYPES:
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
    status = entry.get("status")
    verdict = find_ses_verdict(
        str(part.get("bounceType") or ""), str(part.get("bounceSubType") or "")
    )
    reason = explain_provider_bounce(
        diagnostic, verdict, enhanced_code=status if isinstance(status, str) else None
    )
    return InboundRecipient(
        address=address if isinstance(address, str) else None,
        status=reason.enhanced_code,
        code=reason.code,
        bounce_class=reason.bounce_class if "bounceType" in part else None,
        text=diagnostic[:500],
    )
