"""
Mailgun's webhooks: one event in a request, with a signature inside the JSON.

documentation.mailgun.com/docs/mailgun/user-manual/webhooks/securing-webhooks and …/events/event-structure (2026).

The signature covers a time and a token, not the event, so each token is taken with one body only: whoever captured a
signature cannot use it for another event. Mailgun repeats a request with the signature it had, for up to 8 hours.
"""

from __future__ import annotations

import hashlib
import hmac
from collections import OrderedDict
from collections.abc import Mapping
from datetime import datetime
from threading import Lock
from typing import Any, ClassVar

from pipeline.bounces.provider_bounce import ProviderVerdict
from pipeline.models.event import EventKind
from pipeline.models.provider_event import ProviderEvent
from pipeline.senders.webhooks import payload
from pipeline.senders.webhooks.bounce_event import make_bounce
from pipeline.senders.webhooks.payload import get_text
from pipeline.senders.webhooks.provider_webhook import (
    ProviderWebhook,
    RejectedRequest,
    UnreadableRequest,
    WebhookReport,
    WebhookRequest,
    check_age,
)

#: Mailgun gives up after 8 hours (…/user-manual/webhooks/webhook-retries); the rest is for clocks that differ.
_MAX_AGE_S = 8.5 * 3600
#: About 20 MB; more requests in 8 hours are those of a million messages.
_MAX_TOKENS = 100_000
_KINDS = {
    "delivered": EventKind.DELIVERED,
    "complained": EventKind.COMPLAINED,
    "unsubscribed": EventKind.UNSUBSCRIBED,
}
_REASONS = {
    "espblock": ProviderVerdict.OURS,
    "old": ProviderVerdict.TEMPORARY,  # retried for too long
    "generic": ProviderVerdict.UNKNOWN,
    "bounce": ProviderVerdict.PERMANENT,
    "hardfail": ProviderVerdict.PERMANENT,
}
#: Mailgun did not send the message, because of what happened before.
_SUPPRESSED = "suppress-"


class MailgunWebhook(ProviderWebhook):
    """
    Receives Mailgun's reports.

    Args:
        secret: Its HTTP webhook signing key.
    """

    source: ClassVar[str] = "mailgun"

    def __init__(self, secret: str) -> None:
        self._key = secret.encode()
        self._bodies: OrderedDict[bytes, bytes] = OrderedDict()
        self._lock = Lock()

    def verify(self, request: WebhookRequest, *, now: datetime) -> None:
        try:
            item = payload.parse_object(request.body)
        except UnreadableRequest as error:
            raise RejectedRequest(str(error)) from None
        # A subaccount signs with its own key; its parent's signature stands beside it.
        blocks = [item.get(name) for name in ("signature", "parent-signature")]
        signed = next((block for block in blocks if self._is_signed(block)), None)
        if signed is None:
            raise RejectedRequest("its signature is wrong, or it has none")
        signed_at = payload.parse_seconds(get_text(signed, "timestamp"))
        if signed_at is None:
            raise RejectedRequest("its signature has no time")
        check_age(signed_at, now=now, max_age_s=_MAX_AGE_S)
        self._use_token(get_text(signed, "token"), request.body)

    @classmethod
    def read(cls, request: WebhookRequest) -> WebhookReport:
        item = payload.parse_object(request.body)
        return payload.read_each([item.get("event-data")], _read_event)

    def _is_signed(self, block: Any) -> bool:
        if not isinstance(block, dict):
            return False
        signed = get_text(block, "timestamp") + get_text(block, "token")
        expected = hmac.new(self._key, signed.encode(errors="replace"), hashlib.sha256).hexdigest()
        given = get_text(block, "signature")
        return hmac.compare_digest(given.encode(errors="replace"), expected.encode())

    def _use_token(self, token: str, body: bytes) -> None:
        name, digest = (hashlib.sha256(each).digest()[:16] for each in (token.encode(), body))
        with self._lock:
            if self._bodies.setdefault(name, digest) != digest:
                raise RejectedRequest("its signature was used for another event")
            if len(self._bodies) > _MAX_TOKENS:
                self._bodies.popitem(last=False)


def _read_event(item: Any) -> ProviderEvent | None:
    name = payload.require_text(item, "event")
    if kind := _KINDS.get(name):
        return _make_event(item, kind)
    if name == "failed" and get_text(item, "severity") == "permanent":
        return _make_bounce(item, _find_verdict(item))
    if name == "rejected":
        return _make_bounce(item, ProviderVerdict.NOT_SENT)
    return None


def _find_verdict(item: Mapping[str, Any]) -> ProviderVerdict:
    reason = get_text(item, "reason")
    if reason.startswith(_SUPPRESSED):
        return ProviderVerdict.NOT_SENT
    return _REASONS.get(reason, ProviderVerdict.UNKNOWN)


def _make_bounce(item: Mapping[str, Any], verdict: ProviderVerdict) -> ProviderEvent:
    status = item.get("delivery-status")
    return make_bounce(
        verdict,
        key=_make_key(item),
        token=get_text(item, "user-variables", payload.TOKEN_FIELD),
        at=payload.parse_time(item.get("timestamp")),
        reply=get_text(status, "message") or get_text(status, "description"),
        remark=get_text(item, "reason") or get_text(item, "reject", "reason"),
        code=get_text(status, "code"),
        status=get_text(status, "enhanced-code"),
    )


def _make_event(item: Mapping[str, Any], kind: EventKind) -> ProviderEvent:
    return ProviderEvent(
        kind=kind,
        key=_make_key(item),
        token=get_text(item, "user-variables", payload.TOKEN_FIELD),
        at=payload.parse_time(item.get("timestamp")),
    )


def _make_key(item: Mapping[str, Any]) -> str:
    """Return a key; an id alone is unique within a day only."""
    at = payload.parse_time(item.get("timestamp"))
    return payload.make_key(item, get_text(item, "id"), at.isoformat() if at else "")
