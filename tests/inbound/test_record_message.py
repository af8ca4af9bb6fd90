"""What comes back is recorded once, for the right recipient, or kept for a person."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import select

from pipeline.campaigns.store.tables import deliveries
from pipeline.database import Store
from pipeline.events import EventStore
from pipeline.inbound.inbound_service import InboundService
from pipeline.inbound.mailbox.maildir import record_maildir
from pipeline.inbound.record_message import InboundRecorder
from pipeline.inbound.stored_messages import MessageFolder, StorageReason
from pipeline.models.event import BounceClass, EventKind
from pipeline.recipient_tokens import TokenKeys, TokenPurpose
from tests.campaigns.support import SECRET
from tests.inbound.conftest import ADDRESSES
from tests.inbound.test_read_message import block, feedback, mail, report


def bounce(message_id: str, diagnostic: str = "550 5.1.1 User unknown") -> bytes:
    return report(block(diagnostic), original=f"Message-ID: {message_id}")


def test_a_bounce_finds_its_recipient_and_is_recorded_once(
    recorder: InboundRecorder, ledger: EventStore, sent: list[str], store: Store
) -> None:
    """The token in the returned Message-ID says whom it concerns, whatever address the report names."""
    first = recorder.record(bounce(sent[1]))
    again = recorder.record(
        b"Received: by another way\r\n" + bounce(sent[1]).replace(b"\n", b"\r\n")
    )

    [found] = ledger.list_events()
    assert (True, False) == (first.is_new, again.is_new)
    assert (EventKind.BOUNCED, ADDRESSES[1], BounceClass.GONE) == (
        found.event.kind,
        found.event.mailbox,
        found.event.bounce_class,
    )
    with store.reading() as connection:
        state = connection.scalar(
            select(deliveries.c.state).where(deliveries.c.mailbox == ADDRESSES[1])
        )
    assert "bounced" == state


def test_a_forged_report_changes_nothing(
    recorder: InboundRecorder, ledger: EventStore, folder: MessageFolder, sent: list[str]
) -> None:
    """Without a token that this project made, a report is shown and never acted on."""
    foreign = TokenKeys(b"another project").make(
        TokenPurpose.MESSAGE, campaign=1, campaign_id="x", sequence=1, mailbox=ADDRESSES[0]
    )

    results = [recorder.record(bounce(each)) for each in (f"<{foreign}@example.org>", "<x@y>")]

    assert [None, None] == [each.target for each in results]
    assert [] == list(ledger.list_events())
    assert [StorageReason.UNMATCHED] * 2 == [each.reason for each in folder.list_messages()]


def test_complaints_replies_and_requests(
    recorder: InboundRecorder, ledger: EventStore, folder: MessageFolder, sent: list[str]
) -> None:
    """Each kind becomes its event; a request in words waits for a person, who confirms it with one command."""
    recorder.record(feedback("abuse").replace(b"<tok@news.example.org>", sent[0].encode()))
    recorder.record(mail("Re: Rain", "A fine piece.", In_Reply_To=sent[1]))
    recorder.record(mail("Automatic reply: Rain", "Away.", In_Reply_To=sent[2]))
    waiting = recorder.record(mail("Re: Rain", "Please remove me.", In_Reply_To=sent[3]))
    before = {(each.event.kind, each.event.mailbox) for each in ledger.list_events()}

    effect = recorder.confirm(folder.find(waiting.stored_as or ""))

    assert {
        (EventKind.COMPLAINED, ADDRESSES[0]),
        (EventKind.REPLIED, ADDRESSES[1]),
        (EventKind.AUTO_REPLIED, ADDRESSES[2]),
    } == before
    assert "unsubscribed from weekly" == effect
    assert [StorageReason.REPLY] == [each.reason for each in folder.list_messages()]


def test_an_empty_message_to_an_address_with_a_token(
    recorder: InboundRecorder, ledger: EventStore, sent: list[str]
) -> None:
    """The unsubscribe address with its token, upper-cased on the way, is enough; a Message-ID is not."""
    campaign_id = _read_campaign_id(ledger)
    token = TokenKeys(SECRET).make(
        TokenPurpose.UNSUBSCRIBE,
        campaign=1,
        campaign_id=campaign_id,
        sequence=1,
        mailbox=_read_mailbox(ledger, 1),
    )
    stolen = sent[1].strip("<>").partition("@")[0]

    results = [
        recorder.record(b"From: ada@example.com\n\n", envelope_to=(address,))
        for address in (
            f"UNSUBSCRIBE+{token.upper()}@example.org",
            f"unsubscribe+{stolen}@example.org",
        )
    ]

    assert [True, False] == [each.is_new for each in results]
    assert [EventKind.UNSUBSCRIBED] == [each.event.kind for each in ledger.list_events()]


def test_a_maildir_is_read_without_deleting(
    recorder: InboundRecorder,
    service: InboundService,
    ledger: EventStore,
    sent: list[str],
    tmp_path: Path,
) -> None:
    """Each new message is recorded and moved; one that was recorded before a crash is recorded once."""
    box = tmp_path / "box"
    for name in ("new", "cur", "tmp"):
        (box / name).mkdir(parents=True)
    for number, message_id in enumerate(sent):
        (box / "new" / f"{number}.x").write_bytes(bounce(message_id))
    recorder.record(bounce(sent[0]))

    recorded = list(record_maildir(box, service))

    assert [False, True, True, True] == [each.is_new for each in recorded]
    assert (0, 4) == (len(list((box / "new").iterdir())), len(list((box / "cur").iterdir())))
    assert 4 == len(list(ledger.list_events()))


def _read_campaign_id(ledger: EventStore) -> str:
    from pipeline.campaigns.store.tables import campaigns

    with ledger.store.reading() as connection:
        return str(connection.scalar(select(campaigns.c.id)))


def _read_mailbox(ledger: EventStore, sequence: int) -> str:
    with ledger.store.reading() as connection:
        query = select(deliveries.c.mailbox).where(deliveries.c.sequence == sequence)
        return str(connection.scalar(query))
