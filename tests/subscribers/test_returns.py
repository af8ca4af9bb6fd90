"""Who left comes back only one by one, with a reason, which is stored."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from pipeline.database import Store
from pipeline.errors import ConfigError
from pipeline.events import event_rows
from pipeline.models.address import parse_address
from pipeline.models.event import EventKind
from pipeline.models.subscriber import SubscriberState
from pipeline.subscribers.subscriber_store import SubscriberStore
from pipeline.testing import ManualClock
from tests.subscribers.stores import SECRET

ADA = parse_address("ada@example.org")


@pytest.fixture
def subscribers(store: Store) -> Iterator[SubscriberStore]:
    """A store with Ada on two lists."""
    found = SubscriberStore(store, secret=SECRET, clock=ManualClock(), events=event_rows)
    for name in ("weekly", "monthly"):
        found.add(ADA, list_name=name, attributes={})
    yield found


def test_resubscribe_to_one_list(subscribers: SubscriberStore) -> None:
    """Who left everything is on the named list again and on no other; the reason is stored."""
    subscribers.unsubscribe(ADA)
    assert subscribers.resubscribe(ADA, list_name="weekly", reason="her letter")
    details = subscribers.get_details(ADA)
    assert details.subscriber is not None
    assert (SubscriberState.CONFIRMED, ("weekly",), ("monthly",)) == (
        details.subscriber.state,
        details.subscriber.lists,
        details.subscriber.unsubscribed_lists,
    )
    (stored,) = details.events
    event = stored.event
    assert (EventKind.RESUBSCRIBED, "weekly", "her letter") == (
        event.kind,
        event.list_name,
        event.text,
    )
    assert "before: unsubscribed from all lists" in stored.effect
    assert not subscribers.resubscribe(ADA, list_name="weekly", reason="again")


def test_resubscribe_after_leaving_one_list(subscribers: SubscriberStore) -> None:
    """Who left one list is on it again."""
    subscribers.unsubscribe(ADA, list_name="weekly")
    assert subscribers.resubscribe(ADA, list_name="weekly", reason="asked by telephone")
    assert not subscribers.resubscribe(ADA, list_name="monthly", reason="never left it")


def test_suppressed_is_not_resubscribed(subscribers: SubscriberStore) -> None:
    """A suppressed address must be unsuppressed first, and its state stays what it was."""
    subscribers.suppress(ADA, reason="bounced")
    subscribers.unsubscribe(ADA)
    with pytest.raises(ConfigError, match=r"unsuppress ada@example\.org"):
        subscribers.resubscribe(ADA, list_name="weekly", reason="x")
    assert subscribers.unsuppress(ADA, reason="mailbox works again")
    assert not subscribers.unsuppress(ADA, reason="x")
    details = subscribers.get_details(ADA)
    assert details.subscriber is not None
    assert (None, SubscriberState.UNSUBSCRIBED) == (details.suppression, details.subscriber.state)
    (stored,) = details.events
    assert (EventKind.UNSUPPRESSED, "mailbox works again") == (stored.event.kind, stored.event.text)
    assert "before: bounced" in stored.effect


def test_erased_stays_erased(subscribers: SubscriberStore) -> None:
    """No command brings an erased address back, and what was decided about it is erased with it."""
    subscribers.unsubscribe(ADA)
    subscribers.resubscribe(ADA, list_name="weekly", reason="her letter")
    subscribers.erase(ADA)
    with pytest.raises(ConfigError, match="was erased"):
        subscribers.unsuppress(ADA, reason="x")
    with pytest.raises(ConfigError, match="was erased"):
        subscribers.resubscribe(ADA, list_name="weekly", reason="x")
    assert () == subscribers.get_details(ADA).events


def test_stranger_is_not_resubscribed(subscribers: SubscriberStore) -> None:
    """Who never was a subscriber is added, not resubscribed."""
    with pytest.raises(ConfigError, match="was never a subscriber"):
        subscribers.resubscribe(parse_address("x@example.org"), list_name="weekly", reason="x")


@pytest.mark.parametrize("name", ["email", "Tag", "domain", "state"])
def test_reserved_names_cannot_be_added(subscribers: SubscriberStore, name: str) -> None:
    """A name that Handbill uses itself is no attribute's."""
    with pytest.raises(ConfigError, match="cannot be the name of an attribute"):
        subscribers.add(ADA, list_name="weekly", attributes={name: "x"})
