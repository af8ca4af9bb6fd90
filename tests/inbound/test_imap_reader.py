"""A mailbox is read by IMAP, from Dovecot: everything once, nothing deleted, nobody's mail touched."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
from imapclient import IMAPClient

from pipeline.errors import MailboxError
from pipeline.events import EventStore
from pipeline.inbound.inbound_service import InboundService
from pipeline.inbound.mailbox.imap_reader import ImapReader
from pipeline.inbound.mailbox.imap_settings import ImapSettings
from pipeline.inbound.stored_messages import MessageFolder, StorageReason
from tests.inbound.dovecot import PASSWORD, TOKEN, USER, Dovecot, run_dovecot
from tests.inbound.test_read_message import feedback, mail
from tests.inbound.test_record_message import bounce

pytestmark = pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)


@pytest.fixture(scope="module")
def dovecot() -> Iterator[Dovecot]:
    with run_dovecot() as server:
        yield server


@pytest.fixture
def user(request: pytest.FixtureRequest) -> str:
    """A mailbox for each test."""
    return f"{abs(hash(request.node.name))}"


@pytest.fixture
def reader(dovecot: Dovecot, service: InboundService, user: str, tmp_path: Path) -> ImapReader:
    return make_reader(dovecot, service, tmp_path, user)


def make_reader(
    dovecot: Dovecot, service: InboundService, state: Path, user: str, **options: object
) -> ImapReader:
    settings = ImapSettings(
        host="127.0.0.1",
        port=dovecot.tls_port,
        security="tls",
        username=user,
        is_token=False,
        read_secret=lambda: PASSWORD,
        source="password_env IMAP_PASSWORD",
        ca_file=dovecot.ca_file,
    )
    settings = replace(settings, **options)  # type: ignore[arg-type]  # its fields
    return ImapReader(settings, service, position_file=state / "imap.json")


def count_events(ledger: EventStore) -> int:
    return len(list(ledger.list_events()))


def test_what_is_done_moves_and_the_rest_stays(
    dovecot: Dovecot,
    reader: ImapReader,
    user: str,
    ledger: EventStore,
    folder: MessageFolder,
    sent: list[str],
) -> None:
    """Events move; replies, requests in words and private mail stay, unread, and no private mail is copied."""
    dovecot.put(
        bounce(sent[0]),
        feedback("abuse").replace(b"<tok@news.example.org>", sent[1].encode()),
        mail("Automatic reply: Rain", "Away.", In_Reply_To=sent[2]),
        mail("Re: Rain", "A fine piece.", In_Reply_To=sent[3]),
        mail("Re: Rain", "Please remove me.", In_Reply_To=sent[3]),
        mail("Lunch?", "At noon."),
        user=user,
    )

    assert 6 == len(list(reader.poll()))
    assert [] == list(reader.poll())

    assert {"INBOX": 3, "Handbill": 3} == dovecot.list_folders(user)
    with IMAPClient("127.0.0.1", dovecot.port, ssl=False) as client:
        client.login(user, PASSWORD)
        client.select_folder("INBOX")
        assert 3 == len(client.search("UNSEEN"))
    assert 4 == count_events(ledger)
    assert [StorageReason.REQUEST, StorageReason.REPLY] == [
        e.reason for e in folder.list_messages()
    ]


def test_new_messages_are_read_later(
    dovecot: Dovecot, reader: ImapReader, user: str, ledger: EventStore, sent: list[str]
) -> None:
    """Only what came since is read; after a crash before it was noted, all is read again and counts once."""
    dovecot.put(bounce(sent[0]), mail("Lunch?", "At noon."), user=user)
    assert 2 == len(list(reader.poll()))
    dovecot.put(bounce(sent[1]), user=user)
    assert 1 == len(list(reader.poll()))

    reader._position_file.unlink()
    dovecot.put(bounce(sent[1]), user=user)

    assert 2 == len(list(reader.poll()))
    assert 2 == count_events(ledger)
    assert {"INBOX": 1, "Handbill": 3} == dovecot.list_folders(user)


def test_a_mailbox_with_new_uids(
    dovecot: Dovecot, reader: ImapReader, user: str, ledger: EventStore, sent: list[str]
) -> None:
    """With a new UIDVALIDITY the old UIDs mean nothing: what is there is read from the first message on."""
    dovecot.put(*(mail(f"Lunch {number}", "At noon.") for number in range(5)), user=user)
    assert 5 == len(list(reader.poll()))
    with IMAPClient("127.0.0.1", dovecot.port, ssl=False) as client:
        client.login(user, PASSWORD)
        before = client.select_folder("INBOX")[b"UIDVALIDITY"]
    box = dovecot.folder / "mail" / user
    for path in (*box.glob("dovecot*"), *(box / "cur").iterdir(), *(box / "new").iterdir()):
        path.unlink()
    (box / "dovecot-uidlist").write_text(f"3 V{before + 7} N1\n", "utf-8")
    dovecot.put(bounce(sent[0]), user=user)

    assert 1 == len(list(reader.poll()))
    assert 1 == count_events(ledger)


def test_two_readers(
    dovecot: Dovecot,
    service: InboundService,
    user: str,
    ledger: EventStore,
    sent: list[str],
    tmp_path: Path,
) -> None:
    """Whichever is faster: each bounce counts once and lies in the folder once or more, none is lost."""
    dovecot.put(*(bounce(each) for each in sent), user=user)
    readers = [make_reader(dovecot, service, tmp_path / name, user) for name in "ab"]
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda each: list(each.poll()), readers))
    assert 4 == count_events(ledger)
    found = dovecot.list_folders(user)
    assert (0, True) == (found["INBOX"], found["Handbill"] >= 4)


@pytest.mark.parametrize(
    ("prefix", "capability"),
    [("INBOX.", ""), ("", "IMAP4rev1 NAMESPACE UIDPLUS AUTH=PLAIN"), ("", "IMAP4rev1 AUTH=PLAIN")],
    ids=["below INBOX", "without MOVE", "plain"],
)
def test_other_servers(
    service: InboundService,
    ledger: EventStore,
    sent: list[str],
    tmp_path: Path,
    prefix: str,
    capability: str,
) -> None:
    """Folders below INBOX, and servers that can only copy: then what was copied is marked as deleted."""
    with run_dovecot(prefix=prefix, capability=capability) as server:
        server.put(*(bounce(each) for each in sent), mail("Lunch?", "At noon."))
        reader = make_reader(server, service, tmp_path, USER)
        list(reader.poll())
        assert [] == list(reader.poll())
        found = server.list_folders()
    assert 4 == count_events(ledger) == found["Handbill"]
    assert (5 if capability == "IMAP4rev1 AUTH=PLAIN" else 1) == found["INBOX"]


def test_an_access_token(
    dovecot: Dovecot, service: InboundService, ledger: EventStore, sent: list[str], tmp_path: Path
) -> None:
    """XOAUTH2 takes a token instead of a password; a token that expired is told, and not shown."""
    dovecot.put(bounce(sent[0]))
    token = make_reader(dovecot, service, tmp_path, USER, is_token=True, read_secret=lambda: TOKEN)
    assert 1 == len(list(token.poll()))
    expired = make_reader(
        dovecot, service, tmp_path, USER, is_token=True, read_secret=lambda: "ya29.old"
    )
    with pytest.raises(MailboxError, match="the login was rejected") as error:
        list(expired.poll())
    assert "ya29" not in str(error.value) and "password_env IMAP_PASSWORD" in str(error.value)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"read_secret": lambda: "wrong"}, "the login was rejected"),
        ({"ca_file": None}, "the connection is not secure"),
        ({"host": "mail.invalid", "security": "none"}, "would send the password in the clear"),
        ({"folder": "Nowhere"}, "Nowhere"),
    ],
)
def test_errors_say_what_to_do(
    dovecot: Dovecot,
    service: InboundService,
    tmp_path: Path,
    options: dict[str, object],
    message: str,
) -> None:
    """One sentence says what, where and what to do."""
    reader = make_reader(dovecot, service, tmp_path, USER, **options)
    with pytest.raises(MailboxError, match=message):
        list(reader.poll())


def test_a_mailbox_that_goes_away(
    service: InboundService, ledger: EventStore, sent: list[str], tmp_path: Path
) -> None:
    """The connection breaks while messages are read: what was recorded counts, the rest comes later."""
    with run_dovecot() as server:
        server.put(*(bounce(each) for each in sent))
        reader = make_reader(server, service, tmp_path, USER)
        reading = reader.poll()
        next(reading)
    with pytest.raises(MailboxError) as error:
        list(reading)
    assert error.value.temporary
    with pytest.raises(MailboxError, match="cannot be reached"):
        list(reader.poll())
    assert 1 <= count_events(ledger) <= 4


def test_a_large_message(
    dovecot: Dovecot, reader: ImapReader, user: str, ledger: EventStore, sent: list[str]
) -> None:
    """30 MB behind a report are no obstacle."""
    dovecot.put(bounce(sent[0]) + b"x" * 70 * 1024 * 450, user=user)
    assert [True] == [each.is_new for each in reader.poll()]
