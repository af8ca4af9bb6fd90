"""
Postmark's webhooks: one event in a request, with a user name and a password.

postmarkapp.com/developer/webhooks/webhooks-overview and the pages on each webhook; bounce types:
postmarkapp.com/developer/api/bounce-api#bounce-types (2026).
"""

from __future__ import annotations

from typing import Any, ClassVar

from pipeline.bounces.provider_bounce import ProviderVerdict
from pipeline.models.event import EventKind
from pipeline.models.provider_event import ProviderEvent
from pipeline.senders.webhooks import payload
from pipeline.senders.webhooks.bounce_event import make_bounce
from pipeline.senders.webhooks.payload import get_text
from pipeline.senders.webhooks.provider_webhook import (
    PasswordWebhook,
    WebhookReport,
    WebhookRequest,
)

_VERDICTS = {
    "HardBounce": ProviderVerdict.PERMANENT,
    "BadEmailAddress": ProviderVerdict.INVALID,
    "SoftBounce": ProviderVerdict.TEMPORARY,
    "DnsError": ProviderVerdict.TEMPORARY,
    "SpamNotification": ProviderVerdict.OURS,
    "Blocked": ProviderVerdict.OURS,
    "DMARCPolicy": ProviderVerdict.OURS,
    "VirusNotification": ProviderVerdict.CONTENT,
    "TemplateRenderingFailed": ProviderVerdict.CONTENT,
    "ManuallyDeactivated": ProviderVerdict.NOT_SENT,
    "SMTPApiError": ProviderVerdict.NOT_SENT,
    "Unconfirmed": ProviderVerdict.NOT_SENT,
    "Unknown": ProviderVerdict.UNKNOWN,
}
#: What Postmark calls a bounce too: somebody, or a program, wrote back.
_OTHER_TYPES = {
    "SpamComplaint": EventKind.COMPLAINED,
    "Unsubscribe": EventKind.UNSUBSCRIBED,
    "AutoResponder": EventKind.AUTO_REPLIED,
    "AddressChange": EventKind.AUTO_REPLIED,
    "ChallengeVerification": EventKind.AUTO_REPLIED,
}


class PostmarkWebhook(PasswordWebhook):
    """Receives Postmark's reports; it signs none, and tries again after 5xx, 408 and 429 only."""

    source: ClassVar[str] = "postmark"

    @classmethod
    def read(cls, request: WebhookRequest) -> WebhookReport:
        return payload.read_each([payload.parse_object(request.body)], _read_record)


def _read_record(item: Any) -> ProviderEvent | None:
    record = get_text(item, "RecordType")
    if record == "Delivery":
        return _make_event(item, EventKind.DELIVERED, "DeliveredAt")
    if record == "SpamComplaint":
        return _make_event(item, EventKind.COMPLAINED, "BouncedAt", get_text(item, "ID"))
    if record == "SubscriptionChange":
        return _read_subscription(item)
    return _read_bounce(item) if record == "Bounce" else None


def _read_bounce(item: Any) -> ProviderEvent | None:
    name = get_text(item, "Type")
    if kind := _OTHER_TYPES.get(name):
        return _make_event(item, kind, "BouncedAt", get_text(item, "ID"))
    if name not in _VERDICTS:  # Transient is a delay; others are about the account
        return None
    return make_bounce(
        _VERDICTS[name],
        key=payload.make_key(item, "Bounce", get_text(item, "ID")),
        token=get_text(item, "Metadata", payload.TOKEN_FIELD),
        at=payload.parse_time(item.get("BouncedAt")),
        reply=get_text(item, "Details"),
        remark=get_text(item, "Description"),
    )


def _read_subscription(item: Any) -> ProviderEvent | None:
    """Return that the recipient unsubscribed at Postmark; bounces and complaints have reports of their own."""
    is_own_act = (
        item["SuppressSending"] is True
        and get_text(item, "Origin") == "Recipient"
        and get_text(item, "SuppressionReason") == "ManualSuppression"
    )
    if not is_own_act:
        return None
    return _make_event(item, EventKind.UNSUBSCRIBED, "ChangedAt", get_text(item, "ChangedAt"))


def _make_event(item: Any, kind: EventKind, time_field: str, *detail: str) -> ProviderEvent:
    """Return an event that needs no more than *item* says; *detail* tells two of one message apart."""
    record = get_text(item, "RecordType")
    return ProviderEvent(
        kind=kind,
        key=payload.make_key(item, record, get_text(item, "MessageID"), *detail),
        token=get_text(item, "Metadata", payload.TOKEN_FIELD),
        at=payload.parse_time(item.get(time_field)),
        text=get_text(item, "Details") if kind is not EventKind.DELIVERED else "",
    )
