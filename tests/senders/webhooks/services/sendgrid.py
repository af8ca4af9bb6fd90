"""SendGrid as it reports."""

from __future__ import annotations

import base64
from collections.abc import Callable
from datetime import datetime
from functools import cache
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from pipeline.models.event import EventKind
from pipeline.senders.providers.sendgrid.webhook import SendgridWebhook
from pipeline.senders.webhooks.provider_webhook import WebhookRequest
from tests.senders.http.fake_providers import SENDGRID
from tests.senders.webhooks.reporter import (
    BLOCKED,
    CONTENT,
    ELSEWHERE,
    FULL,
    NO_SUCH_USER,
    OURS,
    OVER_QUOTA,
    UNKNOWN,
    Case,
    Reporter,
    bounce,
    whole_body,
    wrap_list,
)


def _sendgrid(name: str, **fields: Any) -> Callable[[str, int], Any]:
    def make(token: str, number: int) -> Any:
        return {
            "email": "somebody@example.org",
            "timestamp": 1772454490,
            "smtp-id": "<14c5d75ce93.dfd.64b469@ismtpd-555>",
            "event": name,
            "sg_event_id": f"bm8tZXZlbnQtMTQ{number:03}",
            "sg_message_id": "14c5d75ce93.dfd.64b469.filter0001.16648.5515E0B88.0",
            "handbill": token,
            **fields,
        }

    return make


def _sendgrid_bounce(
    reason: str, *, type_name: str = "bounce", classification: str = "Unclassified", **fields: Any
) -> Callable[[str, int], Any]:
    return _sendgrid(
        "bounce",
        **{"type": type_name, "reason": reason, "bounce_classification": classification, **fields},
    )


@cache
def _sendgrid_key() -> ec.EllipticCurvePrivateKey:
    return ec.derive_private_key(0x5F1C0F8BE0A94D7E8F35B1C9, ec.SECP256R1())


def _format_public_key() -> str:
    public = _sendgrid_key().public_key()
    der = public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return base64.b64encode(der).decode()


def _sign_sendgrid(body: bytes, at: datetime) -> WebhookRequest:
    timestamp = str(int(at.timestamp()))
    signature = _sendgrid_key().sign(timestamp.encode() + body, ec.ECDSA(hashes.SHA256()))
    return WebhookRequest(
        headers={
            "x-twilio-email-event-webhook-signature": base64.b64encode(signature).decode(),
            "x-twilio-email-event-webhook-timestamp": timestamp,
        },
        body=body,
    )


SENDGRID_REPORTER = Reporter(
    provider=SENDGRID,
    find_tokens=lambda request: [request.json["personalizations"][0]["custom_args"]["handbill"]],
    key=_format_public_key(),
    open_with_key=SendgridWebhook,
    wrap=wrap_list,
    sign=_sign_sendgrid,
    covered=whole_body,
    cases=(
        bounce("hard", _sendgrid_bounce("550 5.1.1 unknown user", status="5.1.1")),
        bounce("invalid", _sendgrid_bounce("", classification="Invalid Address")),
        bounce("hard-and-vague", _sendgrid_bounce("500 unknown recipient", status="5.0.0")),
        bounce("hard-but-ours", _sendgrid_bounce(BLOCKED), OURS),
        bounce(
            "blocked",
            _sendgrid_bounce("", type_name="blocked", classification="Reputation"),
            OURS,
        ),
        bounce("blocked-gone", _sendgrid_bounce(NO_SUCH_USER, type_name="blocked"), UNKNOWN),
        bounce("blocked-and-silent", _sendgrid_bounce("", type_name="blocked"), ELSEWHERE),
        bounce("content", _sendgrid_bounce("", classification="Content"), CONTENT),
        bounce("full", _sendgrid_bounce(OVER_QUOTA, type_name="blocked"), FULL),
        bounce("dropped", _sendgrid("dropped", reason="Bounced Address"), UNKNOWN),
        Case(name="deferred", item=_sendgrid("deferred", response="400 later"), kind=None),
        Case(
            name="delivered",
            item=_sendgrid("delivered", response="250 OK"),
            kind=EventKind.DELIVERED,
        ),
        Case(name="complaint", item=_sendgrid("spamreport"), kind=EventKind.COMPLAINED),
        Case(name="unsubscribe", item=_sendgrid("unsubscribe"), kind=EventKind.UNSUBSCRIBED),
        Case(name="back", item=_sendgrid("group_resubscribe"), kind=None),
        Case(name="open", item=_sendgrid("open"), kind=None),
    ),
)
