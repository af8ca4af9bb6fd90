"""What a person is told: the line, a hint for the format, and each problem once."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from pipeline.checks.finding_report import prepare_report
from pipeline.checks.format_hints import Format, adapt_hint
from pipeline.loaders import Source, load
from pipeline.loaders.formats import find_loader_for_file
from pipeline.loaders.shared.find_lines import find_lines
from pipeline.models.article import Article, LoadWarning
from pipeline.models.finding import Finding, Severity
from pipeline.models.source_text import SourceText
from pipeline.rendering.warning_hints import get_warning_hint
from tests.support import ROOT

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


WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
CODES = (
    *(
        "image.alt-missing",
        "image.alt-filename",
        "image.missing",
        "note.missing",
        "note.unreferenced",
    ),
    *("list.unmarked", "anchor.missing"),
)


def adapt(code: str, media_type: str, hint: str = "Fix it.") -> str:
    finding = replace(find("a place", code=code), hint=hint)
    return adapt_hint(finding, Article(source=SourceText(media_type, b""))).hint


@pytest.mark.parametrize("code", CODES)
def test_hints_are_for_the_format(code: str) -> None:
    """Nobody is told to write Markdown into a web page or a Word document, or to look for menus in a text file."""
    hints = {each: adapt(code, each.value) for each in Format}
    hints_of_others = adapt(code, "application/rss+xml")

    for format_, hint in hints.items():
        assert ("In Word" in hint or "in Word" in hint) == (format_ is Format.WORD)
        assert format_ is Format.MARKDOWN or not re.search(r"\]\(|\[\^", hint)
        assert format_ is Format.HTML or not re.search("<[a-z]|alt=", hint)
    assert not re.search(r"\]\(|\[\^|<[a-z]|alt=|Word", hints_of_others)


@pytest.mark.parametrize(
    ("media_type", "has_front_matter"),
    [("text/markdown", True), ("text/plain", True), ("text/html", False), (WORD, False)],
)
def test_settings_of_formats_without_front_matter(media_type: str, has_front_matter: bool) -> None:
    """A web page or a Word document has no front matter; the file that `handbill convert` writes has."""
    hint = adapt("subject.long", media_type, "Shorten it: subject in the front matter.")

    assert has_front_matter != ("handbill convert" in hint)


def test_every_loader_code_says_what_is_at_stake() -> None:
    """Each code of the table of sources in the docs has a sentence about readers of its own."""
    table = (ROOT / "docs/reference/checks.md").read_text(encoding="utf-8")
    codes = re.findall(r"^\| `([a-z.-]+)` \| warning", table.partition("## The source")[2], re.M)

    others = get_warning_hint("unknown.code")
    missing = {each for each in codes if get_warning_hint(each) == others}
    assert 30 < len(codes)
    assert {"language.untranslated"} == missing  # a finding of the renderer, with its own hint


@pytest.mark.parametrize(
    ("name", "content", "lines"),
    [
        ("a.md", "# Tide\n\nIt turns.\n\nIt turns.\n\nIt turns.\n", [3, 5, 7]),
        ("a.html", "<h1>Tide</h1>\n<p>It turns.</p>\n<p>It <b>turns</b>.</p>", [2, 3, 3]),
    ],
)
def test_repeated_passages_have_their_own_line(
    tmp_path: Path, name: str, content: str, lines: list[int]
) -> None:
    """The second warning about the same words is at their second place."""
    path = Path(write(tmp_path, name, content))
    article = load(str(path))
    warning = LoadWarning(code="note.uncertain", message="Look at “It turns”.")
    article = replace(article, warnings=(warning,) * 3)
    source = Source(location=str(path), content=path.read_bytes(), media_type="")
    located = find_lines(article, source, find_loader_for_file(name))

    assert lines == [each.line for each in located.warnings]


def test_repeated_passages_are_distinguished_by_what_is_beside_them(tmp_path: Path) -> None:
    """Of three links with the same text, the one whose address the finding names."""
    links = "See [here](https://a.example).\n\nSee [here](htp://b.example).\n\nSee [there](c).\n"
    article = load(write(tmp_path, "a.md", f"# Here\n\n{links}"))
    (finding,) = prepare_report(
        [find('near "here"', 'The address "htp://b.example" is wrong.')], article
    )
    repeated = prepare_report([find('near "See"', f"Bad {i}.") for i in range(3)], article)

    assert 5 == finding.line
    assert [3, 5, 7] == [place.line for place in repeated[0].places]


def test_one_problem_is_one_finding(tmp_path: Path) -> None:
    """The first place in full, two more by name, and how many there are."""
    article = load(write(tmp_path, "a.md", MARKDOWN))
    found = [find(f'near "place {number}"') for number in range(15)]
    (finding,) = prepare_report(found, article)

    assert ('near "place 0"', 15) == (finding.where, finding.count)
    assert finding.message.endswith('The same: near "place 1"; near "place 2", and 12 more places.')
    places = [f'near "place {number}"' for number in range(15)]
    assert [(place, None) for place in places] == [(p.where, p.line) for p in finding.places]
    assert places == [place["where"] for place in finding.to_json()["places"]]
    assert [{"where": "a", "line": None}] == find("a").to_json()["places"]
    assert 2 == len(prepare_report([find("a"), find("b", code="link.unsafe")], article))


def test_tables_of_the_configuration_are_different_problems(tmp_path: Path) -> None:
    """What is wrong in each of them is told, though the code is the same."""
    article = load(write(tmp_path, "a.txt", "Tide\n\nThe tide came in.\n"))
    tables = ("[senders.relay]", "[senders.spare]", "[schedule] stale_after")
    found = [find(table, f'"{table}" is bad.', code="config.unusable") for table in tables]

    assert tables == tuple(each.where for each in prepare_report(found, article))
