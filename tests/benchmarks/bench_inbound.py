"""
Reading delivery reports: ours beside the standard library, which only parses them, and flufl.bounce, which finds the
address but no reason; and recording them, by which each is on the disk when the next one begins.
"""

from __future__ import annotations

import email
import sys
import tempfile
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

from pipeline.database import Store, open_store
from pipeline.events import EventStore
from pipeline.inbound import InboundKind, read_message
from pipeline.inbound.record_message import InboundRecorder
from pipeline.inbound.stored_messages import MessageFolder
from pipeline.testing import ManualClock, RecordingSender
from tests.benchmarks.figures import Figure, in_turns
from tests.campaigns.support import NOON, SECRET, add_subscribers, make_plan, make_service

COUNT = 400
ROUNDS = 3
#: As Postfix returns a message of 20 kB (RFC 3464).
_REPORT = """\
Return-Path: <>
From: MAILER-DAEMON@relay.example.net (Mail Delivery System)
To: bounce@news.example.net
Subject: Undelivered Mail Returned to Sender
Date: Mon, 2 Mar 2026 12:00:00 +0000
Message-ID: <{number}@relay.example.net>
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b/relay"

--b/relay
Content-Description: Notification
Content-Type: text/plain; charset=us-ascii

This is the mail system at host relay.example.net.

I'm sorry to have to inform you that your message could not be delivered to one or more recipients.

<reader{number}@example.org>: host mx.example.org[192.0.2.7] said: 550 5.1.1
    <reader{number}@example.org>: Recipient address rejected: User unknown (in reply to RCPT TO command)

--b/relay
Content-Description: Delivery report
Content-Type: message/delivery-status

Reporting-MTA: dns; relay.example.net

Final-Recipient: rfc822; reader{number}@example.org
Action: failed
Status: 5.1.1
Remote-MTA: dns; mx.example.org
Diagnostic-Code: smtp; 550 5.1.1 <reader{number}@example.org>: Recipient address rejected: User unknown

--b/relay
Content-Description: Undelivered Message
Content-Type: message/rfc822

From: news@example.net
To: reader{number}@example.org
Subject: The rain gauges of Skerrow
Message-ID: {message_id}
MIME-Version: 1.0
Content-Type: text/plain; charset=utf-8

{text}

--b/relay--
"""


def figures() -> list[Figure]:
    """Measure reading and recording."""
    with (
        tempfile.TemporaryDirectory() as folder,
        open_store("sqlite:///handbill.db", root=Path(folder)) as store,
    ):
        reports = _make_reports(store)
        tasks: dict[str, Callable[[], object]] = {
            "ours": lambda: _check(_read, reports),
            "email (standard library), parsed only": lambda: _check(_parse, reports),
        }
        if find_spec("flufl") and find_spec("flufl.bounce"):
            tasks["flufl.bounce, addresses only"] = lambda: _check(_scan, reports)
        else:
            sys.stderr.write("flufl.bounce is not measured: it is not installed.\n")
        seconds = dict(zip(tasks, in_turns(*tasks.values(), rounds=ROUNDS), strict=True))
        rates = {name: COUNT / took for name, took in seconds.items()}
        recorded = COUNT / _time_recording(store, Path(folder), reports)
    mine = rates.pop("ours")
    what = "reading delivery reports of 20 kB"
    found = [_figure(what, mine, 150, peer, rate) for peer, rate in rates.items()]
    return [*found, _figure("recording them, each on the disk", recorded, 50, what, mine)]


def _figure(what: str, value: float, bar: float, peer: str, peer_value: float) -> Figure:
    return Figure(
        what=what,
        value=value,
        unit="per s",
        bar=bar,
        is_rate=True,
        peer=peer,
        peer_value=peer_value,
    )


def _make_reports(store: Store) -> list[bytes]:
    add_subscribers(store, *(f"reader{number}@example.org" for number in range(COUNT)))
    sender = RecordingSender()
    service = make_service(store, sender=sender)
    service.send(service.create(make_plan(list_name="weekly")).id)
    text = "\n".join(
        ["It rained on the gauges of Skerrow for eleven days, and then it stopped."] * 280
    )
    return [
        _REPORT.format(number=number, message_id=each.message_id, text=text).encode()
        for number, each in enumerate(sender.accepted)
    ]


def _time_recording(store: Store, folder: Path, reports: list[bytes]) -> float:
    """Return the seconds that it takes to record *reports*; they count once, so it is measured once."""
    clock = ManualClock(NOON)
    ledger = EventStore(store, secret=SECRET, clock=clock)
    recorder = InboundRecorder(ledger, MessageFolder(folder / "inbound"), clock=clock)
    seconds = in_turns(
        lambda: [recorder.record(reports.pop()) for _ in range(COUNT // 4)], rounds=3
    )
    return seconds[0] * 4


def _check(task: Callable[[bytes], object], reports: list[bytes]) -> None:
    if not all([task(each) for each in reports]):
        raise AssertionError("a report is not understood")


def _read(content: bytes) -> bool:
    return read_message(content).kind is InboundKind.BOUNCE


def _parse(content: bytes) -> bool:
    return email.message_from_bytes(content).get_content_type() == "multipart/report"


def _scan(content: bytes) -> bool:
    from flufl.bounce import scan_message

    return bool(scan_message(email.message_from_bytes(content)))
