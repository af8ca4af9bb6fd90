"""
What comes back: one-click requests answered by waitress, and events recorded in the ledger.

One-click requests are posted by a process of its own over 16 connections, to `handbill serve` and to a bare Flask view
on waitress that makes one durable insert. Events are recorded as a provider reports them: most say delivered.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from tests import databases
from tests.benchmarks.figures import Figure
from tests.support import ROOT

CLICKS = int(os.environ.get("HANDBILL_BENCH_CLICKS", "3000"))
EVENTS = int(os.environ.get("HANDBILL_BENCH_EVENTS", "20000"))
ROUNDS = 3
CONNECTIONS = 16

#: Makes a campaign to a number of subscribers; used by the scripts below.
_PREPARE = """
import json, sys, time
from datetime import UTC, datetime
from pathlib import Path
from sqlalchemy import insert
from pipeline.campaigns.store.tables import batches, campaigns, receipts, recipients
from pipeline.database import insert_all
from pipeline.project import Project
from pipeline.recipient_tokens import TokenPurpose
from tests.benchmarks.figures import peak_mb

def prepare(project, ledger, count):
    table = project.root / "subscribers.csv"
    table.write_text("email\\n" + "\\n".join(f"r{i}@example.org" for i in range(count)), encoding="utf-8")
    with project.open_subscribers() as subscribers:
        subscribers.import_file(table, list_name="weekly")
    now = datetime.now(UTC)
    with ledger.store.writing() as connection:
        connection.execute(insert(campaigns).values(
            id="bench", kind="campaign", state="sent", title="", subject="", sender="relay", delivers_mail=True,
            list_name="weekly", scheduled_at=now, zone="UTC", in_recipient_zone=False, created_at=now,
            last_active_at=now))
        insert_all(connection, recipients, [
            dict(campaign=1, sequence=i + 1, mailbox=f"r{i}@example.org", email=f"r{i}@example.org", name="",
                 subscriber_id=i + 1) for i in range(count)])
        insert_all(connection, batches, [
            dict(campaign=1, first=1, last=count, size=count, state="done", epoch=2, offered=count, receipts=count)])
        insert_all(connection, receipts, [
            dict(campaign=1, sequence=i + 1, state="accepted", attempts=1) for i in range(count)])
"""
#: Serves; prints the port, writes the paths to post to, and ends with its standard input, telling its memory.
_SERVE = (
    _PREPARE
    + """
from threading import Thread
from pipeline.web.public.public_app import create_app
from pipeline.web.public.public_server import PublicServer
project, count = Project.open(sys.argv[1]), int(sys.argv[2])
with project.open_events() as ledger:
    prepare(project, ledger, count)
    paths = ["/u/" + ledger.tokens.make(TokenPurpose.UNSUBSCRIBE, campaign=1, campaign_id="bench", sequence=i + 1,
        mailbox=f"r{i}@example.org") for i in range(count)]
    (project.root / "paths.json").write_text(json.dumps(paths))
    server = PublicServer(create_app(project, ledger), port=0)
    thread = Thread(target=server.run)
    thread.start()
    print(server.url.rpartition(":")[2], flush=True)
    sys.stdin.read()
    server.stop()
    thread.join()
    assert sum(1 for _ in ledger.list_events()) == count
print(peak_mb(), flush=True)
"""
)
#: The least that a press needs: one insert that is on the disk before it is answered.
_PEER = """
import json, sqlite3, sys
from pathlib import Path
from threading import Thread, local
from flask import Flask
from waitress.server import create_server
from tests.benchmarks.figures import peak_mb
root, count = Path(sys.argv[1]), int(sys.argv[2])
app, own = Flask("peer"), local()
def connect():
    if not hasattr(own, "connection"):
        own.connection = sqlite3.connect(root / "peer.db", timeout=60, isolation_level=None)
        for pragma in ("journal_mode = WAL", "synchronous = FULL"):
            own.connection.execute(f"PRAGMA {pragma}")
    return own.connection
