"""Replies reach the editor as they were written, each once, and never go round."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

import dkim
import pytest

from pipeline.events import EventStore
from pipeline.inbound.forward_replies import ReplyForwarder
from pipeline.inbound.inbound_service import InboundService
from pipeline.inbound.record_message import InboundRecorder
from pipeline.inbound.stored_messages import MessageFolder, StorageReason
from pipeline.mail.dkim.keys import generate_key, read_key
from pipeline.models.address import parse_address
from pipeline.models.event import EventKind
from pipeline.senders import Sender
from pipeline.senders.providers.postmark.sender import PostmarkSender
from pipeline.senders.smtp import SmtpSender
from pipeline.testing import ManualClock
from pipeline.web.preview.sources.mail_catcher import MailCatcher
from tests.campaigns.support import NOON
from tests.inbound.test_read_message import mail
from tests.inbound.test_record_message import bounce
from tests.mail.dkim_verifiers import DOMAIN, dkimpy_verdicts

EDITOR, BOUNCES = parse_address("desk@example.org"), parse_address("bounce@news.example.org")
pytestmark = pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)


@dataclass(frozen=True, kw_only=True)
class EditorMailbox:
    """The editor's mailbox, and what forwards to it."""

    service: InboundService
    folder: MessageFolder
    mailbox: Path

    def receive(self, *contents: bytes) -> list[EmailMessage]:
        """Record *contents*; return what the editor has got by then."""
        for content in contents:
            self.service.record(content)
        self.service.forward_replies()
        return [message_from_bytes(each, policy=policy.default) for each in self.read()]

    def read(self) -> list[bytes]:
        return [path.read_bytes() for path in sorted(self.mailbox.glob("*.eml"))]


@pytest.fixture
def inbox(ledger: EventStore, folder: MessageFolder, tmp_path: Path) -> Iterator[EditorMailbox]:
    mailbox = tmp_path / "desk"
    with closing(MailCatcher(mailbox, 0)) as catcher:
        yield make_mailbox(
            ledger,
            folder,
            mailbox,
            SmtpSender(host="127.0.0.1", port=catcher.port, security="none", pause_s=0.01),
        )


def make_mailbox(
    ledger: EventStore, folder: MessageFolder, mailbox: Path, sender: Sender
) -> EditorMailbox:
    forwarder = ReplyForwarder(
        folder,
        editor=EDITOR,
        envelope_sender=BOUNCES,
        open_sender=lambda: sender,
        clock=ManualClock(NOON),
    )
    recorder = InboundRecorder(ledger, folder, clock=ManualClock(NOON), forwards=forwarder.accepts)
    return EditorMailbox(
        service=InboundService(recorder, forwarder), folder=folder, mailbox=mailbox
    )


def test_a_reply_is_forwarded_as_it_is(
    inbox: EditorMailbox, ledger: EventStore, sent: list[str]
) -> None:
    """The reader's signature verifies, From and Message-ID are theirs, and the campaign counts it."""
    pem = generate_key("rsa")
    key = read_key(pem, selector="rsa", source="the test")
    reply = mail(
        "Re: The Rain",
        "A fine piece.\n.\n.. and a line with dots\n",
        In_Reply_To=sent[1],
        Message_ID="<r1@example.com>",
    ).replace(b"\n", b"\r\n")
    signed = dkim.sign(reply, b"rsa", DOMAIN.encode(), pem) + reply

    [got] = inbox.receive(b"Return-Path: <ada@example.com>\r\n" + signed)

    assert ("Ada <ada@example.com>", "<r1@example.com>", sent[1]) == (
        got["From"],
        got["Message-ID"],
        got["In-Reply-To"],
    )
    assert ("bounce@news.example.org", "desk@example.org") == (got["Resent-From"], got["Resent-To"])
    assert ["<bounce@news.example.org>"] == got.get_all("Return-Path")
    [raw] = inbox.read()
    assert raw.endswith(signed)
    assert [True] == dkimpy_verdicts(raw, [key])
    [event] = ledger.list_events()
    assert EventKind.REPLIED is event.event.kind


def test_a_reply_is_forwarded_once(inbox: EditorMailbox, sent: list[str]) -> None:
    """A second copy, and a later run, forward nothing; it no longer waits for a person."""
    reply = mail("Re: The Rain", "A fine piece.", In_Reply_To=sent[1])
    assert 1 == len(inbox.receive(reply, b"Received: by another way\n" + reply))
    assert 1 == len(inbox.receive(reply))
    assert [] == list(inbox.folder.list_messages())
    assert 1 == len(list(inbox.folder.list_stored(StorageReason.FORWARDED)))


def test_what_programs_write_is_not_forwarded(inbox: EditorMailbox, sent: list[str]) -> None:
    """Bounces, automatic replies, lists, what went round, and requests to unsubscribe, which a person confirms."""
    reply = {"In_Reply_To": sent[0]}
    got = inbox.receive(
        bounce(sent[0]),
        mail("Automatic reply: Rain", "Away.", **reply),
        mail("Re: Rain", "A ticket was opened.", **reply, Auto_Submitted="auto-generated"),
        mail("Re: Rain", "To all.", **reply, List_Id="<all.example.com>"),
        mail("Re: Rain", "Bulk.", **reply, Precedence="bulk"),
        mail("Re: Rain", "Please remove me.", **reply),
        b"Received: from a by b\n" * 31 + mail("Re: Rain", "Round and round.", **reply),
        mail("An invitation", "Not about a campaign."),
    )
    assert [] == got
    assert [] == list(inbox.folder.list_stored(StorageReason.OUTGOING))


def test_what_was_forwarded_is_not_forwarded_again(inbox: EditorMailbox, sent: list[str]) -> None:
    """An editor's mailbox that leads back here ends the journey; so does the editor's own answer."""
    inbox.receive(mail("Re: Rain", "A fine piece.", In_Reply_To=sent[1]))
    [forwarded] = inbox.read()
    answer = mail("Re: Rain", "Thank you!", In_Reply_To=sent[1])
    own = answer.replace(b"Ada <ada@example.com>", b"The editor <desk@example.org>")

    assert 1 == len(inbox.receive(b"Received: round\r\n" + forwarded, own))


def test_without_a_server_replies_wait(
    ledger: EventStore,
    folder: MessageFolder,
    tmp_path: Path,
    sent: list[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    """It is told once; the next run forwards what waited."""
    mailbox = tmp_path / "desk"
    catcher = MailCatcher(mailbox, 0)
    sender = SmtpSender(host="127.0.0.1", port=catcher.port, security="none", pause_s=0.01)
    catcher.close()
    inbox = make_mailbox(ledger, folder, mailbox, sender)

    assert [] == inbox.receive(mail("Re: Rain", "A fine piece.", In_Reply_To=sent[1]))
    assert [] == inbox.receive()

    told = [each.message for each in caplog.records if each.levelno >= logging.ERROR]
    assert 1 == len(told) and "Replies are not forwarded" in told[0]
    assert [StorageReason.OUTGOING] == [each.reason for each in folder.list_messages()]
    with closing(MailCatcher(mailbox, catcher.port)):
        assert 1 == len(inbox.receive())


def test_a_service_that_writes_its_own_messages_cannot_forward(
    ledger: EventStore,
    folder: MessageFolder,
    tmp_path: Path,
    sent: list[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    """The message says what to set."""
    inbox = make_mailbox(ledger, folder, tmp_path / "desk", PostmarkSender())
    assert [] == inbox.receive(mail("Re: Rain", "A fine piece.", In_Reply_To=sent[1]))
    assert "Set [bounces] forward_by to an SMTP sender" in caplog.text
