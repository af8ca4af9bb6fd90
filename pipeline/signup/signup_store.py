"""Store who signs up, decide what they are sent, and do what they answer."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from sqlalchemy import Connection, Row, update

from pipeline.clock import Clock
from pipeline.events import EventStore
from pipeline.models.address import Address
from pipeline.models.event import Event, EventKind
from pipeline.recipient_tokens import Token, TokenPurpose, parse_token
from pipeline.signup.choose_message import choose_message
from pipeline.signup.signup import CommandSignup, Signup, SignupRequest, read_signup
from pipeline.signup.signup_limits import (
    ANSWER_END,
    ANSWER_START,
    WINDOW,
    SignupAnswer,
    SignupLimits,
    find_network,
)
from pipeline.subscribers import queries
from pipeline.subscribers.signups import brake_queries, signup_queries
from pipeline.subscribers.signups.signup_queries import SignupMessage, SignupSource
from pipeline.subscribers.tables import subscribers

_LOGGER = logging.getLogger(__name__)
#: A message that could not be sent within this time is given up: who asked for it would not expect it any more.
_MAX_DELAY = timedelta(hours=24)
_BATCH = 100
_SOURCE = "web"


class SignupStore:
    """
    The sign-ups of a project.

    Args:
        ledger: Records who subscribes.
    """

    def __init__(self, ledger: EventStore, *, limits: SignupLimits, clock: Clock) -> None:
        self._ledger = ledger
        self._limits = limits
        self._clock = clock

    def request(self, request: SignupRequest) -> SignupAnswer:
        """
        Store what a visitor asks for; whose address it is makes no difference to what is done.

        Raises:
            StoreError: The database cannot be written to.
        """
        answer, warning = self._ledger.write(lambda connection: self._request(connection, request))
        if warning:
            _LOGGER.warning("Sign-ups are refused: %s. See: handbill doctor", warning)
        return answer

    def add_for_owner(
        self, address: Address, *, list_name: str, attributes: Mapping[str, str]
    ) -> CommandSignup:
        """
        Store that the owner of the publication asks for *address*, and decide at once what is sent.

        Raises:
            StoreError: The database cannot be written to.
        """

        def write(connection: Connection) -> CommandSignup:
            number = self._insert(
                connection,
                source=SignupSource.COMMAND.value,
                list_name=list_name,
                address=address,
                attributes=dict(attributes),
                name=address.name,
            )
            row = signup_queries.find(connection, number)
            assert row is not None
            message, reason = self._decide(connection, row)
            is_sent = message is not SignupMessage.NONE
            return CommandSignup(number=number if is_sent else None, reason=reason)

        return self._ledger.write(write)

    def decide_waiting(self) -> int:
        """
        Decide what is sent to who signed up since the last time; return how many messages that are.

        Raises:
            StoreError: The database cannot be written to.
        """

        def write(connection: Connection) -> int:
            rows = signup_queries.list_undecided(connection, _BATCH)
            chosen = [self._decide(connection, row)[0] for row in rows]
            return sum(message is not SignupMessage.NONE for message in chosen)

        count = 0
        while self._has_waiting():
            count += self._ledger.write(write)
        return count

    def _has_waiting(self) -> bool:
        with self._ledger.store.reading() as connection:
            return bool(signup_queries.list_undecided(connection, 1))

    def _decide(
        self, connection: Connection, row: Row[Any]
    ) -> tuple[SignupMessage, str]:  # Any: columns of the table
        """Choose what is sent, store it, and return it with the reason."""
        digest = self._ledger.hash_address(row.mailbox)
        message, reason = choose_message(connection, row, digest=digest, now=self._clock.now())
        signup_queries.update_signup(connection, row.number, message=message.value)
        return message, reason

    def expire(self) -> None:
        """
        Delete who did not confirm in time.

        Raises:
            StoreError: The database cannot be written to.
        """
        self._ledger.write(lambda connection: signup_queries.expire(connection, self._clock.now()))

    def find(self, token: str) -> Signup | None:
        """Return the sign-up that *token* answers; None if it is unknown."""
        parsed = parse_token(token)
        if parsed is None or parsed.purpose is not TokenPurpose.SIGNUP or parsed.is_test:
            return None
        with self._ledger.store.reading() as connection:
            row = signup_queries.find(connection, parsed.campaign)
        return read_signup(row) if self._is_genuine(parsed, row) and row else None

    def get(self, number: int) -> Signup | None:
        """Return the sign-up *number*."""
        with self._ledger.store.reading() as connection:
            row = signup_queries.find(connection, number)
        return read_signup(row) if row else None

    def make_token(self, purpose: TokenPurpose, signup: Signup) -> str:
        """Return the token by which *signup* is answered, or that leads to the preferences."""
        return self._ledger.tokens.make(
            purpose,
            campaign=signup.number,
            campaign_id=signup.identity,
            sequence=0,
            mailbox=signup.address.key,
        )

    def confirm(self, signup: Signup) -> bool:
        """
        Subscribe who signed up; return whether they are on the list now.

        Raises:
            StoreError: The database cannot be written to.
        """
        return self._ledger.write(lambda connection: self._confirm(connection, signup.number))

    def decline(self, signup: Signup) -> None:
        """
        Store that who was asked does not want the list: its form sends them nothing more.

        Raises:
            StoreError: The database cannot be written to.
        """

        def write(connection: Connection) -> None:
            row = signup_queries.find(connection, signup.number)
            if row is not None and row.confirmed_at is None:
                now = self._clock.now()
                signup_queries.refuse(connection, row.inbox, row.list_name, now=now)
                signup_queries.update_signup(connection, row.number, declined_at=now)

        self._ledger.write(write)

    def claim_unsent(self) -> list[Signup]:
        """
        Return those whose message is to be sent now, each to one process only.

        Raises:
            StoreError: The database cannot be written to.
        """
        now = self._clock.now()
        with self._ledger.store.reading() as connection:
            numbers = signup_queries.list_unsent(connection, now - _MAX_DELAY)
        return self._claim(numbers, signup_queries.claim, now)

    def claim_welcomes(self, list_names: Collection[str]) -> list[Signup]:
        """
        Return those whose welcome issue is to be sent now, each to one process only, and never again.

        Args:
            list_names: The lists that have one.

        Raises:
            StoreError: The database cannot be written to.
        """
        now = self._clock.now()
        with self._ledger.store.reading() as connection:
            since = now - _MAX_DELAY
            numbers = signup_queries.list_unwelcomed(connection, list_names, since)
        return self._claim(numbers, signup_queries.claim_welcome, now)

    def _claim(
        self, numbers: Sequence[int], claim: Callable[..., bool], now: datetime
    ) -> list[Signup]:
        """Return the sign-ups *numbers* that no other process claimed."""
        if not numbers:
            return []

        def write(connection: Connection) -> list[Signup]:
            claimed = [number for number in numbers if claim(connection, number, now=now)]
            rows = [signup_queries.find(connection, number) for number in claimed]
            return [read_signup(row) for row in rows if row is not None]

        return self._ledger.write(write)

    def release(self, signup: Signup) -> None:
        """
        Try again later to send the message of *signup*.

        Raises:
            StoreError: The database cannot be written to.
        """
        self._ledger.write(
            lambda connection: signup_queries.update_signup(connection, signup.number, sent_at=None)
        )

    def keep_message(self, signup: Signup, text: str) -> None:
        """
        Keep the words that are sent to who signed up.

        Raises:
            StoreError: The database cannot be written to.
        """

        def write(connection: Connection) -> None:
            digest = signup_queries.add_text(connection, text)
            signup_queries.update_signup(connection, signup.number, message_digest=digest)

        self._ledger.write(write)

    def _request(
        self, connection: Connection, request: SignupRequest
    ) -> tuple[SignupAnswer, str | None]:
        """Return the answer, and what the owner is to be warned of."""
        now = self._clock.now()
        network = self._ledger.hash_address(find_network(request.client))
        counts = signup_queries.count_recent(
            connection,
            now - WINDOW,
            domain=request.address.domain,
            network=network,
            form=request.form,
        )
        answers = signup_queries.count_answers(connection, now - ANSWER_START, now - ANSWER_END)
        answer, reason = self._limits.decide(counts, answers, is_proven=request.is_proven)
        if answer is SignupAnswer.BRAKED:
            is_first = brake_queries.add_refusal(connection, reason, now=now)
            return answer, reason if is_first else None
        if answer is SignupAnswer.ACCEPTED:
            self._insert(
                connection,
                source=SignupSource.FORM.value,
                list_name=request.list_name,
                address=request.address,
                language=request.language,
                network=network,
                form=request.form,
                is_proven=request.is_proven,
                page=request.page,
                page_digest=signup_queries.add_text(connection, request.page_text),
            )
        return answer, None

    def _insert(
        self, connection: Connection, *, address: Address, **values: Any
    ) -> int:  # Any: columns of the table
        row = {
            "name": "",
            "attributes": {},
            "is_proven": False,
            "page": "",
            "mailbox": address.key,
            "inbox": self._ledger.hash_address(address.inbox),
            "domain": address.domain,
            "email": address.email,
            "requested_at": self._clock.now(),
            **values,
        }
        return signup_queries.insert_signup(connection, row)

    def _confirm(self, connection: Connection, number: int) -> bool:
        row = signup_queries.find(connection, number)
        if row is None or row.message != SignupMessage.CONFIRM.value:
            return False
        if row.confirmed_at is not None:
            return True
        now = self._clock.now()
        event = Event(
            kind=EventKind.SUBSCRIBED,
            source=_SOURCE,
            source_key=uuid4().hex,
            at=now,
            mailbox=row.mailbox,
            list_name=row.list_name,
            text=row.email,
        )
        self._ledger.add(connection, [event])
        found = queries.find_subscriber(connection, row.mailbox)
        if found is None or found.is_suppressed or row.list_name not in found.lists:
            return False
        values: dict[str, Any] = {  # Any: columns of the table
            "consent_source": row.page or row.source,
            "language": found.language or row.language,
            "name": found.address.name or row.name,
            "attributes": {**row.attributes, **found.attributes},
        }
        connection.execute(
            update(subscribers).where(subscribers.c.key == row.mailbox).values(values)
        )
        signup_queries.withdraw_refusal(connection, row.inbox, row.list_name)
        signup_queries.update_signup(connection, number, confirmed_at=now, declined_at=None)
        return True

    def _is_genuine(self, token: Token, row: Row[Any] | None) -> bool:  # Any: as above
        identity, mailbox = (signup_queries.identify(row), row.mailbox) if row else ("", "")
        is_genuine = self._ledger.tokens.verify(token, campaign_id=identity, mailbox=mailbox)
        return row is not None and token.sequence == 0 and is_genuine