connect().execute("CREATE TABLE presses (token TEXT PRIMARY KEY)")
@app.post("/u/<token>")
def press(token):
    connect().execute("INSERT OR IGNORE INTO presses VALUES (?)", (token,))
    return "ok"
(root / "paths.json").write_text(json.dumps([f"/u/{i:026}" for i in range(count)]))
server = create_server(app, host="127.0.0.1", port=0, threads=32)
Thread(target=server.run, daemon=True).start()
print(server.effective_port, flush=True)
sys.stdin.read()
print(peak_mb(), flush=True)
"""
#: Posts; prints the requests a second.
_CLIENT = """
import http.client, json, sys, time
from threading import Thread
paths, port, width = json.load(open(sys.argv[1])), int(sys.argv[2]), int(sys.argv[3])
statuses = []
def post(share):
    connection = http.client.HTTPConnection("127.0.0.1", port)
    for path in share:
        connection.request("POST", path, b"List-Unsubscribe=One-Click",
            {"Content-Type": "application/x-www-form-urlencoded"})
        answer = connection.getresponse()
        answer.read()
        statuses.append(answer.status)
threads = [Thread(target=post, args=(paths[n::width],)) for n in range(width)]
begun = time.perf_counter()
for thread in threads: thread.start()
for thread in threads: thread.join()
took = time.perf_counter() - begun
assert statuses == [200] * len(paths), set(statuses)
print(len(paths) / took)
"""
#: Records events; prints events a second, and megabytes.
_RECORD = (
    _PREPARE
    + """
from pipeline.models.event import BounceClass, Event, EventKind
project, count = Project.open(sys.argv[1]), int(sys.argv[2])
KINDS = [(EventKind.DELIVERED, None)] * 18 + [(EventKind.BOUNCED, BounceClass.GONE), (EventKind.UNSUBSCRIBED, None)]
with project.open_events() as ledger:
    prepare(project, ledger, count)
    now = datetime.now(UTC)
    found = []
    for i in range(count):
        kind, each = KINDS[i % len(KINDS)]
        found.append(Event(kind=kind, bounce_class=each, source="bench", source_key=str(i), at=now, campaign=1,
            sequence=i + 1, mailbox=f"r{i}@example.org"))
    begun = time.perf_counter()
    report = ledger.record(found)
    took = time.perf_counter() - begun
    assert len(report.recorded) == count
print(json.dumps([count / took, peak_mb()]))
"""
)
#: The same as a first draft does it: an object each, looked up and flushed; commits as often as ours.
_RECORD_PEER = """
import json, sys, time
from sqlalchemy import Column, Integer, MetaData, String, Table, create_engine, select
from sqlalchemy.orm import Session, registry
url, count = sys.argv[1], int(sys.argv[2])
class Heard:
    def __init__(self, key, kind, mailbox):
        self.key, self.kind, self.mailbox = key, kind, mailbox
mapping = registry(metadata=MetaData())
table = Table("heard", mapping.metadata, Column("id", Integer, primary_key=True), Column("key", String, unique=True),
    Column("kind", String), Column("mailbox", String, index=True))
mapping.map_imperatively(Heard, table)
engine = create_engine(url)
mapping.metadata.create_all(engine)
begun = time.perf_counter()
with Session(engine) as session:
    for i in range(count):
        if session.scalar(select(Heard).where(table.c.key == str(i))) is None:
            session.add(Heard(str(i), "delivered", f"r{i}@example.org"))
            session.flush()
        if i % 500 == 499:
            session.commit()
    session.commit()
