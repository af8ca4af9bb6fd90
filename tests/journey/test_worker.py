"""Scheduled campaigns on the command line, and the worker that sends them."""

from __future__ import annotations

import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from tests.journey.command import PATIENCE_S, environment, handbill, make_project
from tests.journey.test_campaigns import read_accepted, relay

__all__ = ["relay"]  # a fixture


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project with an article and a list of two."""
    folder = make_project(tmp_path / "project")
    (folder / "readers.csv").write_text("email\nada@example.org\nbo@example.org\n")
    assert (
        0
        == handbill(
            "subscribers", "import", "readers.csv", "--list", "weekly", cwd=folder
        ).exit_code
    )
    return folder


def test_schedule_prints_its_time_and_a_missing_worker(project: Path) -> None:
    """The local time and UTC are printed, and a warning without a worker; the campaign can be cancelled."""
    words = ("schedule", "tide.md", "--list", "weekly", "--at", "2099-07-01 09:00")
    planned = handbill(*words, "--json", cwd=project)
    cancelled = handbill("campaigns", "cancel", planned.json["campaign"], "--json", cwd=project)

    assert (0, "scheduled", "2099-07-01T08:00:00+00:00", "Europe/London") == (
        planned.exit_code,
        *(planned.json[key] for key in ("state", "at", "zone")),
    )
    assert "09:00 BST (Europe/London), 2099-07-01 08:00 UTC" in planned.stderr
    assert "No worker is running" in planned.stderr
    assert "cancelled" == cancelled.json["state"]


@pytest.mark.parametrize(
    ("words", "code", "expected"),
    [
        (("--at", "2020-01-01 09:00"), 1, "is in the past"),
        (("--at", "2099-03-29 01:30"), 1, "01:30 does not exist"),
        (("--at", "tomorrow"), 1, "is not a date and time"),
        (("--at", "2099-01-01 09:00", "--zone", "Europe/Londn"), 1, "Europe/London"),
        (("--at", "2099-01-01 09:00", "--expires", "2098-01-01 09:00"), 1, "would expire"),
        ((), 2, "Give either --at"),
        (("--delay", "5m", "--local"), 2, "--local needs --at"),
    ],
)
def test_invalid_schedules_are_errors(
    project: Path, words: tuple[str, ...], code: int, expected: str
) -> None:
    """Each error is one sentence, and nothing is created."""
    done = handbill("schedule", "tide.md", "--list", "weekly", *words, cwd=project)

    assert code == done.exit_code
    assert expected in done.stderr
    assert {"campaigns": []} == handbill("campaigns", "list", "--json", cwd=project).json


def test_worker_once_sends_what_is_due(project: Path, relay: dict[str, str]) -> None:
    """`worker --once` sends what is due, prints what remains and when, and exits with 0."""
    words = ("schedule", "tide.md", "--list", "weekly", "--sender", "relay", "--json")
    due = handbill(*words, "--delay", "0s", cwd=project, env=relay).json
    later = handbill(
        *words, "--at", "2099-07-01 09:00", "--allow-repeat", cwd=project, env=relay
    ).json
    worked = handbill("worker", "--once", cwd=project, env=relay)

    assert 0 == worked.exit_code, worked.stderr
    assert ["ada@example.org", "bo@example.org"] == read_accepted(project)
    assert f"{later['campaign']}: scheduled, due 2099-07-01 08:00 UTC" in worked.stderr
    assert (
        "sent"
        == handbill("campaigns", "show", due["campaign"], "--json", cwd=project).json["state"]
    )
    assert "example.org" not in worked.stderr.replace("lantern.example.org", "")


def test_a_worker_runs_until_sigterm(project: Path, relay: dict[str, str]) -> None:
    """It sends what becomes due while it runs; SIGTERM ends it with exit code 0."""
    running = subprocess.Popen(
        [sys.executable, "-m", "pipeline", "worker", "--name", "desk"],
        cwd=project,
        env=environment(**relay),
        stdin=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        words = ("schedule", "tide.md", "--list", "weekly", "--sender", "relay", "--json")
        id = ""
        for _ in range(20):  # until the worker is there
            done = handbill(*words, "--delay", "1s", "--allow-repeat", cwd=project, env=relay)
            id = done.json["campaign"]
            if "No worker" not in done.stderr:
                break
        watched = handbill("campaigns", "show", id, "--watch", cwd=project)
        while "scheduled" in watched.stderr.splitlines()[-1]:
            watched = handbill("campaigns", "show", id, "--watch", cwd=project)
        second = handbill("worker", "--name", "desk", "--once", cwd=project, env=relay)
    finally:
        running.send_signal(signal.SIGTERM)
        _, said = running.communicate(timeout=PATIENCE_S)

    assert (0, 1) == (running.returncode, second.exit_code)
    assert '"desk" is already running' in second.errors[0]
    assert "2 accepted" in watched.stderr
    assert "Traceback" not in said and "ada@" not in said


def test_print_unit(project: Path) -> None:
    """The systemd unit names the project and the worker, and gives the last messages time."""
    unit = handbill("worker", "--print-unit", "--name", "desk", cwd=project).stdout

    assert f"--project {project.resolve()} worker --name desk\n" in unit
    several = handbill("worker", "--print-unit", "--processes", "3", cwd=project).stdout
    assert "worker --name 1 --processes 3\n" in several
    assert "KillSignal=SIGTERM" in unit and "TimeoutStopSec=660" in unit


def test_approval_is_required(project: Path, relay: dict[str, str]) -> None:
    """With approval configured, a schedule is a draft; once approved by digest, the worker sends it."""
    config = (project / "handbill.toml").read_text(encoding="utf-8")
    (project / "handbill.toml").write_text(config + "\n[schedule]\napproval = true\n")
    words = (
        "schedule",
        "tide.md",
        "--list",
        "weekly",
        "--delay",
        "0s",
        "--sender",
        "relay",
        "--json",
    )
    draft = handbill(*words, cwd=project, env=relay)
    handbill("worker", "--once", cwd=project, env=relay)
    assert ("draft", []) == (draft.json["state"], read_accepted(project))
    id = draft.json["campaign"]
    digest = draft.stderr.rpartition("--digest ")[2].split()[0]
    assert 1 == handbill("campaigns", "approve", id, "--digest", "0" * 12, cwd=project).exit_code
    assert 0 == handbill("campaigns", "approve", id, "--digest", digest, cwd=project).exit_code
    handbill("worker", "--once", cwd=project, env=relay)

    assert ["ada@example.org", "bo@example.org"] == read_accepted(project)


def test_a_followed_feed_is_sent(project: Path, relay: dict[str, str]) -> None:
    """New entries are sent once, at the recurring time, until the feed is unfollowed."""
    entry = "<item><guid>{0}</guid><title>{0}</title><description>{1}</description></item>"
    feed = '<rss version="2.0"><channel><title>Quay</title>{}</channel></rss>'
    text = "The clock on the quay has one hand. " * 40
    path = project / "feed.xml"
    path.write_text(feed.format(entry.format("old", text)))
    words = ("schedule", "--feed", "feed.xml", "--list", "weekly", "--sender", "relay")
    planned = handbill(*words, "--every", "sunday 09:00", "--json", cwd=project, env=relay)
    assert (0, "sunday 09:00") == (planned.exit_code, planned.json["every"]), planned.stderr
    assert "1 existing entry" in planned.stderr and "No worker" in planned.stderr
    path.write_text(feed.format(entry.format("new", text) + entry.format("old", text + " Mended.")))
    early = handbill("worker", "--once", cwd=project, env=relay)
    assert "feed.xml: every sunday 09:00, due" in early.stderr
    with closing(sqlite3.connect(project / ".handbill" / "handbill.db")) as file, file:
        file.execute("UPDATE feeds SET next_at = datetime('now', '-1 minute')")
    handbill("worker", "--once", cwd=project, env=relay)
    handbill("worker", "--once", cwd=project, env=relay)

    assert ["ada@example.org", "bo@example.org"] == read_accepted(project)
    assert 0 == handbill(*words, "--stop", cwd=project, env=relay).exit_code
    assert 2 == handbill(*words, cwd=project, env=relay).exit_code
    assert 2 == handbill("schedule", "--list", "weekly", cwd=project).exit_code
