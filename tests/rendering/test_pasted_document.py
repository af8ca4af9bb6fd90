"""
A page pasted into a new project becomes a complete email.

`samples/pasted-page.txt` has what copied pages have: menus, share lines and links to languages above, a title over two
lines, images that left only captions, two notes, an appeal with gaps that is cut off, and boxes of the page below.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from pipeline.cli import cli
from tests.browser import Browser, Scheme, overflow
from tests.rendering.html_reader import Element, Page

SAMPLE = Path(__file__).parent / "samples" / "pasted-page.txt"
TITLE = "The Town Clock Is Not Wrong: It Keeps the Time of a Railway That Closed in 1931"
BUTTON = "https://harbour-paper.org/give"
SETTINGS = {
    'name = "Your Publication"': 'name = "The Harbour Paper"',
    "Your Publication <letters@publication.example>": "The Harbour Paper <letters@harbour-paper.org>",
    "Street and number, postcode, town": "3 Chandlery Row, SK4 2AB Skerrow",
    "# [appeal]": "[appeal]",
    '# url = "https://…"              # your': f'url = "{BUTTON}"  # your',
}


def run(project: Path, *arguments: str, code: int = 0) -> str:
    done = CliRunner().invoke(cli, ["--project", str(project), *arguments])
    assert code == done.exit_code, done.output
    return done.stdout


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A new project with name, address and donation page set, and the pasted page in it."""
    folder = tmp_path_factory.mktemp("paper")
    assert 0 == CliRunner().invoke(cli, ["init", str(folder)]).exit_code
    file = folder / "handbill.toml"
    settings = file.read_text(encoding="utf-8")
    for old, new in SETTINGS.items():
        assert old in settings
        settings = settings.replace(old, new)
    file.write_text(settings, encoding="utf-8")
    (folder / "clock.txt").write_bytes(SAMPLE.read_bytes())
    return folder


@pytest.fixture(scope="module")
def edition(project: Path) -> dict[str, str]:
    """The email: HTML, text and whole message, by extension."""
    run(project, "render", str(project / "clock.txt"), "-o", str(project / "email"))
    files = (project / "email").iterdir()
    return {file.suffix[1:]: file.read_text(encoding="utf-8") for file in files}


def find_appeal(edition: dict[str, str]) -> Element:
    (appeal,) = Page(edition["html"]).root.find_class("appeal-inner")
    return appeal


def walk_texts(element: Element, *tags: str) -> Iterator[str]:
    for found in element.all(*tags):
        yield found.text()


def test_header(edition: dict[str, str]) -> None:
    """Title, subtitle and byline are those of the article; nothing of the page around it is in the email."""
    page = Page(edition["html"])

    assert f"Subject: {TITLE}" in " ".join(edition["eml"].split())
    assert [TITLE] == list(walk_texts(page.root, "h1"))
    assert "Ines Halloway" in page.root.text()
    (preheader,) = page.root.find_class("preheader")
    assert preheader.text().startswith("NOTICE: The council has set aside eleven thousand")
    for part in (page.root.text(), edition["txt"]):
        assert not re.search("Español|Skip to|Share on|Subscribe|Comments|Privacy|Print this", part)


def test_notes(edition: dict[str, str]) -> None:
    """Both notes are endnotes with a way there and back; the first has two paragraphs."""
    page = Page(edition["html"])
    references = [a for a in page.root.all("a") if a.attributes.get("role") == "doc-noteref"]

    assert ["#fn1", "#fn2"] == [a.attributes["href"] for a in references]
    assert {"fn1", "fn2", "fnref1", "fnref2"} <= set(page.ids)
    assert "The record of the vote itself" in page.root.text()
    assert "[2] See, Ruth Pallister" in edition["txt"]


def test_appeal(edition: dict[str, str]) -> None:
    """It begins with a heading, ends with an ellipsis where it is cut off, and has a button to the donation page."""
    appeal = find_appeal(edition)
    coded = re.compile(rf"{re.escape(BUTTON)}\?refcode=[a-z0-9_]+_end")
    links = [a for a in appeal.all("a") if coded.fullmatch(str(a.attributes["href"]))]

    assert ["SUPPORT this paper."] == list(walk_texts(appeal, "h2", "h3"))
    assert "and the index that Miss Orde (our first…" == list(walk_texts(appeal, "li"))[-1][-40:]
    assert ["Donate"] == [a.text() for a in links]
    assert f"(our first…\n\nDonate:\n{links[0].attributes['href']}\n" in edition["txt"]


def test_findings(project: Path) -> None:
    """Each problem is told once, with its lines: the images, the end and the gap of the appeal, and long lines."""
    report = json.loads(run(project, "check", str(project / "clock.txt"), "--json"))
    found = {each["code"]: each for each in report["findings"]}

    assert len(report["findings"]) == len(found) <= 5
    assert {"image.missing", "appeal.truncated", "appeal.gap"} <= found.keys()
    assert (3, 26) == (found["image.missing"]["count"], found["image.missing"]["line"])
    assert (77, 85) == (found["appeal.gap"]["line"], found["appeal.truncated"]["line"])


@pytest.mark.parametrize("width_px", [375, 768, 1280])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_on_screens(
    browser: Browser, edition: dict[str, str], width_px: int, scheme: Scheme
) -> None:
    """Nothing is wider than the window, and the button is as wide as the text above it."""

    def measure(page: Any) -> tuple[int, float, float]:  # Any: Playwright's page
        script = "q => document.querySelector(q).getBoundingClientRect().width"
        button = page.evaluate(script, f'a[href^="{BUTTON}"]')
        return overflow(page), button, page.evaluate(script, ".appeal-inner h2")

    wider, button, text = browser.in_page(
        edition["html"], measure, width_px=width_px, scheme=scheme
    )

    assert 0 == wider
    assert abs(button - text) <= 2
