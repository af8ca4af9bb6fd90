"""
A worker beside a worker of DBOS, an engine of durable workflows: killed, waiting, idle, starting.

Both are processes of their own over one PostgreSQL server, and send by SMTP to one server that looks when what comes.
DBOS is used as its documentation has it; what is dead it leaves to Conductor, a service, or to the process that starts
under the same name again. So it is measured without, and with the smallest reaper that does: a lock each, looked at
every second.
"""

from __future__ import annotations

import os
import shutil
import sys
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import sleep, time

from tests import databases
from tests.benchmarks import workers
from tests.benchmarks.figures import Figure
from tests.benchmarks.workers import Side, Watching
from tests.journey.command import PATIENCE_S
from tests.senders.smtp.smtp_sink import Sink

ROUNDS = 3
KILL_AFTER = 40
IDLE_S = 4
AHEAD_S = 1
GIVE_UP_S = 30


@dataclass(frozen=True, kw_only=True)
class Times:
    """What was measured of one side: seconds, milliseconds of CPU in a second, megabytes."""

    started: float
    late: float
    taken_over: float
    idle_ms: float
    memory_mb: float


def figures() -> list[Figure]:
    """Measure ours with both engines, DBOS with a reaper of one's own and as it is; nothing without PostgreSQL."""
    if not list(Path("/usr/lib/postgresql").glob("*/bin/initdb")) and not shutil.which("initdb"):
        sys.stderr.write("Workers are not measured: there is no PostgreSQL server here.\n")
        return []
    watching = Watching()
    with (
        TemporaryDirectory(dir=Path.cwd()) as folder,
        databases.run_server() as server,
        Sink(watching) as sink,
    ):
        mine = _measured(workers.ours(Path(folder), server.create_database(), sink.port), watching)
        fleet_side = workers.ours(
            Path(folder), server.create_database(), sink.port, "procrastinate"
        )
        fleet = _measured(fleet_side, watching)
        if find_spec("dbos") is None:
            sys.stderr.write("Workers are not compared with DBOS: it is not installed.\n")
            return _compare_engines(fleet, mine)
        peer = _measured(
            workers.peer(Path(folder), server.create_database(), sink.port, "reaps"), watching
        )
        plain = workers.peer(Path(folder), server.create_database(), sink.port, "as it is")
        never = _taken_over(plain, watching)
    return [*_compare_peers(mine, peer, never), *_compare_engines(fleet, mine)]


def _compare_peers(mine: Times, peer: Times, never: float) -> list[Figure]:
    """Return the rows of our worker beside DBOS; *never* is how long DBOS as it is takes to take over."""
    reaped = "DBOS 3.4, a reaper of one's own"
    over = "a worker killed beside another: its campaign gone on with"
    alone = "DBOS 3.4, no Conductor" + (": not within" if never >= GIVE_UP_S else "")
    return [
        _figure(over, mine.taken_over, "s", 5, alone, never),
        _figure(over, mine.taken_over, "s", 5, reaped, peer.taken_over),
        _figure("due to first message at the server", mine.late, "s", 2, "DBOS 3.4", peer.late),
        _figure("CPU of an idle worker", mine.idle_ms, "ms/s", 50, "DBOS 3.4", peer.idle_ms),
        _figure("its memory", mine.memory_mb, "MB", 150, "DBOS 3.4", peer.memory_mb),
        _figure("start of a worker", mine.started, "s", 2, "DBOS 3.4", peer.started),
    ]


def _compare_engines(fleet: Times, embedded: Times) -> list[Figure]:
    """Return the rows of a worker whose tickets Procrastinate carries, beside the embedded engine."""
    peer = "the embedded engine"
    return [
        _figure(
            "with Procrastinate: a worker killed beside another: its campaign gone on with",
            *(fleet.taken_over, "s", 5, peer, embedded.taken_over),
        ),
        _figure(
            "with Procrastinate: due to first message at the server",
            *(fleet.late, "s", 3, peer, embedded.late),
        ),
        _figure(
            "with Procrastinate: CPU of an idle worker",
            *(fleet.idle_ms, "ms/s", 50, peer, embedded.idle_ms),
        ),
        _figure(
            "with Procrastinate: start of a worker",
            *(fleet.started, "s", 4, peer, embedded.started),
        ),
    ]


def _figure(what: str, value: float, unit: str, bar: float, peer: str, other: float) -> Figure:
    return Figure(what=what, value=value, unit=unit, bar=bar, peer=peer, peer_value=other)


def _measured(side: Side, watching: Watching) -> Times:
    with side.working():  # the first one makes the tables
        pass
    late, started = [], []
    for _ in range(ROUNDS):
        with side.working() as (_, seconds):
            started.append(seconds)
            watching.expect()
            due = side.plan(AHEAD_S)
            assert watching.came.wait(PATIENCE_S)
            late.append(watching.came_at - due)
            side.wait_for_end()
    with side.working() as (process, _):
        sleep(1)  # what starting up leaves to do
        idle_ms, memory_mb = _idle(process.pid)
    return Times(
        started=median(started),
        late=median(late),
        taken_over=median(_taken_over(side, watching) for _ in range(ROUNDS)),
        idle_ms=idle_ms,
        memory_mb=memory_mb,
    )


def _taken_over(side: Side, watching: Watching) -> float:
    """Kill the one of two workers that sends; return after how many seconds the next message came."""
    with side.working() as (first, _), side.working() as (second, _):
        watching.expect(hold_at=KILL_AFTER)
        side.plan(0)
        assert watching.is_held.wait(PATIENCE_S)
        holder = side.holder()
        assert holder in (first.pid, second.pid)
        (first if holder == first.pid else second).kill()
        killed = time()
        watching.continue_sending()
        if not watching.came.wait(GIVE_UP_S):
            return GIVE_UP_S
        side.wait_for_end()
        return watching.came_at - killed


def _idle(pid: int) -> tuple[float, float]:
    """Return the milliseconds of CPU the process takes in a second, and its resident megabytes."""
    before = _ticks(pid)
    sleep(IDLE_S)
    ticks = _ticks(pid) - before
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    kilobytes = int(status.partition("VmRSS:")[2].split()[0])
    return ticks * 1000 / os.sysconf("SC_CLK_TCK") / IDLE_S, kilobytes / 1024


def _ticks(pid: int) -> int:
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return int(fields[11]) + int(fields[12])  # utime, stime: proc(5)