print(json.dumps([count / (time.perf_counter() - begun)]))
"""


def figures() -> list[Figure]:
    """Measure clicks and events; those in PostgreSQL only where there is a server."""
    with TemporaryDirectory(dir=Path.cwd()) as folder:
        found = [*_measure_clicks(Path(folder)), *_measure_events(Path(folder))]
        if list(Path("/usr/lib/postgresql").glob("*/bin/initdb")) or shutil.which("initdb"):
            with databases.run_server() as server:
                found.append(_measure_postgresql(Path(folder), server))
        else:
            sys.stderr.write("Events in PostgreSQL are not measured: there is no server here.\n")
    return found


def _measure_clicks(folder: Path) -> list[Figure]:
    ours: list[tuple[float, float]] = []
    theirs: list[tuple[float, float]] = []
    for number in range(ROUNDS):
        ours.append(_click(_SERVE, _make_project(folder / f"serve{number}")))
        peer = folder / f"peer{number}"
        peer.mkdir()
        theirs.append(_click(_PEER, peer))
    name = "bare Flask + waitress, one durable insert"
    return [
        Figure(
            what="one-click requests answered",
            value=median(rate for rate, _ in ours),
            unit="/s",
            bar=500,
            is_rate=True,
            peer=name,
            peer_value=median(rate for rate, _ in theirs),
        ),
        Figure(
            what="memory of handbill serve",
            value=median(memory for _, memory in ours),
            unit="MB",
            bar=150,
            peer=name,
            peer_value=median(memory for _, memory in theirs),
        ),
    ]


def _measure_events(folder: Path) -> list[Figure]:
    rates, memory = [], 0.0
    peers = []
    for number in range(ROUNDS):
        root = _make_project(folder / f"record{number}")
        rate, memory = _run(_RECORD, str(root), str(EVENTS))
        rates.append(rate)
        (peer,) = _run(_RECORD_PEER, f"sqlite:///{root}/peer.db", str(EVENTS // 4))
        peers.append(peer)
    return [
        Figure(
            what=f"events into the ledger (SQLite, {EVENTS:,})",
            value=median(rates),
            unit="/s",
            bar=2000,
            is_rate=True,
            peer="SQLAlchemy ORM, an event at a time",
            peer_value=median(peers),
        ),
        Figure(
            what="memory of that",
            value=memory,
            unit="MB",
            bar=250,
            peer="the events as JSON",
            peer_value=EVENTS * 300 / 1e6,
        ),
    ]


def _measure_postgresql(folder: Path, server: databases.Server) -> Figure:
    rates, peers = [], []
    for number in range(ROUNDS):
        root = _make_project(folder / f"postgresql{number}", server.create_database())
        rates.append(_run(_RECORD, str(root), str(EVENTS))[0])
        url = server.create_database().replace("postgresql:", "postgresql+psycopg:")
        peers.append(_run(_RECORD_PEER, url, str(EVENTS // 4))[0])
    return Figure(
        what=f"events into the ledger (PostgreSQL, {EVENTS:,})",
        value=median(rates),
        unit="/s",
        bar=2000,
        is_rate=True,
        peer="SQLAlchemy ORM, an event at a time",
        peer_value=median(peers),
    )


def _make_project(root: Path, store_url: str | None = None) -> Path:
    root.mkdir()
    store = f'[store]\nurl = "{store_url}"\n' if store_url else ""
    (root / "handbill.toml").write_text(
        f'[publication]\nname = "Bell"\nfrom = "bell@example.org"\n{store}', encoding="utf-8"
    )
    return root


def _click(script: str, root: Path) -> tuple[float, float]:
    """Return requests a second, and megabytes."""
    with _serving(script, root) as (process, port):
        client = [sys.executable, "-c", _CLIENT, str(root / "paths.json"), port, str(CONNECTIONS)]
        rate = float(subprocess.run(client, check=True, capture_output=True, text=True).stdout)
        out, _ = process.communicate()
    assert process.returncode == 0
    return rate, float(out)


@contextmanager
def _serving(script: str, root: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    process = subprocess.Popen(
        [sys.executable, "-c", script, str(root), str(CLICKS)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env=_environment(),
    )
    assert process.stdout
    try:
        yield process, process.stdout.readline().strip()
    finally:
        process.kill()
        process.wait()


def _run(script: str, *words: str) -> list[float]:
    done = subprocess.run(
        [sys.executable, "-c", script, *words],
        check=True,
        capture_output=True,
        text=True,
        env=_environment(),
    )
    found: list[float] = json.loads(done.stdout.splitlines()[-1])
    return found


def _environment() -> dict[str, str]:
    return {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)}
