"""
Mailjet's webhooks: an event in a request, or a list of them, with a user name and a password.

dev.mailjet.com/email/guides/webhooks (2026), with the table of errors.
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

_KINDS = {
    "sent": EventKind.DELIVERED,  # the recipient's server accepted it
    "spam": EventKind.COMPLAINED,
    "unsub": EventKind.UNSUBSCRIBED,
}
_BOUNCES = frozenset({"bounce", "blocked"})
_VERDICTS = {
    "user unknown": ProviderVerdict.INVALID,
    "invalid domain": ProviderVerdict.INVALID,
    "no mail host": ProviderVerdict.INVALID,
    "typofix": ProviderVerdict.INVALID,
    "quota exceeded": ProviderVerdict.FULL,
    "mailbox inactive": ProviderVerdict.UNKNOWN,
    "relay/access denied": ProviderVerdict.OURS,
    "sender blocked": ProviderVerdict.OURS,
    "policy issue": ProviderVerdict.OURS,
    "content blocked": ProviderVerdict.CONTENT,
    "system issue": ProviderVerdict.TEMPORARY,
    "protocol issue": ProviderVerdict.TEMPORARY,
    "connection issue": ProviderVerdict.TEMPORARY,
    "greylisted": ProviderVerdict.TEMPORARY,
    "preblocked": ProviderVerdict.NOT_SENT,
    "duplicate in campaign": ProviderVerdict.NOT_SENT,
}


class MailjetWebhook(PasswordWebhook):
    """Receives Mailjet's reports; it signs none."""

    source: ClassVar[str] = "mailjet"
    max_bytes: ClassVar[int] = 10 << 20

    @classmethod
    def read(cls, request: WebhookRequest) -> WebhookReport:
        return payload.read_each(payload.parse_objects(request.body), _read_event)


def _read_event(item: Any) -> ProviderEvent | None:
    name = payload.require_text(item, "event")
    if kind := _KINDS.get(name):
        return ProviderEvent(
            kind=kind,
            key=_make_key(item),
            token=get_text(item, "CustomID"),
            at=payload.parse_time(item.get("time")),
        )
    return _read_bounce(item) if name in _BOUNCES else None


def _read_bounce(item: Any) -> ProviderEvent | None:
    error = get_text(item, "error")
    is_hard = item.get("hard_bounce") is True
    if error == "greylisted" and not is_hard:  # Mailjet tries again
        return None
    default = ProviderVerdict.PERMANENT if is_hard else ProviderVerdict.TEMPORARY
    if get_text(item, "event") == "blocked":
        default = ProviderVerdict.NOT_SENT
    verdict = _VERDICTS.get(error, default)
    if verdict is ProviderVerdict.INVALID and not is_hard:
        verdict = ProviderVerdict.UNKNOWN  # nobody is called gone on two opinions
    return make_bounce(
        verdict,
        key=_make_key(item),
        token=get_text(item, "CustomID"),
        at=payload.parse_time(item.get("time")),
        reply=get_text(item, "comment") or get_text(item, "smtp_reply"),
        remark=error,
    )


def _make_key(item: Any) -> str:
    """Return a key; events have no ID, and MessageID is the same for all events of a message."""
    return payload.make_key(
        item, *(get_text(item, name) for name in ("MessageID", "event", "time"))
    )
