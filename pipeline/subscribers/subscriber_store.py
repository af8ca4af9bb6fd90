"""
The roll: everything one does with subscribers, each a transaction of its own.

    with project.open_subscribers() as roll:
        report = roll.import_table(Path("readers.csv"), list_name="weekly")
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

from sqlalchemy import ColumnElement, Connection

from pipeline.clock import Clock
from pipeline.database import Store
from pipeline.errors import ConfigError
from pipeline.models.address import Address
from pipeline.models.subscriber import Subscriber, SubscriberState
from pipeline.subscribers import queries, segment_sql
from pipeline.subscribers.digests import Digests
from pipeline.subscribers.imports.csv_reader import reading
from pipeline.subscribers.imports.import_report import Outcome, Plan, Report
from pipeline.subscribers.imports.importer import import_rows
from pipeline.subscribers.imports.row import Row
from pipeline.subscribers.segment import Segment

#: What a list may be called: it stands in commands, segments and files.
_LIST_CHARACTERS = 100


@dataclass(frozen=True, kw_only=True, slots=True)
class ListCount:
    """
    One list in numbers; everybody on it is counted once.

    Args:
        reachable: Whom a campaign to it would mail now.
    """

    name: str
    reachable: int
    unconfirmed: int
    suppressed: int
    left: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Suppression:
    """Somebody never to be written to again; *email* is null once they were erased."""

    email: str | None
    reason: str
    source: str
    at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Held:
    """
    All that is held about one mailbox.

    Args:
        deliveries: What was sent to it, oldest first: `{"campaign", "subject", "at", "state"}`.
    """

    subscriber: Subscriber | None
    suppression: Suppression | None
    deliveries: tuple[dict[str, Any], ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Return `{"subscriber": {…}, "suppression": {"reason", "source", "at"}, "deliveries": […]}`, or nulls."""
        never = self.suppression
        return {
            "subscriber": self.subscriber.to_json() if self.subscriber else None,
            "suppression": {
                "reason": never.reason,
                "source": never.source,
                "at": never.at.isoformat(),
            }
            if never
            else None,
            "deliveries": list(self.deliveries),
        }


class Sent(Protocol):
    """What was sent to people, which the audience itself knows nothing of."""

    def deliveries_of(self, connection: Connection, mailbox: str) -> list[dict[str, Any]]:
        """Return what was sent to *mailbox*."""
        ...

    def erase_deliveries(self, connection: Connection, mailbox: str, digest: str) -> int:
        """Take the person behind *mailbox* out of all campaigns; return of how many."""
        ...


