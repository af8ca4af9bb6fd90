"""
Failures in which workflow engines lose or repeat work, each provoked here; see "Workers" in the docs.

Others need real processes: `tests/journey/test_worker_failures.py`, `tests/journey/test_crash_recovery.py`.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import io
import pickle
import pickletools
import re
import threading
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import LargeBinary, event, select, update
from sqlalchemy.exc import OperationalError

from pipeline.campaigns import CampaignKind, CampaignService, parse_first_batch
from pipeline.campaigns.delivery import freeze, send
from pipeline.campaigns.rates import windows
from pipeline.campaigns.rates.failures import RetryPolicy
from pipeline.campaigns.rates.limits import (
    RateLimit,
    RatePolicy,
)
from pipeline.campaigns.store.tables import batches, deliveries, editions
from pipeline.campaigns.workers import due, lease
from pipeline.campaigns.workers.locks import get_lock_manager
from pipeline.database import METADATA, Store, open_store
from pipeline.errors import StateError
from pipeline.models.campaign import CampaignState
from pipeline.models.delivery import DeliveryState, Receipt
from pipeline.models.message import Message
from pipeline.testing import ManualClock, RecordingSender
from tests import databases
from tests.campaigns.support import (
    NOON,
    add_subscribers,
    list_sent_emails,
    make_plan,
    make_recipients,
    make_service,
)
from tests.support import ROOT

HALF_A_DAY = timedelta(hours=12)


def run_worker(service: CampaignService) -> None:
    """Run a worker once."""
    with service.start_worker(None, stop=threading.Event(), stale_after=HALF_A_DAY) as worker:
        worker.run(once=True)


# Two executors of one ID


def test_a_campaign_is_reserved_for_who_waits_for_it(store: Store) -> None:
    """Two processes find the same campaign due before either starts it: somebody waits for one, which gets it."""
    first, second = RecordingSender(), RecordingSender()
    services = [make_service(store, sender=sender) for sender in (first, second)]
    record = services[0].create(make_plan(make_recipients(40)))
    with services[0].start_process() as one, services[1].start_process() as other:
        assert one.id != other.id
        for service in services:
            assert [record.id] == due.list_due(service.context, stale_after=HALF_A_DAY)
        freeze.start_sending(services[0].context, record.id, one, is_attended=True)
        with pytest.raises(StateError, match="is being sent by"):
            send.send(services[1].context, record.id, process=other, is_attended=False)
        services[0].send(record.id, process=one)

    assert (40, 0) == (len(list_sent_emails(first)), len(list_sent_emails(second)))


# A short process beside a worker


def test_a_short_process_leaves_a_worker_alone(
    store: Store, store_url: str, tmp_path: Path
) -> None:
    """Commands beside a worker list, show and send campaigns; the worker keeps its own."""
    others = RecordingSender()
    service = make_service(store)
    record = service.create(make_plan(make_recipients(40)))

    in_hand = select(batches.c.process_id).where(batches.c.campaign == record.number)

    def meddle(message: Message) -> Receipt:
        if message.sequence == 20:
            with store.reading() as connection:
                hand = connection.scalar(in_hand)
            assert hand is not None
            with (
                open_store(store_url, root=tmp_path) as own,
                make_service(own, sender=others) as short,
                short.start_process() as process,
            ):
                assert {record.id} == {campaign.id for campaign in short.list_campaigns()}
                assert CampaignState.SENDING is short.get(record.id).state
                other = short.create(
                    make_plan(make_recipients(3, start=100)), allow_repeat=True, process=process
                )
                assert CampaignState.SENT is short.send(other.id, process=process).state
            with store.reading() as connection:
                assert hand == connection.scalar(in_hand)
        return Receipt(sequence=message.sequence, state=DeliveryState.ACCEPTED)

    sender = RecordingSender(meddle)
    run_worker(make_service(store, sender=sender))

    done = service.get(record.id)
    assert (CampaignState.SENT, 40) == (done.state, done.count(DeliveryState.ACCEPTED))
    assert [f"reader{n}@example.org" for n in range(1, 41)] == list_sent_emails(sender)
    assert 3 == len(list_sent_emails(others))


# An exception while sending a campaign


def test_a_campaign_continues_if_its_end_was_not_stored(store: Store) -> None:
    """If the end of a campaign cannot be stored, the same worker takes it up again, and nobody is mailed twice."""
    sender = RecordingSender()
    service = make_service(store, sender=sender)
    record = service.create(make_plan(make_recipients(30), first_batch=parse_first_batch("10")))
    failures = ["the end of its hand-over"]

    @event.listens_for(store.engine, "before_cursor_execute")
    def fail(_: Any, __: Any, statement: str, *___: Any) -> None:  # Any: as SQLAlchemy has it
        if failures and statement.startswith("UPDATE campaigns SET") and "outbox=" in statement:
            failures.pop()
            raise OperationalError(statement, None, Exception("the server closed the connection"))

    run_worker(service)

    assert [] == failures
    held = service.get(record.id)
    assert (CampaignState.PAUSED, "first batch of 10 sent") == (held.state, held.reason)
    assert [f"reader{n}@example.org" for n in range(1, 11)] == list_sent_emails(sender)


@pytest.mark.parametrize("error", [ZeroDivisionError("oops"), SystemExit(1)])
def test_a_bug_fails_one_campaign_only(store: Store, error: BaseException) -> None:
    """A plug-in that crashes or exits fails its campaign; the worker sends later ones."""
    clock, good = ManualClock(NOON), RecordingSender()

    def fail(_: Message) -> Receipt:
        raise error

    senders = {"bad": RecordingSender(fail), "good": good}
    service = make_service(store, clock=clock, by_name=senders)
    bad = service.create(make_plan(make_recipients(40), sender="bad"))
    later = service.create(
        make_plan(make_recipients(3, start=100), sender="good", at=NOON + HALF_A_DAY),
        allow_repeat=True,
    )
    with service.start_worker(None, stop=threading.Event(), stale_after=HALF_A_DAY) as worker:
        worker.run(once=True)
        failed = service.get(bad.id)
        clock.set(NOON + HALF_A_DAY)
        worker.stop.clear()
        worker.run(once=True)

    assert CampaignState.FAILED is failed.state
    assert type(error).__name__ in (failed.reason or "")
    assert (39, 1) == (failed.count(DeliveryState.PENDING), failed.count(DeliveryState.UNCERTAIN))
    assert CampaignState.SENT is service.get(later.id).state
    assert 3 == len(list_sent_emails(good))


class LimitedPolls(threading.Event):
    """Stops a worker after a number of polls."""

    def __init__(self, count: int) -> None:
        super().__init__()
        self._left = count

    def wait(self, timeout: float | None = None) -> bool:
        """Count."""
        self._left -= 1
        if self._left <= 0:
            self.set()
        return super().wait(timeout)


class BrokenPolicy(RetryPolicy):
    """A defect of ours."""

    def next_attempt(self, **_: Any) -> Any:  # Any: as in the base class
        """Fail."""
        raise ZeroDivisionError("oops")


def test_a_defect_of_ours_fails_its_campaign_once(store: Store) -> None:
    """The campaign is not tried for ever: it fails with the reason, and its batch is free for who resumes it."""
    sender = RecordingSender(
        lambda message: Receipt(sequence=message.sequence, state=DeliveryState.DEFERRED)
    )
    service = make_service(store, sender=sender)
    service.context = replace(service.context, retry_policy=BrokenPolicy())
    record = service.create(make_plan(make_recipients(40)))
    with service.start_worker(None, stop=LimitedPolls(40), stale_after=HALF_A_DAY) as worker:
        worker.run(once=True)
    failed = service.get(record.id)

    assert CampaignState.FAILED is failed.state
    assert failed.reason == "unexpected error (ZeroDivisionError: oops)"
    assert 1 == len(sender.attempted) == failed.count(DeliveryState.UNCERTAIN)
    assert 39 == failed.count(DeliveryState.PENDING)
    with store.reading() as connection:
        assert [None] == connection.scalars(select(batches.c.process_id)).all()


def test_a_worker_survives_a_database_restart(
    postgres: databases.Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After a restart its locks are gone and others consider it dead; at the next poll it works on."""
    monkeypatch.setattr(lease, "HEARTBEAT_INTERVAL", HALF_A_DAY)
    sender, others = RecordingSender(), RecordingSender()
    url = postgres.create_database()
    with open_store(url, root=tmp_path) as store, open_store(url, root=tmp_path) as own:
        service = make_service(store, sender=sender)
        with service.start_worker("desk", stop=LimitedPolls(60), stale_after=HALF_A_DAY) as worker:
            postgres.stop("fast")
            postgres.start()
            with make_service(own):
                assert [] == service.list_workers()
            record = service.create(make_plan(make_recipients(20)))
            worker.run(once=True)
            assert CampaignState.SENT is service.get(record.id).state
            with make_service(own, sender=others) as other:
                assert ["desk"] == other.list_workers()

    assert 20 == len(list_sent_emails(sender)) == len(set(list_sent_emails(sender)))


