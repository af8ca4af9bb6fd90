"""Resend as it reports."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Callable
from datetime import datetime
from typing import Any

from pipeline.models.event import EventKind
from pipeline.senders.providers.resend.webhook import ResendWebhook
from pipeline.senders.webhooks.provider_webhook import WebhookRequest
from tests.senders.http.fake_providers import RESEND
from tests.senders.webhooks.reporter import (
    BLOCKED,
    CONTENT,
    ELSEWHERE,
    FULL,
    NO_SUCH_USER,
    OURS,
    SECRET,
    UNKNOWN,
    Case,
    Reporter,
    bounce,
    whole_body,
    wrap_first,
)


def _resend(name: str, **data: Any) -> Callable[[str, int], Any]:
    def make(token: str, number: int) -> Any:
        return {
            "type": name,
            "created_at": "2026-03-02T12:28:10.101Z",
            "data": {
                "broadcast_id": "8b146471-e88e-4322-86af-016cd36fd216",
                "created_at": "2026-03-02T12:20:10.729Z",
                "email_id": f"56761188-7520-42d8-8898-{number:012}",
                "from": "The Harbour Bell <bell@harbour.example.org>",
                "to": ["somebody@example.org"],
                "subject": "The winter timetable",
                "tags": {"handbill": token},
                **data,
            },
        }

    return make


def _resend_bounce(kind: str, sub_type: str, *diagnostic: str) -> Callable[[str, int], Any]:
    advice = (
        "The recipient's email provider sent a hard bounce message. Sending messages to addresses that produce hard "
        "bounces can have a negative impact on your reputation as a sender."
    )
    found: dict[str, Any] = {"type": kind, "subType": sub_type, "message": advice}
    if diagnostic:
        found["diagnosticCode"] = list(diagnostic)
    return _resend("email.bounced", bounce=found)


def _sign_resend(body: bytes, at: datetime) -> WebhookRequest:
    identifier = "msg_" + hashlib.sha256(body).hexdigest()[:24]
    timestamp = str(int(at.timestamp()))
    signed = f"{identifier}.{timestamp}.".encode() + body
    digest = hmac.digest(SECRET.encode(), signed, "sha256")
    return WebhookRequest(
        headers={
            "svix-id": identifier,
            "svix-timestamp": timestamp,
            "svix-signature": f"v1,{base64.b64encode(digest).decode()}",
        },
        body=body,
    )


RESEND_REPORTER = Reporter(
    provider=RESEND,
    find_tokens=lambda request: [
        item["tags"][0]["value"]
        for item in (request.json if isinstance(request.json, list) else [request.json])
    ],
    key="whsec_" + base64.b64encode(SECRET.encode()).decode(),
    open_with_key=ResendWebhook,
    wrap=wrap_first,
    sign=_sign_resend,
    is_one_by_one=True,
    covered=whole_body,
    cases=(
        bounce("hard", _resend_bounce("Permanent", "General", NO_SUCH_USER)),
        bounce("no-email", _resend_bounce("Permanent", "NoEmail")),
        bounce("hard-and-silent", _resend_bounce("Permanent", "General")),
        bounce("hard-but-ours", _resend_bounce("Permanent", "General", BLOCKED), OURS),
        bounce("suppressed", _resend_bounce("Permanent", "OnAccountSuppressionList"), UNKNOWN),
        bounce("full", _resend_bounce("Transient", "MailboxFull"), FULL),
        bounce("too-large", _resend_bounce("Transient", "MessageTooLarge"), CONTENT),
        bounce("soft", _resend_bounce("Transient", "General"), ELSEWHERE),
        bounce("undetermined", _resend_bounce("Undetermined", "Undetermined"), UNKNOWN),
        bounce(
            "not-sent", _resend("email.suppressed", suppressed={"message": "on the list"}), UNKNOWN
        ),
        bounce(
            "failed", _resend("email.failed", failed={"reason": "reached_daily_quota"}), UNKNOWN
        ),
        Case(name="delayed", item=_resend("email.delivery_delayed"), kind=None),
        Case(name="delivered", item=_resend("email.delivered"), kind=EventKind.DELIVERED),
        Case(name="complaint", item=_resend("email.complained"), kind=EventKind.COMPLAINED),
        Case(name="open", item=_resend("email.opened"), kind=None),
        Case(
            name="contact",
            item=lambda token, number: {"type": "contact.updated", "data": {"unsubscribed": True}},
            kind=None,
        ),
    ),
)