class Roll:
    """
    The subscribers of a project.

    Args:
        secret: The project's key; suppressions are recognised by it.
        sent: Knows what they were sent; null if nothing was.
    """

    def __init__(
        self, store: Store, *, secret: bytes, clock: Clock, sent: Sent | None = None
    ) -> None:
        self._store = store
        self._sent = sent
        self._digests = Digests(secret)
        self._clock = clock

    def import_table(
        self,
        path: Path,
        *,
        list_name: str | None,
        is_suppressing: bool = False,
        columns: Mapping[str, str] | None = None,
        encoding: str | None = None,
        is_dry: bool = False,
        progress: Callable[[int], None] | None = None,
    ) -> Report:
        """
        Import the table at *path*; see `reading()` and `import_rows()`.

        Raises:
            ConfigError: It cannot be read, or the list's name cannot be used.
            StoreError: The store cannot be written.
        """
        plan = Plan(
            list_name=_checked(list_name) if list_name is not None else None,
            digests=self._digests,
            at=self._clock.now(),
            source=path.name,
            is_suppressing=is_suppressing,
        )
        with reading(path, columns=columns, encoding=encoding) as table:
            report = import_rows(self._store, table.rows, plan, is_dry=is_dry, progress=progress)
        report.left_out = table.left_out
        return report

    def add(self, address: Address, *, list_name: str, attributes: Mapping[str, str]) -> Outcome:
        """Put one person on a list, by hand; who left stays away."""
        plan = Plan(
            list_name=_checked(list_name),
            digests=self._digests,
            at=self._clock.now(),
            consent="by hand",
        )
        row = Row(line=1, address=address, attributes=attributes)
        report = import_rows(self._store, [row], plan)
        return next(iter(report.counts))

    def leave(self, address: Address, *, list_name: str | None = None) -> bool:
        """Take somebody off one list or, without one, off everything; return whether they were on it."""
        now = self._clock.now()
        with self._store.writing() as connection:
            if list_name is None:
                return queries.leave_everything(connection, address.key, at=now)
            segment_sql.check_list(connection, list_name)
            return queries.leave_list(connection, address.key, list_name, at=now)

    def suppress(self, address: Address, *, reason: str, source: str = "by hand") -> bool:
        """Never write to somebody again, whatever list they are on; return whether that is new."""
        with self._store.writing() as connection:
            return queries.suppress(
                connection,
                self._digests.of(address.key),
                email=address.email,
                reason=reason,
                source=source,
                at=self._clock.now(),
            )

    def forget(self, address: Address) -> bool:
        """
        Erase somebody, and never write to them again; return whether anything was held about them.

        Campaigns keep their counts and no longer say who it was.

        What is left is a keyed hash of the address, so that no table brings them back (GDPR Article 17 (3) (b)).
        """
        digest = self._digests.of(address.key)
        with self._store.writing() as connection:
            queries.suppress(
                connection, digest, email=None, reason="erased", source="", at=self._clock.now()
            )
            was_sent = self._sent and self._sent.erase_deliveries(connection, address.key, digest)
            return queries.erase(connection, address.key, digest) or bool(was_sent)

    def show(self, address: Address) -> Held:
        """Return all that is held about a mailbox."""
        with self._store.reading() as connection:
            row = queries.find_suppression(connection, self._digests.of(address.key))
            sent = self._sent.deliveries_of(connection, address.key) if self._sent else []
            return Held(
                subscriber=queries.find(connection, address.key),
                deliveries=tuple(sent),
                suppression=Suppression(
                    email=row.email, reason=row.reason, source=row.source, at=row.at
                )
                if row
                else None,
            )

    def reason_against(self, address: Address) -> str:
        """Return why nothing may be written to a mailbox, "" if nothing stands against it."""
        held = self.show(address)
        if held.suppression:
            return f"suppressed: {held.suppression.reason}"
        if held.subscriber and held.subscriber.state is SubscriberState.UNSUBSCRIBED:
            return "unsubscribed"
        return ""

    def lists(self) -> list[ListCount]:
        """Return all lists, in numbers."""
        with self._store.reading() as connection:
            return [ListCount(**row._mapping) for row in queries.count_lists(connection)]

    def subscribers(
        self, *, list_name: str | None = None, segment: Segment | None = None
    ) -> Iterator[Subscriber]:
        """
        Return the subscribers of a list and a segment, or all; in flat memory, as of one moment.

        Raises:
            ConfigError: There is no such list, or the segment names what nobody has.
        """
        with self._store.reading() as connection:
            if list_name is not None:
                segment_sql.check_list(connection, list_name)
            if segment is not None:
                segment_sql.check_segment(connection, segment)
        return self._stream(list_name, segment_sql.clause(segment) if segment else None)

    def _stream(
        self, list_name: str | None, test: ColumnElement[bool] | None
    ) -> Iterator[Subscriber]:
        with self._store.reading() as connection:
            yield from queries.select_all(connection, list_name=list_name, test=test)

    def search(self, words: str, *, most: int) -> list[Subscriber]:
        """Return some subscribers whose name or address holds *words*, in whatever case; *most* at most."""
        with self._store.reading() as connection:
            return queries.search(connection, words.strip(), most=most)

    def fields(self) -> list[str]:
        """Return the names of the attributes anybody has: what a letter may use as fields."""
        with self._store.reading() as connection:
            return segment_sql.attribute_names(connection)


def _checked(name: str) -> str:
    name = name.strip()
    if name and len(name) <= _LIST_CHARACTERS and name.isprintable() and '"' not in name:
        return name
    raise ConfigError(
        f'"{name[:40]}" cannot be the name of a list. Write up to {_LIST_CHARACTERS} letters, without quotes.'
    )
