"""Reports that a person saved are recorded as those that arrived."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pipeline import cli
from pipeline.models.event import EventKind
from pipeline.project import Project
from tests.senders.webhooks.postmark_project import send_through_postmark
from tests.senders.webhooks.services.postmark import POSTMARK_REPORTER


def test_saved_reports_are_imported_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Those with a token of ours change what they say; again, they change nothing."""
    root, saved = tmp_path / "bell", tmp_path / "saved.jsonl"
    token = send_through_postmark(root, monkeypatch)[0]
    cases = {case.name: case for case in POSTMARK_REPORTER.cases}
    items = [
        cases["hard"].item(token, 1),
        cases["hard"].item("nonsense", 2),
        cases["open"].item(token, 3),
    ]
    saved.write_text("\n".join(map(json.dumps, items)), encoding="utf-8")
    words = ["--project", str(root), "events", "import", str(saved), "--service", "postmark"]
    capsys.readouterr()
    for expected in (
        "1 event recorded, 1 of other messages, 1 that change nothing.",
        "0 events recorded, 2 known already, 1 of other messages, 1 that change nothing.",
    ):
        assert 0 == cli.run(words)
        assert expected == capsys.readouterr().err.strip()
    with Project.open(root).open_events() as ledger:
        found = [each.event for each in ledger.list_events(kind=EventKind.BOUNCED)]
    assert [None, "r0@example.org"] == [event.mailbox for event in found]


def test_a_line_that_is_no_report_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nothing is recorded then."""
    root, saved = tmp_path / "bell", tmp_path / "saved.jsonl"
    token = send_through_postmark(root, monkeypatch)[0]
    item = json.dumps(POSTMARK_REPORTER.cases[0].item(token, 1))
    saved.write_text(f"{item}\n\n[nonsense\n", encoding="utf-8")
    capsys.readouterr()
    words = ["events", "import", str(saved), "--service", "postmark"]
    assert 1 == cli.run(["--project", str(root), *words])
    assert f"{saved}:3: is no report of postmark: its body is not JSON." in capsys.readouterr().err
    with Project.open(root).open_events() as ledger:
        assert [] == list(ledger.list_events())
