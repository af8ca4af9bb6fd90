"""Each message of a campaign has an envelope sender of its own, which leads back to it."""

from __future__ import annotations

from dataclasses import replace

from pipeline.database import Store
from pipeline.events import EventStore
from pipeline.models.address import parse_address
from pipeline.recipient_tokens import TokenPurpose
from pipeline.senders.smtp.protocol.transaction import ServerFeatures, Transaction
from pipeline.testing import ManualClock, RecordingSender
from tests.campaigns.support import NOON, SECRET, add_subscribers, make_plan, make_service


def test_a_bounce_address_leads_to_its_message(store: Store) -> None:
    """The token in the envelope sender names campaign and recipient; the server is asked for failures only."""
    add_subscribers(store, "ada+x@example.org")
    sender = RecordingSender()
    service = make_service(store, sender=sender)
    service.context = replace(
        service.context, bounce_address=parse_address("bounce@news.example.org")
    )

    service.send(service.create(make_plan(list_name="weekly")).id)

    [message] = sender.accepted
    local, _, domain = message.envelope_sender.partition("@")
    token = local.removeprefix("bounce+")
    target = EventStore(store, secret=SECRET, clock=ManualClock(NOON)).find_target(
        token, TokenPurpose.BOUNCE
    )
    mail, rcpt, _ = Transaction(message).commands(ServerFeatures(dsn=True))
    assert ("news.example.org", "ada+x@example.org") == (domain, target and target.email)
    assert (
        f"MAIL FROM:<bounce+{token}@news.example.org> RET=HDRS ENVID={token}\r\n".encode() == mail
    )
    assert (
        b"RCPT TO:<ada+x@example.org> NOTIFY=FAILURE ORCPT=rfc822;ada+2Bx@example.org\r\n" == rcpt
    )
    plain = Transaction(message).commands(ServerFeatures())[:2]
    assert b"NOTIFY" not in b"".join(plain)
    assert b"ENVID" not in b"".join(plain)
