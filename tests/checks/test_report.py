"""What a person is told: the line, a hint for the format, and each problem once."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.checks.report import prepare_report
from pipeline.loaders import load
from pipeline.models.finding import Finding, Severity

MARKDOWN = "---\ntitle: Tide\n---\n\nThe tide.[^9]\n\n![](a.png)\n\nIt turns.\n"


def find(where: str, message: str = "Bad.", code: str = "link.malformed") -> Finding:
    return Finding(
        code=code, severity=Severity.WARNING, where=where, message=message, hint="Fix it."
    )


def write(folder: Path, name: str, content: str) -> str:
    path = folder / name
    path.write_text(content, encoding="utf-8")
    return str(path)


@pytest.mark.parametrize(
    ("name", "content", "line"),
    [
        ("a.md", MARKDOWN, 9),
        ("a.html", "<html><body>\n<h1>Tide</h1>\n<p>The tide.</p>\n<p>It <b>turns</b>.</p>\n", 4),
        ("a.txt", "Tide\n\nThe tide came in over the wall.\n\nIt turns.\n", 5),
    ],
)
def test_findings_have_the_line(tmp_path: Path, name: str, content: str, line: int) -> None:
    """In Markdown, HTML and text, by the words that they quote; None where the words are not in the source."""
    article = load(write(tmp_path, name, content))
    (located,) = prepare_report([find('near "It turns."')], article)
    (unknown,) = prepare_report([find("the footer")], article)

    assert (line, None) == (located.line, unknown.line)
    assert line == located.to_json()["line"]


def test_loader_warnings_have_the_line(tmp_path: Path) -> None:
    """In the JSON form too."""
    article = load(write(tmp_path, "a.md", MARKDOWN))
    (warning,) = [each for each in article.warnings if each.code == "note.missing"]

    assert 5 == warning.line
    assert 5 in [each["line"] for each in article.to_json()["warnings"]]


@pytest.mark.parametrize(
    ("name", "words"), [("a.md", "![A bell"), ("a.html", 'alt="'), ("a.txt", "line above")]
)
def test_hints_are_for_the_format(tmp_path: Path, name: str, words: str) -> None:
    """Nobody is told to write Markdown into a web page."""
    article = load(write(tmp_path, name, "Tide\n\nThe tide came in.\n"))
    (finding,) = prepare_report([find("an image", code="image.alt-missing")], article)

    assert words in finding.hint
    assert ("![" in finding.hint) == (name == "a.md")


def test_one_problem_is_one_finding(tmp_path: Path) -> None:
    """The first place in full, two more by name, and how many there are."""
    article = load(write(tmp_path, "a.md", MARKDOWN))
    found = [find(f'near "place {number}"') for number in range(15)]
    (finding,) = prepare_report(found, article)

    assert ('near "place 0"', 15) == (finding.where, finding.count)
    assert finding.message.endswith('The same: near "place 1"; near "place 2", and 12 more places.')
    assert 2 == len(prepare_report([find("a"), find("b", code="link.unsafe")], article))


def test_tables_of_the_configuration_are_different_problems(tmp_path: Path) -> None:
    """What is wrong in each of them is told, though the code is the same."""
    article = load(write(tmp_path, "a.txt", "Tide\n\nThe tide came in.\n"))
    tables = ("[senders.relay]", "[senders.spare]", "[schedule] stale_after")
    found = [find(table, f'"{table}" is bad.', code="config.unusable") for table in tables]

    assert tables == tuple(each.where for each in prepare_report(found, article))
