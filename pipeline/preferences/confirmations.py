"""
What takes effect only when a link in a message is used: another address, and the data stored about somebody.

Every request looks the same to whoever makes it, whether or not a message is sent: to an address that left, that is
suppressed, or that got such a message today, none is.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from uuid import uuid4

from sqlalchemy import Connection

from pipeline.clock import Clock
from pipeline.events import EventStore, TokenTarget
from pipeline.models.address import Address, parse_address
from pipeline.models.event import Event, EventKind
from pipeline.recipient_tokens import Token, TokenPurpose, parse_token
from pipeline.subscribers import queries
from pipeline.subscribers.changes import address_changes, confirmation_queries
from pipeline.subscribers.changes.confirmation_queries import ConfirmationKind
from pipeline.subscribers.suppressions import get_suppression

#: How long a link works.
_PERIODS = {
    ConfirmationKind.ADDRESS: timedelta(days=3),
    ConfirmationKind.DATA: timedelta(days=3),
    ConfirmationKind.RESTORE: timedelta(days=30),
}
#: Requests of one subscriber within a day.
_MAX_REQUESTS = {ConfirmationKind.ADDRESS: 3, ConfirmationKind.DATA: 2}
_DAY = timedelta(days=1)
#: A message that could not be sent within this time is given up: who asked for it would not expect it any more.
_MAX_DELAY = timedelta(hours=1)
_SOURCE = "web"


class RequestAnswer(Enum):
    """What is told to whoever asks for a message."""

    #: A message is sent, if the address may be written to.
    ACCEPTED = "accepted"
    #: Too many requests today.
    TOO_OFTEN = "too often"
    #: Their own address is suppressed.
    SUPPRESSED = "suppressed"


@dataclass(frozen=True, kw_only=True, slots=True)
class Confirmation:
    """
    What a link confirms.

    Args:
        mailbox: The address key that the subscriber has now.
        address: Who gets the message.
        is_confirmed: Whether the link was used already.
    """

    number: int
    kind: ConfirmationKind
    mailbox: str
    email: str
    language: str | None
    address: Address
    created_at: datetime
    is_confirmed: bool
    is_expired: bool


class ConfirmationStore:
    """
    Stores requests, and does what they ask for once they are confirmed.

    Args:
        ledger: Records what changes.
    """

    def __init__(self, ledger: EventStore, *, clock: Clock) -> None:
        self._ledger = ledger
        self._clock = clock

    def request_address(self, target: TokenTarget, address: Address) -> RequestAnswer:
        """
        Ask *address* whether it is to be the address of the recipient of *target*.

        Raises:
            StoreError: The database cannot be written to.
        """
        return self._ledger.write(
            lambda connection: self._request_address(connection, target, address)
        )

    def request_data(self, target: TokenTarget) -> tuple[RequestAnswer, str]:
        """
        Send the recipient of *target* a link to their data; return the address that it goes to.

        While a change of address can be taken back, that is the former one: whoever had only a forwarded copy, and
        redirected somebody's email to themselves, gets no data.

        Raises:
            StoreError: The database cannot be written to.
        """
        return self._ledger.write(lambda connection: self._request_data(connection, target))

    def find(self, token: str) -> Confirmation | None:
        """Return what *token* confirms; None if it is unknown."""
        parsed = parse_token(token)
        if parsed is None or parsed.purpose is not TokenPurpose.CONFIRM or parsed.is_test:
            return None
        with self._ledger.store.reading() as connection:
            found = self._read(connection, parsed.campaign)
        return found if self._is_genuine(parsed, found) else None

    def make_token(self, confirmation: Confirmation) -> str:
        """Return the token of the link for *confirmation*."""
        return self._ledger.tokens.make(
            TokenPurpose.CONFIRM,
            campaign=confirmation.number,
            campaign_id=_identify(confirmation),
            sequence=0,
            mailbox=confirmation.address.key,
        )

    def confirm(self, confirmation: Confirmation) -> bool:
        """
        Change the address as *confirmation* says; return whether it is so now.

        The former address is told, if it may be written to, and can take it back.

        Raises:
            StoreError: The database cannot be written to.
        """
        return self._ledger.write(lambda connection: self._confirm(connection, confirmation))

    def claim_unsent(self) -> list[Confirmation]:
        """
        Return those whose message is to be sent now, each to one process only.

        Raises:
            StoreError: The database cannot be written to.
        """
        now = self._clock.now()
        with self._ledger.store.reading() as connection:
            numbers = confirmation_queries.list_unsent(connection, now - _MAX_DELAY)
        if not numbers:
            return []

        def write(connection: Connection) -> list[Confirmation]:
            claimed = [
                number
                for number in numbers
                if confirmation_queries.claim(connection, number, now=now)
            ]
            found = [self._read(connection, number) for number in claimed]
            return [each for each in found if each is not None]

        return self._ledger.write(write)

    def release(self, confirmation: Confirmation) -> None:
        """
        Try again later to send the message of *confirmation*.

        Raises:
            StoreError: The database cannot be written to.
        """
        self._ledger.write(
            lambda connection: confirmation_queries.release(connection, confirmation.number)
        )

    def _request_address(
        self, connection: Connection, target: TokenTarget, address: Address
    ) -> RequestAnswer:
        if self._is_too_often(connection, ConfirmationKind.ADDRESS, target):
            return RequestAnswer.TOO_OFTEN
        digest = self._ledger.hash_address(address.key)
        is_sent = (
            address.key != target.mailbox
            and queries.is_known(connection, target.mailbox)
            and address_changes.can_receive(connection, address.key, digest)
            and not confirmation_queries.is_recipient(
                connection, self._clock.now() - _DAY, address.key
            )
        )
        self._add(
            connection, ConfirmationKind.ADDRESS, target.mailbox, address if is_sent else None
        )
        return RequestAnswer.ACCEPTED

    def _request_data(
        self, connection: Connection, target: TokenTarget
    ) -> tuple[RequestAnswer, str]:
        if get_suppression(connection, self._ledger.hash_address(target.mailbox)):
            return RequestAnswer.SUPPRESSED, target.email
        if self._is_too_often(connection, ConfirmationKind.DATA, target):
            return RequestAnswer.TOO_OFTEN, target.email
        address = self._find_owner(connection, target)
        self._add(connection, ConfirmationKind.DATA, target.mailbox, address)
        return RequestAnswer.ACCEPTED, address.email

    def _find_owner(self, connection: Connection, target: TokenTarget) -> Address:
        since = self._clock.now() - _PERIODS[ConfirmationKind.RESTORE]
        former = address_changes.find_recent_owner(connection, target.mailbox, since)
        if former is not None:
            digest = self._ledger.hash_address(former.key)
            if address_changes.can_receive(connection, former.key, digest):
                return former
        return parse_address(target.email)

    def _is_too_often(
        self, connection: Connection, kind: ConfirmationKind, target: TokenTarget
    ) -> bool:
        keys = address_changes.find_keys(connection, target.mailbox)
        since = self._clock.now() - _DAY
        count = confirmation_queries.count_since(connection, since, kind, mailboxes=keys)
        return count >= _MAX_REQUESTS[kind]

    def _add(
        self,
        connection: Connection,
        kind: ConfirmationKind,
        mailbox: str,
        recipient: Address | None,
    ) -> None:
        confirmation_queries.add(connection, kind, mailbox, recipient, now=self._clock.now())

    def _confirm(self, connection: Connection, confirmation: Confirmation) -> bool:
        found = self._read(connection, confirmation.number)
        if found is None:
            return False
        if found.is_confirmed:
            return True
        old = queries.find_subscriber(connection, found.mailbox)
        event = Event(
            kind=EventKind.READDRESSED,
            source=_SOURCE,
            source_key=uuid4().hex,
            at=self._clock.now(),
            mailbox=found.mailbox,
            text=found.address.email,
        )
        (recorded,) = self._ledger.add(connection, [event])
        if not recorded.effect or old is None:
            return False
        confirmation_queries.mark_confirmed(connection, found.number, now=self._clock.now())
        if found.kind is ConfirmationKind.ADDRESS:
            digest = self._ledger.hash_address(old.address.key)
            may_write = address_changes.can_receive(connection, old.address.key, digest)
            if may_write:
                self._add(connection, ConfirmationKind.RESTORE, found.address.key, old.address)
        return True

    def _read(self, connection: Connection, number: int) -> Confirmation | None:
        row = confirmation_queries.find(connection, number)
        if row is None or row.email is None:
            return None
        kind = ConfirmationKind(row.kind)
        mailbox = address_changes.find_current_key(connection, row.mailbox)
        subscriber = queries.find_subscriber(connection, mailbox)
        return Confirmation(
            number=row.number,
            kind=kind,
            mailbox=mailbox,
            email=subscriber.address.email if subscriber else mailbox,
            language=subscriber.language if subscriber else None,
            address=Address(email=row.email),
            created_at=row.created_at,
            is_confirmed=row.confirmed_at is not None,
            is_expired=self._clock.now() >= row.created_at + _PERIODS[kind],
        )

    def _is_genuine(self, token: Token, found: Confirmation | None) -> bool:
        identity, mailbox = (_identify(found), found.address.key) if found else ("", "")
        is_genuine = self._ledger.tokens.verify(token, campaign_id=identity, mailbox=mailbox)
        return found is not None and is_genuine


def _identify(confirmation: Confirmation) -> str:
    """Return what distinguishes it from another with the same number, in a database that was restored."""
    return f"{confirmation.kind.value} {confirmation.created_at.isoformat()}"
