"""Campaigns on the command line: sent, stopped, gone on with, looked at."""

from __future__ import annotations

import csv
import io
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.journey.command import handbill, install_plugin, make_project, tree

SENDERS = """
import os
from pipeline.models.delivery import DeliveryState, Receipt
from pipeline.senders import Sender

STATES = {"nobody": "refused", "later": "deferred", "maybe": "uncertain"}


class Relay(Sender):
    '''Takes what it gets, writes down whom it took, and is killed at the message DIE says.'''

    def send(self, messages):
        for message in messages:
            if str(message.sequence) == os.environ.get("DIE"):
                os._exit(9)
            state = DeliveryState(STATES.get(message.recipient.email.split("@")[0], "accepted"))
            if state is DeliveryState.ACCEPTED:
                with open("mailed.txt", "a") as file:
                    file.write(message.recipient.email + "\\n")
            code = "5.1.1" if state is DeliveryState.REFUSED else None
            yield Receipt(sequence=message.sequence, state=state, enhanced_code=code, words="So be it.")
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project with one article."""
    return make_project(tmp_path / "project")


@pytest.fixture
def relay(tmp_path: Path) -> dict[str, str]:
    """Variables with which the command finds a sender that reaches people."""
    folder = tmp_path / "site"
    folder.mkdir()
    return install_plugin(folder, SENDERS, relay="Relay")


def to(*names: str) -> list[str]:
    """Return the options that name people."""
    return [word for name in names for word in ("--to", f"{name}@example.org")]


def mailed(project: Path) -> list[str]:
    """Return whom the relay took a message for."""
    path = project / "mailed.txt"
    return path.read_text(encoding="utf-8").split() if path.exists() else []


def test_a_campaign_is_listed_and_shown(project: Path, relay: dict[str, str]) -> None:
    """The list has what `send --json` printed; the report names who did not get it; the table has everybody."""
    words = ("send", "tide.md", *to("ada", "nobody"), "--sender", "relay", "--yes", "--json")
    sent = handbill(*words, cwd=project, env=relay).json
    copy = handbill("send", "tide.md", "--test", "ada@example.org", cwd=project)

    listed = handbill("campaigns", "list", "--json", cwd=project)
    shown = handbill("campaigns", "show", sent["campaign"], "--json", cwd=project)
    report = handbill("campaigns", "show", sent["campaign"][-4:], cwd=project)
    table = handbill("campaigns", "show", sent["campaign"], "--csv", cwd=project)

    assert 0 == copy.exit_code
    assert {"campaigns": [sent]} == listed.json
    assert sent == shown.json
    assert sent["campaign"] in handbill("campaigns", cwd=project).stdout
    for expected in (
        "What the tide clock says",
        "2 recipients",
        "1 accepted",
        "nobody@example.org",
    ):
        assert expected in report.stdout
    rows = list(csv.DictReader(io.StringIO(table.stdout)))
    assert [("ada@example.org", "accepted"), ("nobody@example.org", "refused")] == [
        (row["email"], row["state"]) for row in rows
    ]
    assert ("5.1.1", "So be it.") == (rows[1]["enhanced_code"], rows[1]["response"])


def test_a_command_that_is_repeated_mails_nobody_twice(
    project: Path, relay: dict[str, str]
) -> None:
    """The second time it is refused and the first campaign named; `--yes` is not enough, `--allow-repeat` is."""
    words = ("send", "tide.md", *to("ada"), "--sender", "relay", "--yes")
    first = handbill(*words, "--json", cwd=project, env=relay).json
    second = handbill(*words, cwd=project, env=relay)
    third = handbill(*words, "--allow-repeat", cwd=project, env=relay)

    assert (1, 0) == (second.exit_code, third.exit_code)
    assert first["campaign"] in second.errors[0]
    assert ["ada@example.org"] * 2 == mailed(project)


