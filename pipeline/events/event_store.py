"""
The ledger of events: records each once, applies what it changes, and lists them.

    with project.open_events() as ledger:
        ledger.record([event])
"""

from __future__ import annotations

import hmac
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TypeVar

from sqlalchemy import Connection, bindparam, select, update

from pipeline.campaigns.store.tables import campaigns
from pipeline.clock import Clock
from pipeline.database import (
    GroupWriter,
    Store,
    TransactionLock,
    encode_values,
    execute_many,
    in_parameter,
)
from pipeline.events.event_rows import insert_events, select_events, to_stored_event
from pipeline.events.judge import Judge
from pipeline.events.resolve import TokenTarget, find_target
from pipeline.events.response_counts import ResponseCounts, count_responses
from pipeline.events.tables import events
from pipeline.models.event import Event, EventKind, StoredEvent
from pipeline.recipient_tokens import Token, TokenKeys, TokenPurpose, parse_token
from pipeline.subscribers.store_secret import check_fingerprint
from pipeline.subscribers.suppressions import AddressHasher

#: Characters of what a server or a person said that are kept.
MAX_TEXT = 500
_BATCH = 500
_E = events.c
_KNOWN = select(_E.source_key).where(
    _E.source == bindparam("of_source"), in_parameter(_E.source_key, "keys")
)
_SET_EFFECT = (
    update(events).where(_E.number == bindparam("of_number")).values(effect=bindparam("new_effect"))
)
T = TypeVar("T")


@dataclass(frozen=True, kw_only=True, slots=True)
class RecordReport:
    """
    What became of recorded events.

    Args:
        recorded: Those that were new.
        repeated: The number of those that the ledger had already.
    """

    recorded: tuple[StoredEvent, ...]
    repeated: int


