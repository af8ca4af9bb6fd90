"""
The secret that a store belongs to.

Suppressed and erased addresses are stored as hashes keyed with the project's secret. With another secret none of them
would be recognised, and people who must never be written to would be. So a store keeps a fingerprint of its secret.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, bindparam, delete, insert, select, update

from pipeline.database import Store, TransactionLock, execute_many
from pipeline.errors import StoreError
from pipeline.models.address import Address
from pipeline.subscribers.signups.tables import signup_refusals, signups
from pipeline.subscribers.suppressions import AddressHasher
from pipeline.subscribers.tables import secret_fingerprint, subscribers, suppressions

#: How many stored hashes are compared if a store has no fingerprint yet.
_SAMPLES = 20


@dataclass(frozen=True, kw_only=True, slots=True)
class RekeyReport:
    """
    What a new secret means for a store.

    Args:
        subscribers: Subscribers whose hashes can be computed again.
        suppressions: Suppressed addresses, likewise.
        unrecognized: Erased and suppressed addresses of which only the hash is known: they are not recognised any more.
    """

    subscribers: int
    suppressions: int
    unrecognized: int


def has_secret(store: Store) -> bool:
    """Whether *store* was used with a secret: it has a fingerprint or, if it is older, hashes."""
    with store.reading() as connection:
        return any(
            connection.execute(select(table).limit(1)).first() is not None
            for table in (secret_fingerprint, subscribers, suppressions)
        )


def bind_secret(store: Store, secret: bytes, *, at: datetime) -> bool:
    """Return whether *store* belongs to *secret*; one that belongs to none belongs to it from now on."""
    with store.reading() as connection:
        stored = connection.scalar(select(secret_fingerprint.c.fingerprint))
    if stored is None:
        with store.writing(TransactionLock.SECRET) as connection:
            stored = connection.scalar(select(secret_fingerprint.c.fingerprint))
            if stored is None:
                if not _matches_hashes(connection, AddressHasher(secret)):
                    return False
                _store_fingerprint(connection, secret, at)
                return True
    return hmac.compare_digest(stored, AddressHasher(secret).fingerprint)


_FINGERPRINT = select(secret_fingerprint.c.fingerprint)


def check_fingerprint(connection: Connection, hasher: AddressHasher) -> None:
    """
    Check that the store still belongs to the secret of *hasher*; one without a fingerprint never had a secret.

    Args:
        connection: Of a transaction with `TransactionLock.SUBSCRIBERS`.

    Raises:
        StoreError: It was rekeyed meanwhile: its hashes would recognise nobody.
    """
    stored = connection.scalar(_FINGERPRINT)
    if stored is not None and not hmac.compare_digest(stored, hasher.fingerprint):
        raise StoreError(
            "The database was moved to another secret while this ran (handbill subscribers rekey). Nothing more was "
            "stored. Start it again."
        )


def rekey(
    connection: Connection, secret: bytes, *, at: datetime, dry_run: bool = False
) -> RekeyReport:
    """
    Make the store belong to *secret*: compute the hashes of all known addresses again.

    No row is deleted, but one that stands for the same address as another.

    Args:
        connection: Of a transaction with all `TransactionLock`s that protect subscribers.
        dry_run: Change nothing.
    """
    hasher = AddressHasher(secret)
    new_digests: dict[str, str] = {}  # by the old one
    changed = []
    for number, key, digest in connection.execute(
        select(subscribers.c.id, subscribers.c.key, subscribers.c.digest)
    ):
        new_digests[digest] = hasher.hash(key)
        changed.append({"number": number, "new_digest": new_digests[digest]})
    rows = connection.execute(select(suppressions.c.digest, suppressions.c.email)).all()
    for digest, email in rows:
        if email is not None:
            new_digests[digest] = hasher.hash(Address(email=email).key)
    known = [digest for digest, _ in rows if digest in new_digests]
    if not dry_run:
        execute_many(
            connection,
            update(subscribers)
            .where(subscribers.c.id == bindparam("number"))
            .values(digest=bindparam("new_digest")),
            changed,
        )
        _replace_suppressions(connection, {digest: new_digests[digest] for digest in known})
        _rekey_signups(connection, hasher)
        connection.execute(delete(secret_fingerprint))
        _store_fingerprint(connection, secret, at)
    return RekeyReport(
        subscribers=len(changed), suppressions=len(known), unrecognized=len(rows) - len(known)
    )


def _replace_suppressions(connection: Connection, new_digests: dict[str, str]) -> None:
    taken = set(connection.scalars(select(suppressions.c.digest)))
    for digest, new_digest in sorted(new_digests.items()):
        if new_digest == digest:
            continue
        row = suppressions.c.digest == digest
        if new_digest in taken:  # the same address, suppressed under both secrets
            connection.execute(delete(suppressions).where(row))
        else:
            connection.execute(update(suppressions).where(row).values(digest=new_digest))
            taken.add(new_digest)


def _rekey_signups(connection: Connection, hasher: AddressHasher) -> None:
    """Hash the inboxes of sign-ups again, and those that said “No thanks”, as far as their address is known."""
    refusals = connection.execute(select(signup_refusals)).all()
    new_inboxes: dict[str, str] = {}  # by the old hash
    changed = []
    for number, email, inbox in connection.execute(
        select(signups.c.number, signups.c.email, signups.c.inbox)
    ):
        new_inboxes[inbox] = hasher.hash(Address(email=email).inbox)
        changed.append({"of_number": number, "new_inbox": new_inboxes[inbox]})
    execute_many(
        connection,
        update(signups)
        .where(signups.c.number == bindparam("of_number"))
        .values(inbox=bindparam("new_inbox")),
        changed,
    )
    for row in refusals:
        if row.inbox in new_inboxes:
            of_row = (
                signup_refusals.c.inbox == row.inbox,
                signup_refusals.c.list_name == row.list_name,
            )
            connection.execute(
                update(signup_refusals).where(*of_row).values(inbox=new_inboxes[row.inbox])
            )


def _store_fingerprint(connection: Connection, secret: bytes, at: datetime) -> None:
    row = {"id": 1, "fingerprint": AddressHasher(secret).fingerprint, "stored_at": at}
    connection.execute(insert(secret_fingerprint).values(row))


def _matches_hashes(connection: Connection, hasher: AddressHasher) -> bool:
    """Whether the hashes of an older store, which has no fingerprint, are those of its secret."""
    return all(hasher.hash(key) == digest for key, digest in _list_samples(connection))


def _list_samples(connection: Connection) -> Iterator[tuple[str, str]]:
    query = select(subscribers.c.key, subscribers.c.digest)
    for key, digest in connection.execute(query.order_by(subscribers.c.id).limit(_SAMPLES)):
        yield key, digest
    has_email = suppressions.c.email.is_not(None)
    query = select(suppressions.c.email, suppressions.c.digest).where(has_email).limit(_SAMPLES)
    for email, digest in connection.execute(query):
        yield Address(email=email).key, digest
