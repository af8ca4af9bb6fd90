"""The commands that record messages, in a project whose campaign was sent."""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline import cli
from tests.inbound.dovecot import PASSWORD, TOKEN, USER, Dovecot, run_dovecot
from tests.inbound.test_read_message import mail
from tests.inbound.test_record_message import bounce
from tests.web.public.newsroom import PEOPLE, Newsroom, open_newsroom

IMAP = """
[bounces.imap]
host = "127.0.0.1"
port = {port}
username = "{user}"
ca_file = "{ca_file}"
{login}
"""


@pytest.fixture(scope="module")
def newsroom(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Newsroom]:
    with open_newsroom(tmp_path_factory.mktemp("inbound")) as opened:
        yield opened


@pytest.fixture(scope="module")
def dovecot() -> Iterator[Dovecot]:
    with run_dovecot() as server:
        yield server


@pytest.fixture
def configure(newsroom: Newsroom, dovecot: Dovecot) -> Iterator[object]:
    """Returns what adds a mailbox to the configuration."""
    path = newsroom.project.root / "handbill.toml"
    before = path.read_text("utf-8")

    def add(login: str, user: str = USER) -> None:
        table = IMAP.format(port=dovecot.tls_port, user=user, ca_file=dovecot.ca_file, login=login)
        path.write_text(before + table, "utf-8")

    yield add
    path.write_text(before, "utf-8")


def run(newsroom: Newsroom, *words: str) -> int:
    return cli.run(["--project", str(newsroom.project.root), *words])


def message_id(newsroom: Newsroom, person: str) -> str:
    return str(newsroom.messages[person]["Message-ID"])


def test_receive(
    newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A pipe records; whatever is wrong with the project is a reason to try again later, not to lose the message."""
    content = bounce(message_id(newsroom, PEOPLE[0]))

    def receive() -> int:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content)))
        return run(newsroom, "inbound", "receive", "--to", "bounce@harbour.example.org")

    assert 0 == receive()
    assert "suppressed (bounced)" in capsys.readouterr().err
    path = newsroom.project.root / "handbill.toml"
    before = path.read_text("utf-8")
    path.write_text("[publication", "utf-8")
    assert 75 == receive()
    path.write_text(before, "utf-8")
    assert 0 == receive()
    assert "nothing new" in capsys.readouterr().err


def test_imap(
    newsroom: Newsroom,
    dovecot: Dovecot,
    configure: object,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The mailbox is read with a password, and with a token that a command prints."""
    assert 1 == run(newsroom, "inbound", "imap")
    assert "Add a table [bounces.imap]" in capsys.readouterr().err
    assert callable(configure)
    monkeypatch.setenv("MAILBOX_PASSWORD", PASSWORD)
    for person, login in (
        (PEOPLE[1], 'password_env = "MAILBOX_PASSWORD"'),
        (PEOPLE[2], f'auth = "xoauth2"\ntoken_command = ["echo", "{TOKEN}"]'),
    ):
        dovecot.put(bounce(message_id(newsroom, person)))
        configure(login)
        assert 0 == run(newsroom, "inbound", "imap")
        assert "bounce: " in capsys.readouterr().err
    assert {"INBOX": 0, "Handbill": 2} == dovecot.list_folders()
    configure('auth = "xoauth2"\npassword_env = "MAILBOX_PASSWORD"')
    assert 1 == run(newsroom, "inbound", "imap")
    assert "[bounces.imap] has a username, so it needs either token_env or token_command" in (
        capsys.readouterr().err
    )


def test_the_worker_reads_the_mailbox(
    newsroom: Newsroom,
    dovecot: Dovecot,
    configure: object,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """While it runs it polls; a mailbox that cannot be read does not stop it."""
    assert callable(configure)
    monkeypatch.setenv("MAILBOX_PASSWORD", PASSWORD)
    reply = mail(
        "Re: The winter timetable", "At last.", In_Reply_To=message_id(newsroom, PEOPLE[3])
    )
    dovecot.put(reply, user="worker")
    configure('password_env = "MAILBOX_PASSWORD"', user="worker")
    assert 0 == run(newsroom, "worker", "--once")
    assert ["replied"] == [e.kind.value for e in newsroom.events() if e.mailbox == PEOPLE[3]]
    configure('password_env = "MAILBOX_PASSWORD"\nfolder = "Nowhere"')
    assert 0 == run(newsroom, "worker", "--once")


def test_a_request_in_words_is_confirmed_by_one_command(
    newsroom: Newsroom, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """It waits in the list under its name, and stays on the disk when it is done."""
    box = tmp_path / "box"
    for name in ("new", "cur", "tmp"):
        (box / name).mkdir(parents=True)
    text = "Please take me off your list."
    reply = mail("Re: The winter timetable", text, In_Reply_To=message_id(newsroom, PEOPLE[3]))
    (box / "new" / "1").write_bytes(reply)
    assert 0 == run(newsroom, "inbound", "maildir", str(box))
    assert 0 == run(newsroom, "inbound", "list")
    [line] = [each for each in capsys.readouterr().out.splitlines() if "requests" in each]
    name = line.split()[0]

    assert {} == newsroom.off_lists()
    assert 0 == run(newsroom, "inbound", "confirm", name)

    assert {PEOPLE[3]: ["weekly"]} == newsroom.off_lists()
    kept = newsroom.project.root / ".handbill" / "inbound" / "done" / f"{name}.eml"
    assert reply == kept.read_bytes()
    (box / "new" / "2").write_bytes(reply)
    assert 0 == run(newsroom, "inbound", "maildir", str(box))
    assert 0 == run(newsroom, "inbound", "list")
    assert name not in capsys.readouterr().out


def test_the_unit(newsroom: Newsroom, capsys: pytest.CaptureFixture[str]) -> None:
    """systemd starts the LMTP service of this project."""
    assert 0 == run(newsroom, "inbound", "serve", "--port", "8026", "--print-unit")
    root = newsroom.project.root
    assert f"--project {root} inbound serve --port 8026\n" in capsys.readouterr().out
