"""What the ledger costs for each message: claims and receipts, without composing and sending."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter, process_time

from sqlalchemy import Connection, text

from pipeline.campaigns.delivery import freeze
from pipeline.campaigns.delivery.claim import Claimer
from pipeline.campaigns.delivery.open_claims import OpenClaims
from pipeline.campaigns.delivery.progress import NullListener
from pipeline.campaigns.delivery.suppression import SuppressionFilter
from pipeline.campaigns.rates.failures import FailureThreshold
from pipeline.campaigns.rates.limits import RatePolicy
from pipeline.campaigns.store.offer_log import OfferLog, OfferState
from pipeline.database import Store, open_store
from pipeline.models.delivery import DeliveryState, Receipt
from tests import databases
from tests.benchmarks.figures import Figure
from tests.campaigns.support import make_plan, make_service

MESSAGES = 20_000
_WARM_UP = 1_000
_COMMITS = 200
_CONNECTIONS = 4
_WINDOW = 16 * _CONNECTIONS


def figures() -> list[Figure]:
    """Measure both databases."""
    found = []
    with (
        TemporaryDirectory() as folder,
        open_store(f"sqlite:///{folder}/handbill.db", root=Path(folder)) as store,
    ):
        found.append(_compare(store, "SQLite", 25, lambda: 0.0))
        found.append(_offer_log(store, Path(folder)))
    try:
        with (
            databases.run_server() as server,
            open_store(server.create_database(), root=Path.cwd()) as store,
        ):
            found.append(_compare(store, "PostgreSQL", 60, partial(_server_seconds, server)))
    except BaseException as error:
        if type(error).__name__ != "Skipped":
            raise
        sys.stderr.write("PostgreSQL is not measured: it is not here.\n")
    return found


def _offer_log(store: Store, folder: Path) -> Figure:
    """Measure what it costs to know after a kill which messages had left, beside the other way to know it."""
    log = OfferLog(folder, "bench", 1, slots=2 * _WINDOW)
    begun = process_time()
    for first in range(0, MESSAGES, _WINDOW):
        sequences = range(first, first + _WINDOW)
        for sequence in sequences:
            log.offer(sequence)
            log.settle(sequence, OfferState.ACCEPTED)
        log.forget_all(sequences)
    ours = (process_time() - begun) / MESSAGES * 1e6
    log.close()
    begun = perf_counter()
    for _ in range(_COMMITS):
        with store.writing() as connection:
            connection.execute(text("UPDATE batches SET offered = offered WHERE first = 1"))
    return Figure(
        what="record which messages were offered, for each, CPU",
        value=ours,
        unit="µs",
        bar=2,
        peer="a durable commit for each, waiting included",
        peer_value=(perf_counter() - begun) / _COMMITS * 1e6,
    )


@dataclass(frozen=True, kw_only=True)
class _Costs:
    """Microseconds of CPU for each message, of the client and the server."""

    ours: float
    model: float


def _compare(store: Store, name: str, bar: float, server_s: Callable[[], float]) -> Figure:
    costs = _Costs(ours=_batches(store, server_s), model=_rows(store, server_s))
    return Figure(
        what=f"claim and settle a message, {name}, CPU of client and server",
        value=costs.ours,
        unit="µs",
        bar=bar,
        peer="an update to claimed and one to accepted",
        peer_value=costs.model,
    )


def _batches(store: Store, server_s: Callable[[], float]) -> float:
    _subscribe(store)
    service = make_service(store)
    record = service.create(make_plan(list_name="weekly"))
    with service.start_process() as process:
        record = freeze.start_sending(service.context, record.id, process, is_attended=True)
        claims = OpenClaims(
            record,
            context=service.context,
            process=process,
            claimer=Claimer(
                number=record.number,
                process_id=process.id,
                suppression_filter=SuppressionFilter(keys=service.context.keys, list_name="weekly"),
                rate_policy=RatePolicy(),
            ),
            threshold=FailureThreshold(0),
            progress=NullListener(),
            max_open=_WINDOW,
        )
        _send(claims, _WARM_UP)  # statements are compiled
        begun = process_time() + server_s()
        _send(claims, MESSAGES - _WARM_UP)
        claims.conclude(is_uncertain=False)
        took = process_time() + server_s() - begun
    assert service.get(record.id).count(DeliveryState.ACCEPTED) == MESSAGES
    return took / (MESSAGES - _WARM_UP) * 1e6


def _send(claims: OpenClaims, count: int) -> None:
    for _ in range(count):
        if not claims.queue:
            claims.settle_and_claim()
        claim = claims.queue.popleft()
        claims.offer(claim)
        claims.record(claim, _receipt(claim.sequence))


def _receipt(sequence: int) -> Receipt:
    return Receipt(
        sequence=sequence, state=DeliveryState.ACCEPTED, code=250, response="2.0.0 Ok: queued as 4F"
    )


def _subscribe(store: Store) -> None:
    is_postgres = store.engine.dialect.name == "postgresql"
    numbers = (
        f"generate_series(1, {MESSAGES}) AS g(n)"
        if is_postgres
        else f"(WITH RECURSIVE g(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM g WHERE n < {MESSAGES}) SELECT n FROM g)"
    )
    now = "'2026-01-01'"
    with store.writing() as connection:
        for statement in (
            f"INSERT INTO lists (name, created_at) VALUES ('weekly', {now})",
            "INSERT INTO subscribers (key, digest, email, name, state, attributes, consent, consent_source, "
            "created_at, updated_at) SELECT 'r' || n || '@example.org', 'd' || n, 'r' || n || '@example.org', "
            f"'Reader', 'confirmed', '{{}}', 'import', 'bench', {now}, {now} FROM {numbers}",
            f"INSERT INTO memberships (list_id, subscriber_id, subscribed_at) SELECT 1, id, {now} FROM subscribers",
        ):
            connection.execute(text(statement))


# As it was before: a row for each delivery, updated twice, with two indexes


def _rows(store: Store, server_s: Callable[[], float]) -> float:
    with store.writing() as connection:
        _create_rows(connection)
    begun = process_time() + server_s()
    sequences: list[int] = []
    for first in range(1, MESSAGES + _WINDOW + 1, _WINDOW):
        with store.writing() as connection:
            _settle_rows(connection, sequences)
            sequences = [*range(first, min(first + _WINDOW, MESSAGES + 1))]
            _claim_rows(connection, sequences)
    return (process_time() + server_s() - begun) / MESSAGES * 1e6


def _create_rows(connection: Connection) -> None:
    connection.execute(
        text(
            "CREATE TABLE model (campaign integer, sequence integer, mailbox text, email text, name text, state text, "
            "not_before text, process_id text, attempts integer, composed_at text, settled_at text, code integer, "
            "response text, PRIMARY KEY (campaign, sequence))"
        )
    )
    connection.execute(
        text("CREATE INDEX model_state ON model (campaign, state, not_before, sequence)")
    )
    connection.execute(
        text("CREATE INDEX model_claimed ON model (process_id) WHERE state = 'claimed'")
    )
    connection.execute(
        text(
            "INSERT INTO model (campaign, sequence, mailbox, email, name, state, attempts) "
            "SELECT campaign, sequence, mailbox, email, name, 'pending', 0 FROM recipients"
        )
    )


def _claim_rows(connection: Connection, sequences: list[int]) -> None:
    is_postgres = connection.dialect.name == "postgresql"
    listed = (
        "= ANY (ARRAY(SELECT jsonb_array_elements_text(CAST(:s AS jsonb))::bigint))"
        if is_postgres
        else "IN (SELECT value FROM json_each(:s))"
    )
    values = {"s": json.dumps(sequences)}
    connection.execute(
        text(f"SELECT * FROM model WHERE campaign = 1 AND sequence {listed}"), values
    ).all()
    connection.execute(
        text(
            "UPDATE model SET state = 'claimed', process_id = 'p', attempts = attempts + 1, composed_at = :now "
            f"WHERE campaign = 1 AND sequence {listed}"
        ),
        values | {"now": datetime.now(UTC).isoformat()},
    )


def _settle_rows(connection: Connection, sequences: list[int]) -> None:
    if not sequences:
        return
    now = datetime.now(UTC).isoformat()
    connection.execute(
        text(
            "UPDATE model SET state = 'accepted', settled_at = :now, code = 250, response = '2.0.0 Ok: queued as 4F' "
            "WHERE campaign = 1 AND sequence = :sequence AND process_id = 'p' AND state IN ('claimed', 'uncertain')"
        ),
        [{"now": now, "sequence": sequence} for sequence in sequences],
    )


def _server_seconds(server: databases.Server) -> float:
    """Return the CPU seconds of the processes of *server*, those that have ended too."""
    root = (server.folder / "data" / "postmaster.pid").read_text().split()[0]
    ticks = 0
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            values = path.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if values[1] == root:
            ticks += int(values[11]) + int(values[12])
        elif path.parent.name == root:
            ticks += sum(int(each) for each in values[11:15])
    return ticks / os.sysconf("SC_CLK_TCK")
