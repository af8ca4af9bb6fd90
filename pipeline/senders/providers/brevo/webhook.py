"""
Brevo's webhooks: an event in a request, or a list of them, with a user name and a password.

developers.brevo.com/docs/transactional-webhooks (2026). Events have no ID, so a digest identifies them.
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

#: The header field that Brevo returns with its reports.
TOKEN_HEADER = "X-Mailin-custom"
_KINDS = {
    "delivered": EventKind.DELIVERED,
    "spam": EventKind.COMPLAINED,
    "complaint": EventKind.COMPLAINED,
    "unsubscribed": EventKind.UNSUBSCRIBED,
    "unsubscribe": EventKind.UNSUBSCRIBED,
}
_VERDICTS = {
    "hard_bounce": ProviderVerdict.PERMANENT,
    "soft_bounce": ProviderVerdict.TEMPORARY,
    "invalid_email": ProviderVerdict.INVALID,
    "blocked": ProviderVerdict.NOT_SENT,
    "error": ProviderVerdict.NOT_SENT,
}


class BrevoWebhook(PasswordWebhook):
    """Receives Brevo's reports; it signs none."""

    source: ClassVar[str] = "brevo"
    max_bytes: ClassVar[int] = 10 << 20

    @classmethod
    def read(cls, request: WebhookRequest) -> WebhookReport:
        return payload.read_each(payload.parse_objects(request.body), _read_event)


def _read_event(item: Any) -> ProviderEvent | None:
    name = payload.require_text(item, "event")
    token = get_text(item, TOKEN_HEADER)
    at = _read_time(item)
    if kind := _KINDS.get(name):
        return ProviderEvent(kind=kind, key=payload.digest_item(item), token=token, at=at)
    if name not in _VERDICTS:
        return None
    return make_bounce(
        _VERDICTS[name],
        key=payload.digest_item(item),
        token=token,
        at=at,
        reply=get_text(item, "reason"),
    )


def _read_time(item: Any) -> Any:
    """Return the time in milliseconds; all others depend on the account's time zone."""
    milliseconds = item.get("ts_epoch")
    is_number = isinstance(milliseconds, int) and not isinstance(milliseconds, bool)
    return payload.parse_time(milliseconds / 1000) if is_number else None
