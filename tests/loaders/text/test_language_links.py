"""Leave out links to the same page in other languages."""

from __future__ import annotations

import pytest

from pipeline.loaders.text.boilerplate.language_links import is_language_links
from tests.loaders.text.outlines import read_text

PROSE = (
    "The harbour of Port Adler was dug by hand in nine winters, and nobody who began it saw it filled; "
    "those who did had long forgotten what it was for."
)


@pytest.mark.parametrize(
    "line",
    [
        "Read this article in: Español | Français",
        "Read this article in Spanish",
        "Also available in: Deutsch, Italiano and Português",
        "Read in other languages:",
        "Diesen Text lesen auf: English / Türkçe",
        "Lire en anglais",
        "Lire cet article en : English · Español",
        "Leer en inglés",
        "Leia em inglês | espanhol",
        "Leggi in inglese",
        "Languages: EN | FR",
        "DE · EN · FR",
        "English",
        "[ Polski | Українська ]",
        "Read this in: 日本語",
    ],
)
def test_links_to_languages(line: str) -> None:
    """With or without a label, in its own words, by names or codes; between menu and title they are no part of it."""
    assert is_language_links(line)
    article = read_text(
        f"Skip to main content\n\n{line}\n\nThe Port Nobody Needed\n\nBy Ida Marsh\n\n{PROSE}"
    ).article
    assert ("The Port Nobody Needed", None, "Ida Marsh") == (
        article.title,
        article.subtitle,
        article.byline,
    )
    assert ("boilerplate.languages", line) in {(each.reason, each.text) for each in article.dropped}


@pytest.mark.parametrize(
    "line",
    [
        "Read this in the harbour office",
        "English is not enough",
        "French lessons: a report from Selby",
        "Also in this issue: the ferry",
        "Spanish and French boats collide off Port Adler",
        "It is",
        "Read all about it in English harbours",
        "No",
    ],
)
def test_titles_with_languages(line: str) -> None:
    """A title that only mentions a language stays."""
    assert not is_language_links(line)