def test_a_released_session_lock_stays_released(postgres: databases.Server, tmp_path: Path) -> None:
    """After a database restart the lock is not held any more, however often one asks."""
    with open_store(postgres.create_database(), root=tmp_path) as store:
        lock = get_lock_manager(store).acquire("desk")
        assert lock is not None and lock.is_held()
        postgres.stop("fast")
        postgres.start()

        assert [False, False] == [lock.is_held() for _ in range(2)]
        assert get_lock_manager(store).is_free("desk")
        lock.release()


# A rate limit counted when work is claimed, not when it is done


@pytest.mark.parametrize("span_s", [1, 60])
def test_no_window_exceeds_the_rate_limit(store: Store, span_s: int) -> None:
    """In any window of time, the server receives no more messages than the limit allows."""
    span = timedelta(seconds=span_s)
    clock = ManualClock(NOON + span * 0.99)
    arrived: list[float] = []

    def answer(message: Message) -> Receipt:
        arrived.append((clock.now() - NOON) / span)
        clock.advance(span * (2 if len(arrived) % 15 == 3 else 0.01))  # a slow server that stalls
        return Receipt(sequence=message.sequence, state=DeliveryState.ACCEPTED)

    class RateWaiter:
        """Makes the loop ask again at the first moment the rate limit allows more."""

        def on_receipt(self, _: Receipt) -> None:
            """Take no notice."""

        def should_stop(self) -> bool:
            """Never."""
            claimed = select(deliveries.c.sequence).where(deliveries.c.state == "claimed")
            with store.writing() as connection:
                if connection.execute(claimed).first() is None:
                    clock.set(windows.read_allowance(connection, policy, clock.now()).available_at)
            return False

    sender = RecordingSender(answer)
    policy = RatePolicy(sender="relay", limits=(RateLimit(count=10, window=span),))
    service = make_service(store, sender=sender, clock=clock, rate_policy=policy)
    record = service.create(make_plan(make_recipients(45)))
    with service.start_process() as process:
        while service.get(record.id).state is not CampaignState.SENT:
            send.send(
                service.context,
                record.id,
                process=process,
                progress=RateWaiter(),
                is_attended=False,
            )
            clock.advance(span * 0.02)

    assert 45 == len(arrived)
    for instant in arrived:
        assert 10 >= sum(instant - 1 < other <= instant for other in arrived)


