"""A handful of rows on their way into the store."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, bindparam, select, update

from pipeline.audience import queries
from pipeline.audience.plans import Outcome, Plan
from pipeline.audience.reading import Row
from pipeline.audience.tables import memberships, subscribers, suppressions, tags
from pipeline.database import among, insert_new
from pipeline.subscriber import SubscriberState


class Batch:
    """A handful of rows on their way into the store, inside one transaction."""

    def __init__(self, connection: Connection, plan: Plan, rows: list[tuple[str, Row]]) -> None:
        self._connection = connection
        self._plan = plan
        self._rows = rows
        self._known = queries.by_key(connection, [row.address.key for _, row in rows])
        self._never = queries.suppressed_among(connection, [digest for digest, _ in rows])
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
            for digest, row in self._rows
            if (self._plan.is_suppressing or row.is_suppressed) and digest not in self._never
        ]
        insert_new(self._connection, suppressions, found)
        self._never.update(str(item["digest"]) for item in found)
        if self._plan.list_name is None:
            self._counts[Outcome.SUPPRESSED] += len(found)
            self._counts[Outcome.UNCHANGED] += len(self._rows) - len(found)

    def _subscribe(self, list_name: str) -> None:
        new = [
            self._new(digest, row)
            for digest, row in self._rows
            if row.address.key not in self._known
        ]
        insert_new(self._connection, subscribers, new)
        ids = self._ids()
        changed = self._change()
        list_id = queries.make_list(self._connection, list_name, at=self._plan.at)
        left, joined = self._join(list_id, ids)
        touched = joined | self._tag(ids)
        for digest, row in self._rows:
            key = row.address.key
            self._counts[self._outcome(digest, row, changed, left, touched, ids[key])] += 1

    def _outcome(
        self, digest: str, row: Row, changed: set[str], left: set[int], touched: set[int], id: int
    ) -> Outcome:
        key = row.address.key
        if digest in self._never:
            return Outcome.SUPPRESSED
        if key not in self._known:
            return Outcome.ADDED
        has_left = self._known[key].state == SubscriberState.UNSUBSCRIBED.value
        if has_left or id in left:
            return Outcome.LEFT
        return Outcome.UPDATED if key in changed or id in touched else Outcome.UNCHANGED

    def _new(self, digest: str, row: Row) -> dict[str, Any]:
        state = row.state or SubscriberState.CONFIRMED
        plan = self._plan
        return {
            "key": row.address.key,
            "digest": digest,
            "email": row.address.email,
            "name": row.address.name,
            "state": state.value,
            "language": row.language,
            "zone": row.zone,
            "attributes": dict(row.attributes),
            "consent": plan.consent,
            "consent_at": row.consent_at or plan.at,
            "consent_source": plan.source,
            "added_at": plan.at,
            "changed_at": plan.at,
            "left_at": plan.at if state is SubscriberState.UNSUBSCRIBED else None,
        }

    def _ids(self) -> dict[str, int]:
        found = {key: row.id for key, row in self._known.items()}
        missing = [row.address.key for _, row in self._rows if row.address.key not in found]
        if missing:
            wanted = select(subscribers.c.key, subscribers.c.id).where(
                among(subscribers.c.key, missing)
            )
            found.update((key, id) for key, id in self._connection.execute(wanted))
        return found

    def _change(self) -> set[str]:
        """Write what the table knows and the roll did not; return the mailboxes changed."""
        changes = []
        for _, row in self._rows:
            old = self._known.get(row.address.key)
            new = self._merged(old, row) if old else None
            if old and new and any(getattr(old, name) != value for name, value in new.items()):
                changes.append({"old_key": row.address.key, "changed_at": self._plan.at, **new})
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

    def _join(self, list_id: int, ids: Mapping[str, int]) -> tuple[set[int], set[int]]:
        """Put everybody on the list who was never on it; return who has left it, and who is new on it."""
        wanted = select(memberships.c.subscriber_id, memberships.c.left_at).where(
            memberships.c.list_id == list_id, among(memberships.c.subscriber_id, ids.values())
        )
        before = {id: left_at for id, left_at in self._connection.execute(wanted)}
        new = [id for id in ids.values() if id not in before]
        at = self._plan.at
        insert_new(
            self._connection,
            memberships,
            [{"list_id": list_id, "subscriber_id": id, "joined_at": at} for id in new],
        )
        return {id for id, left_at in before.items() if left_at is not None}, set(new)

    def _tag(self, ids: Mapping[str, int]) -> set[int]:
        """Write tags nobody had yet; return who got one."""
        wanted = {(ids[row.address.key], tag) for _, row in self._rows for tag in row.tags}
        if not wanted:
            return set()
        people = {id for id, _ in wanted}
        before = self._connection.execute(select(tags).where(among(tags.c.subscriber_id, people)))
        new = wanted - {(id, tag) for id, tag in before}
        insert_new(
            self._connection, tags, [{"subscriber_id": id, "tag": tag} for id, tag in sorted(new)]
        )
        return {id for id, _ in new}
