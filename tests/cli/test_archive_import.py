"""`handbill archive import`, from an export to the pages."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.test_history import CONFIG, run
from tests.loaders.exports.sample_exports import WRITERS, write_ghost, write_substack

ARCHIVE = '\n[archive]\nurl = "https://lantern.example.org/issues"\n'
PAGE = "https://lantern.example.org/issues/rain-gauges/"


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A project with an archive, in the current folder."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "handbill.toml").write_text(CONFIG + ARCHIVE)


def list_issues(capsys: pytest.CaptureFixture[str]) -> list[tuple[str, str]]:
    """Return the slug and the day of each issue in the archive."""
    shown = json.loads(run(capsys, "archive", "show", "--json"))
    return [(each["slug"], each["published_at"][:10]) for each in shown["issues"]]


@pytest.mark.parametrize("system", WRITERS)
def test_import(system: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The issues are in the archive with their slugs and dates; a second time changes nothing."""
    path = str(WRITERS[system](tmp_path))
    done = json.loads(
        run(capsys, "archive", "import", path, "--site", "https://old.example.org", "--json")
    )
    assert (["rain-gauges", "ferry-bells"], []) == (done["added"], done["failures"])
    assert [("ferry-bells", "2024-03-09"), ("rain-gauges", "2024-03-02")] == list_issues(capsys)

    again = json.loads(run(capsys, "archive", "import", path, "--json"))
    assert ([], 2, done["redirects"]) == (again["added"], again["known"], again["redirects"])
    if system != "Mailchimp":  # its export does not name the addresses
        assert "rain-gauges" in done["redirects"].values()


def test_redirects(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Old addresses and new pages, as a table and in the form of Netlify."""
    path = str(write_substack(tmp_path))
    run(capsys, "archive", "import", path)
    lines = (tmp_path / "redirects.csv").read_text().splitlines()
    assert ["old,new", f"/p/rain-gauges,{PAGE}"] == [lines[0], lines[2]]
    run(capsys, "archive", "import", path, "--redirects", "public/_redirects")
    assert f"/p/rain-gauges {PAGE} 301" in (tmp_path / "public" / "_redirects").read_text()


def test_dry_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A dry run counts and changes nothing."""
    path = str(write_ghost(tmp_path))
    done = json.loads(run(capsys, "archive", "import", path, "--dry-run", "--json"))
    assert (2, {"for subscribers only": 1, "draft": 1, "page": 1}) == (
        len(done["added"]),
        done["left_out"],
    )
    assert [] == list_issues(capsys)
    assert not (tmp_path / "redirects.csv").exists()


def test_paid_posts(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What only subscribers could read is published only when somebody asks for it."""
    path = str(write_ghost(tmp_path))
    run(capsys, "archive", "import", path)
    assert "members" not in dict(list_issues(capsys))
    run(capsys, "archive", "import", path, "--include-paid", "--unlisted")
    shown = json.loads(run(capsys, "archive", "show", "members", "--json"))
    assert ["unlisted"] == [each["visibility"] for each in shown["issues"]]
