"""
Resend's webhooks: one event in a request, signed by Standard Webhooks (standardwebhooks.com).

resend.com/docs/webhooks/event-types and resend.com/docs/webhooks/verify-webhooks-requests (2026).
"""

from __future__ import annotations

import base64
import binascii
import hmac
from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar

from pipeline.bounces.provider_bounce import ProviderVerdict
from pipeline.bounces.ses_bounce_types import find_ses_verdict
from pipeline.models.event import EventKind
from pipeline.models.provider_event import ProviderEvent
from pipeline.senders.webhooks import payload
from pipeline.senders.webhooks.bounce_event import make_bounce
from pipeline.senders.webhooks.payload import get_text
from pipeline.senders.webhooks.provider_webhook import (
    ProviderWebhook,
    RejectedRequest,
    WebhookReport,
    WebhookRequest,
    check_age,
)
from pipeline.senders.webhooks.webhook_secret import not_heard_error

_PREFIX = "whsec_"
#: Each attempt has its own signature; the time that Standard Webhooks recommends.
_MAX_AGE_S = 300
_KINDS = {"email.delivered": EventKind.DELIVERED, "email.complained": EventKind.COMPLAINED}
#: Resend did not send the message.
_NOT_SENT = {"email.failed": "failed", "email.suppressed": "suppressed"}


class ResendWebhook(ProviderWebhook):
    """
    Receives Resend's reports.

    Args:
        secret: Its signing secret, `whsec_…`.

    Raises:
        ConfigError: *secret* is not one.
    """

    source: ClassVar[str] = "resend"

    def __init__(self, secret: str) -> None:
        try:
            self._key = base64.b64decode(secret.removeprefix(_PREFIX), validate=True)
        except binascii.Error:
            raise not_heard_error("Resend", "its secret does not look like whsec_…") from None

    def verify(self, request: WebhookRequest, *, now: datetime) -> None:
        names = ("svix-id", "svix-timestamp", "svix-signature")
        identifier, timestamp, signatures = (request.headers.get(name, "") for name in names)
        signed_at = payload.parse_seconds(timestamp)
        if not identifier or signed_at is None:
            raise RejectedRequest("it is not signed")
        signed = f"{identifier}.{timestamp}.".encode("utf-8", "replace") + request.body
        digest = base64.b64encode(hmac.digest(self._key, signed, "sha256"))
        expected = b"v1," + digest
        given = [each.encode("utf-8", "replace") for each in signatures.split(" ")]
        if not any([hmac.compare_digest(each, expected) for each in given]):
            raise RejectedRequest("its signature is wrong")
        check_age(signed_at, now=now, max_age_s=_MAX_AGE_S)

    @classmethod
    def read(cls, request: WebhookRequest) -> WebhookReport:
        return payload.read_each([payload.parse_object(request.body)], _read_event)


def _read_event(item: Any) -> ProviderEvent | None:
    name = payload.require_text(item, "type")
    if kind := _KINDS.get(name):
        at = payload.parse_time(item.get("created_at"))
        return ProviderEvent(kind=kind, key=_make_key(item), token=_find_token(item), at=at)
    if part := _NOT_SENT.get(name):
        details = item["data"].get(part)
        text = get_text(details, "reason") or get_text(details, "message")
        return _make_bounce(item, ProviderVerdict.NOT_SENT, remark=text)
    if name != "email.bounced":
        return None
    found = item["data"]["bounce"]
    verdict = find_ses_verdict(get_text(found, "type"), get_text(found, "subType"))
    # The message is Resend's advice, not what a server said: it speaks of reputation whatever happened.
    advice = get_text(found, "message")
    return _make_bounce(item, verdict, reply=_read_diagnostic(found), remark=advice)


def _make_bounce(
    item: Any, verdict: ProviderVerdict, *, reply: str = "", remark: str = ""
) -> ProviderEvent:
    return make_bounce(
        verdict,
        key=_make_key(item),
        token=_find_token(item),
        at=payload.parse_time(item.get("created_at")),
        reply=reply,
        remark=remark,
    )


def _make_key(item: Any) -> str:
    """Return a key from the body alone, which a saved report has too; no two events of a message have one time."""
    parts = (
        get_text(item, "data", "email_id"),
        get_text(item, "type"),
        get_text(item, "created_at"),
    )
    return payload.make_key(item, *parts)


def _read_diagnostic(found: Mapping[str, Any]) -> str:
    codes = found.get("diagnosticCode")
    texts = codes if isinstance(codes, list) else [codes]
    return " ".join(text for text in texts if isinstance(text, str))


def _find_token(item: Any) -> str:
    """Return our token from the tags, which are an object; as sent, they are a list of names and values."""
    tags = item["data"].get("tags")
    if isinstance(tags, list):
        tags = {get_text(tag, "name"): get_text(tag, "value") for tag in tags}
    return get_text(tags, payload.TOKEN_FIELD)