# The delay of polling


class ClockEvent(threading.Event):
    """A stop event: while a worker waits, its campaigns finish and *clock* advances."""

    def __init__(self, clock: ManualClock, until: timedelta) -> None:
        super().__init__()
        self._clock = clock
        self._until = clock.now() + until

    def wait(self, timeout: float | None = None) -> bool:
        """Let *timeout* pass on the clock."""
        assert timeout is not None
        for thread in threading.enumerate():
            if thread.name.startswith("20"):  # a campaign's, named after it
                thread.join()
        self._clock.advance(timedelta(seconds=timeout))
        if self._clock.now() >= self._until:
            self.set()
        return self.is_set()


def test_a_due_campaign_starts_within_a_second(store: Store) -> None:
    """The first message is sent at most a second after a campaign is due."""
    clock = ManualClock(NOON)
    delays: list[timedelta] = []
    dues = [NOON + timedelta(seconds=s) for s in (3.3, 8.9, 14.01, 19)]

    def answer(message: Message) -> Receipt:
        delays.append(clock.now() - dues[len(delays)])
        return Receipt(sequence=message.sequence, state=DeliveryState.ACCEPTED)

    service = make_service(store, sender=RecordingSender(answer), clock=clock)
    for number, instant in enumerate(dues):
        service.create(make_plan(make_recipients(1, start=number), at=instant), allow_repeat=True)
    stop = ClockEvent(clock, timedelta(seconds=25))
    with service.start_worker(None, stop=stop, stale_after=HALF_A_DAY) as worker:
        worker.run()

    assert 4 == len(delays)
    assert timedelta() <= min(delays) <= max(delays) <= timedelta(seconds=1)


# Stored arguments that are code


