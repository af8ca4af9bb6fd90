"""
What the recipient of a message may change by its token: unsubscribe, and take that back.

A press that changes something is an event: it is looked up and recorded in one transaction under a lock, so that two
presses at the same moment are one event. Leaving again after coming back, by whatever way, is another.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import uuid4

from sqlalchemy import Connection, func, select

from pipeline.clock import Clock
from pipeline.events.event_store import EventStore
from pipeline.events.resolve import TokenTarget
from pipeline.events.tables import events
from pipeline.models.event import Event, EventKind
from pipeline.recipient_tokens import Token
from pipeline.subscribers.subscriptions import Subscription, find_subscription

#: How long somebody can take back that they unsubscribed.
UNDO_PERIOD = timedelta(days=30)
_SOURCE = "web"
_E = events.c


@dataclass(frozen=True, kw_only=True, slots=True)
class SubscriptionStanding:
    """
    What the recipient of a message is subscribed to.

    Args:
        list_name: The list of the message, None if it was sent to single addresses.
        language: Of the subscriber, None if it is not known.
        has_left_list: Whether they are not, or no longer, on the list.
        has_left_all: Whether they unsubscribed from everything.
        undo_until: Until when they can take it back, None if they cannot.
    """

    list_name: str | None
    language: str | None
    has_left_list: bool
    has_left_all: bool
    undo_until: datetime | None

    @property
    def has_left(self) -> bool:
        """Whether they receive nothing more of what the message belonged to."""
        return self.has_left_all or self.has_left_list


class RecipientChoices:
    """
    Reads and changes what recipients are subscribed to.

    Args:
        ledger: Records what changes.
    """

    def __init__(self, ledger: EventStore, *, clock: Clock) -> None:
        self._ledger = ledger
        self._clock = clock

    def read(self, target: TokenTarget) -> SubscriptionStanding:
        """Return what the recipient of *target* is subscribed to."""
        with self._ledger.store.reading() as connection:
            return self._read(connection, target)

    def _read(self, connection: Connection, target: TokenTarget) -> SubscriptionStanding:
        found = self._find_subscription(connection, target)
        has_left_all = _has_left_all(found)
        has_left_list = target.list_name is not None and not found.on_list
        left_list = None if has_left_all else target.list_name
        undo_until = None
        if has_left_all or has_left_list:
            undo_until = self._find_undo_end(connection, target, left_list)
        is_final = found.is_suppressed and found.is_known
        return SubscriptionStanding(
            list_name=target.list_name,
            language=found.language,
            has_left_list=has_left_list,
            has_left_all=has_left_all,
            undo_until=None if is_final else undo_until,
        )

    def unsubscribe(self, target: TokenTarget, *, everything: bool = False) -> None:
        """
        Unsubscribe the recipient of *target* from its list, or from everything; again, it changes nothing.

        A message to single addresses belongs to no list: then it is everything.

        Raises:
            StoreError: The database cannot be written to.
        """
        list_name = None if everything else target.list_name
        self._ledger.write(lambda connection: self._unsubscribe_from(connection, target, list_name))

    def unsubscribe_by_click(self, token: Token) -> TokenTarget | None:
        """
        Unsubscribe the recipient of the message of *token* from its list; return that message, None if it is unknown.

        All of it is one transaction: mailbox providers post thousands of clicks at once.

        Raises:
            StoreError: The database cannot be written to.
        """
        return self._ledger.write(lambda connection: self._unsubscribe_by_token(connection, token))

    def _unsubscribe_by_token(self, connection: Connection, token: Token) -> TokenTarget | None:
        target = self._ledger.resolve(connection, token)
        if target is not None and not target.is_test:
            self._unsubscribe_from(connection, target, target.list_name)
        return target

    def _unsubscribe_from(
        self, connection: Connection, target: TokenTarget, list_name: str | None
    ) -> None:
        found = self._find_subscription(connection, target)
        is_repeated = _has_left_all(found) if list_name is None else not found.on_list
        if not is_repeated:
            event = self._make_event(EventKind.UNSUBSCRIBED, target, list_name)
            self._ledger.add(connection, [event])

    def undo(self, target: TokenTarget) -> bool:
        """
        Take back that the recipient of *target* unsubscribed; return whether that was still possible.

        Raises:
            StoreError: The database cannot be written to.
        """
        return self._ledger.write(lambda connection: self._return(connection, target))

    def _return(self, connection: Connection, target: TokenTarget) -> bool:
        standing = self._read(connection, target)
        if not standing.has_left:
            return True
        if standing.undo_until is None:
            return False
        list_name = None if standing.has_left_all else target.list_name
        self._ledger.add(connection, [self._make_event(EventKind.RESUBSCRIBED, target, list_name)])
        return True

    def _find_subscription(self, connection: Connection, target: TokenTarget) -> Subscription:
        digest = self._ledger.hash_address(target.mailbox)
        return find_subscription(connection, target.mailbox, digest, target.list_name)

    def _find_undo_end(
        self, connection: Connection, target: TokenTarget, list_name: str | None
    ) -> datetime | None:
        """Only what the recipient did themselves can be taken back here, not what somebody did for them."""
        left_at: datetime | None = connection.scalar(
            select(func.max(_E.at)).where(
                _E.mailbox == target.mailbox,
                _E.kind == EventKind.UNSUBSCRIBED.value,
                _E.list_name == list_name if list_name else _E.list_name.is_(None),
            )
        )
        if left_at is None or self._clock.now() >= left_at + UNDO_PERIOD:
            return None
        return left_at + UNDO_PERIOD

    def _make_event(self, kind: EventKind, target: TokenTarget, list_name: str | None) -> Event:
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
        )


def _has_left_all(found: Subscription) -> bool:
    """Whoever is no subscriber, but was written to, leaves by a suppression."""
    if found.is_known:
        return found.left_all_at is not None
    return found.is_suppressed
