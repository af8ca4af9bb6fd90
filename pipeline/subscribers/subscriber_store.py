"""
The subscriber store: adds, imports, finds, unsubscribes, suppresses and erases subscribers.

Each method that writes is a transaction.

    with project.open_subscribers() as subscribers:
        report = subscribers.import_file(Path("subscribers.csv"), list_name="weekly")
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from sqlalchemy import ColumnElement, Connection

from pipeline.clock import Clock
from pipeline.database import Store, TransactionLock
from pipeline.errors import ConfigError
from pipeline.models.address import Address
from pipeline.models.event import EventKind
from pipeline.models.subscriber import Subscriber
from pipeline.subscribers import queries, returns, segment_sql, suppressions
from pipeline.subscribers.changes import address_changes, confirmation_queries
from pipeline.subscribers.imports.columns.column import RESERVED_NAMES
from pipeline.subscribers.imports.columns.column_names import ImportColumn
from pipeline.subscribers.imports.columns.consent_values import normalize_name
from pipeline.subscribers.imports.files.csv_reader import open_csv
from pipeline.subscribers.imports.import_report import ImportOutcome, ImportPlan, ImportReport
from pipeline.subscribers.imports.importer import import_rows
from pipeline.subscribers.imports.rows.import_row import ImportRow, RowProblem
from pipeline.subscribers.segment import Segment
from pipeline.subscribers.signups import signup_queries
from pipeline.subscribers.store_secret import check_fingerprint
from pipeline.subscribers.subscriber_details import (
    DeliveryHistory,
    EventHistory,
    GiftHistory,
    SubscriberDetails,
)
from pipeline.subscribers.suppressions import AddressHasher

_LIST_NAME_MAX_LENGTH = 100


@dataclass(frozen=True, kw_only=True, slots=True)
class ListCounts:
    """
    The number of subscribers of a list, each counted once.

    Args:
        reachable: Subscribers that a campaign to the list would be sent to.
        paused: Those who asked for no email until a later day.
    """

    name: str
    reachable: int
    paused: int
    unconfirmed: int
    suppressed: int
    unsubscribed: int

    def to_json(self) -> dict[str, str | int]:
        """Return `{"name", "reachable", "paused", "unconfirmed", "suppressed", "unsubscribed"}`."""
        return asdict(self)


class SubscriberStore:
    """
    The subscribers of a project.

    Args:
        secret: The project's secret, which keys the hashes of suppressed addresses.
        deliveries: The history of deliveries; None if nothing is sent to these subscribers.
        events: The history of events; None if nothing comes back from them.
        gifts: The history of gifts; None if nobody gives.
    """

    def __init__(
        self,
        store: Store,
        *,
        secret: bytes,
        clock: Clock,
        deliveries: DeliveryHistory | None = None,
        events: EventHistory | None = None,
        gifts: GiftHistory | None = None,
    ) -> None:
        self._gifts = gifts
        self._store = store
        self._events = events
        self._deliveries = deliveries
        self._hasher = AddressHasher(secret)
        self._clock = clock

    def import_file(
        self,
        path: Path,
        *,
        list_name: str | None,
        suppress: bool = False,
        columns: Mapping[str, str] | None = None,
        encoding: str | None = None,
        dry_run: bool = False,
        progress: Callable[[int], None] | None = None,
    ) -> ImportReport:
        """
        Import the CSV file at *path*; see `open_csv()` and `import_rows()`.

        Args:
            list_name: The list to subscribe to; None for the lists that the file names.

        Raises:
            ConfigError: The file cannot be read, or the list name is not valid.
            StoreError: The database cannot be written to.
        """
        plan = ImportPlan(
            list_name=check_list_name(list_name) if list_name is not None else None,
            hasher=self._hasher,
            at=self._clock.now(),
            source=path.name,
            suppress=suppress,
        )
        with open_csv(path, columns=columns, encoding=encoding, is_suppression=suppress) as file:
            if list_name is None and not suppress and not file.has_lists:
                raise ConfigError(f"{path}: no column names lists. Name one: --list NAME")
            rows = file.rows if list_name or suppress else _check_lists(file.rows)
            report = import_rows(
                self._store,
                rows,
                plan,
                consent=file.consent,
                dry_run=dry_run,
                progress=progress,
            )
        ignored = [ImportColumn.POSITION, ImportColumn.IGNORE]
        if list_name is not None:
            ignored.append(ImportColumn.LISTS)
        report.ignored_columns = file.find_headings(*ignored)
        report.position_columns = file.find_headings(ImportColumn.POSITION)
        report.consent_columns = file.find_headings(ImportColumn.STATE)
        report.renamed_columns = file.find_renamed()
        report.assumed, report.title_lines = file.assumed, file.title_lines
        return report

    def add(
        self, address: Address, *, list_name: str, attributes: Mapping[str, str]
    ) -> ImportOutcome:
        """
        Add one subscriber to a list. Somebody who unsubscribed stays unsubscribed.

        Raises:
            ConfigError: The list name or the name of an attribute is not valid.
        """
        check_attribute_names(attributes)
        plan = ImportPlan(
            list_name=check_list_name(list_name),
            hasher=self._hasher,
            at=self._clock.now(),
            consent="manual",
        )
        row = ImportRow(line=1, address=address, attributes=attributes)
        report = import_rows(self._store, [row], plan, consent=())
        return next(iter(report.counts))

    def unsubscribe(self, address: Address, *, list_name: str | None = None) -> bool:
        """Unsubscribe an address from one list, by default from all; return whether it was subscribed."""
        now = self._clock.now()
        with self._store.writing(TransactionLock.SUBSCRIBERS) as connection:
            if list_name is None:
                return queries.unsubscribe_from_all(connection, address.key, at=now)
            segment_sql.check_list_exists(connection, list_name)
            return queries.unsubscribe_from_list(connection, address.key, list_name, at=now)

    def suppress(self, address: Address, *, reason: str, source: str = "manual") -> bool:
        """Never send to an address again, whatever list it is on; return whether it was not suppressed before."""
        with self._store.writing(TransactionLock.SUBSCRIBERS) as connection:
            check_fingerprint(connection, self._hasher)
            return suppressions.suppress(
                connection,
                self._hasher.hash(address.key),
                email=address.email,
                reason=reason,
                source=source,
                at=self._clock.now(),
            )

    def resubscribe(self, address: Address, *, list_name: str, reason: str) -> bool:
        """
        Subscribe an address that unsubscribed to a list again; return whether it had unsubscribed.

        Raises:
            ConfigError: It is suppressed or erased, or was never a subscriber, or the list does not exist.
        """
        with self._store.writing(TransactionLock.SUBSCRIBERS) as connection:
            check_fingerprint(connection, self._hasher)
            segment_sql.check_list_exists(connection, list_name)
            now = self._clock.now()
            digest = self._hasher.hash(address.key)
            undone = returns.resubscribe(
                connection, address, digest, list_name=list_name, reason=reason, at=now
            )
            if undone and self._events:
                self._events.record_command(
                    connection,
                    EventKind.RESUBSCRIBED,
                    address.key,
                    reason=reason,
                    effect=f"subscribed again ({list_name}); before: {undone}",
                    at=now,
                    list_name=list_name,
                )
        return undone is not None

    def unsuppress(self, address: Address, *, reason: str) -> bool:
        """
        Allow sending to a suppressed address again; return whether it was suppressed.

        Raises:
            ConfigError: It was erased.
        """
        with self._store.writing(TransactionLock.SUBSCRIBERS) as connection:
            check_fingerprint(connection, self._hasher)
            undone = returns.unsuppress(connection, address, self._hasher.hash(address.key))
            if undone and self._events:
                self._events.record_command(
                    connection,
                    EventKind.UNSUPPRESSED,
                    address.key,
                    reason=reason,
                    effect=f"no longer suppressed; before: {undone}",
                    at=self._clock.now(),
                )
        return undone is not None

    def erase(self, address: Address) -> bool:
        """
        Erase everything stored about an address and suppress it; return whether anything was stored.

        Campaigns keep their counts, without the address. A keyed hash of the address is kept, so that no import
        adds it again (GDPR Article 17 (3) (b)).
        """
        locks = (TransactionLock.ERASURE, TransactionLock.SUBSCRIBERS)
        with self._store.writing(*locks) as connection:
            check_fingerprint(connection, self._hasher)
            keys = address_changes.find_keys(connection, address.key)
            erased = [self._erase_key(connection, key) for key in keys]
            confirmation_queries.erase(connection, keys)
            signups = signup_queries.erase(connection, keys)
            return any(erased) or signups > 0

    def _erase_key(self, connection: Connection, key: str) -> bool:
        """Erase what is stored about one of the addresses that a person has or had."""
        digest = self._hasher.hash(key)
        erased = (  # before the suppression, as when a receipt is stored: no deadlock
            self._deliveries.erase_deliveries(connection, key, digest) if self._deliveries else 0
        )
        erased += self._events.erase_events(connection, key) if self._events else 0
        suppressions.remove(connection, digest, reason=address_changes.MOVED)
        suppressions.suppress(
            connection,
            digest,
            email=None,
            reason=returns.ERASED,
            source="",
            at=self._clock.now(),
        )
        return queries.erase_subscriber(connection, key, digest) or erased > 0

    def get_details(self, address: Address) -> SubscriberDetails:
        """Return everything stored about an address, and about those that its owner had before."""
        digest = self._hasher.hash(address.key)
        with self._store.reading() as connection:
            subscriber = queries.find_subscriber(connection, address.key)
            keys = [address.key]
            if subscriber is not None:
                keys = address_changes.find_keys(connection, address.key)
            deliveries = [
                each
                for key in keys
                for each in (
                    self._deliveries.find_deliveries(connection, key) if self._deliveries else ()
                )
            ]
            events = [
                each
                for key in keys
                for each in (self._events.find_events(connection, key) if self._events else ())
            ]
            gifts = self._gifts.find_gifts(connection, keys[0]) if self._gifts else ()
            return SubscriberDetails(
                subscriber=subscriber,
                gifts=tuple(gifts),
                deliveries=tuple(sorted(deliveries, key=lambda each: str(each["at"]))),
                suppression=suppressions.get_suppression(connection, digest),
                events=tuple(sorted(events, key=lambda each: each.event.at)),
                former_addresses=address_changes.find_former_emails(connection, address.key),
                requests=tuple(confirmation_queries.describe(connection, keys)),
                signups=tuple(signup_queries.describe(connection, keys)),
            )

    def count_lists(self) -> list[ListCounts]:
        """Return the counts of all lists."""
        with self._store.reading() as connection:
            return [
                ListCounts(**row._mapping)
                for row in queries.count_lists(connection, now=self._clock.now())
            ]

    def list_subscribers(
        self, *, list_name: str | None = None, segment: Segment | None = None
    ) -> Iterator[Subscriber]:
        """
        Return the subscribers of a list and a segment, by default all; in constant memory, as of one moment.

        Raises:
            ConfigError: The list, or a list, tag or attribute in the segment, does not exist.
        """
        with self._store.reading() as connection:
            if list_name is not None:
                segment_sql.check_list_exists(connection, list_name)
            if segment is not None:
                segment_sql.check_segment(connection, segment)
        return self._iterate(list_name, segment_sql.segment_condition(segment) if segment else None)

    def _iterate(
        self, list_name: str | None, condition: ColumnElement[bool] | None
    ) -> Iterator[Subscriber]:
        with self._store.reading() as connection:
            yield from queries.iterate_subscribers(
                connection, list_name=list_name, condition=condition
            )

    def hash_address(self, address: Address) -> str:
        """Return the keyed hash of *address*, as in the suppression list."""
        return self._hasher.hash(address.key)

    def search(self, text: str, *, limit: int) -> list[Subscriber]:
        """Return up to *limit* subscribers whose name or address contains *text*, ignoring case."""
        with self._store.reading() as connection:
            return queries.search_subscribers(connection, text.strip(), limit=limit)

    def find_attribute_names(self) -> list[str]:
        """Return the names of all attributes; messages can use them as fields."""
        with self._store.reading() as connection:
            return segment_sql.find_attribute_names(connection)


def _check_lists(rows: Iterable[ImportRow | RowProblem]) -> Iterator[ImportRow | RowProblem]:
    """Yield *rows*, and stop at one that names a list that cannot be."""
    for row in rows:
        if isinstance(row, ImportRow):
            for name in (*(row.lists or ()), *row.unsubscribed_lists):
                check_list_name(name)
        yield row


def check_attribute_names(names: Iterable[str]) -> None:
    """
    Check the names of attributes.

    Raises:
        ConfigError: Handbill uses one of them itself.
    """
    if reserved := sorted(RESERVED_NAMES.intersection(map(normalize_name, names))):
        raise ConfigError(
            f'"{reserved[0]}" cannot be the name of an attribute, because Handbill uses it itself. '
            f'Choose another one, like "their_{reserved[0]}".'
        )


def check_list_name(name: str) -> str:
    """
    Return the name of a list without white space around it.

    Raises:
        ConfigError: No list can be called that.
    """
    name = name.strip()
    if name and len(name) <= _LIST_NAME_MAX_LENGTH and name.isprintable() and '"' not in name:
        return name
    raise ConfigError(
        f'"{name[:40]}" is not a valid list name. '
        f"Use 1 to {_LIST_NAME_MAX_LENGTH} printable characters, without double quotes."
    )
