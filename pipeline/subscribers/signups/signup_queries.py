"""Queries for sign-ups."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, delete, func, insert, select, update

from pipeline.database import in_values, insert_or_ignore
from pipeline.subscribers.signups.tables import signup_refusals, signup_texts, signups

#: Whoever does not confirm is forgotten after this time; until then the link works.
EXPIRES_AFTER = timedelta(days=30)
#: How long “No thanks” holds.
REFUSAL_PERIOD = timedelta(days=365)
_S = signups.c
_DIGESTS = (_S.page_digest, _S.message_digest)


class SignupSource(Enum):
    """Where somebody asked for a list."""

    #: On a form of the public service.
    FORM = "form"
    #: A command of the owner.
    COMMAND = "command"
    #: On the preferences page; no message is needed.
    PREFERENCES = "preferences"


class SignupMessage(Enum):
    """What is sent to who signed up."""

    #: The question whether to subscribe.
    CONFIRM = "confirm"
    #: That they are a subscriber already.
    KNOWN = "known"
    #: Nothing.
    NONE = "none"


@dataclass(frozen=True, kw_only=True, slots=True)
class SignupCounts:
    """
    How many sign-ups there were lately.

    Args:
        total: All.
        domain: Those of the same domain.
        network: Those from the same network.
        unproven: Those of them without a proof of work.
        form: Those with the same form.
    """

    total: int
    domain: int
    network: int
    unproven: int
    form: int


def insert_signup(connection: Connection, values: Mapping[str, Any]) -> int:  # Any: columns
    """Store a sign-up; return its number."""
    number: int = connection.execute(
        insert(signups).returning(_S.number), dict(values)
    ).scalar_one()
    return number


def count_recent(
    connection: Connection,
    since: datetime,
    *,
    domain: str,
    network: str | None,
    form: str | None,
) -> SignupCounts:
    """Return how many sign-ups by a form there were since that time; always by the same four queries."""

    def count(*conditions: ColumnElement[bool]) -> int:
        query = select(func.count()).where(
            _S.source == SignupSource.FORM.value, _S.requested_at > since, *conditions
        )
        return connection.scalar(query) or 0

    of_network = _S.network == network
    return SignupCounts(
        total=count(),
        domain=count(_S.domain == domain),
        network=count(of_network),
        unproven=count(of_network, _S.is_proven.is_(False)),
        form=count(of_network, _S.form == form),
    )


def count_answers(connection: Connection, start: datetime, end: datetime) -> tuple[int, int]:
    """Return how many questions were sent between *start* and *end*, and how many of them were confirmed."""
    row = connection.execute(
        select(func.count(), func.count(_S.confirmed_at)).where(
            _S.message == SignupMessage.CONFIRM.value, _S.sent_at > start, _S.sent_at <= end
        )
    ).one()
    return row[0], row[1]


def count_messages(connection: Connection, inbox: str, since: datetime, *, before: int) -> int:
    """Return how many messages went, or go, to *inbox* since that time by sign-ups other than *before*."""
    query = select(func.count()).where(
        _S.inbox == inbox,
        func.coalesce(_S.sent_at, _S.requested_at) > since,
        _S.message.in_([SignupMessage.CONFIRM.value, SignupMessage.KNOWN.value]),
        _S.number != before,
    )
    return connection.scalar(query) or 0


def find(connection: Connection, number: int) -> Row[Any] | None:  # Any: columns of the table
    """Return the row *number*."""
    return connection.execute(select(signups).where(_S.number == number)).one_or_none()


def identify(row: Row[Any]) -> str:  # Any: columns of the table
    """Return what distinguishes it from another with the same number, in a database that was restored."""
    return f"signup {row.number} {row.requested_at.isoformat()}"


def list_undecided(connection: Connection, limit: int) -> Sequence[Row[Any]]:  # Any: as above
    """Return the rows for which nothing is decided yet, the oldest first."""
    query = select(signups).where(_S.message.is_(None), _S.source != SignupSource.PREFERENCES.value)
    return connection.execute(query.order_by(_S.number).limit(limit)).all()


def list_unsent(connection: Connection, since: datetime) -> Sequence[int]:
    """Return the numbers of those since that time whose message was not sent yet, the oldest first."""
    query = select(_S.number).where(
        _S.message.in_([SignupMessage.CONFIRM.value, SignupMessage.KNOWN.value]),
        _S.sent_at.is_(None),
        _S.requested_at > since,
    )
    return connection.scalars(query.order_by(_S.number)).all()


def list_unwelcomed(
    connection: Connection, list_names: Collection[str], since: datetime
) -> Sequence[int]:
    """Return the numbers of those who confirmed since that time, and did not get the issue of one of *list_names*."""
    query = select(_S.number).where(
        _S.confirmed_at > since, _S.welcomed_at.is_(None), in_values(_S.list_name, list_names)
    )
    return connection.scalars(query.order_by(_S.number)).all()


def claim_welcome(connection: Connection, number: int, *, now: datetime) -> bool:
    """Store that the welcome issue is being sent; return whether no other process did."""
    is_waiting = (_S.number == number, _S.welcomed_at.is_(None))
    return (
        connection.execute(update(signups).where(*is_waiting).values(welcomed_at=now)).rowcount > 0
    )


def update_signup(
    connection: Connection, number: int, **values: Any
) -> None:  # Any: columns of the table
    """Change the row *number*."""
    connection.execute(update(signups).where(_S.number == number).values(values))


def claim(connection: Connection, number: int, *, now: datetime) -> bool:
    """Store that the message is being sent; return whether no other process did."""
    updated = connection.execute(
        update(signups).where(_S.number == number, _S.sent_at.is_(None)).values(sent_at=now)
    )
    return updated.rowcount > 0


def expire(connection: Connection, now: datetime) -> None:
    """Delete who did not confirm in time, refusals that no longer hold, and the words that belonged to nobody else."""
    is_old = and_(_S.confirmed_at.is_(None), _S.requested_at <= now - EXPIRES_AFTER)
    connection.execute(
        delete(signup_refusals).where(signup_refusals.c.refused_at <= now - REFUSAL_PERIOD)
    )
    if connection.execute(delete(signups).where(is_old)).rowcount:
        used = (select(column).where(column.is_not(None)) for column in _DIGESTS)
        are_unused = [signup_texts.c.digest.not_in(each) for each in used]
        connection.execute(delete(signup_texts).where(*are_unused))


def add_text(connection: Connection, text: str) -> str:
    """Keep *text*; return its SHA-256, 64 hexadecimal digits."""
    digest = hash_text(text)
    insert_or_ignore(connection, signup_texts, [{"digest": digest, "text": text}])
    return digest


def hash_text(text: str) -> str:
    """Return the SHA-256 of *text* in UTF-8."""
    return hashlib.sha256(text.encode()).hexdigest()


def refuse(connection: Connection, inbox: str, list_name: str, *, now: datetime) -> None:
    """Store that the owner of *inbox* wants no more messages of the form of a list."""
    row = {"inbox": inbox, "list_name": list_name, "refused_at": now}
    insert_or_ignore(connection, signup_refusals, [row])


def withdraw_refusal(connection: Connection, inbox: str, list_name: str) -> None:
    """Store that the owner of *inbox* changed their mind."""
    connection.execute(delete(signup_refusals).where(_is_refusal(inbox, list_name)))


def is_refused(connection: Connection, inbox: str, list_name: str) -> bool:
    """Whether the owner of *inbox* wants no messages of the form of a list."""
    query = select(signup_refusals.c.inbox).where(_is_refusal(inbox, list_name))
    return connection.execute(query).first() is not None


def _is_refusal(inbox: str, list_name: str) -> ColumnElement[bool]:
    return and_(signup_refusals.c.inbox == inbox, signup_refusals.c.list_name == list_name)


def iterate_consents(connection: Connection) -> Iterator[dict[str, str | None]]:
    """Yield who confirmed, the first one first; see `describe_row()`."""
    query = select(signups).where(_S.confirmed_at.is_not(None)).order_by(_S.number)
    yield from map(describe_row, connection.execute(query))


def read_texts(connection: Connection, digests: Collection[str]) -> dict[str, str]:
    """Return the words with *digests*."""
    query = select(signup_texts).where(in_values(signup_texts.c.digest, digests))
    return {row.digest: row.text for row in connection.execute(query)}


def list_all_texts(connection: Connection) -> dict[str, str]:
    """Return all words, by digest."""
    query = select(signup_texts).order_by(signup_texts.c.digest)
    return {row.digest: row.text for row in connection.execute(query)}


def describe(connection: Connection, mailboxes: Collection[str]) -> list[dict[str, str | None]]:
    """Return the sign-ups of a person, the oldest first; see `describe_row()`."""
    query = select(signups).where(in_values(_S.mailbox, mailboxes)).order_by(_S.number)
    return [describe_row(row) for row in connection.execute(query)]


def describe_row(row: Row[Any]) -> dict[str, str | None]:  # Any: columns of the table
    """
    Return one sign-up: `{"email", "list", "source", "page", "language", "requested_at", "sent_at", "confirmed_at",
    "declined_at", "page_digest", "message_digest"}`.
    """
    times = {
        name: at.isoformat() if (at := getattr(row, name)) else None
        for name in ("requested_at", "sent_at", "confirmed_at", "declined_at")
    }
    return {
        "email": row.email,
        "list": row.list_name,
        "source": row.source,
        "page": row.page or None,
        "language": row.language,
        **times,
        "page_digest": row.page_digest,
        "message_digest": row.message_digest,
    }


def erase(connection: Connection, mailboxes: Collection[str]) -> int:
    """Delete the sign-ups of a person; return their number."""
    return connection.execute(delete(signups).where(in_values(_S.mailbox, mailboxes))).rowcount