def list_stored_values(store: Store) -> Iterator[tuple[str, object]]:
    """Yield every stored value with its table and column."""
    with store.reading() as connection:
        for table in METADATA.sorted_tables:
            for row in connection.execute(select(table)):
                for column, value in row._mapping.items():
                    yield f"{table.name}.{column}", value


def is_pickled(value: object) -> bool:
    """Whether *value*, or its base64 decoding, is a pickle that would build or call something."""
    if not isinstance(value, str | bytes):
        return False
    content = value.encode("utf-8", "surrogatepass") if isinstance(value, str) else value
    forms = [content]
    with suppress(binascii.Error):
        forms.append(base64.b64decode(content, validate=True))
    return any(_builds_something(form) for form in forms)


def _builds_something(content: bytes) -> bool:
    names = set()
    try:
        for opcode, _, _ in pickletools.genops(io.BytesIO(content)):
            names.add(opcode.name)
    except Exception:  # it is no pickle, whatever it is that says so
        return False
    return not names.isdisjoint({"PROTO", "GLOBAL", "INST", "OBJ", "REDUCE", "NEWOBJ"})


class MaliciousPickle:
    """Creates a file when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = str(path)

    def __reduce__(self) -> Any:  # Any: as pickle has it
        return open, (self.path, "w")


def test_the_store_contains_no_pickles(store: Store) -> None:
    """Campaigns of every kind are stored as text, numbers and one column of bytes: the edition, as JSON."""
    add_subscribers(store, "ada@example.org", "bo@example.org", zone="Asia/Tokyo")
    service = make_service(store)
    wall = (NOON + timedelta(days=1)).replace(tzinfo=None)
    plans = (
        make_plan(make_recipients(3)),
        make_plan(list_name="weekly"),
        make_plan(
            list_name="weekly", local_time=wall, in_recipient_zone=True, at=NOON + timedelta(days=1)
        ),
        make_plan(make_recipients(5), first_batch=parse_first_batch("2")),
        make_plan(make_recipients(1), kind=CampaignKind.TEST),
        make_plan(make_recipients(1), needs_approval=True),
    )
    for plan in plans:
        service.create(plan, allow_repeat=True)
    run_worker(service)
    binary = [
        f"{table.name}.{column.name}"
        for table in METADATA.sorted_tables
        for column in table.columns
        if isinstance(column.type, LargeBinary)
    ]
    stored = list(list_stored_values(store))

    assert ["editions.content"] == binary
    assert {"editions", "campaigns", "recipients", "batches", "receipts", "processes"} <= {
        n.split(".")[0] for n, _ in stored
    }
    assert [] == [name for name, value in stored if is_pickled(value)]
    for protocol in range(6):  # and such a thing would be found
        evil = pickle.dumps(MaliciousPickle(Path("x")), protocol)
        assert is_pickled(evil)
        assert is_pickled(base64.b64encode(evil).decode())


def test_no_module_imports_a_pickle_library() -> None:
    """No module of the package imports a library that builds objects from bytes."""
    known = {
        "pickle",
        "_pickle",
        "marshal",
        "shelve",
        "dill",
        "cloudpickle",
        "jsonpickle",
        "joblib",
    }
    found = []
    for path in sorted((ROOT / "pipeline").rglob("*.py")):
        lines = path.read_text(encoding="utf-8").splitlines()
        imports = [line.split()[1] for line in lines if re.match(r"\s*(import|from) \w", line)]
        found += [f"{path.name}: {name}" for name in imports if name.split(".")[0] in known]

    assert [] == found


@pytest.mark.parametrize("keeps_checksum", [True, False])
def test_a_modified_edition_is_not_sent(store: Store, tmp_path: Path, keeps_checksum: bool) -> None:
    """Somebody who can write to the store can stop a campaign, but neither change its content nor run code."""
    sender = RecordingSender()
    service = make_service(store, sender=sender)
    record = service.create(make_plan(make_recipients(3)))
    trace = tmp_path / "trace"
    evil = pickle.dumps(MaliciousPickle(trace))
    values = {"content": evil}
    if not keeps_checksum:
        values["checksum"] = hashlib.sha256(evil).hexdigest()  # type: ignore[assignment]
    with store.writing() as connection:
        connection.execute(update(editions).values(**values))
    run_worker(service)

    failed = service.get(record.id)
    assert CampaignState.FAILED is failed.state
    assert ("is damaged" if keeps_checksum else "cannot be read") in (failed.reason or "")
    assert [] == list_sent_emails(sender)
    assert not trace.exists()
