"""Store one batch of imported rows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, bindparam, insert, literal, select, update

from pipeline.database import Id, UtcDateTime, in_values, insert_or_ignore
from pipeline.models.subscriber import SubscriberState
from pipeline.subscribers import queries
from pipeline.subscribers.imports.import_report import ImportOutcome, ImportPlan
from pipeline.subscribers.imports.rows.import_row import ImportRow
from pipeline.subscribers.suppressions import find_suppressed
from pipeline.subscribers.tables import memberships, subscribers, suppressions, tags


class ImportItem(NamedTuple):
    """A row to be stored, with the key of its address and the digest of that key."""

    key: str
    digest: str
    row: ImportRow


class ImportBatch:
    """Stores rows inside one transaction; no address may occur in two of them."""

    def __init__(self, connection: Connection, plan: ImportPlan, items: list[ImportItem]) -> None:
        self._connection = connection
        self._plan = plan
        self._items = items
        self._existing = queries.get_rows_by_key(connection, [item.key for item in items])
        self._suppressed = find_suppressed(connection, [item.digest for item in items])
        self._counts: Counter[ImportOutcome] = Counter()

    def store(self) -> Counter[ImportOutcome]:
        """Store the rows and return the number of rows by outcome."""
        self._suppress()
        if not self._plan.suppress:
            self._subscribe()
        return self._counts

    def _suppress(self) -> None:
        """Suppress all addresses, or those that the file marks as suppressed."""
        reason = "import" if self._plan.suppress else "suppressed in the imported file"
        new = [
            {
                "digest": digest,
                "email": row.address.email,
                "reason": reason,
                "source": self._plan.source,
                "created_at": self._plan.at,
            }
            for _, digest, row in self._items
            if (self._plan.suppress or row.is_suppressed) and digest not in self._suppressed
        ]
        new.sort(key=lambda row: str(row["digest"]))  # as others do, so that none waits for another
        insert_or_ignore(self._connection, suppressions, new)
        self._suppressed.update(str(values["digest"]) for values in new)
        if self._plan.suppress:
            self._counts[ImportOutcome.SUPPRESSED] += len(new)
            self._counts[ImportOutcome.UNCHANGED] += len(self._items) - len(new)

    def _subscribe(self) -> None:
        new = [self._new_values(*item) for item in self._items if item.key not in self._existing]
        insert_or_ignore(self._connection, subscribers, new)
        updated = self._update_existing()
        unsubscribed: set[str] = set()
        for list_name, items in self._group_by_list().items():
            list_id = queries.get_or_create_list(self._connection, list_name, at=self._plan.at)
            members = self._find_members(list_id)
            missing = [item for item in items if item.key not in members]
            self._add_to_list(list_id, list_name, missing)
            updated.update(item.key for item in missing)
            former = {key for key, at in members.items() if at is not None}
            left = [
                item.key
                for item in items
                if list_name in item.row.unsubscribed_lists and item.key not in former
            ]
            self._remove_from_list(list_id, [key for key in left if key in members])
            unsubscribed |= former & {item.key for item in items}
            if self._plan.list_name is not None:
                unsubscribed.update(left)
        updated |= self._add_tags()
        for item in self._items:
            self._counts[self._outcome(item, updated, unsubscribed)] += 1

    def _group_by_list(self) -> dict[str, list[ImportItem]]:
        """Return the rows of each list: the one that the import names, or those that the rows name."""
        if self._plan.list_name is not None:
            return {self._plan.list_name: self._items}
        groups: dict[str, list[ImportItem]] = {}
        for item in self._items:
            for name in dict.fromkeys((*(item.row.lists or ()), *item.row.unsubscribed_lists)):
                groups.setdefault(name, []).append(item)
        return groups

    def _outcome(
        self, item: ImportItem, updated: Collection[str], unsubscribed: Collection[str]
    ) -> ImportOutcome:
        if item.digest in self._suppressed:
            return ImportOutcome.SUPPRESSED
        existing = self._existing.get(item.key)
        state = _choose_state(item.row) if existing is None else SubscriberState(existing.state)
        if (
            item.key in unsubscribed
            or state is SubscriberState.UNSUBSCRIBED
            or item.row.state is SubscriberState.UNSUBSCRIBED
        ):
            return ImportOutcome.UNSUBSCRIBED
        if existing is not None and item.key not in updated:
            return ImportOutcome.UNCHANGED
        if state is SubscriberState.UNCONFIRMED:
            return ImportOutcome.UNCONFIRMED
        return ImportOutcome.ADDED if existing is None else ImportOutcome.UPDATED

    def _new_values(self, key: str, digest: str, row: ImportRow) -> dict[str, Any]:
        state = _choose_state(row)
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
            "consent_at": row.consent_at if row.has_consent_date else plan.at,
            "consent_source": plan.source,
            "created_at": plan.at,
            "updated_at": plan.at,
            "paused_until": row.paused_until,
            "unsubscribed_at": row.unsubscribed_at or plan.at
            if state is SubscriberState.UNSUBSCRIBED
            else None,
        }

    def _update_existing(self) -> set[str]:
        """Update known subscribers whose row has other values; return their keys."""
        changes = []
        for key, _, row in self._items:
            existing = self._existing.get(key)
            if existing is None:
                continue
            values = self._merge(existing, row)
            if any(getattr(existing, name) != value for name, value in values.items()):
                changes.append({"old_key": key, "updated_at": self._plan.at, **values})
        if changes:
            statement = update(subscribers).where(subscribers.c.key == bindparam("old_key"))
            self._connection.execute(statement, changes)
        return {str(change["old_key"]) for change in changes}

    def _merge(self, existing: Any, row: ImportRow) -> dict[str, Any]:
        """
        Return the values of *existing*, overridden by those of *row*; a row can unsubscribe but never subscribe again.

        Args:
            existing: A row of `subscribers`.
        """
        unsubscribes = (
            row.state is SubscriberState.UNSUBSCRIBED and existing.state != row.state.value
        )
        attributes: Mapping[str, str] = {**existing.attributes, **row.attributes}
        return {
            "name": row.address.name or existing.name,
            "language": row.language or existing.language,
            "zone": row.zone or existing.zone,
            "attributes": attributes,
            "state": SubscriberState.UNSUBSCRIBED.value if unsubscribes else existing.state,
            "unsubscribed_at": row.unsubscribed_at or self._plan.at
            if unsubscribes
            else existing.unsubscribed_at,
        }

    def _find_members(self, list_id: int) -> dict[str, datetime | None]:
        """Return when each former member of the list unsubscribed from it, None for current members, by key."""
        if not self._existing:
            return {}
        keys = {row.id: key for key, row in self._existing.items()}
        query = select(memberships.c.subscriber_id, memberships.c.unsubscribed_at).where(
            memberships.c.list_id == list_id, in_values(memberships.c.subscriber_id, keys)
        )
        return {keys[subscriber_id]: at for subscriber_id, at in self._connection.execute(query)}

    def _add_to_list(self, list_id: int, list_name: str, items: Collection[ImportItem]) -> None:
        """Add the subscribers of *items*, none of whom was ever on the list; some only as having unsubscribed."""
        left = {item.key for item in items if list_name in item.row.unsubscribed_lists}
        for keys, unsubscribed_at in (
            ([item.key for item in items if item.key not in left], None),
            (left, self._plan.at),
        ):
            if not keys:
                continue
            rows = select(
                literal(list_id, Id),
                subscribers.c.id,
                literal(self._plan.at, UtcDateTime()),
                literal(unsubscribed_at, UtcDateTime()),
            ).where(in_values(subscribers.c.key, keys))
            columns = ["list_id", "subscriber_id", "subscribed_at", "unsubscribed_at"]
            self._connection.execute(insert(memberships).from_select(columns, rows))

    def _remove_from_list(self, list_id: int, keys: Collection[str]) -> None:
        """Record that the subscribers *keys* unsubscribed from the list."""
        if not keys:
            return
        ids = select(subscribers.c.id).where(in_values(subscribers.c.key, keys))
        self._connection.execute(
            update(memberships)
            .where(
                memberships.c.list_id == list_id,
                memberships.c.subscriber_id.in_(ids),
                memberships.c.unsubscribed_at.is_(None),
            )
            .values(unsubscribed_at=self._plan.at)
        )

    def _add_tags(self) -> set[str]:
        """Add the tags that subscribers do not have yet; return the keys of those who got one."""
        tags_by_key = {key: row.tags for key, _, row in self._items if row.tags}
        if not tags_by_key:
            return set()
        query = select(subscribers.c.id, subscribers.c.key).where(
            in_values(subscribers.c.key, tags_by_key)
        )
        keys = {subscriber_id: key for subscriber_id, key in self._connection.execute(query)}
        existing = self._connection.execute(
            select(tags).where(in_values(tags.c.subscriber_id, keys))
        )
        wanted = {(number, tag) for number, key in keys.items() for tag in tags_by_key[key]}
        new = wanted - {(number, tag) for number, tag in existing}
        rows = [{"subscriber_id": number, "tag": tag} for number, tag in sorted(new)]
        insert_or_ignore(self._connection, tags, rows)
        return {keys[number] for number, _ in new}


def _choose_state(row: ImportRow) -> SubscriberState:
    """Return the state of a new subscriber; one whom the other system never sends to has not consented here."""
    if row.is_suppressed:
        return SubscriberState.UNSUBSCRIBED
    return row.state or SubscriberState.CONFIRMED
