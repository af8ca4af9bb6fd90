"""The history of a subscriber, and the figures of a campaign, as the commands print them."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from pipeline import cli as command_line
from pipeline.models.event import BounceClass, Event, EventKind
from pipeline.project import Project

CONFIG = """\
[publication]
name = "The Lantern"
from = "The Lantern <letters@lantern.example.org>"
postal_address = "12 Quay Street, Skerrow"
timezone = "Europe/Berlin"
"""
ADA = "ada@example.org"


def run(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    """Run a command that succeeds; return what it printed."""
    assert 0 == command_line.run(words), capsys.readouterr().err
    return capsys.readouterr().out


@pytest.fixture
def campaign(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> str:
    """The id of a campaign to two subscribers, one of whom bounced, complained and replied."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "handbill.toml").write_text(CONFIG)
    (tmp_path / "lamp.md").write_text("---\ntitle: The lamp\n---\n\nThe lamp is lit.\n")
    for address in (ADA, "bo@example.org"):
        run(capsys, "subscribers", "add", address, "--list", "weekly")
    sent = run(capsys, "send", "lamp.md", "--list", "weekly", "--sender", "outbox", "--json")
    bounce = {"bounce_class": BounceClass.GONE, "enhanced_code": "5.1.1", "text": "No such user"}
    with Project.open(tmp_path).open_events() as ledger:
        ledger.record(
            [
                make_event(EventKind.BOUNCED, "mailbox", **bounce),
                make_event(EventKind.COMPLAINED, "postmark"),
                make_event(EventKind.UNSUBSCRIBED, "web", list_name="weekly"),
                make_event(EventKind.REPLIED, "mailbox", text="Never say this aloud."),
            ]
        )
    return str(json.loads(sent)["campaign"])


def make_event(kind: EventKind, source: str, **values: object) -> Event:
    """Return an event about Ada."""
    return Event(
        kind=kind,
        source=source,
        source_key=kind.value,
        at=datetime.now(UTC),
        campaign=1,
        sequence=1,
        mailbox=ADA,
        **values,  # type: ignore[arg-type]
    )


def test_history_of_a_subscriber_in_words(
    campaign: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """What was sent, what came back, what it changed and what was decided, in order; no reply is quoted."""
    run(capsys, "subscribers", "unsuppress", ADA, "--reason", "by telephone", "--yes")
    lines = run(capsys, "subscribers", "show", ADA).splitlines()
    found = [line.split("  ", 2)[-1] for line in lines if line[2:4] == "20"]
    assert found[1:] == [
        "A message bounced. The address does not exist (5.1.1). “No such user” → suppressed (bounced)",
        "Reported a message as spam.",
        "Unsubscribed from weekly by the link in a message.",
        "Replied.",
        "Was taken off the suppression list. “by telephone” → no longer suppressed; before: bounced, "
        f"{datetime.now(UTC).date()}",
    ]
    assert "Sent “The lamp”: written to the outbox." == found[0]


def test_figures_of_a_campaign(campaign: str, capsys: pytest.CaptureFixture[str]) -> None:
    """`campaigns show` counts what came back, also for an abbreviated id; nothing is said where nothing came back."""
    text = run(capsys, "campaigns", "show", campaign.rpartition("-")[2])
    assert text.endswith(
        "What came back:\n"
        "        1 bounced (address does not exist: 1)\n"
        "        1 reported it as spam\n"
        "        1 unsubscribed\n"
        "        1 replied\n"
    )
    shown = json.loads(run(capsys, "campaigns", "show", campaign, "--json"))
    assert (1, 1, 0) == tuple(
        shown["responses"][name] for name in ("complained", "replied", "delivered")
    )
    assert {"gone": 1, "full": 0} == {
        name: shown["responses"]["bounced"][name] for name in ("gone", "full")
    }
