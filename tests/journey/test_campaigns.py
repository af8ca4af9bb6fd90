"""Campaigns on the command line: send, stop, resume, show."""

from __future__ import annotations

import csv
import io
import socket
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
                os.kill(os.getpid(), 9)
            state = DeliveryState(STATES.get(message.recipient.email.split("@")[0], "accepted"))
            if state is DeliveryState.ACCEPTED:
                with open("mailed.txt", "a") as file:
                    file.write(message.recipient.email + "\\n")
            code = "5.1.1" if state is DeliveryState.REFUSED else None
            yield Receipt(sequence=message.sequence, state=state, enhanced_code=code, response="So be it.")
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project with one article."""
    return make_project(tmp_path / "project")


@pytest.fixture
def relay(tmp_path: Path) -> dict[str, str]:
    """Environment variables with which the command finds a sender that delivers mail."""
    folder = tmp_path / "site"
    folder.mkdir()
    return install_plugin(folder, SENDERS, relay="Relay")


def list_options(*names: str) -> list[str]:
    """Return the options that name recipients."""
    return [word for name in names for word in ("--to", f"{name}@example.org")]


def read_accepted(project: Path) -> list[str]:
    """Return the addresses that the relay accepted a message for."""
    path = project / "mailed.txt"
    return path.read_text(encoding="utf-8").split() if path.exists() else []


def test_list_show_and_csv_agree(project: Path, relay: dict[str, str]) -> None:
    """The list has what `send --json` printed; the report names failures; the table has every recipient."""
    words = (
        "send",
        "tide.md",
        *list_options("ada", "nobody"),
        "--sender",
        "relay",
        "--yes",
        "--json",
    )
    sent = handbill(*words, cwd=project, env=relay).json
    copy = handbill("send", "tide.md", "--test", "ada@example.org", cwd=project)

    listed = handbill("campaigns", "list", "--json", cwd=project)
    shown = handbill("campaigns", "show", sent["campaign"], "--json", cwd=project)
    report = handbill("campaigns", "show", sent["campaign"].rpartition("-")[2], cwd=project)
    table = handbill("campaigns", "show", sent["campaign"], "--csv", cwd=project)

    assert 0 == copy.exit_code
    assert {"campaigns": [sent]} == listed.json
    assert sent | {"responses": shown.json["responses"]} == shown.json
    assert 0 == shown.json["responses"]["complained"]
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


@pytest.mark.parametrize("processes", [1, 2])
def test_an_unreachable_server_is_named_once(project: Path, processes: int) -> None:
    """The campaign pauses, and the reason stands in one sentence, whatever a worker would log."""
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    sender = (
        f'[senders.relay]\nkind = "smtp"\nhost = "127.0.0.1"\nport = {port}\nsecurity = "none"\n'
    )
    config = project / "handbill.toml"
    config.write_text(f"{config.read_text(encoding='utf-8')}\n{sender}", encoding="utf-8")
    words = ("send", "tide.md", *list_options("ada", "bo"), "--sender", "relay", "--yes")
    done = handbill(*words, "--processes", str(processes), cwd=project)

    assert 1 == done.exit_code and done.errors[0].startswith("Error: paused: Cannot connect to ")
    assert 1 == done.stderr.count("Cannot connect"), done.stderr


def test_a_repeated_command_is_an_error(project: Path, relay: dict[str, str]) -> None:
    """The error names the first campaign; `--yes` is not enough, `--allow-repeat` is."""
    words = ("send", "tide.md", *list_options("ada"), "--sender", "relay", "--yes")
    first = handbill(*words, "--json", cwd=project, env=relay).json
    second = handbill(*words, cwd=project, env=relay)
    third = handbill(*words, "--allow-repeat", cwd=project, env=relay)

    assert (1, 0) == (second.exit_code, third.exit_code)
    assert first["campaign"] in second.errors[0]
    assert ["ada@example.org"] * 2 == read_accepted(project)


def test_a_crashed_campaign_resumes_with_uncertain_recipients(
    project: Path, relay: dict[str, str]
) -> None:
    """Killed at the fifth message: four were accepted, at most sixteen are uncertain, `resume` sends the rest."""
    names = [f"reader{n:02}" for n in range(60)]
    words = ("send", "tide.md", *list_options(*names), "--sender", "relay", "--yes", "--json")
    killed = handbill(*words, cwd=project, env=relay | {"DIE": "5"})
    assert -9 == killed.exit_code and 4 == len(read_accepted(project))

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
    assert len(read_accepted(project)) == len(set(read_accepted(project)))
    report = handbill("campaigns", "show", left["campaign"], cwd=project)
    assert "Uncertain" in report.stdout and "ended before the receipt" in report.stdout

    resolved = handbill("campaigns", "resolve", left["campaign"], "--skip", "--json", cwd=project)
    assert (0, left["uncertain"]) == (resolved.exit_code, resolved.json["skipped"])
    assert 2 == handbill("campaigns", "resolve", left["campaign"], cwd=project).exit_code


def test_uncertain_deliveries_can_be_retried(project: Path, relay: dict[str, str]) -> None:
    """`resolve --retry` sends them again when the campaign is resumed."""
    words = (
        "send",
        "tide.md",
        *list_options("ada", "maybe"),
        "--sender",
        "relay",
        "--yes",
        "--json",
    )
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
    assert ["ada@example.org"] == read_accepted(project)


def test_deferred_messages_are_left_to_a_worker(project: Path, relay: dict[str, str]) -> None:
    """The output says when they are retried, and how without a worker."""
    words = ("send", "tide.md", *list_options("ada", "later"), "--sender", "relay", "--yes")
    done = handbill(*words, cwd=project, env=relay)

    assert 3 == done.exit_code
    assert "1 to be retried at" in done.stderr and "handbill campaigns resume 20" in done.stderr


def test_first_batch_pause_and_cancel(project: Path, relay: dict[str, str]) -> None:
    """The first recipient is sent to; then the campaign pauses, and can be cancelled for good."""
    words = (
        "send",
        "tide.md",
        *list_options("ada", "bo", "cy"),
        "--first",
        "1",
        "--sender",
        "relay",
    )
    paused = handbill(*words, "--yes", "--json", cwd=project, env=relay)
    id = paused.json["campaign"]
    again = handbill("campaigns", "pause", id, "--json", cwd=project)
    cancelled = handbill("campaigns", "cancel", id, "--json", cwd=project)
    resumed = handbill("campaigns", "resume", id, cwd=project, env=relay)

    assert (0, "paused", "first batch of 1 sent") == (
        paused.exit_code,
        paused.json["state"],
        paused.json["reason"],
    )
    assert 0 == again.exit_code
    assert ("cancelled", 1, 2) == tuple(cancelled.json[k] for k in ("state", "accepted", "skipped"))
    assert "1 of 3 messages were accepted before" in cancelled.stderr
    assert 1 == resumed.exit_code and "cancelled" in resumed.errors[0]
    assert ["ada@example.org"] == read_accepted(project)


def test_unknown_and_sent_campaigns_are_errors(project: Path) -> None:
    """The errors say how to list campaigns, and that a sent one cannot be paused."""
    sent = handbill("send", "tide.md", *list_options("ada"), "--json", cwd=project).json["campaign"]
    missing = handbill("campaigns", "show", "nothing", cwd=project)
    over = handbill("campaigns", "pause", sent, cwd=project)

    assert (1, 1) == (missing.exit_code, over.exit_code)
    assert "handbill campaigns list" in missing.errors[0]
    assert "cannot be paused" in over.errors[0] and "is already sent" in over.errors[0]


def test_metrics_are_in_prometheus_format(project: Path) -> None:
    """Campaigns and deliveries are counted by state."""
    id = handbill("send", "tide.md", *list_options("ada"), "--json", cwd=project).json["campaign"]
    lines = handbill("campaigns", "metrics", cwd=project).stdout.splitlines()

    assert 'handbill_campaigns{state="sent"} 1' in lines
    assert f'handbill_deliveries{{campaign="{id}",state="accepted"}} 1' in lines
    assert all(line.startswith(("# ", "handbill_")) for line in lines)


def test_the_outbox_is_never_uncertain(project: Path, relay: dict[str, str]) -> None:
    """After a crash while writing to the outbox, the same files exist or are written again."""
    names = [f"reader{n:02}" for n in range(30)]
    sent = handbill("send", "tide.md", *list_options(*names), "--json", cwd=project).json
    before = tree(Path(sent["outbox"]))
    with closing(sqlite3.connect(project / ".handbill" / "handbill.db")) as file, file:
        file.execute("DELETE FROM receipts WHERE sequence > 10")
        file.execute(
            "UPDATE batches SET state = 'open', receipts = 10, offered = 30, claims = ?, "
            "process_id = (SELECT max(id) FROM processes)",
            ['[[30, "2026-03-02T12:00:00+00:00"]]'],
        )
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


def test_a_delayed_campaign_waits(project: Path, relay: dict[str, str]) -> None:
    """With `--delay` the campaign waits, then it is sent."""
    words = ("send", "tide.md", *list_options("ada"), "--delay", "1s", "--sender", "relay", "--yes")
    done = handbill(*words, cwd=project, env=relay)

    assert 0 == done.exit_code
    assert "handbill campaigns cancel" in done.stderr
    assert ["ada@example.org"] == read_accepted(project)
    assert (
        1
        == handbill(
            "send", "tide.md", *list_options("bo"), "--delay", "soon", cwd=project
        ).exit_code
    )


def test_send_to_a_segment_of_a_list(project: Path, relay: dict[str, str]) -> None:
    """Only subscribers in the segment receive it; an empty list is an error before anything is sent."""
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
    assert ["ada@example.org"] == read_accepted(project)
    assert 1 == nobody.exit_code and "monthly" in nobody.errors[0]
    assert (
        2
        == handbill("send", "tide.md", *list_options("ada"), "--limit", "1", cwd=project).exit_code
    )