def test_after_a_crash_the_campaign_goes_on_and_tells_who_is_in_doubt(
    project: Path, relay: dict[str, str]
) -> None:
    """Killed at the fifth message: four were taken, at most sixteen are in doubt, the rest is mailed by `resume`."""
    names = [f"reader{n:02}" for n in range(60)]
    words = ("send", "tide.md", *to(*names), "--sender", "relay", "--yes", "--json")
    killed = handbill(*words, cwd=project, env=relay | {"DIE": "5"})
    assert 9 == killed.exit_code and 4 == len(mailed(project))

    (left,) = handbill("campaigns", "list", "--json", cwd=project).json["campaigns"]
    assert ("sending", 60) == (left["state"], left["recipients"])
    assert 0 < left["uncertain"] <= 16
    assert 60 == left["accepted"] + left["uncertain"] + left["pending"]
    again = handbill(*words, cwd=project, env=relay)
    assert 1 == again.exit_code and left["campaign"] in again.errors[0]

    gone_on = handbill("campaigns", "resume", left["campaign"], "--json", cwd=project, env=relay)
    assert (1, "sent", left["uncertain"]) == (
        gone_on.exit_code,
        gone_on.json["state"],
        gone_on.json["uncertain"],
    )
    assert len(mailed(project)) == len(set(mailed(project)))
    report = handbill("campaigns", "show", left["campaign"], cwd=project)
    assert "Uncertain" in report.stdout and "ended before the receipt" in report.stdout

    resolved = handbill("campaigns", "resolve", left["campaign"], "--skip", "--json", cwd=project)
    assert (0, left["uncertain"]) == (resolved.exit_code, resolved.json["skipped"])
    assert 2 == handbill("campaigns", "resolve", left["campaign"], cwd=project).exit_code


def test_what_is_in_doubt_can_be_sent_again(project: Path, relay: dict[str, str]) -> None:
    """`resolve --retry` offers it once more, when the campaign is resumed."""
    words = ("send", "tide.md", *to("ada", "maybe"), "--sender", "relay", "--yes", "--json")
    sent = handbill(*words, cwd=project, env=relay)
    id = sent.json["campaign"]
    resolved = handbill("campaigns", "resolve", id, "--retry", "--json", cwd=project, env=relay)
    again = handbill("campaigns", "resume", id, "--json", cwd=project, env=relay)

    assert (1, 1) == (sent.exit_code, sent.json["uncertain"])
    assert (0, "paused", 1) == (
        resolved.exit_code,
        resolved.json["state"],
        resolved.json["pending"],
    )
    assert (1, 1, 1) == (again.exit_code, again.json["uncertain"], again.json["accepted"])
    assert ["ada@example.org"] == mailed(project)


def test_the_deferred_are_told_with_what_to_do(project: Path, relay: dict[str, str]) -> None:
    """What a server puts off pauses a send in the foreground; the words say how to go on."""
    words = ("send", "tide.md", *to("ada", "later"), "--sender", "relay", "--yes")
    done = handbill(*words, cwd=project, env=relay)

    assert 1 == done.exit_code
    assert "1 deferred" in done.stderr and "handbill campaigns resume 20" in done.stderr


def test_a_first_portion_a_pause_and_a_cancellation(project: Path, relay: dict[str, str]) -> None:
    """The first one is mailed; then the campaign waits, and can be cancelled for all others, for good."""
    words = ("send", "tide.md", *to("ada", "bo", "cy"), "--first", "1", "--sender", "relay")
    paused = handbill(*words, "--yes", "--json", cwd=project, env=relay)
    id = paused.json["campaign"]
    again = handbill("campaigns", "pause", id, "--json", cwd=project)
    cancelled = handbill("campaigns", "cancel", id, "--json", cwd=project)
    resumed = handbill("campaigns", "resume", id, cwd=project, env=relay)

    assert (1, "paused", "first batch of 1 sent") == (
        paused.exit_code,
        paused.json["state"],
        paused.json["reason"],
    )
    assert 0 == again.exit_code
    assert ("cancelled", 1, 2) == tuple(cancelled.json[k] for k in ("state", "accepted", "skipped"))
    assert "1 of 3 messages had gone out" in cancelled.stderr
    assert 1 == resumed.exit_code and "cancelled" in resumed.errors[0]
    assert ["ada@example.org"] == mailed(project)


