"""Read and change the lists of a subscriber, and pause their email."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import uuid4

from sqlalchemy import Connection

from pipeline.clock import Clock
from pipeline.events import EventStore, TokenTarget
from pipeline.models.address import Address
from pipeline.models.event import Event, EventKind
from pipeline.models.subscriber import Subscriber, SubscriberState
from pipeline.subscribers import queries
from pipeline.subscribers.signups import signup_queries
from pipeline.subscribers.signups.signup_queries import SignupSource
from pipeline.subscribers.suppressions import get_suppression

_SOURCE = "web"


@dataclass(frozen=True, kw_only=True, slots=True)
class Preferences:
    """
    What a subscriber receives.

    Args:
        is_known: Whether there is such a subscriber; an address given by hand belongs to none.
        lists: The lists they are on.
        left_lists: The lists they unsubscribed from, and may be on again.
        has_left_all: Whether they unsubscribed from everything.
        paused_until: Until when nothing is sent to them, None if nothing is paused.
        is_suppressed: Whether nothing is ever sent to their address.
    """

    is_known: bool = False
    language: str | None = None
    lists: tuple[str, ...] = ()
    left_lists: tuple[str, ...] = ()
    has_left_all: bool = False
    paused_until: datetime | None = None
    is_suppressed: bool = False


class PreferenceStore:
    """
    Reads and changes the preferences of subscribers; each change is an event.

    Args:
        ledger: Records what changes.
    """

    def __init__(self, ledger: EventStore, *, clock: Clock) -> None:
        self._ledger = ledger
        self._clock = clock

    def read(self, target: TokenTarget) -> Preferences:
        """Return the preferences of the recipient of *target*."""
        with self._ledger.store.reading() as connection:
            return self._read(connection, target)

    def unsubscribe(self, target: TokenTarget, list_name: str) -> None:
        """
        Unsubscribe the recipient of *target* from a list they are on.

        Raises:
            StoreError: The database cannot be written to.
        """
        self._change(
            target,
            EventKind.UNSUBSCRIBED,
            lambda found: list_name in found.lists,
            list_name=list_name,
        )

    def resubscribe(self, target: TokenTarget, list_name: str) -> None:
        """
        Subscribe the recipient of *target* again to a list they unsubscribed from.

        Raises:
            StoreError: The database cannot be written to.
        """
        self._change(
            target,
            EventKind.RESUBSCRIBED,
            lambda found: list_name in found.left_lists and not found.has_left_all,
            list_name=list_name,
        )

    def subscribe(self, target: TokenTarget, list_name: str, *, words: str) -> None:
        """
        Subscribe the recipient of *target* to a list that anybody may join and that they never were on.

        Args:
            words: What they saw, kept as the proof of their consent.

        Raises:
            StoreError: The database cannot be written to.
        """

        def write(connection: Connection) -> None:
            found = self._read(connection, target)
            names = (*found.lists, *found.left_lists)
            if not found.is_known or found.has_left_all or list_name in names:
                return
            event = self._make_event(target, EventKind.SUBSCRIBED, list_name, target.email)
            (recorded,) = self._ledger.add(connection, [event])
            if recorded.effect:
                self._keep_consent(connection, target, list_name, words)

        self._ledger.write(write)

    def _keep_consent(
        self, connection: Connection, target: TokenTarget, list_name: str, words: str
    ) -> None:
        address, now = Address(email=target.email), self._clock.now()
        row = {
            "source": SignupSource.PREFERENCES.value,
            "list_name": list_name,
            "mailbox": target.mailbox,
            "inbox": self._ledger.hash_address(address.inbox),
            "domain": address.domain,
            "email": address.email,
            "name": "",
            "attributes": {},
            "is_proven": False,
            "page": "",
            "page_digest": signup_queries.add_text(connection, words),
            "requested_at": now,
            "confirmed_at": now,
        }
        signup_queries.insert_signup(connection, row)

    def pause(self, target: TokenTarget, until: datetime) -> None:
        """
        Send nothing to the recipient of *target* until that time.

        Raises:
            StoreError: The database cannot be written to.
        """
        self._change(
            target,
            EventKind.PAUSED,
            lambda found: found.is_known and found.paused_until != until,
            text=until.isoformat(),
        )

    def resume(self, target: TokenTarget) -> None:
        """
        Send to the recipient of *target* again.

        Raises:
            StoreError: The database cannot be written to.
        """
        self._change(target, EventKind.RESUMED, lambda found: found.paused_until is not None)

    def _change(
        self,
        target: TokenTarget,
        kind: EventKind,
        is_change: Callable[[Preferences], bool],
        *,
        list_name: str | None = None,
        text: str = "",
    ) -> None:
        """Record the event if it changes anything; both in one transaction, so that two presses are one event."""

        def write(connection: Connection) -> None:
            if is_change(self._read(connection, target)):
                event = self._make_event(target, kind, list_name, text)
                self._ledger.add(connection, [event])

        self._ledger.write(write)

    def _read(self, connection: Connection, target: TokenTarget) -> Preferences:
        digest = self._ledger.hash_address(target.mailbox)
        is_suppressed = get_suppression(connection, digest) is not None
        found = queries.find_subscriber(connection, target.mailbox)
        if found is None:
            return Preferences(is_suppressed=is_suppressed)
        return Preferences(
            is_known=True,
            language=found.language,
            lists=found.lists,
            left_lists=found.unsubscribed_lists,
            has_left_all=found.state is SubscriberState.UNSUBSCRIBED,
            paused_until=self._get_pause(found),
            is_suppressed=is_suppressed,
        )

    def _get_pause(self, found: Subscriber) -> datetime | None:
        until = found.paused_until
        return until if until and until > self._clock.now() else None

    def _make_event(
        self, target: TokenTarget, kind: EventKind, list_name: str | None, text: str
    ) -> Event:
        campaign, sequence = target.delivery
        return Event(
            kind=kind,
            source=_SOURCE,
            source_key=uuid4().hex,
            at=self._clock.now(),
            campaign=campaign,
            sequence=sequence,
            mailbox=target.mailbox,
            list_name=list_name,
            text=text,
        )
