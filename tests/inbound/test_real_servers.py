"""
A campaign through Postfix to servers that answer by the local part, and what comes back: every event once.

`HANDBILL_TEST_RECIPIENTS` makes the campaign larger.
"""

from __future__ import annotations

import io
import os
import socket
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from threading import Event, Thread
from time import monotonic, sleep

import pytest
from sqlalchemy import select

from pipeline import cli
from pipeline.campaigns.store.tables import deliveries
from pipeline.events import EventStore
from pipeline.inbound.mailbox.lmtp_server import LmtpServer
from pipeline.project import Project
from pipeline.project.inbound import open_inbound
from pipeline.project.mailbox_poller import open_mailbox_poller
from tests.inbound.dovecot import PASSWORD, Dovecot, run_dovecot
from tests.inbound.far_end import FATES, run_far_end
from tests.inbound.postfix import Postfix, run_postfix

RECIPIENTS = int(os.environ.get("HANDBILL_TEST_RECIPIENTS", "48"))
CONFIG = """\
[publication]
name = "The Harbour Bell"
from = "The Harbour Bell <bell@news.example.net>"
postal_address = "4 Mole Row, Skerrow"

[bounces]
address = "bounce@news.example.net"

[senders.relay]
kind = "smtp"
host = "127.0.0.1"
port = {port}
security = "none"
"""
IMAP = """
[bounces.imap]
host = "127.0.0.1"
port = {port}
username = "bounce@news.example.net"
password_env = "MAILBOX_PASSWORD"
ca_file = "{ca_file}"
every = "1s"
"""
ARTICLE = "---\ntitle: The winter timetable\n---\n\nThe boat leaves at seven.\n"

#: What becomes of a message by the fate of its recipient: its state, and the event.
EXPECTED = {
    "gone": ("bounced", ("bounced", "gone")),
    "full": ("bounced", ("bounced", "full")),
    "delayed": ("accepted", None),
    "blocked": ("bounced", ("bounced", "ours")),
    "away": ("accepted", ("auto-replied", None)),
    "spam": ("complained", ("complained", None)),
    "silent": ("bounced", ("bounced", "gone")),
    "fine": ("accepted", None),
}


def send_campaign(root: Path, port: int, count: int) -> None:
    """Make a project in *root*, and send a campaign to *count* recipients, an equal number of each fate."""
    root.mkdir()
    (root / "handbill.toml").write_text(CONFIG.format(port=port), "utf-8")
    (root / "timetable.md").write_text(ARTICLE, "utf-8")
    rows = (f"{FATES[n % len(FATES)]}.{n}@example.org" for n in range(count))
    (root / "people.csv").write_text("\n".join(["email", *rows]), "utf-8")
    assert 0 == cli.run(
        ["--project", str(root), "subscribers", "import", str(root / "people.csv"), "--list", "w"]
    )
    words = ("send", str(root / "timetable.md"), "--list", "w", "--sender", "relay", "--yes")
    assert 0 == cli.run(["--project", str(root), *words])


@contextmanager
def receive_by_lmtp(root: Path, server: Postfix, place: Path) -> Iterator[None]:
    """Let Postfix hand over by LMTP, at a socket."""
    del server
    with open_inbound(Project.open(root)) as service:
        lmtp = LmtpServer(service, socket_path=place)
        thread = Thread(target=lmtp.run)
        thread.start()
        try:
            yield
        finally:
            while thread.is_alive():
                lmtp.stop()
                thread.join(0.05)


@contextmanager
def receive_by_pipe(root: Path, server: Postfix, place: Path) -> Iterator[None]:
    """Run the command that Postfix pipes to, one message after another."""
    del place
    listening = socket.socket(socket.AF_UNIX)
    listening.bind(str(server.pipe_path))
    server.pipe_path.chmod(0o666)
    listening.listen(20)

    def answer() -> None:
        while True:
            try:
                connection, _ = listening.accept()
            except OSError:
                return
            with connection:
                with connection.makefile("rb") as stream:
                    content = stream.read()
                recipient, _, message = content.partition(b"\n")
                sys.stdin = io.TextIOWrapper(io.BytesIO(message))
                words = ("inbound", "receive", "--to", recipient.decode())
                code = cli.run(["--project", str(root), *words])
                connection.sendall(str(code).encode())

    before = sys.stdin
    thread = Thread(target=answer)
    thread.start()
    try:
        yield
    finally:
        listening.shutdown(socket.SHUT_RDWR)
        listening.close()
        thread.join()
        sys.stdin = before


