"""
SendGrid's webhooks: a list of events in a request, signed by ECDSA over a time and the body.

twilio.com/docs/sendgrid/for-developers/tracking-events/event and
…/getting-started-event-webhook-security-features (2026).
"""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar

from pipeline.bounces.provider_bounce import ProviderVerdict
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

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey

_SIGNATURE = "x-twilio-email-event-webhook-signature"
_TIMESTAMP = "x-twilio-email-event-webhook-timestamp"
#: SendGrid tries for 24 hours, and does not say whether it signs each attempt again. The signature covers the events,
#: each of which is recorded once, so that an old request can do nothing new.
_MAX_AGE_S = 24.5 * 3600
_PEM = re.compile(r"-----[A-Z ]{1,30}-----|\s")
_KINDS = {
    "delivered": EventKind.DELIVERED,
    "spamreport": EventKind.COMPLAINED,
    "unsubscribe": EventKind.UNSUBSCRIBED,
    "group_unsubscribe": EventKind.UNSUBSCRIBED,
}
_CLASSIFICATIONS = {
    "Invalid Address": ProviderVerdict.INVALID,
    "Technical": ProviderVerdict.TEMPORARY,
    "Technical Failure": ProviderVerdict.TEMPORARY,
    "Content": ProviderVerdict.CONTENT,
    "Reputation": ProviderVerdict.OURS,
    "Frequency/Volume": ProviderVerdict.OURS,
    "Frequency or Volume Too High": ProviderVerdict.OURS,
    "Mailbox Unavailable": ProviderVerdict.UNKNOWN,
}


class SendgridWebhook(ProviderWebhook):
    """
    Receives SendGrid's reports.

    Args:
        key: Its verification key: a public key on P-256 as base64 of DER, with or without the lines of PEM.

    Raises:
        ConfigError: *key* is not one.
    """

    source: ClassVar[str] = "sendgrid"
    #: It sends at most 768 KB; without a signature nobody knows yet who it is.
    max_bytes: ClassVar[int] = 2 << 20

    def __init__(self, key: str) -> None:
        self._key = _load_key(key)

    def verify(self, request: WebhookRequest, *, now: datetime) -> None:
        from cryptography.exceptions import InvalidSignature
        from cryptography.hazmat.primitives.asymmetric.ec import ECDSA
        from cryptography.hazmat.primitives.hashes import SHA256

        timestamp = request.headers.get(_TIMESTAMP, "")
        signed_at = payload.parse_seconds(timestamp)
        signature = payload.decode_base64(request.headers.get(_SIGNATURE, ""))
        if signed_at is None or not signature:
            raise RejectedRequest("it is not signed")
        try:
            self._key.verify(signature, timestamp.encode() + request.body, ECDSA(SHA256()))
        except InvalidSignature:
            raise RejectedRequest("its signature is wrong") from None
        check_age(signed_at, now=now, max_age_s=_MAX_AGE_S)

    @classmethod
    def read(cls, request: WebhookRequest) -> WebhookReport:
        return payload.read_each(payload.parse_objects(request.body), _read_event)


def _read_event(item: Any) -> ProviderEvent | None:
    name = payload.require_text(item, "event")
    if kind := _KINDS.get(name):
        return ProviderEvent(
            kind=kind,
            key=payload.make_key(item, get_text(item, "sg_event_id")),
            token=get_text(item, payload.TOKEN_FIELD),
            at=payload.parse_time(item.get("timestamp")),
        )
    if name == "bounce":
        return _make_bounce(item, _find_verdict(item))
    return _make_bounce(item, ProviderVerdict.NOT_SENT) if name == "dropped" else None


def _find_verdict(item: Mapping[str, Any]) -> ProviderVerdict:
    """Return the verdict; `blocked` is temporary, whatever else SendGrid says."""
    found = _CLASSIFICATIONS.get(get_text(item, "bounce_classification"))
    if get_text(item, "type") == "bounce":
        return found or ProviderVerdict.PERMANENT
    if found is None or found is ProviderVerdict.INVALID:
        return ProviderVerdict.TEMPORARY
    return found


def _make_bounce(item: Mapping[str, Any], verdict: ProviderVerdict) -> ProviderEvent:
    return make_bounce(
        verdict,
        key=payload.make_key(item, get_text(item, "sg_event_id")),
        token=get_text(item, payload.TOKEN_FIELD),
        at=payload.parse_time(item.get("timestamp")),
        reply=get_text(item, "reason") or get_text(item, "response"),
        status=get_text(item, "status"),
    )


def _load_key(key: str) -> EllipticCurvePublicKey:
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicKey
    from cryptography.hazmat.primitives.serialization import load_der_public_key

    try:
        loaded = load_der_public_key(base64.b64decode(_PEM.sub("", key), validate=True))
    except (ValueError, UnsupportedAlgorithm):
        raise _key_error() from None
    if not isinstance(loaded, EllipticCurvePublicKey) or not isinstance(loaded.curve, SECP256R1):
        raise _key_error()
    return loaded


def _key_error() -> Exception:
    return not_heard_error("SendGrid", "its verification key is not a public key on P-256")
