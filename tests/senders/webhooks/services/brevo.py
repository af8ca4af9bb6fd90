"""Brevo as it reports."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pipeline.models.event import EventKind
from pipeline.senders.providers.brevo.webhook import BrevoWebhook
from tests.senders.http.fake_providers import BREVO
from tests.senders.webhooks.reporter import (
    BLOCKED,
    ELSEWHERE,
    FULL,
    OURS,
    OVER_QUOTA,
    SECRET,
    UNKNOWN,
    Case,
    Reporter,
    bounce,
    sign_by_password,
    wrap_list,
)


def _brevo(name: str, reason: str = "") -> Callable[[str, int], Any]:
    def make(token: str, number: int) -> Any:
        return {
            "event": name,
            "email": "somebody@example.org",
            "id": 4711,
            "date": "2026-03-02 13:28:10",
            "ts": 1772454490,
            "message-id": f"<2026030212.{number}@smtp-relay.mailin.fr>",
            "ts_event": 1772454490,
            "subject": "The winter timetable",
            "X-Mailin-custom": token,
            "sending_ip": "203.0.113.10",
            "ts_epoch": 1772454490000,
            **({"reason": reason} if reason else {}),
        }

    return make


BREVO_REPORTER = Reporter(
    provider=BREVO,
    find_tokens=lambda request: [
        version["headers"]["X-Mailin-custom"] for version in request.json["messageVersions"]
    ],
    key=SECRET,
    open_with_key=BrevoWebhook,
    wrap=wrap_list,
    sign=sign_by_password,
    cases=(
        bounce(
            "hard",
            _brevo(
                "hard_bounce",
                " RecipientError: 550 5.5.0 Requested action not taken: mailbox unavailable.",
            ),
        ),
        bounce("hard-but-ours", _brevo("hard_bounce", BLOCKED), OURS),
        bounce("hard-and-vague", _brevo("hard_bounce", "550 rejected"), UNKNOWN),
        bounce("invalid", _brevo("invalid_email")),
        bounce("soft-full", _brevo("soft_bounce", OVER_QUOTA), FULL),
        bounce("soft", _brevo("soft_bounce"), ELSEWHERE),
        bounce("blocked", _brevo("blocked", "blocked : due to blacklist user"), UNKNOWN),
        bounce("error", _brevo("error"), UNKNOWN),
        Case(name="deferred", item=_brevo("deferred", "451 later"), kind=None),
        Case(name="delivered", item=_brevo("delivered"), kind=EventKind.DELIVERED),
        Case(name="complaint", item=_brevo("spam"), kind=EventKind.COMPLAINED),
        Case(name="unsubscribe", item=_brevo("unsubscribed"), kind=EventKind.UNSUBSCRIBED),
        Case(name="open", item=_brevo("unique_opened"), kind=None),
        Case(name="queued", item=_brevo("request"), kind=None),
    ),
)
