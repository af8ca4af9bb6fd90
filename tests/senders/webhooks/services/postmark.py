"""Postmark as it reports."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pipeline.models.event import EventKind
from pipeline.senders.providers.postmark.webhook import PostmarkWebhook
from tests.senders.http.fake_providers import POSTMARK
from tests.senders.webhooks.reporter import (
    BLOCKED,
    CONTENT,
    ELSEWHERE,
    FULL,
    NO_SUCH_USER,
    OURS,
    OVER_QUOTA,
    SECRET,
    UNKNOWN,
    Case,
    Reporter,
    bounce,
    sign_by_password,
    wrap_first,
)


def _postmark_bounce(type_name: str, details: str) -> Callable[[str, int], Any]:
    def make(token: str, number: int) -> Any:
        return {
            "RecordType": "Bounce",
            "MessageStream": "broadcast",
            "ID": 4_300_000_000 + number,
            "Type": type_name,
            "TypeCode": 1,
            "Name": type_name,
            "Tag": "",
            "MessageID": "b7bc2f4a-e38e-4336-af7d-e6c392c2f817",
            "Metadata": {"handbill": token},
            "ServerID": 23,
            "Description": "The server was unable to deliver your message.",
            "Details": details,
            "Email": "somebody@example.org",
            "From": "bell@harbour.example.org",
            "BouncedAt": "2026-03-02T12:28:10.2735393-00:00",
            "DumpAvailable": True,
            "Inactive": True,
            "CanActivate": True,
            "Subject": "The winter timetable",
        }

    return make


def _postmark_change(**changes: Any) -> Callable[[str, int], Any]:
    def make(token: str, number: int) -> Any:
        return {
            "RecordType": "SubscriptionChange",
            "MessageID": f"883953f4-6105-42a2-a16a-{number:012}",
            "ServerID": 23,
            "MessageStream": "broadcast",
            "ChangedAt": "2026-03-02T12:28:32Z",
            "Recipient": "somebody@example.org",
            "Origin": "Recipient",
            "SuppressSending": True,
            "SuppressionReason": "ManualSuppression",
            "Tag": "",
            "Metadata": {"handbill": token},
            **changes,
        }

    return make


def _postmark_delivery(token: str, number: int) -> Any:
    return {
        "RecordType": "Delivery",
        "ServerID": 23,
        "MessageStream": "broadcast",
        "MessageID": f"883953f4-6105-42a2-a16a-{number:012}",
        "Recipient": "somebody@example.org",
        "Tag": "",
        "DeliveredAt": "2026-03-02T12:28:10.2735393-00:00",
        "Details": "Test delivery webhook details",
        "Metadata": {"handbill": token},
    }


def _postmark_complaint(token: str, number: int) -> Any:
    item = _postmark_bounce("SpamComplaint", "")(token, number)
    return {**item, "RecordType": "SpamComplaint", "TypeCode": 512, "CanActivate": False}


POSTMARK_REPORTER = Reporter(
    provider=POSTMARK,
    find_tokens=lambda request: [item["Metadata"]["handbill"] for item in request.json],
    key=SECRET,
    open_with_key=PostmarkWebhook,
    wrap=wrap_first,
    sign=sign_by_password,
    is_one_by_one=True,
    cases=(
        bounce("hard", _postmark_bounce("HardBounce", NO_SUCH_USER)),
        bounce("bad-address", _postmark_bounce("BadEmailAddress", "")),
        bounce("hard-but-ours", _postmark_bounce("HardBounce", BLOCKED), OURS),
        bounce("soft-full", _postmark_bounce("SoftBounce", OVER_QUOTA), FULL),
        bounce("soft", _postmark_bounce("SoftBounce", ""), ELSEWHERE),
        bounce("blocked", _postmark_bounce("Blocked", ""), OURS),
        bounce("spam", _postmark_bounce("SpamNotification", ""), OURS),
        bounce("virus", _postmark_bounce("VirusNotification", ""), CONTENT),
        bounce("by-hand", _postmark_bounce("ManuallyDeactivated", ""), UNKNOWN),
        Case(
            name="auto-reply",
            item=_postmark_bounce("AutoResponder", "I am away."),
            kind=EventKind.AUTO_REPLIED,
        ),
        Case(name="delay", item=_postmark_bounce("Transient", "451 later"), kind=None),
        Case(name="delivered", item=_postmark_delivery, kind=EventKind.DELIVERED),
        Case(name="complaint", item=_postmark_complaint, kind=EventKind.COMPLAINED),
        Case(name="unsubscribe", item=_postmark_change(), kind=EventKind.UNSUBSCRIBED),
        Case(
            name="suppressed-by-bounce",
            item=_postmark_change(SuppressionReason="HardBounce"),
            kind=None,
        ),
        Case(name="suppressed-by-us", item=_postmark_change(Origin="Customer"), kind=None),
        Case(
            name="back",
            item=_postmark_change(SuppressSending=False, SuppressionReason=None),
            kind=None,
        ),
        Case(
            name="open",
            item=lambda token, number: {"RecordType": "Open", "Metadata": {"handbill": token}},
            kind=None,
        ),
    ),
)