@contextmanager
def receive_by_imap(root: Path, dovecot: Dovecot) -> Iterator[None]:
    """Let a worker read the mailbox that Postfix delivers to."""
    path = root / "handbill.toml"
    table = IMAP.format(port=dovecot.tls_port, ca_file=dovecot.ca_file)
    path.write_text(path.read_text("utf-8") + table, "utf-8")
    project, stop = Project.open(root), Event()
    with (
        open_mailbox_poller(project) as mailbox,
        project.open_campaigns() as service,
        service.start_worker(
            None, stop=stop, stale_after=project.stale_after, mailbox=mailbox
        ) as worker,
    ):
        thread = Thread(target=worker.run)
        thread.start()
        try:
            yield
        finally:
            stop.set()
            thread.join()


def test_a_campaign_and_a_mailbox(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Postfix delivers what comes back to Dovecot, and a worker reads it there: the same events, each once."""
    monkeypatch.setenv("MAILBOX_PASSWORD", PASSWORD)
    relay_port: list[int] = []
    with ExitStack() as stack:
        far_port = stack.enter_context(run_far_end(relay_port))
        dovecot = stack.enter_context(run_dovecot())
        hop = f"lmtp:inet:127.0.0.1:{dovecot.lmtp_port}"
        server = stack.enter_context(run_postfix(far_port=far_port, next_hop=hop))
        relay_port.append(server.port)
        root = tmp_path / "bell"
        send_campaign(root, server.port, 16)
        with receive_by_imap(root, dovecot):
            check_what_came_back(root, server, 16)
        assert {"INBOX": 0, "Handbill": 12} == dovecot.list_folders("bounce@news.example.net")


@pytest.mark.parametrize(
    ("receive", "count"),
    [(receive_by_lmtp, RECIPIENTS), (receive_by_pipe, 16)],
    ids=["LMTP", "pipe"],
)
def test_a_campaign_and_what_comes_back(
    receive: Callable[[Path, Postfix, Path], AbstractContextManager[None]],
    count: int,
    tmp_path: Path,
) -> None:
    """While nobody receives, Postfix keeps what comes back; then each event is recorded once, and states are right."""
    relay_port: list[int] = []
    with ExitStack() as stack:
        far_port = stack.enter_context(run_far_end(relay_port))
        place = Path(f"/tmp/handbill-{os.getpid()}.lmtp")
        hop = f"lmtp:unix:{place}" if receive is receive_by_lmtp else "handbill:"
        server = stack.enter_context(run_postfix(far_port=far_port, next_hop=hop))
        relay_port.append(server.port)
        root = tmp_path / "bell"
        send_campaign(root, server.port, count)
        with receive(root, server, place):
            check_what_came_back(root, server, count)


def check_what_came_back(root: Path, server: Postfix, count: int) -> None:
    """Wait for the events, and compare them and the states of the deliveries with what is expected."""
    fates = [FATES[n % len(FATES)] for n in range(count)]
    expected = Counter(event for each in fates if (event := EXPECTED[each][1]))
    with Project.open(root).open_events() as ledger:
        _wait_for(ledger, expected.total(), server)
        assert expected == _count_events(ledger)
        assert {n: EXPECTED[fate][0] for n, fate in enumerate(fates)} == _read_states(ledger)


def _wait_for(ledger: EventStore, total: int, server: Postfix) -> None:
    until = monotonic() + max(60, RECIPIENTS / 5)
    while len(list(ledger.list_events())) < total and monotonic() < until:
        server.flush()
        sleep(0.3)
    if monotonic() >= until:
        pytest.fail(server.read_log()[-4000:])


def _count_events(ledger: EventStore) -> Counter[tuple[str, str | None]]:
    return Counter(
        (each.kind.value, each.bounce_class.value if each.bounce_class else None)
        for each in (stored.event for stored in ledger.list_events())
    )


def _read_states(ledger: EventStore) -> dict[int, str]:
    with ledger.store.reading() as connection:
        rows = connection.execute(select(deliveries.c.email, deliveries.c.state)).all()
    return {int(email.partition("@")[0].partition(".")[2]): state for email, state in rows}
