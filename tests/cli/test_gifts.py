"""`handbill gifts`, from a campaign to the report."""

from __future__ import annotations

import csv
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from pipeline.project import Project
from pipeline.testing import RecordingSender
from pipeline.web.preview.sending.gift_page import build_gift_page
from tests.cli.test_history import CONFIG, run

APPEAL = """
[appeal]
text = "Please give."
url = "https://lantern.example.org/give"
amounts = [5, 10]
monthly = [3]
currency = "EUR"
"""


@pytest.fixture
def prefix(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> str:
    """The beginning of the reference codes of an issue that was written to the outbox."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "handbill.toml").write_text(CONFIG + APPEAL)
    (tmp_path / "lamp.md").write_text("---\ntitle: The lamp\n---\n\nThe lamp is lit.\n")
    run(capsys, "send", "lamp.md", "--to", "ada@example.org", "--sender", "outbox", "--yes")
    report = json.loads(run(capsys, "gifts", "show", "--json"))
    return str(report["issues"][0]["code"])


def write_gifts(path: Path, prefix: str, count: int) -> None:
    """Write an export of *count* gifts by one button, a few by two others, and one by an unknown code."""
    day = datetime.now(UTC) + timedelta(days=1)
    codes = [
        *[f"{prefix}_end_5"] * count,
        *[f"{prefix}_end_m3"] * 6,
        *[f"{prefix}_end_10"] * 5,
        "typo",
        "",
    ]
    rows = "".join(f"t{n},5.00,EUR,{day:%Y-%m-%d},{code}\n" for n, code in enumerate(codes))
    path.write_text(f"id,amount,currency,date,code\n{rows}bad,ten,EUR,{day:%Y-%m-%d},x\n")


def test_import_and_report(prefix: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """In words, JSON and CSV; a button with few gifts has no figures, and a file may come twice."""
    write_gifts(tmp_path / "gifts.csv", prefix, 10)
    dry = json.loads(run(capsys, "gifts", "import", "gifts.csv", "--dry-run", "--json"))
    assert 0 == len(json.loads(run(capsys, "gifts", "show", "--json"))["issues"][0]["totals"])
    run(capsys, "gifts", "import", "gifts.csv")
    again = json.loads(run(capsys, "gifts", "import", "gifts.csv", "--json"))

    assert (24, 23, 0, 1) == (dry["rows"], dry["added"], dry["repeated"], dry["refused"])
    assert (0, 23) == (again["added"], again["repeated"])
    assert {"": 1, "typo": 1} == again["unknown_codes"]
    assert [{"line": 25, "reason": 'the amount "ten" is not clear'}] == again["refusals"]

    report = json.loads(run(capsys, "gifts", "show", "--json"))
    (totals,) = report["issues"][0]["totals"]
    assert ("EUR", 21, 10_500, 0) == tuple(
        totals[name] for name in ("currency", "gifts", "gross", "refunds")
    )
    many, also_few, few = report["issues"][0]["buttons"]
    assert 10 == also_few["fewer_than"]
    assert (10, 5000) == (many["gifts"], many["net"])
    assert (10, None) == (few["fewer_than"], few.get("gross"))
    assert {("about", 500)} == {("about", each["net_about"]) for each in report["unknown_codes"]}
    assert ["", "typo"] == [each["code"] for each in report["unknown_codes"]]

    shown = run(capsys, "gifts", "show", prefix)
    assert "21 gifts, 105.00 EUR" in shown
    assert "10 gifts, 50.00 EUR net" in shown
    assert "fewer than 10 gifts" in shown
    table = list(csv.reader(run(capsys, "gifts", "show", "--csv").splitlines()))
    assert ["once", "500", "EUR", "10", "0", "5000", "0", "0", "5000"] == table[1][5:]
    assert ["monthly", "300", "EUR", "<10", "", "", "", "", ""] == table[3][5:]


def test_an_unknown_issue_is_an_error(prefix: str, capsys: pytest.CaptureFixture[str]) -> None:
    """With the codes of those that are known."""
    from pipeline import cli

    assert 1 == cli.run(["gifts", "show", f"{prefix}x"])
    assert f'Did you mean "{prefix}"?' in capsys.readouterr().err


def test_a_split_is_reported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """In words, as JSON and on the page, without claiming what few gifts cannot tell."""
    monkeypatch.chdir(tmp_path)
    split = '[[appeal.variants]]\nsplit = 50\nname = "bread"\nheading = "The price of a loaf"\n'
    (tmp_path / "handbill.toml").write_text(f"{CONFIG}{APPEAL}\n{split}")
    (tmp_path / "lamp.md").write_text("---\ntitle: The lamp\n---\n\nThe lamp is lit.\n")
    project = Project.open(tmp_path)
    edition = project.render(project.edit(project.load("lamp.md")))
    recipients = project.parse_recipients(f"r{number}@example.org" for number in range(20))
    project.send(edition, recipients, sender=RecordingSender())
    prefix = json.loads(run(capsys, "gifts", "show", "--json"))["issues"][0]["code"]
    write_gifts(tmp_path / "gifts.csv", prefix, 12)
    run(capsys, "gifts", "import", "gifts.csv")

    conclusion = "Cannot tell yet: fewer than 10 gifts came by variant bread."
    found = json.loads(run(capsys, "gifts", "show", "--json"))["issues"][0]["split"]
    assert ([conclusion], []) == (found["conclusions"], found["differences"])
    assert 20 == sum(each["accepted"] for each in found["variants"])
    assert [None, 10] == [each.get("fewer_than") for each in found["variants"]]
    assert conclusion in run(capsys, "gifts", "show", prefix)
    (entry,) = build_gift_page(project).issues
    assert ([conclusion], "under 10") == (list(entry.conclusions), entry.split[1].gifts)
