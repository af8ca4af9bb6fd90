"""The guards that hold in every test do hold."""

from __future__ import annotations

import os
import socket

import pytest

from tests import support


@pytest.mark.parametrize("method", ["connect", "connect_ex"])
def test_no_test_reaches_the_network(method: str) -> None:
    """Connecting beyond this machine fails the test at once, and no `except Exception` hides it."""
    with (
        socket.socket() as outward,
        pytest.raises(pytest.fail.Exception, match="the network was used") as caught,
    ):
        getattr(outward, method)(("192.0.2.1", 25))

    assert not isinstance(caught.value, Exception)


def test_no_test_queries_a_dns_server() -> None:
    """Looking up a name fails the test too."""
    with pytest.raises(pytest.fail.Exception, match="the network was used"):
        socket.getaddrinfo("mail.example.org", 25)


def test_loopback_is_allowed() -> None:
    """Servers of the test's own can be reached."""
    with (
        socket.create_server(("127.0.0.1", 0)) as server,
        socket.create_connection(server.getsockname()) as client,
    ):
        assert server.getsockname() == client.getpeername()


def test_settings_from_outside_do_not_reach_a_test() -> None:
    """No HANDBILL_ variable is set but those that steer the tests."""
    found = [name for name in os.environ if name.startswith("HANDBILL_")]

    assert [] == [name for name in found if not name.startswith(support.STEERING)]


def test_a_missing_part_skips_the_test(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a machine lacks skips the test that needs it."""
    monkeypatch.delenv("HANDBILL_REQUIRE_ALL", raising=False)

    with pytest.raises(pytest.skip.Exception, match="there is no no-such-program here"):
        support.require_program("no-such-program")


def test_a_missing_part_fails_where_all_is_required(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where everything is required, what is missing fails the test."""
    monkeypatch.setenv("HANDBILL_REQUIRE_ALL", "1")

    with pytest.raises(pytest.fail.Exception, match="there is no no-such-program here"):
        support.require_program("no-such-program")


def test_the_corpus_may_be_missing_everywhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """The corpus is no part of the repository: without its variable, its tests are skipped even then."""
    monkeypatch.setenv("HANDBILL_REQUIRE_ALL", "1")
    monkeypatch.delenv("HANDBILL_CORPUS", raising=False)

    with pytest.raises(pytest.skip.Exception, match="HANDBILL_CORPUS is not set"):
        support.require_corpus()


def test_a_corpus_that_is_named_must_be_there(monkeypatch: pytest.MonkeyPatch) -> None:
    """A HANDBILL_CORPUS that is no folder fails, for it is a mistake."""
    monkeypatch.setenv("HANDBILL_CORPUS", "/nonexistent")

    with pytest.raises(pytest.fail.Exception, match="no folder"):
        support.require_corpus()
