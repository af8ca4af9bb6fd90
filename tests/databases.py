"""Real databases for tests: a SQLite file, and a PostgreSQL server started for one run."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from itertools import count
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
from psycopg import sql

from pipeline.database import open_store
from tests.support import lacks

#: Durability is not what is tested, and no test lives longer than its server.
_NOT_DURABLE = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")
_SETTINGS = ("max_connections=60",)
_NUMBERS = count(1)


class Server:
    """A PostgreSQL server that listens on a local socket in its own folder, and on a port of 127.0.0.1."""

    def __init__(
        self,
        folder: Path,
        programs: Path,
        *,
        address: str = "127.0.0.1",
        clients: str | None = None,
        prefix: Sequence[str] = (),
        is_durable: bool = False,
    ) -> None:
        self.folder = folder
        self._settings = _SETTINGS if is_durable else _NOT_DURABLE + _SETTINGS
        self._address = address
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port: int = free.getsockname()[1]
        self._programs = programs
        self._made: str | None = None
        self._as_user = [*prefix, *_unprivileged_command(folder)]
        self.run(
            "initdb", "-D", str(folder / "data"), "-U", "handbill", "-A", "trust", "-E", "UTF8"
        )
        if clients:
            with (folder / "data" / "pg_hba.conf").open("a") as file:
                file.write(f"host all all {clients} trust\n")
        self.start()

    def start(self) -> None:
        """Start it and wait until it answers."""
        options = (
            f"-c listen_addresses={self._address} -p {self.port} -k {self.folder} "
            + " ".join(f"-c {s}" for s in self._settings)
        )
        self.run(
            "pg_ctl",
            "-D",
            str(self.folder / "data"),
            "-o",
            options,
            "-l",
            str(self.folder / "log"),
            "-w",
            "start",
        )

    def stop(self, mode: str = "immediate") -> None:
        """Stop it; `immediate` is like a crash."""
        self.run("pg_ctl", "-D", str(self.folder / "data"), "-m", mode, "-w", "stop")

    def url(self, name: str) -> str:
        """Return the URL of its database *name*."""
        return f"postgresql://handbill@/{name}?host={self.folder}&port={self.port}"

    def tcp_url(self, url: str) -> str:
        """Return *url* of a database by its address."""
        name = url.partition("@/")[2].partition("?")[0]
        return f"postgresql://handbill@{self._address}:{self.port}/{name}"

    def create_database(self) -> str:
        """Create an empty database and return its URL."""
        return self._create_like("template1")

    def create_store(self) -> str:
        """Create a database with all tables, as a copy of one made once, and return its URL."""
        if self._made is None:
            self._made = self._create_like("template1")
            open_store(self._made, root=self.folder).close()
        return self._create_like(urlsplit(self._made).path.removeprefix("/"))

    def _create_like(self, template: str) -> str:
        name = f"test{next(_NUMBERS)}"
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(
                sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(
                    sql.Identifier(name), sql.Identifier(template)
                )
            )
        return self.url(name)

    def run(self, program: str, *words: str) -> None:
        """Run one of its programs."""
        done = subprocess.run(
            [*self._as_user, str(self._programs / program), *words],
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
        assert 0 == done.returncode, done.stderr


@contextmanager
def run_server(
    *,
    address: str = "127.0.0.1",
    clients: str | None = None,
    prefix: Sequence[str] = (),
    is_durable: bool = False,
) -> Iterator[Server]:
    """
    Run a server for the block.

    Args:
        address: Where it listens beside its socket.
        clients: A network whose hosts it trusts.
        prefix: What starts its programs, such as `ip netns exec NAME`.
        is_durable: Whether its commits wait for the disk, as a measurement needs, and no test.
    """
    programs = _programs()
    folder = Path(
        tempfile.mkdtemp(prefix="hb", dir="/tmp")
    )  # a socket's path has at most 107 bytes
    try:
        server = Server(
            folder,
            programs,
            address=address,
            clients=clients,
            prefix=prefix,
            is_durable=is_durable,
        )
        try:
            yield server
        finally:
            server.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _unprivileged_command(folder: Path) -> list[str]:
    """Return the prefix of a command that runs as another user: the server refuses to run as root."""
    if os.getuid() != 0:
        return []
    if subprocess.run(["id", "postgres"], capture_output=True, check=False).returncode:
        lacks("there is no user postgres, and PostgreSQL does not run as root")
    shutil.chown(folder, "postgres")
    return ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"]


@cache
def _programs() -> Path:
    for folder in sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True):
        if (folder / "initdb").exists():
            return folder
    if found := shutil.which("initdb"):
        return Path(found).parent
    lacks("there is no PostgreSQL server here")
