"""What holds in every test: no network, no settings from outside, the same examples each time."""

from __future__ import annotations

import gc
import ipaddress
import os
import shutil
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from pipeline.database import Store, open_store
from tests import databases
from tests.browser import Browser
from tests.support import STEERING

settings.register_profile(
    "handbill",
    derandomize=True,
    database=None,
    deadline=None,
    max_examples=int(os.environ.get("HANDBILL_HYPOTHESIS_EXAMPLES", "60")),
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("handbill")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """
    Begin with the longest files, journeys and browsers: none is left alone with one at the end.

    What is only run by hand is left out unless its environment variable is set.
    """
    by_hand = [
        item
        for item in items
        if (mark := item.get_closest_marker("by_hand")) and mark.args[0] not in os.environ
    ]
    if by_hand:
        config.hook.pytest_deselected(items=by_hand)
        items[:] = [item for item in items if item not in by_hand]
    items.sort(key=lambda item: not {"journey", "web"} & {*item.path.parts})


def pytest_collection_finish() -> None:
    """Keep what was imported and collected out of each garbage collection: it stays, and looking at it takes long."""
    gc.collect()
    gc.freeze()


def is_here(family: int, address: Any) -> bool:  # Any: each address family has its own form
    """Whether *address* is on this machine: a local socket, or a loopback address."""
    if family not in (socket.AF_INET, socket.AF_INET6):
        return family == socket.AF_UNIX
    host = address[0]
    if host in ("", "localhost"):
        return True
    try:
        return ipaddress.ip_address(host.partition("%")[0]).is_loopback
    except ValueError:
        return False


@pytest.fixture(autouse=True, scope="session")
def no_network() -> Any:  # Any: a generator fixture
    """Let nothing leave this machine; a test that tries fails, whatever the code under test catches."""

    def guard(name: str) -> None:
        real = getattr(socket.socket, name)

        def guarded(self: socket.socket, *args: Any) -> Any:  # Any: connect() and sendto() alike
            if not is_here(self.family, args[-1]):
                pytest.fail(f"the network was used: {name}({args[-1]!r})")
            return real(self, *args)

        patch.setattr(socket.socket, name, guarded)

    real_lookup = socket.getaddrinfo

    def lookup(host: Any, *args: Any, **options: Any) -> Any:  # Any: as getaddrinfo() has it
        name = host.decode() if isinstance(host, bytes) else host or ""
        if not (name == socket.gethostname() or is_here(socket.AF_INET, (name,))):
            pytest.fail(f"the network was used: getaddrinfo({name!r})")
        return real_lookup(host, *args, **options)

    with pytest.MonkeyPatch.context() as patch:
        for name in ("connect", "connect_ex", "sendto"):
            guard(name)
        patch.setattr(socket, "getaddrinfo", lookup)
        yield


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take away the settings of whoever runs the tests."""
    for name in os.environ:
        if name.startswith("HANDBILL_") and not name.startswith(STEERING):
            monkeypatch.delenv(name)
    for name in ("NO_COLOR", "FORCE_COLOR", "CLICOLOR_FORCE"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(scope="session")
def postgres() -> Iterator[databases.Server]:
    """A PostgreSQL server of this run's own."""
    with databases.run_server() as server:
        yield server


@pytest.fixture(scope="session")
def made_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An SQLite store with all tables, to copy: to make the tables takes ten times as long."""
    root = tmp_path_factory.mktemp("made")
    open_store(f"sqlite:///{root}/handbill.db", root=root).close()
    return root / "handbill.db"


@pytest.fixture(params=["sqlite", "postgresql"])
def store_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of a new store: what is tested with it is tested on both kinds.

    It is empty, or has its tables already where the test asks for `store` too.
    """
    is_made = "store" in request.fixturenames
    if request.param == "sqlite":
        if is_made:
            shutil.copy(request.getfixturevalue("made_store"), tmp_path / "handbill.db")
        return f"sqlite:///{tmp_path}/handbill.db"
    server: databases.Server = request.getfixturevalue("postgres")
    return server.create_store() if is_made else server.create_database()


@pytest.fixture
def store(store_url: str, tmp_path: Path) -> Iterator[Store]:
    """A new store, its tables made."""
    with open_store(store_url, root=tmp_path) as opened:
        yield opened


@pytest.fixture(scope="session")
def browser(no_network: None) -> Iterator[Browser]:
    """Start Chromium once for all tests that ask for it."""
    started = Browser()
    yield started
    started.close()
