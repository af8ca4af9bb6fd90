"""SparkPost as it reports."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pipeline.models.event import EventKind
from pipeline.senders.providers.sparkpost.webhook import SparkpostWebhook
from tests.senders.http.fake_providers import SPARKPOST
from tests.senders.webhooks.reporter import (
    CONTENT,
    ELSEWHERE,
    FULL,
    OURS,
    SECRET,
    UNKNOWN,
    Case,
    Reporter,
    bounce,
    sign_by_password,
    wrap_list,
)


def _sparkpost(name: str, group: str = "message_event", **fields: Any) -> Callable[[str, int], Any]:
    def make(token: str, number: int) -> Any:
        event = {
            "type": name,
            "campaign_id": "timetable",
            "customer_id": "1",
            "event_id": f"9235692769381{number:04}",
            "ip_address": "127.0.0.1",
            "message_id": "000443ee14578172be22",
            "rcpt_meta": {"handbill": token},
            "rcpt_to": "somebody@example.org",
            "recipient_domain": "example.org",
            "timestamp": "1772454490",
            "transmission_id": "65832150921904138",
            **fields,
        }
        return {"msys": {group: event}}

    return make


def _sparkpost_bounce(number: str, text: str, **fields: Any) -> Callable[[str, int], Any]:
    return _sparkpost(
        "bounce", bounce_class=number, error_code=text[:3], raw_reason=text, reason=text, **fields
    )


SPARKPOST_REPORTER = Reporter(
    provider=SPARKPOST,
    find_tokens=lambda request: [r["metadata"]["handbill"] for r in request.json["recipients"]],
    key=SECRET,
    open_with_key=SparkpostWebhook,
    wrap=wrap_list,
    sign=sign_by_password,
    cases=(
        bounce("invalid", _sparkpost_bounce("10", "550 5.1.1 User unknown")),
        bounce("no-rcpt", _sparkpost_bounce("30", "550 No such recipient here")),
        bounce("invalid-but-ours", _sparkpost_bounce("10", "554 5.7.1 blocked by Spamhaus"), OURS),
        bounce("soft", _sparkpost_bounce("20", "450 try again later"), ELSEWHERE),
        bounce("full", _sparkpost_bounce("22", "452 mailbox full"), FULL),
        bounce("transient", _sparkpost_bounce("70", ""), ELSEWHERE),
        bounce("too-large", _sparkpost_bounce("23", ""), CONTENT),
        bounce("blocked", _sparkpost_bounce("50", ""), OURS),
        bounce("undetermined", _sparkpost_bounce("1", "550 rejected"), UNKNOWN),
        bounce(
            "late", _sparkpost("out_of_band", bounce_class="10", raw_reason="550 5.1.1 unknown")
        ),
        bounce("policy", _sparkpost("policy_rejection", bounce_class="25"), UNKNOWN),
        bounce("suppressed", _sparkpost("generation_rejection", "gen_event"), UNKNOWN),
        Case(name="vacation", item=_sparkpost_bounce("60", ""), kind=EventKind.AUTO_REPLIED),
        Case(name="delay", item=_sparkpost("delay", bounce_class="21"), kind=None),
        Case(name="delivered", item=_sparkpost("delivery"), kind=EventKind.DELIVERED),
        Case(name="complaint", item=_sparkpost("spam_complaint"), kind=EventKind.COMPLAINED),
        Case(
            name="unsubscribe",
            item=_sparkpost("list_unsubscribe", "unsubscribe_event"),
            kind=EventKind.UNSUBSCRIBED,
        ),
        Case(name="open", item=_sparkpost("open", "track_event"), kind=None),
        Case(name="test", item=lambda token, number: {"msys": {}}, kind=None),
    ),
)
