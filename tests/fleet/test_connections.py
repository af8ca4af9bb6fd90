"""What workers need from their connections: durable commits, whole sessions, and dead peers that are noticed."""

from __future__ import annotations

import os
import shutil
import socket
import tempfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from sqlalchemy import text

from pipeline.campaigns.workers.connection_pooler import require_sessions
from pipeline.campaigns.workers.locks import get_lock_manager
from pipeline.clock import SystemClock
from pipeline.database import Store, open_store
from pipeline.errors import StoreError
from tests import databases
from tests.campaigns.support import make_service
from tests.fleet.transaction_pooler import run_pooler

_TCP_OPTIONS = (
    socket.TCP_KEEPIDLE,
    socket.TCP_KEEPINTVL,
    socket.TCP_KEEPCNT,
    socket.TCP_USER_TIMEOUT,
)


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder for a socket, whose path has at most 107 bytes."""
    path = Path(tempfile.mkdtemp(prefix="hb", dir="/tmp"))
    yield path
    shutil.rmtree(path)


def test_what_was_committed_outlives_a_crash(postgres: databases.Server, tmp_path: Path) -> None:
    """The server of these tests has `synchronous_commit = off`, and forgets what others commit."""
    url = postgres.create_database()
    with open_store(url, root=tmp_path) as store:
        for number in range(30):
            with store.writing() as connection:
                connection.execute(text("CREATE TABLE IF NOT EXISTS kept (number integer)"))
                connection.execute(text("INSERT INTO kept VALUES (:n)"), {"n": number})
        postgres.stop("immediate")
        postgres.start()
        store.engine.dispose()
        with store.reading() as connection:
            assert 30 == connection.scalar(text("SELECT count(*) FROM kept"))


@pytest.mark.parametrize(
    ("default", "expected"), [("off", "on"), ("local", "on"), ("remote_apply",) * 2]
)
def test_a_transaction_sets_its_durability(
    default: str, expected: str, postgres: databases.Server, tmp_path: Path
) -> None:
    """Whatever the server's default is: `on` at least, and more where somebody asked for more."""
    with open_store(postgres.create_database(), root=tmp_path) as store:
        with store.engine.connect() as connection:
            connection.execution_options(isolation_level="AUTOCOMMIT").execute(
                text(f"ALTER ROLE handbill SET synchronous_commit = {default}")
            )
        store.engine.dispose()
        try:
            with store.writing() as connection:
                assert expected == connection.scalar(text("SHOW synchronous_commit"))
        finally:
            with store.writing() as connection:
                connection.execute(text("ALTER ROLE handbill RESET synchronous_commit"))


def test_sqlite_waits_for_the_disk(tmp_path: Path) -> None:
    """A connection that somebody made faster is FULL (2) again in the next transaction."""
    with open_store("sqlite:///kept.db", root=tmp_path) as store:
        with store.engine.connect() as connection:
            driver = connection.connection.driver_connection
            assert driver is not None
            driver.execute("PRAGMA synchronous = OFF")
        with store.writing() as connection:
            assert 2 == connection.scalar(text("PRAGMA synchronous"))


def test_a_pooler_in_transaction_mode_is_refused(
    postgres: databases.Server, tmp_path: Path, folder: Path
) -> None:
    """A worker says what is wrong and how to fix it; the server itself is fine."""
    url = postgres.create_database()
    with open_store(url, root=tmp_path) as store:
        require_sessions(store.engine)
        pooled = url.replace(str(postgres.folder), str(folder))
        with (
            run_pooler(postgres.folder, folder, postgres.port),
            open_store(pooled, root=tmp_path) as behind,
        ):
            with pytest.raises(
                StoreError, match=r"transaction mode.*pool_mode = session"
            ) as caught:
                make_service(behind, clock=SystemClock()).start_process()
            assert not caught.value.temporary


def test_a_lock_ends_with_its_session(store: Store, postgres: databases.Server) -> None:
    """When the server ends a session, its lock is free, and its holder knows."""
    if not store.is_shared:
        return
    lock = get_lock_manager(store).acquire("desk")
    assert lock is not None and lock.is_held()
    with store.writing() as connection:
        connection.execute(
            text(
                "SELECT pg_terminate_backend(pid) FROM pg_locks "
                "WHERE locktype = 'advisory' AND pid <> pg_backend_pid() AND granted "
                "AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
            )
        )
    assert not lock.is_held()
    lock.release()


def test_dead_peers_are_noticed(postgres: databases.Server, tmp_path: Path) -> None:
    """Over TCP both ends ask after a few seconds of silence, and give up after some 15 s; a URL may say otherwise."""
    name = urlsplit(postgres.create_database()).path
    url = f"postgresql://handbill@127.0.0.1:{postgres.port}{name}"
    for query, idle_s in (("", 5), ("?keepalives_idle=60", 60)):
        with open_store(url + query, root=tmp_path) as store, store.reading() as connection:
            driver = connection.connection.driver_connection
            assert driver is not None
            with socket.socket(fileno=os.dup(driver.fileno())) as client:
                seen = [client.getsockopt(socket.IPPROTO_TCP, each) for each in _TCP_OPTIONS]
            assert [idle_s, 3, 3, 15_000] == seen
            settings = text(
                "SELECT name || ' ' || setting FROM pg_settings WHERE name LIKE 'tcp_%' ORDER BY name"
            )
            assert [
                "tcp_keepalives_count 3",
                "tcp_keepalives_idle 5",
                "tcp_keepalives_interval 3",
                "tcp_user_timeout 15000",
            ] == connection.scalars(settings).all()
