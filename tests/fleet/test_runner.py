"""Procrastinate's worker in a thread."""

from __future__ import annotations

import threading
import time
from pathlib import Path
from random import Random

from pipeline.campaigns.workers.tickets import Ticket, TicketKind
from pipeline.database import Store, open_store
from pipeline.fleet.engine_tables import upgrade_schema
from pipeline.fleet.runner import run_procrastinate
from tests import databases

_ROUNDS = 40


def test_it_ends_whenever_it_is_stopped(postgres: databases.Server, tmp_path: Path) -> None:
    """It ends even if it is stopped in the moment in which one of its workers gets a connection."""
    with open_store(postgres.create_database(), root=tmp_path) as store:
        upgrade_schema(store)
        running = threading.Thread(target=_start_and_stop, args=(store,), daemon=True)
        running.start()
        running.join(60)

        assert not running.is_alive()


def _start_and_stop(store: Store) -> None:
    instants = Random(1)
    for _ in range(_ROUNDS):
        with run_procrastinate(store, _ignore, concurrency={(kind,): 2 for kind in TicketKind}):
            time.sleep(instants.random() * 0.1)


def _ignore(ticket: Ticket) -> None:
    """Have nothing to do."""
