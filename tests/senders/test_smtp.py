"""The sender `smtp` where all goes well, and where the server says no."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from pipeline.delivery import Receipt
from pipeline.message import Message
from pipeline.senders import Sender
from pipeline.senders.smtp import SmtpSender, Timeouts
from pipeline.senders.smtp.presets import PRESETS
from pipeline.testing import SenderContract, sample_message
from tests.senders.smtp_sink import PIPELINING, Moment, Script, Sink
from tests.support import ROOT


def smtp(sink: Sink, **options: Any) -> SmtpSender:
    """Return a sender to *sink* that does not wait long."""
    options = {"connections": 1, "pause_s": 0.01} | options
    return SmtpSender(host="127.0.0.1", port=sink.port, security="none", **options)


def samples(count: int) -> Iterator[Message]:
    return (sample_message(number) for number in range(1, count + 1))


def send(sink: Sink, messages: Any, **options: Any) -> dict[int, Receipt]:
    """Send *messages* and return the receipts by number."""
    with smtp(sink, **options) as sender:
        receipts = list(sender.send(messages))
    numbers = [receipt.sequence for receipt in receipts]
    assert len(set(numbers)) == len(numbers)
    return {receipt.sequence: receipt for receipt in receipts}


def choosy(moment: Moment) -> str | None:
    """Refuse reader 2 and defer reader 3."""
    answers = {"reader2@example.org": "550 5.1.1 Nobody here", "reader3@example.org": "450 Later"}
    return answers.get(moment.recipient) if moment.step == "RCPT" else None


class SmtpContract(SenderContract):
    """What every sender does, over SMTP."""

    features: tuple[str, ...] = PIPELINING
    connections = 1

    @pytest.fixture(autouse=True)
    def sinks(self) -> Iterator[None]:
        self.open: list[Sink] = []
        yield
        for sink in self.open:
            sink.__exit__()

    def make(self, folder: Path) -> Sender:
        return self.make_with(None)

    def make_with(self, script: Script | None) -> Sender:
        sink = Sink(script, features=self.features).__enter__()
        self.open.append(sink)
        return smtp(sink, connections=self.connections)

    def make_choosy(self, folder: Path) -> Sender:
        return self.make_with(choosy)

    def make_broken(self, folder: Path) -> Sender:
        with Sink() as sink:
            return smtp(sink)

    def arrived(self, folder: Path) -> list[bytes]:
        return [content for sink in self.open for content in sink.accepted]


class TestSmtpSender(SmtpContract):
    """Over one connection."""


class TestSmtpSenderWithManyConnections(SmtpContract):
    """Over several connections."""

    connections = 4


class TestSmtpSenderWithoutPipelining(SmtpContract):
    """With a server that offers nothing."""

    features = ()


def test_every_option_and_preset_is_documented() -> None:
    """Each stands in docs/sending.md."""
    text = (ROOT / "docs" / "sending.md").read_text(encoding="utf-8")
    names = [*inspect.signature(SmtpSender).parameters, *PRESETS]
    assert [] == [name for name in names if f"`{name}`" not in text]
    assert [] == [each.name for each in fields(Timeouts) if f"{each.name} =" not in text]
