"""A handful of rows on their way into the store."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, bindparam, insert, literal, select, update

from pipeline.database import Id, Instant, among, insert_new
from pipeline.models.subscriber import SubscriberState
from pipeline.subscribers import queries
from pipeline.subscribers.imports.import_report import Outcome, Plan
from pipeline.subscribers.imports.row import Row
from pipeline.subscribers.tables import memberships, subscribers, suppressions, tags


class Taken(NamedTuple):
    """A row that is to be stored, with the key and the digest of its mailbox."""

    key: str
    digest: str
    row: Row


class Batch:
    """Rows on their way into the store, inside one transaction; no mailbox is among them twice."""

    def __init__(self, connection: Connection, plan: Plan, rows: list[Taken]) -> None:
        self._connection = connection
        self._plan = plan
        self._rows = rows
        self._known = queries.by_key(connection, [key for key, _, _ in rows])
        self._never = queries.suppressed_among(connection, [digest for _, digest, _ in rows])
        self._counts: Counter[Outcome] = Counter()

    def store(self) -> Counter[Outcome]:
        """Store the rows and return what became of them."""
        self._suppress()
        if self._plan.list_name is not None:
            self._subscribe(self._plan.list_name)
        return self._counts

    def _suppress(self) -> None:
        """Note who must never be written to again: all of them, or those the table says it of."""
        found = [
            {
                "digest": digest,
                "email": row.address.email,
                "reason": "import" if self._plan.is_suppressing else "the old system's list",
                "source": self._plan.source,
                "at": self._plan.at,
            }
            for _, digest, row in self._rows
            if (self._plan.is_suppressing or row.is_suppressed) and digest not in self._never
        ]
        insert_new(self._connection, suppressions, found)
        self._never.update(str(item["digest"]) for item in found)
        if self._plan.list_name is None:
            self._counts[Outcome.SUPPRESSED] += len(found)
            self._counts[Outcome.UNCHANGED] += len(self._rows) - len(found)

    def _subscribe(self, list_name: str) -> None:
        new = [self._new(*taken) for taken in self._rows if taken.key not in self._known]
        insert_new(self._connection, subscribers, new)
        touched = self._change()
        list_id = queries.make_list(self._connection, list_name, at=self._plan.at)
        on_it = self._members(list_id)
        absent = [key for key, _, _ in self._rows if key not in on_it]
        self._join(list_id, absent)
        touched.update(absent)
        touched |= self._tag()
        left = {key for key, left_at in on_it.items() if left_at is not None}
        for key, digest, _ in self._rows:
            self._counts[self._outcome(key, digest, touched, left)] += 1

    def _outcome(
        self, key: str, digest: str, touched: Collection[str], left: Collection[str]
    ) -> Outcome:
        if digest in self._never:
            return Outcome.SUPPRESSED
        old = self._known.get(key)
        if old is None:
            return Outcome.ADDED
        if key in left or old.state == SubscriberState.UNSUBSCRIBED.value:
            return Outcome.LEFT
        return Outcome.UPDATED if key in touched else Outcome.UNCHANGED

    def _new(self, key: str, digest: str, row: Row) -> dict[str, Any]:
        state = row.state or SubscriberState.CONFIRMED
        plan = self._plan
        return {
            "key": key,
            "digest": digest,
            "email": row.address.email,
            "name": row.address.name,
            "state": state.value,
            "language": row.language,
            "zone": row.zone,
            "attributes": row.attributes,
            "consent": plan.consent,
            "consent_at": row.consent_at or plan.at,
            "consent_source": plan.source,
            "added_at": plan.at,
            "changed_at": plan.at,
            "left_at": plan.at if state is SubscriberState.UNSUBSCRIBED else None,
        }

    def _change(self) -> set[str]:
        """Write what the table knows and the roll did not; return the mailboxes changed."""
        changes = []
        for key, _, row in self._rows:
            old = self._known.get(key)
            new = self._merged(old, row) if old else None
            if old and new and any(getattr(old, name) != value for name, value in new.items()):
                changes.append({"old_key": key, "changed_at": self._plan.at, **new})
        if changes:
            of_key = update(subscribers).where(subscribers.c.key == bindparam("old_key"))
            self._connection.execute(of_key, changes)
        return {str(change["old_key"]) for change in changes}

    def _merged(self, old: Any, row: Row) -> dict[str, Any]:  # Any: a row of `subscribers`
        """Return what somebody known is to be: as the row says, else as before; a row may only make them leave."""
        leaves = row.state is SubscriberState.UNSUBSCRIBED and old.state != row.state.value
        attributes: Mapping[str, str] = {**old.attributes, **row.attributes}
        return {
            "name": row.address.name or old.name,
            "language": row.language or old.language,
            "zone": row.zone or old.zone,
            "attributes": attributes,
            "state": SubscriberState.UNSUBSCRIBED.value if leaves else old.state,
            "left_at": self._plan.at if leaves else old.left_at,
        }

    def _members(self, list_id: int) -> dict[str, datetime | None]:
        """Return when those who are or were on the list left it, null for who is still on it, by mailbox."""
        if not self._known:
            return {}
        by_id = {row.id: key for key, row in self._known.items()}
        wanted = select(memberships.c.subscriber_id, memberships.c.left_at).where(
            memberships.c.list_id == list_id, among(memberships.c.subscriber_id, by_id)
        )
        return {by_id[id]: left_at for id, left_at in self._connection.execute(wanted)}

    def _join(self, list_id: int, keys: Collection[str]) -> None:
        """Put the mailboxes *keys*, none of which was ever on the list, on it."""
        if not keys:
            return
        found = select(
            literal(list_id, Id), subscribers.c.id, literal(self._plan.at, Instant())
        ).where(among(subscribers.c.key, keys))
        columns = ["list_id", "subscriber_id", "joined_at"]
        self._connection.execute(insert(memberships).from_select(columns, found))

    def _tag(self) -> set[str]:
        """Write tags nobody had yet; return who got one."""
        tagged = {key: row.tags for key, _, row in self._rows if row.tags}
        if not tagged:
            return set()
        keys = dict(self._ids(tagged))
        before = self._connection.execute(select(tags).where(among(tags.c.subscriber_id, keys)))
        wanted = {(id, tag) for id, key in keys.items() for tag in tagged[key]}
        new = wanted - {(id, tag) for id, tag in before}
        insert_new(
            self._connection, tags, [{"subscriber_id": id, "tag": tag} for id, tag in sorted(new)]
        )
        return {keys[id] for id, _ in new}

    def _ids(self, keys: Iterable[str]) -> Iterable[tuple[int, str]]:
        wanted = select(subscribers.c.id, subscribers.c.key).where(among(subscribers.c.key, keys))
        return ((id, key) for id, key in self._connection.execute(wanted))
