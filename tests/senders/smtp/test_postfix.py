"""The SMTP sender against Postfix's smtp-sink, with each fault that it can simulate."""

from __future__ import annotations

import os
import socket
import subprocess
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic
from typing import Any

import pytest

from pipeline.errors import SendError
from pipeline.models.delivery import DeliveryState, Receipt
from pipeline.senders.smtp import SmtpSender
from tests.senders.smtp.test_smtp_sender import samples
from tests.support import require_program

COUNT = 8
ACCEPTED, REFUSED = DeliveryState.ACCEPTED, DeliveryState.REFUSED
DEFERRED, UNCERTAIN = DeliveryState.DEFERRED, DeliveryState.UNCERTAIN


@contextmanager
def smtp_sink(*options: str) -> Iterator[int]:
    """Run smtp-sink and yield its port."""
    program = require_program("smtp-sink", "/usr/sbin/smtp-sink")
    kept = (
        socket.socket()
    )  # no other process gets the port; smtp-sink does, for it sets SO_REUSEADDR too
    kept.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    kept.bind(("127.0.0.1", 0))
    port = int(kept.getsockname()[1])
    user = ["-u", "nobody"] if os.getuid() == 0 else []
    server = subprocess.Popen(
        [str(program), *user, *options, f"127.0.0.1:{port}", "100"], stderr=subprocess.DEVNULL
    )
    try:
        _wait_for(server, port)
        yield port
    finally:
        server.terminate()
        server.wait(10)
        kept.close()


def _wait_for(server: subprocess.Popen[bytes], port: int) -> None:
    """Wait until it listens, without a connection that it would count."""
    until = monotonic() + 20
    entry = f":{port:04X} 00000000:0000 0A"
    while server.poll() is None and monotonic() < until:
        with open("/proc/net/tcp", encoding="ascii") as table:  # noqa: PTH123 (a file of the kernel)
            if entry in table.read():
                return
    pytest.fail("smtp-sink did not start")


def send_messages(
    port: int, count: int = COUNT, **options: Any
) -> tuple[list[Receipt], SendError | None]:
    """Send messages and return the receipts, and the error if there was one."""
    receipts: list[Receipt] = []
    options = {"connections": 1, "pause_s": 0.01} | options
    with SmtpSender(host="127.0.0.1", port=port, security="none", **options) as sender:
        try:
            receipts.extend(sender.send(samples(count)))
        except SendError as error:
            return receipts, error
    assert sorted(r.sequence for r in receipts) == list(range(1, count + 1))
    return receipts, None


@pytest.mark.parametrize(
    "options",
    [
        [],
        ["-p"],
        ["-8"],
        ["-E"],
        ["-e"],
        ["-N"],
        ["-a"],
        ["-C"],
        ["-F"],
        ["-T", "4096"],
        ["-f", "EHLO"],
    ],
)
@pytest.mark.parametrize("connections", [1, 3])
def test_all_messages_are_accepted_with_any_extensions(
    options: list[str], connections: int
) -> None:
    """With and without PIPELINING, 8BITMIME, enhanced codes and ESMTP, over a small TCP window, and by HELO."""
    with smtp_sink(*options) as port:
        receipts, error = send_messages(port, 40, connections=connections)
    assert error is None
    assert {ACCEPTED} == {receipt.state for receipt in receipts}


@pytest.mark.parametrize(
    ("options", "state", "code"),
    [
        (["-f", "RCPT"], REFUSED, 500),
        (["-f", "DATA"], REFUSED, 500),
        (["-f", "."], REFUSED, 500),
        (["-r", "MAIL"], DEFERRED, 450),
        (["-r", "RCPT"], DEFERRED, 450),
        (["-r", "DATA"], DEFERRED, 450),
        (["-r", "."], DEFERRED, 450),
        (["-Q", "."], DEFERRED, 421),
        (["-B", "552 5.2.2 Full", "-f", "RCPT"], REFUSED, 552),
        (["-b", "452 4.2.2 Full", "-r", "."], DEFERRED, 452),
    ],
)
def test_refused_messages_get_receipts(options: list[str], state: DeliveryState, code: int) -> None:
    """Every message gets a receipt with the code; none is uncertain."""
    with smtp_sink(*options) as port:
        receipts, error = send_messages(port)
    assert error is None
    assert {(state, code)} == {(receipt.state, receipt.code) for receipt in receipts}


@pytest.mark.parametrize("option", ["-q", "-Q"])
@pytest.mark.parametrize("step", ["CONNECT", "EHLO", "MAIL", "RCPT", "DATA"])
def test_a_server_that_always_disconnects_stops_the_sender(option: str, step: str) -> None:
    """The error is temporary; nothing is accepted and nothing is uncertain."""
    with smtp_sink(option, step) as port:
        receipts, error = send_messages(port)
    assert error and error.temporary and not error.uncertain
    assert set() == {receipt.state for receipt in receipts} - {DEFERRED}


@pytest.mark.parametrize("step", ["CONNECT", "MAIL"])
def test_a_server_that_rejects_connections_is_a_permanent_error(step: str) -> None:
    """No message was refused."""
    with smtp_sink("-f", step) as port:
        receipts, error = send_messages(port)
    assert error and not error.temporary
    assert "500" in str(error)
    assert [] == receipts


@pytest.mark.parametrize("connections", [1, 3])
def test_few_messages_are_uncertain_if_replies_are_always_missing(connections: int) -> None:
    """Sending stops after five."""
    with smtp_sink("-q", ".") as port:
        receipts, error = send_messages(port, 60, connections=connections)
    assert error and error.temporary and not error.uncertain
    assert {UNCERTAIN} == {receipt.state for receipt in receipts}
    assert 5 <= len(receipts) <= 4 + connections


def test_a_late_reply_is_uncertain() -> None:
    """The server has the message, and may accept it at any time."""
    with smtp_sink("-W", ".:2") as port:
        receipts, error = send_messages(port, 1, timeouts={"dot": 0.1})
    assert error is None
    assert [UNCERTAIN] == [receipt.state for receipt in receipts]
    assert "did not reply within 0.1 s" in receipts[0].response


def test_a_late_reply_to_data_is_deferred() -> None:
    """Nothing was sent before DATA was accepted: deferred after three attempts, not uncertain."""
    with smtp_sink("-p", "-W", "DATA:2") as port:
        receipts, error = send_messages(port, 1, timeouts={"data": 0.1})
    assert error is None
    assert [DEFERRED] == [receipt.state for receipt in receipts]


def test_a_refusal_during_the_content_is_refused() -> None:
    """The server replies 550 and reads no further."""
    with smtp_sink("-A", "0") as port:
        receipts, error = send_messages(port)
    assert error is None
    assert {(REFUSED, 550)} == {(receipt.state, receipt.code) for receipt in receipts}


def test_a_server_that_shuts_down_leaves_other_messages_unsent() -> None:
    """What it accepted has receipts; the rest has none and is not uncertain."""
    with smtp_sink("-M", "3") as port:
        receipts, error = send_messages(port, 40)
    assert error and error.temporary and not error.uncertain
    counts = Counter(receipt.state for receipt in receipts)
    assert 3 == counts[ACCEPTED] + counts[UNCERTAIN]
    assert set() == set(counts) - {ACCEPTED, UNCERTAIN}


def test_one_connection_is_enough() -> None:
    """The others wait for a greeting, and no message waits for them."""
    with smtp_sink("-m", "1") as port:
        receipts, error = send_messages(port, 40, connections=4)
    assert error is None
    assert {ACCEPTED} == {receipt.state for receipt in receipts}
