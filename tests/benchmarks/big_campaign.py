"""
A campaign to many millions, run by hand: `python -m tests.benchmarks.big_campaign run sqlite --recipients 10000000`.

The list is frozen in a process of its own, the first messages are composed, claimed, handed to nobody and settled by
several workers, the rest is cancelled. What it took is printed as JSON: seconds, megabytes of the largest process,
bytes written to the disk. Commits wait for the disk on both databases.
"""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any

import click
from sqlalchemy import text

from pipeline.campaigns import CampaignService, FirstBatch
from pipeline.campaigns.delivery import freeze
from pipeline.database import Store, open_store
from pipeline.models.campaign import CampaignState
from pipeline.models.delivery import DeliveryState
from tests import databases
from tests.benchmarks.bench_campaign import Nobody, make_context, make_plan
from tests.benchmarks.figures import peak_mb
from tests.support import ROOT

_STALE_AFTER = timedelta(hours=12)


@click.group(invoke_without_command=False)
def main() -> None:
    """Measure a large campaign; each part is a process of its own."""


@main.command()
@click.argument("database", type=click.Choice(["sqlite", "postgresql"]))
@click.option("--recipients", default=1_000_000, show_default=True)
@click.option("--handed-over", default=1_000_000, show_default=True)
@click.option("--processes", default=2, show_default=True)
def run(database: str, recipients: int, handed_over: int, processes: int) -> None:
    """Freeze a campaign, send its first messages, and cancel it."""
    with (
        TemporaryDirectory(dir=Path.cwd()) as folder,
        _open_database(database, folder) as url,
        open_store(url, root=Path(folder)) as store,
        CampaignService(make_context(store, Nobody)) as service,
    ):
        begun = perf_counter()
        _subscribe(store, recipients)
        _print(what="subscribers", seconds=perf_counter() - begun)
        before = _count_log_bytes(store)
        first = FirstBatch(count=min(recipients, handed_over))
        campaign = service.create(make_plan(first_batch=first), allow_repeat=True).id
        _run_all([["freeze-list", folder, url, campaign]])
        frozen = _count_log_bytes(store)
        begun = perf_counter()
        _run_all([["work", folder, url, campaign]] * processes)
        took = perf_counter() - begun
        sent = service.get(campaign).count(DeliveryState.ACCEPTED)
        _print(
            what="handed over",
            messages=sent,
            seconds=took,
            per_second=sent / took,
            log_bytes_freeze=frozen - before,
            log_bytes_each_message=(_count_log_bytes(store) - frozen) / max(1, sent),
        )
        if sent < recipients:
            begun = perf_counter()
            service.cancel(campaign)
            _print(what="cancel", seconds=perf_counter() - begun)
        found = service.get(campaign)
        assert recipients == found.recipient_count == sum(found.counts.values()), found


@main.command()
@click.argument("folder")
@click.argument("url")
@click.argument("campaign")
def freeze_list(folder: str, url: str, campaign: str) -> None:
    """Freeze the recipients of a campaign."""
    with (
        CampaignService(make_context(open_store(url, root=Path(folder)), Nobody)) as service,
        service.start_process() as process,
    ):
        begun = perf_counter()
        freeze.start_sending(service.context, campaign, process, is_attended=False)
        _print(what="freeze", seconds=perf_counter() - begun, memory_mb=peak_mb())


@main.command()
@click.argument("folder")
@click.argument("url")
@click.argument("campaign")
def work(folder: str, url: str, campaign: str) -> None:
    """Send what is due, as a worker."""
    with (
        CampaignService(make_context(open_store(url, root=Path(folder)), Nobody)) as service,
        service.start_worker(None, stop=threading.Event(), stale_after=_STALE_AFTER) as worker,
    ):
        begun = perf_counter()
        while service.get(campaign).state is CampaignState.SENDING:
            worker.run(once=True)  # another one may be looking at the campaign just now
            worker.stop.clear()
        _print(what="worker", seconds=perf_counter() - begun, memory_mb=peak_mb())


def _run_all(commands: list[list[str]]) -> None:
    """Run them side by side until all have ended."""
    program = [sys.executable, "-m", "tests.benchmarks.big_campaign"]
    running = [subprocess.Popen([*program, *words], cwd=ROOT) for words in commands]
    assert not any([process.wait() for process in running])


def _print(**values: Any) -> None:  # Any: JSON
    rounded = {k: round(v, 2) if isinstance(v, float) else v for k, v in values.items()}
    click.echo(json.dumps(rounded))


@contextmanager
def _open_database(database: str, folder: str) -> Iterator[str]:
    if database == "sqlite":
        yield f"sqlite:///{folder}/handbill.db"
        return
    with databases.run_server(is_durable=True) as server:
        yield server.create_database()


def _count_log_bytes(store: Store) -> int:
    """Bytes that PostgreSQL has written to its log; 0 for SQLite, which counts none."""
    if store.engine.dialect.name != "postgresql":
        return 0
    with store.reading() as connection:
        return int(connection.scalar(text("SELECT pg_current_wal_lsn() - '0/0'::pg_lsn")) or 0)


def _subscribe(store: Store, count: int) -> None:
    numbers = (
        f"generate_series(1, {count}) AS g(n)"
        if store.engine.dialect.name == "postgresql"
        else f"(WITH RECURSIVE g(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM g WHERE n < {count}) SELECT n FROM g)"
    )
    now = "'2026-01-01 00:00:00'"
    email = "'reader.' || n || '@mail' || (n % 500) || '.example.org'"
    with store.writing() as connection:
        for statement in (
            f"INSERT INTO lists (name, created_at) VALUES ('weekly', {now})",
            "INSERT INTO subscribers (key, digest, email, name, state, attributes, consent, consent_source, "
            f"created_at, updated_at) SELECT {email}, 'd' || n, {email}, 'Ada Byron', 'confirmed', "
            f"'{{\"country\": \"GB\"}}', 'import', 'bench', {now}, {now} FROM {numbers}",
            f"INSERT INTO memberships (list_id, subscriber_id, subscribed_at) SELECT 1, id, {now} FROM subscribers",
        ):
            connection.execute(text(statement))


if __name__ == "__main__":
    main()