def test_an_unknown_campaign_and_a_finished_one_are_told(project: Path) -> None:
    """What is not there is told with where to look; what is over cannot be paused."""
    sent = handbill("send", "tide.md", *to("ada"), "--json", cwd=project).json["campaign"]
    missing = handbill("campaigns", "show", "nothing", cwd=project)
    over = handbill("campaigns", "pause", sent, cwd=project)

    assert (1, 1) == (missing.exit_code, over.exit_code)
    assert "handbill campaigns list" in missing.errors[0]
    assert "cannot be paused" in over.errors[0] and "is already sent" in over.errors[0]


def test_figures_are_printed_for_a_monitor(project: Path) -> None:
    """Campaigns and deliveries by state, in the format of Prometheus."""
    id = handbill("send", "tide.md", *to("ada"), "--json", cwd=project).json["campaign"]
    lines = handbill("campaigns", "metrics", cwd=project).stdout.splitlines()

    assert 'handbill_campaigns{state="sent"} 1' in lines
    assert f'handbill_deliveries{{campaign="{id}",state="accepted"}} 1' in lines
    assert all(line.startswith(("# ", "handbill_")) for line in lines)


def test_the_outbox_is_never_in_doubt(project: Path, relay: dict[str, str]) -> None:
    """A crash while writing to the outbox leaves no doubt: the same files are there, or are written."""
    names = [f"reader{n:02}" for n in range(30)]
    sent = handbill("send", "tide.md", *to(*names), "--json", cwd=project).json
    before = tree(Path(sent["outbox"]))
    with closing(sqlite3.connect(project / ".handbill" / "handbill.db")) as file, file:
        file.execute("UPDATE deliveries SET state = 'claimed' WHERE sequence > 10")
        file.execute("UPDATE campaigns SET state = 'sending'")
        file.execute("UPDATE processes SET ended_at = NULL")

    resumed = handbill("campaigns", "resume", sent["campaign"], "--json", cwd=project)

    assert (0, "sent", 30) == (
        resumed.exit_code,
        resumed.json["state"],
        resumed.json["accepted"],
    )
    after = tree(Path(sent["outbox"]))
    assert {name for name in before if name.endswith(".eml")} == {
        name for name in after if name.endswith(".eml")
    }
    assert all(before[name] == after[name] for name in before if name.endswith(".eml"))


def test_a_campaign_waits_before_it_begins(project: Path, relay: dict[str, str]) -> None:
    """`--in` gives time to change one's mind; then it is sent."""
    words = ("send", "tide.md", *to("ada"), "--delay", "1s", "--sender", "relay", "--yes")
    done = handbill(*words, cwd=project, env=relay)

    assert 0 == done.exit_code
    assert "handbill campaigns cancel" in done.stderr
    assert ["ada@example.org"] == mailed(project)
    assert 1 == handbill("send", "tide.md", *to("bo"), "--delay", "soon", cwd=project).exit_code


def test_a_list_and_a_segment_of_it_are_mailed(project: Path, relay: dict[str, str]) -> None:
    """A list is mailed to those in the segment who may be written to; nobody there is told before anything is sent."""
    (project / "readers.csv").write_text(
        "email,country\nada@example.org,GB\nbo@example.org,FR\ncy@example.org,GB\n"
    )
    imported = handbill("subscribers", "import", "readers.csv", "--list", "weekly", cwd=project)
    assert 0 == imported.exit_code, imported.stderr
    handbill("subscribers", "suppress", "cy@example.org", cwd=project)
    words = ("send", "tide.md", "--list", "weekly", "--segment", 'country = "GB"', "--sender")

    rehearsed = handbill(*words, "relay", "--dry-run", "--json", cwd=project, env=relay)
    sent = handbill(*words, "relay", "--yes", "--json", cwd=project, env=relay)
    nobody = handbill("send", "tide.md", "--list", "monthly", "--dry-run", cwd=project)

    assert ("dry-run", 1) == (rehearsed.json["state"], rehearsed.json["recipients"])
    assert (0, 1) == (sent.exit_code, sent.json["accepted"])
    assert ["ada@example.org"] == mailed(project)
    assert 1 == nobody.exit_code and "monthly" in nobody.errors[0]
    assert 2 == handbill("send", "tide.md", *to("ada"), "--limit", "1", cwd=project).exit_code
