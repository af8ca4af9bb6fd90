"""Email services as they report: each with the structure of its documentation, signed with a key of the tests."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from pipeline.models.event import BounceClass, EventKind
from pipeline.senders.http.service_connection import basic_auth
from pipeline.senders.webhooks.provider_webhook import ProviderWebhook, WebhookRequest
from tests.senders.http.fake_providers import POSTMARK, Provider
from tests.senders.http.fake_service import RecordedRequest

NOW = datetime(2026, 3, 2, 12, 30, tzinfo=UTC)
SECRET = "5f1c0f8be0a94d7e8f35b1c9"
NO_SUCH_USER = "smtp;550 5.1.1 The email account that you tried to reach does not exist."
OVER_QUOTA = "smtp;552 5.2.2 The recipient's mailbox is over quota."
BLOCKED = "smtp;550 5.7.1 Blocked: your IP address has a poor reputation."


@dataclass(frozen=True, kw_only=True)
class Case:
    """
    One kind of event.

    Args:
        item: Returns it for a token, and a number that makes it differ from others of its kind.
        kind: What it is recorded as; None if it changes nothing.
    """

    name: str
    item: Callable[[str, int], Any]
    kind: EventKind | None
    bounce_class: BounceClass | None = None


@dataclass(frozen=True, kw_only=True)
class Reporter:
    """
    A service.

    Args:
        provider: How it takes messages.
        find_tokens: Returns the tokens in the request that sends messages.
        open_webhook: Returns what receives its reports.
        wrap: Returns the body that reports items: of a service that reports one by one, the first.
        sign: Returns the genuine request with a body.
        is_one_by_one: Whether a request holds one event.
        covers_body: Whether the signature covers the body.
    """

    provider: Provider
    find_tokens: Callable[[RecordedRequest], list[str]]
    open_webhook: Callable[[], ProviderWebhook]
    cases: tuple[Case, ...]
    wrap: Callable[[list[Any]], bytes]
    sign: Callable[[bytes, datetime], WebhookRequest]
    is_one_by_one: bool = False
    covers_body: bool = False

    @property
    def kind(self) -> str:
        """The kind of the sender."""
        return self.provider.kind

    def report(self, *items: Any, at: datetime = NOW) -> WebhookRequest:
        """Return the genuine request that reports *items*."""
        return self.sign(self.wrap(list(items)), at)


def bounce(
    name: str, item: Callable[[str, int], Any], bounce_class: BounceClass = BounceClass.GONE
) -> Case:
    """Return a case that is a bounce."""
    return Case(name=name, item=item, kind=EventKind.BOUNCED, bounce_class=bounce_class)


def sign_by_password(body: bytes, _at: datetime) -> WebhookRequest:
    """Return the request of a service that sends a user name and a password."""
    headers = {
        "authorization": basic_auth("handbill", SECRET),
        "content-type": "application/json",
    }
    return WebhookRequest(headers=headers, body=body)


def wrap_first(items: list[Any]) -> bytes:
    """Return the body of a service that reports one event in a request."""
    return json.dumps(items[0]).encode()


def wrap_list(items: list[Any]) -> bytes:
    """Return the body of a service that reports a list of events."""
    return json.dumps(items).encode()


# Postmark


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


def _postmark_webhook() -> ProviderWebhook:
    from pipeline.senders.providers.postmark.webhook import PostmarkWebhook

    return PostmarkWebhook(SECRET)


POSTMARK_REPORTER = Reporter(
    provider=POSTMARK,
    find_tokens=lambda request: [item["Metadata"]["handbill"] for item in request.json],
    open_webhook=_postmark_webhook,
    wrap=wrap_first,
    sign=sign_by_password,
    is_one_by_one=True,
    cases=(
        bounce("hard", _postmark_bounce("HardBounce", NO_SUCH_USER)),
        bounce("bad-address", _postmark_bounce("BadEmailAddress", "")),
        bounce("hard-but-ours", _postmark_bounce("HardBounce", BLOCKED), BounceClass.OURS),
        bounce("soft-full", _postmark_bounce("SoftBounce", OVER_QUOTA), BounceClass.FULL),
        bounce("soft", _postmark_bounce("SoftBounce", ""), BounceClass.ELSEWHERE),
        bounce("blocked", _postmark_bounce("Blocked", ""), BounceClass.OURS),
        bounce("spam", _postmark_bounce("SpamNotification", ""), BounceClass.OURS),
        bounce("virus", _postmark_bounce("VirusNotification", ""), BounceClass.CONTENT),
        bounce("by-hand", _postmark_bounce("ManuallyDeactivated", ""), BounceClass.UNKNOWN),
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

REPORTERS: tuple[Reporter, ...] = (POSTMARK_REPORTER,)
