"""The cost of the database per message: the same for the last message of a long campaign as for the first."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from sqlalchemy import event

from pipeline.campaigns import FirstBatch
from pipeline.database import Store, open_store
from pipeline.models.delivery import Receipt
from pipeline.models.message import Message
from pipeline.subscribers.suppressions import suppress
from pipeline.testing import RecordingSender
from tests.campaigns.support import (
    NOON,
    add_subscribers,
    database,
    list_sent_emails,
    make_plan,
    make_service,
)

_STEP = 10


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
