"""The subscriber commands: from an import to an erasure."""

from __future__ import annotations

import csv
from pathlib import Path

from tests.journey.command import handbill
from tests.support import SEEDS


def rows(path: Path) -> list[dict[str, str]]:
    """Return the rows of a CSV file."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_from_import_to_erasure(project: Path) -> None:
    """Try an import, run it, export a segment, unsubscribe, erase; a second import subscribes nobody again."""
    table = SEEDS / "subscribers.csv"
    into = ("subscribers", "import", table, "--list", "weekly")
    tried = handbill(*into, "--dry-run", "--json", cwd=project)
    assert (0, 200, 200, ["lists"]) == (
        tried.exit_code,
        tried.json["rows"],
        tried.json["added"],
        tried.json["ignored_columns"],
    )
    assert "Dry run: nothing was saved." in tried.stderr
    assert {"lists": []} == handbill("subscribers", "list", "--json", cwd=project).json

    done = handbill(*into, cwd=project)
    assert "200 subscribers imported: 200 added." in done.stderr
    assert 0 == done.exit_code
    assert "weekly: 200 reachable" in handbill("subscribers", "list", cwd=project).stdout
    people = rows(table)
    first = people[0]
    shown = handbill("subscribers", "show", first["email"], "--json", cwd=project).json
    assert (first["name"], ["weekly"]) == (
        shown["subscriber"]["name"],
        shown["subscriber"]["lists"],
    )

    wanted = ("--list", "weekly", "--segment", 'donor = "monthly"')
    handbill("subscribers", "export", *wanted, "-o", "monthly.csv", cwd=project)
    givers = [row["email"] for row in people if row["donor"] == "monthly"]
    assert givers == [row["email"] for row in rows(project / "monthly.csv")]

    assert 0 == handbill("subscribers", "unsubscribe", givers[0], cwd=project).exit_code
    assert 0 == handbill("subscribers", "forget", givers[1], "--yes", cwd=project).exit_code
    again = handbill("subscribers", "import", "monthly.csv", "--list", "weekly", cwd=project)
    assert f"{len(givers) - 2:,} unchanged" in again.stderr
    assert "Recorded and never mailed: 1 unsubscribed, 1 suppressed." in again.stderr
    assert 1 == handbill("subscribers", "add", givers[0], "--list", "weekly", cwd=project).exit_code


def test_skipped_rows_are_printed_and_written(project: Path) -> None:
    """Skipped rows are printed with line and reason; the report file has all of them."""
    bad = "".join(f"nobody {number}\n" for number in range(30))
    (project / "readers.csv").write_text(f"email\n{bad}ada@example.org\n", encoding="utf-8")
    done = handbill(
        *("subscribers", "import", "readers.csv", "--list", "weekly", "--report", "refused.csv"),
        cwd=project,
    )
    assert 0 == done.exit_code
    assert "1 subscriber imported: 1 added. 30 rows skipped: 30 refused." in done.stderr
    assert 'line 2: skipped: nobody 0: "nobody 0" is' in done.stderr
    assert "and 10 more" in done.stderr
    assert 30 == len(rows(project / "refused.csv"))


def test_missing_arguments(project: Path, tmp_path: Path) -> None:
    """A missing list, terminal, project or column is one clear error."""
    (project / "readers.csv").write_text("name\nAda\n", encoding="utf-8")
    both = ("--list", "weekly", "--suppress")
    assert 2 == handbill("subscribers", "import", "readers.csv", *both, cwd=project).exit_code
    assert 2 == handbill("subscribers", "forget", "ada@example.org", cwd=project).exit_code
    done = handbill("subscribers", "import", "readers.csv", "--list", "weekly", cwd=project)
    assert 1 == done.exit_code
    assert "no column contains email addresses" in done.stderr
    outside = handbill("subscribers", "list", cwd=tmp_path)
    assert ["Error: This needs a project. Start one: handbill init my-newsletter"] == outside.errors
