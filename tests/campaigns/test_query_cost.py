"""The cost of the database per message: the same for the last message of a long campaign as for the first."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, event, text

from pipeline.campaigns import FirstBatch
from pipeline.campaigns.delivery.freeze import start_sending
from pipeline.campaigns.store.batch_recipients import list_mailboxes_on_the_way
from pipeline.campaigns.store.batches import claim_batch, has_takeable, store_batch
from pipeline.campaigns.store.delivery_counts import count_by_state
from pipeline.campaigns.store.delivery_queries import (
    erase_deliveries,
    find_deliveries,
    find_frequent_refusal,
    list_failures,
)
from pipeline.database import Store, open_store
from pipeline.models.delivery import DeliveryState, Receipt
from pipeline.models.message import Message
from pipeline.subscribers.suppressions import suppress
from pipeline.testing import RecordingSender
from tests.campaigns.support import (
    NOON,
    add_subscribers,
    database,
    list_sent_emails,
    make_plan,
    make_recipients,
    make_service,
)

_STEP = 10
_BATCHES, _READERS = 20_000, 600


class StepCounter(RecordingSender):
    """Counts the steps of the database while messages are sent."""

    def __init__(self, store: Store) -> None:
        super().__init__()
        self.steps = 0
        self._is_on = False
        event.listen(store.engine, "connect", self._watch)
        store.engine.dispose()  # connections made before are not watched

    def send(self, messages: Iterable[Message]) -> Iterator[Receipt]:
        """Accept *messages*."""
        self._is_on = True
        try:
            yield from super().send(messages)
        finally:
            self._is_on = False

    def _watch(self, connection: Any, _: object) -> None:  # Any: as the driver has it
        connection.set_progress_handler(self._count, _STEP)

    def _count(self) -> None:
        self.steps += _STEP if self._is_on else 0


def _steps_for_each(folder: Path, readers: int, **more: Any) -> float:
    folder.mkdir()
    emails = [f"reader{n}@example.org" for n in range(readers)]
    with open_store(database(folder), root=folder) as store:
        add_subscribers(store, *emails)
        with store.writing() as connection:
            for n in range(readers):
                digest = f"{n:032x}"
                suppress(connection, digest, email=None, reason="asked", source="test", at=NOON)
        sender = StepCounter(store)
        service = make_service(store, sender=sender)
        record = service.create(make_plan(list_name="weekly", **more))
        service.send(record.id)
        return sender.steps / len(list_sent_emails(sender))


def test_the_last_message_costs_no_more_than_the_first(tmp_path: Path) -> None:
    """Claims use an index, however much was sent, is suppressed, or is on the list."""
    few, many = (_steps_for_each(tmp_path / str(n), n) for n in (100, 800))

    assert few > 0
    assert many < few * 1.2


def test_a_first_batch_costs_no_more(tmp_path: Path) -> None:
    """A campaign that pauses after its first batch claims at the same cost."""
    part = FirstBatch(count=100)
    few, many = (_steps_for_each(tmp_path / str(n), n, first_batch=part) for n in (200, 1600))

    assert few > 0
    assert many < few * 1.2


@pytest.mark.parametrize("is_analysed", [False, True])
def test_the_last_of_many_batches_is_found_at_once(store: Store, is_analysed: bool) -> None:
    """A process that takes one of the last of 20,000 batches looks at a few rows, thanks to the index of free ones."""
    service = make_service(store)
    add_subscribers(store, "reader@example.org")
    record = service.create(make_plan(list_name="weekly"))  # not frozen yet: without batches
    with service.start_process() as process:
        with store.writing() as connection:
            _store_batches(connection, record.number)
            if is_analysed:
                connection.execute(text("ANALYZE batches"))

        def claim() -> None:
            assert has_takeable(connection, record.number, now=NOON, last=None)
            batch = claim_batch(
                connection, record.number, process_id=process.id, now=NOON, last=None
            )
            assert batch is not None and batch.first > 1_000 * (_BATCHES - 10)

        with store.writing() as connection:
            visited = _count_visited(connection, claim)
        with store.writing() as connection:
            connection.execute(text("DROP INDEX ix_batches_free"))
            connection.execute(text("CREATE INDEX ix_batches_free ON batches (campaign)"))
            without_index = _count_visited(connection, claim)

    assert visited < 500
    assert without_index > _BATCHES / 2


def test_open_claims_are_counted_in_their_batch(store: Store) -> None:
    """Only what lies in a held batch is read, also while statistics know just earlier campaigns, as after a freeze."""
    service = make_service(store)
    add_subscribers(store, *(f"reader{n}@example.org" for n in range(_READERS)))
    earlier = service.create(make_plan(make_recipients(300)))
    record = service.create(make_plan(list_name="weekly"), allow_repeat=True)
    with service.start_process() as process:
        start_sending(service.context, earlier.id, process, is_attended=False)
        with store.writing() as connection:
            connection.execute(text("ANALYZE"))
        record = start_sending(service.context, record.id, process, is_attended=False)
        with store.writing() as connection:
            batch = claim_batch(
                connection, record.number, process_id=process.id, now=NOON, last=None
            )
            assert batch is not None
            store_batch(connection, replace(batch, offered=batch.first + 63), process_id=process.id)
        tables = ["recipients", "receipts"]
        found: list[Any] = []  # Any: what each of two queries returns

        def read() -> None:
            found.append(count_by_state(connection, record.number))
            found.append(list_mailboxes_on_the_way(connection, "relay"))

        with store.writing() as connection:
            visited = _count_visited(connection, read, tables)

    counts, mailboxes = found
    assert {DeliveryState.CLAIMED: 64, DeliveryState.PENDING: _READERS - 64} == counts
    assert 64 == len(mailboxes)
    assert visited <= (128 if store.is_shared else 4_000)


def test_few_are_found_among_all(store: Store) -> None:
    """Who was refused, and what one person was sent, is found without reading the whole campaign."""

    def refuse_some(message: Message) -> Receipt:
        is_refused = message.sequence % 200 == 0
        state = DeliveryState.REFUSED if is_refused else DeliveryState.ACCEPTED
        return Receipt(sequence=message.sequence, state=state, code=550 if is_refused else 250)

    service = make_service(store, sender=RecordingSender(refuse_some))
    record = service.create(make_plan(make_recipients(_READERS)))
    service.send(record.id)
    found: list[Any] = []  # Any: what each of the queries returns

    def read() -> None:
        found.append(list_failures(connection, record.number, DeliveryState.REFUSED, limit=20))
        found.append(find_frequent_refusal(connection, record.number))
        found.append(find_deliveries(connection, "reader7@example.org"))
        found.append(erase_deliveries(connection, "reader8@example.org", "digest"))

    with store.writing() as connection:
        if store.is_shared:  # so few rows would be read at once
            connection.execute(text("ANALYZE"))
            connection.execute(text("SET LOCAL enable_seqscan = off"))
        visited = _count_visited(connection, read, ["recipients", "receipts"])
    assert [200, 400, 600] == [row.sequence for _, row in found[0]]
    assert ("550", 1, 1) == (found[1], len(found[2]), found[3])
    assert visited <= (60 if store.is_shared else 2_000)


class RoundSender(RecordingSender):
    """Has four connections: a message is passed on with each, then each has its receipt."""

    connections = 4

    def __init__(self, store: Store) -> None:
        super().__init__()
        self.waited = 0
        self.asked = 0
        self._is_asking = False
        event.listen(store.engine, "commit", self._count)

    def send(self, messages: Iterable[Message]) -> Iterator[Receipt]:
        """Accept *messages*."""
        remaining = iter(messages)
        while True:
            self._is_asking = True
            messages_of_round = list(islice(remaining, self.connections))
            self._is_asking = False
            if not messages_of_round:
                return
            self.asked += len(messages_of_round)
            yield from super().send(messages_of_round)

    def _count(self, _: object) -> None:
        self.waited += self._is_asking


def test_servers_work_while_more_is_claimed(store: Store) -> None:
    """The store is written when a receipt comes, not when a message is asked for, but for the first and at the end."""
    sender = RoundSender(store)
    service = make_service(store, sender=sender)
    campaign = service.send(service.create(make_plan(make_recipients(1_000))).id)

    assert 1_000 == campaign.count(DeliveryState.ACCEPTED) == sender.asked
    assert sender.waited <= 4, "16 windows of 64"


def _store_batches(connection: Connection, number: int) -> None:
    """Store that many batches of the campaign *number*, all but the last ten of them done."""
    numbers = "WITH RECURSIVE g(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM g WHERE n < :count)"
    connection.execute(
        text(
            "INSERT INTO batches (campaign, first, last, size, state, epoch, offered, receipts) "
            f"{numbers} SELECT :number, n * 1000 + 1, n * 1000 + 1000, 1000, "
            "CASE WHEN n <= :count - 10 THEN 'done' ELSE 'open' END, 0, n * 1000, 0 FROM g"
        ),
        {"number": number, "count": _BATCHES},
    )


def _count_visited(
    connection: Connection, work: Callable[[], None], tables: Sequence[str] = ("batches",)
) -> int:
    """Return how many rows of *tables* *work* reads; for SQLite, how many steps it takes."""
    if connection.dialect.name == "sqlite":
        steps = 0

        def count() -> None:
            nonlocal steps
            steps += 1

        driver: Any = connection.connection.driver_connection  # Any: sqlite3's
        driver.set_progress_handler(count, 1)
        work()
        driver.set_progress_handler(None, 1)
        return steps
    query = text(
        "SELECT sum(coalesce(seq_tup_read, 0) + coalesce(idx_tup_fetch, 0)) FROM pg_stat_xact_user_tables "
        "WHERE relname = ANY (:tables)"
    )
    values = {"tables": list(tables)}
    before = connection.scalar(query, values) or 0
    work()
    return int(connection.scalar(query, values) or 0) - int(before)
