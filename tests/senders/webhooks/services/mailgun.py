"""Mailgun as it reports."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Callable
from datetime import datetime
from typing import Any

from pipeline.models.event import EventKind
from pipeline.senders.providers.mailgun.webhook import MailgunWebhook
from pipeline.senders.webhooks.provider_webhook import WebhookRequest
from tests.senders.http.fake_providers import MAILGUN, form_fields
from tests.senders.webhooks.reporter import (
    ELSEWHERE,
    FULL,
    OURS,
    SECRET,
    UNKNOWN,
    Case,
    Reporter,
    bounce,
)


def _mailgun(name: str, **fields: Any) -> Callable[[str, int], Any]:
    def make(token: str, number: int) -> Any:
        return {
            "event": name,
            "id": f"CPgfbmQMTCKtHW6uIWt{number}",
            "timestamp": 1772454490.153125,
            "log-level": "info",
            "recipient": "somebody@example.org",
            "recipient-domain": "example.org",
            "tags": [],
            "campaigns": [],
            "user-variables": {"handbill": token},
            "flags": {"is-routed": False, "is-authenticated": True, "is-test-mode": False},
            "message": {
                "headers": {
                    "to": "somebody@example.org",
                    "message-id": "20260302122810.1.DF5966851B4BAA99@harbour.example.org",
                    "from": "bell@harbour.example.org",
                    "subject": "The winter timetable",
                },
                "size": 809,
            },
            **fields,
        }

    return make


def _mailgun_failure(
    reason: str, message: str = "", *, code: int = 550, severity: str = "permanent"
) -> Callable[[str, int], Any]:
    status = {"attempt-no": 1, "message": message, "code": code, "description": "", "tls": True}
    return _mailgun("failed", **{"severity": severity, "reason": reason, "delivery-status": status})


def _wrap_mailgun(items: list[Any]) -> bytes:
    return json.dumps({"signature": {}, "event-data": items[0]}).encode()


def _sign_mailgun(body: bytes, at: datetime) -> WebhookRequest:
    timestamp, token = str(int(at.timestamp())), hashlib.sha256(body).hexdigest()[:50]
    signature = hmac.new(SECRET.encode(), f"{timestamp}{token}".encode(), "sha256").hexdigest()
    block = json.dumps({"timestamp": timestamp, "token": token, "signature": signature}).encode()
    return WebhookRequest(
        headers={}, body=body.replace(b'"signature": {}', b'"signature": ' + block)
    )


MAILGUN_REPORTER = Reporter(
    provider=MAILGUN,
    find_tokens=lambda request: [form_fields(request)["v:handbill"].decode()],
    key=SECRET,
    open_with_key=MailgunWebhook,
    wrap=_wrap_mailgun,
    sign=_sign_mailgun,
    is_one_by_one=True,
    covered=lambda body: range(body.index(b'"event-data"')),
    cases=(
        bounce("hard", _mailgun_failure("bounce", "5.1.1 No such user here")),
        bounce("hard-and-silent", _mailgun_failure("bounce")),
        bounce("hard-but-ours", _mailgun_failure("bounce", "554 5.7.1 spam content"), OURS),
        bounce("full", _mailgun_failure("generic", "552 5.2.2 over quota", code=552), FULL),
        bounce("blocked", _mailgun_failure("espblock"), OURS),
        bounce("too-long", _mailgun_failure("old", code=602), ELSEWHERE),
        bounce(
            "suppressed",
            _mailgun_failure(
                "suppress-bounce", "Not delivering to previously bounced address", code=605
            ),
            UNKNOWN,
        ),
        bounce("suppressed-complaint", _mailgun_failure("suppress-complaint", code=607), UNKNOWN),
        bounce("rejected", _mailgun("rejected", reject={"reason": "Sandbox"}), UNKNOWN),
        Case(
            name="delay",
            item=_mailgun_failure("generic", "451 later", code=451, severity="temporary"),
            kind=None,
        ),
        Case(name="delivered", item=_mailgun("delivered"), kind=EventKind.DELIVERED),
        Case(name="complaint", item=_mailgun("complained"), kind=EventKind.COMPLAINED),
        Case(name="unsubscribe", item=_mailgun("unsubscribed"), kind=EventKind.UNSUBSCRIBED),
        Case(name="open", item=_mailgun("opened"), kind=None),
    ),
)
