"""What the tests know of an email service that reports: its events, and how it proves them genuine."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from pipeline.models.event import BounceClass, EventKind
from pipeline.senders.http.service_connection import basic_auth
from pipeline.senders.webhooks.provider_webhook import ProviderWebhook, WebhookRequest
from tests.senders.http.fake_providers import Provider
from tests.senders.http.fake_service import RecordedRequest

NOW = datetime(2026, 3, 2, 12, 30, tzinfo=UTC)
SECRET = "5f1c0f8be0a94d7e8f35b1c9"
FULL, OURS, CONTENT, ELSEWHERE, UNKNOWN = (
    BounceClass.FULL,
    BounceClass.OURS,
    BounceClass.CONTENT,
    BounceClass.ELSEWHERE,
    BounceClass.UNKNOWN,
)
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
        key: What proves its reports genuine: a secret or the name of a topic.
        open_with_key: Returns what receives the reports that *key* proves genuine.
        wrap: Returns the body that reports items: of a service that reports one by one, the first.
        sign: Returns the genuine request with a body.
        is_one_by_one: Whether a request holds one event.
        covered: Returns the places of the body's bytes that the signature covers.
    """

    provider: Provider
    find_tokens: Callable[[RecordedRequest], list[str]]
    key: str
    open_with_key: Callable[[str], ProviderWebhook]
    cases: tuple[Case, ...]
    wrap: Callable[[list[Any]], bytes]
    sign: Callable[[bytes, datetime], WebhookRequest]
    is_one_by_one: bool = False
    covered: Callable[[bytes], Iterable[int]] = lambda body: ()

    def open_webhook(self) -> ProviderWebhook:
        """Return what receives its reports."""
        return self.open_with_key(self.key)

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


def whole_body(body: bytes) -> Iterable[int]:
    """Return the place of every byte."""
    return range(len(body))


def wrap_first(items: list[Any]) -> bytes:
    """Return the body of a service that reports one event in a request."""
    return json.dumps(items[0]).encode()


def wrap_list(items: list[Any]) -> bytes:
    """Return the body of a service that reports a list of events."""
    return json.dumps(items).encode()
