"""A mail server hands messages over by LMTP, and keeps what is not recorded."""

from __future__ import annotations

import smtplib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from threading import Thread

import pytest

from pipeline.errors import ConfigError
from pipeline.events import EventStore
from pipeline.inbound.inbound_service import InboundService
from pipeline.inbound.mailbox.lmtp_server import LmtpServer
from pipeline.inbound.stored_messages import MessageFolder
from tests.inbound.test_read_message import HOSTILE
from tests.inbound.test_record_message import bounce


@contextmanager
def serving(service: InboundService, socket_path: Path | None = None) -> Iterator[LmtpServer]:
    """Run the server in a thread."""
    server = LmtpServer(service, socket_path=socket_path)
    thread = Thread(target=server.run)
    thread.start()
    try:
        yield server
    finally:
        while thread.is_alive():
            server.stop()
            thread.join(0.05)


def hand_over(server: LmtpServer, content: bytes, *recipients: str) -> list[int]:
    """Hand *content* over as a mail server does; return the reply codes, one for each recipient (RFC 2033 §4.2)."""
    place = server.address.removeprefix("unix:")
    people = recipients or ("bounce@example.org",)
    with smtplib.LMTP(place if place.startswith("/") else "127.0.0.1", server.port) as client:
        client.ehlo()
        client.mail("")
        for each in people:
            assert 250 == client.rcpt(each)[0]
        lines = content.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
        first, _ = client.data(lines)
        return [first, *(client.getreply()[0] for _ in people[1:])]


@pytest.mark.parametrize("is_socket", [False, True])
def test_a_message_is_answered_when_it_is_recorded(
    service: InboundService, ledger: EventStore, sent: list[str], tmp_path: Path, is_socket: bool
) -> None:
    """Each recipient of a message has a reply of its own; a message that comes again counts once."""
    path = tmp_path / "lmtp" if is_socket else None
    with serving(service, path) as server:
        for recipients in (["a@example.org", "b@example.org"], ["a@example.org"]):
            assert [250] * len(recipients) == hand_over(server, bounce(sent[0]), *recipients)
        assert 1 == len(list(ledger.list_events()))
    assert path is None or not path.exists()


def test_the_envelope_names_the_recipient(
    service: InboundService, ledger: EventStore, sent: list[str]
) -> None:
    """An empty message to an address with a token is enough, upper-cased or not; here it is the Message-ID's."""
    token = sent[2].strip("<>").partition("@")[0]
    with serving(service) as server:
        hand_over(
            server,
            b"From: ada@example.com\r\n\r\nA fine piece.\r\n",
            f"BOUNCE+{token.upper()}@example.org",
        )
    [found] = ledger.list_events()
    assert ("replied", "r3@example.org") == (found.event.kind.value, found.event.mailbox)


@pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("name", HOSTILE)
def test_every_message_is_stored(service: InboundService, folder: MessageFolder, name: str) -> None:
    """Thirty megabytes, bombs, broken structures, headers with any byte: kept as they came, for a person."""
    with serving(service) as server:
        assert [250] == hand_over(server, HOSTILE[name])
    [kept] = folder.list_messages()
    came = HOSTILE[name].replace(b"\r\n", b"\n").replace(b"\r", b"\n").replace(b"\n", b"")
    is_kept = kept.path.read_bytes().replace(b"\r", b"").replace(b"\n", b"")
    assert came == is_kept


@pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)
def test_messages_that_cannot_be_stored_are_deferred(
    service: InboundService, folder: MessageFolder, caplog: pytest.LogCaptureFixture
) -> None:
    """451 for as long as it lasts; told once, and once more when it is over."""
    caplog.set_level("INFO", "pipeline.inbound")
    folder.root.write_text("in the way", encoding="utf-8")
    content = b"From: ada@example.com\r\nSubject: To whom?\r\n\r\nHello.\r\n"
    with serving(service) as server:
        replies = [hand_over(server, content) for _ in range(2)]
        folder.root.unlink()
        assert [250] == hand_over(server, content)
    assert [[451], [451]] == replies
    assert 1 == len(list(folder.list_messages()))
    before, _, after = (each.message for each in caplog.records)
    assert "Messages are not recorded: " in before and "2 failed attempts" in after


def test_many_connections(service: InboundService, ledger: EventStore, sent: list[str]) -> None:
    """Messages come over several connections at once; each is recorded once."""
    with serving(service) as server, ThreadPoolExecutor(8) as pool:
        jobs = [bounce(each) for each in sent for _ in range(4)]
        assert [[250]] * 16 == list(pool.map(lambda each: hand_over(server, each), jobs))
    assert 4 == len(list(ledger.list_events()))


@pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)
def test_a_port_in_use(service: InboundService, tmp_path: Path) -> None:
    """The second server says what to do; a socket that a crash left is replaced."""
    path = tmp_path / "lmtp"
    with serving(service, path), serving(service) as server:
        with pytest.raises(ConfigError, match="Choose another one: --port"):
            LmtpServer(service, port=server.port)
        with pytest.raises(ConfigError, match="another process listens"):
            LmtpServer(service, socket_path=path)
    path.touch()
    with pytest.raises(ConfigError, match="no socket can be made"):
        LmtpServer(service, socket_path=path)