class EventStore:
    """
    The events of a project.

    Args:
        secret: The project's secret, which keys tokens and suppressions.
    """

    def __init__(self, store: Store, *, secret: bytes, clock: Clock) -> None:
        self.store = store
        self.tokens = TokenKeys(secret)
        self._hasher = AddressHasher(secret)
        self._nonce_key = hmac.digest(secret, b"health nonce", "sha256")
        self._judge = Judge(self._hasher)
        self._writer = GroupWriter(store, TransactionLock.SUBSCRIBERS)
        self._clock = clock

    def find_target(self, token: str, purpose: TokenPurpose) -> TokenTarget | None:
        """Return the message that *token* belongs to; None if it is no token for *purpose* of this project."""
        return self.find_targets([token], purpose).get(token)

    def find_targets(self, tokens: Iterable[str], purpose: TokenPurpose) -> dict[str, TokenTarget]:
        """Return the message of each of *tokens* that is a token for *purpose* of this project."""
        parsed = [(token, parse_token(token)) for token in tokens]
        meant = {token: each for token, each in parsed if each and each.purpose is purpose}
        if not meant:
            return {}
        with self.store.reading() as connection:
            found = {token: self.resolve(connection, each) for token, each in meant.items()}
        return {token: target for token, target in found.items() if target is not None}

    def resolve(self, connection: Connection, token: Token) -> TokenTarget | None:
        """Return the message that *token* belongs to, within a transaction; None if it is unknown."""
        return find_target(connection, self.tokens, token)

    def make_token(self, purpose: TokenPurpose, target: TokenTarget) -> str:
        """Return the token of the message of *target* for another purpose."""
        return self.tokens.make(
            purpose,
            campaign=target.campaign,
            campaign_id=target.campaign_id,
            sequence=target.sequence,
            mailbox=target.sent_to,
        )

    def hash_address(self, mailbox: str) -> str:
        """Return the keyed hash of an address key, as in the suppression list."""
        return self._hasher.hash(mailbox)

    def sign_nonce(self, nonce: str) -> str:
        """Return what only somebody with the project's secret can answer to *nonce*."""
        return hmac.digest(self._nonce_key, nonce.encode(), "sha256").hex()

    def find_campaign_number(self, campaign_id: str) -> int | None:
        """Return the number of the campaign with this id; None if it does not exist."""
        with self.store.reading() as connection:
            number: int | None = connection.scalar(
                select(campaigns.c.number).where(campaigns.c.id == campaign_id)
            )
        return number

    def record(self, new_events: Sequence[Event]) -> RecordReport:
        """
        Record *new_events* and apply what they change, durably; those known already change nothing.

        Raises:
            StoreError: The database cannot be written to; then nothing of the last batch is recorded.
        """
        recorded: list[StoredEvent] = []
        for start in range(0, len(new_events), _BATCH):
            batch = new_events[start : start + _BATCH]
            recorded += self.write(partial(self.add, new_events=batch))
        return RecordReport(recorded=tuple(recorded), repeated=len(new_events) - len(recorded))

    def write(self, work: Callable[[Connection], T]) -> T:
        """
        Return what *work* returns, once what it wrote is durable; several threads share a transaction.

        Raises:
            StoreError: The database cannot be written to; nothing of it is written.
        """
        return self._writer.run(work)

    def add(self, connection: Connection, new_events: Sequence[Event]) -> list[StoredEvent]:
        """Record *new_events* within a transaction of `write()`, and apply what they change."""
        check_fingerprint(connection, self._hasher)
        now = self._clock.now()
        known = _find_known(connection, new_events)
        added: dict[tuple[str, str], Event] = {}
        for event in new_events:
            identity = (event.source, event.source_key)
            if identity not in known:
                added.setdefault(identity, _shorten_text(event))
        if not added:
            return []
        numbers = insert_events(connection, list(added.values()), now=now)
        effects = self._judge.apply(connection, list(added.values()), now=now)
        changed = [
            {"of_number": number, "new_effect": effect}
            for number, effect in zip(numbers, effects, strict=True)
            if effect
        ]
        execute_many(connection, _SET_EFFECT, changed)
        return [
            StoredEvent(
                number=number, event=event, recorded_at=now, campaign_id=None, effect=effect
            )
            for number, event, effect in zip(numbers, added.values(), effects, strict=True)
        ]

    def list_events(
        self,
        *,
        kind: EventKind | None = None,
        campaign: str | None = None,
        mailbox: str | None = None,
        limit: int | None = None,
    ) -> Iterator[StoredEvent]:
        """
        Yield the events, newest first, in constant memory.

        Args:
            campaign: Only those of the campaign with this id.
            mailbox: Only those of the recipient with this address key.
        """
        query = select_events().order_by(_E.number.desc()).limit(limit)
        if kind is not None:
            query = query.where(_E.kind == kind.value)
        if campaign is not None:
            query = query.where(campaigns.c.id == campaign)
        if mailbox is not None:
            query = query.where(_E.mailbox == mailbox)
        with (
            self.store.reading() as connection,
            connection.execute(query, execution_options={"yield_per": _BATCH}) as rows,
        ):
            yield from map(to_stored_event, rows)

    def get_event(self, number: int) -> StoredEvent | None:
        """Return the event *number*; None if it does not exist."""
        with self.store.reading() as connection:
            row = connection.execute(select_events().where(_E.number == number)).one_or_none()
        return to_stored_event(row) if row else None

    def count_responses(self, campaign: str) -> ResponseCounts:
        """Return what came back for the campaign with this id."""
        with self.store.reading() as connection:
            return count_responses(connection, campaign)


def _find_known(connection: Connection, batch: Sequence[Event]) -> set[tuple[str, str]]:
    known: set[tuple[str, str]] = set()
    for source in {event.source for event in batch}:
        keys = [event.source_key for event in batch if event.source == source]
        values = {"of_source": source, "keys": encode_values(keys)}
        known |= {(source, key) for key in connection.scalars(_KNOWN, values)}
    return known


def _shorten_text(event: Event) -> Event:
    """Return *event* with its text on one line of at most `MAX_TEXT` characters."""
    text = " ".join(event.text.split())[:MAX_TEXT]
    return event if text == event.text else replace(event, text=text)
