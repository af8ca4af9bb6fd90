"""Front matter above plain text."""

from __future__ import annotations

from datetime import date

import pytest

from pipeline.errors import LoadError
from pipeline.loaders.shared.completeness import find_unplaced_words
from tests.loaders.text.outlines import outline_blocks, read_text

PROSE = "The harbour of Port Adler was dug by hand in nine winters, and nobody who began it saw it filled."
YAML = """\
---
title: The Port Nobody Needed
subtitle: Nine winters of digging
author: Jane Doe
date: 2024-05-01
language: en-GB
subject: A port
---
"""
TOML = """\
+++
title = "The Port Nobody Needed"
subtitle = "Nine winters of digging"
author = "Jane Doe"
date = 2024-05-01
language = "en-GB"
subject = "A port"
+++
"""


@pytest.mark.parametrize("front_matter", [YAML, TOML])
def test_front_matter(front_matter: str) -> None:
    """YAML and TOML give title, subtitle, author, date, language and subject, as in Markdown."""
    result = read_text(f"{front_matter}\n{PROSE}\n")
    article = result.article

    assert "The Port Nobody Needed" == article.title
    assert "Nine winters of digging" == article.subtitle
    assert "Jane Doe" == article.byline
    assert date(2024, 5, 1) == article.published
    assert "en-GB" == article.language
    assert "A port" == article.front_matter.subject
    assert [f"p {PROSE}"] == outline_blocks(article.blocks)
    assert [] == find_unplaced_words(result)


def test_front_matter_above_a_header() -> None:
    """Values of front matter replace those in the text, and what they replace is listed."""
    result = read_text(f"{YAML}\nThe Port Nobody Needed\n\nBy John Roe\n\n{PROSE}\n")
    article = result.article

    assert "Jane Doe" == article.byline
    assert [f"p {PROSE}"] == outline_blocks(article.blocks)
    assert {
        ("header.title-repeated", "The Port Nobody Needed"),
        ("header.replaced", "John Roe"),
    } <= {(one.reason, one.text) for one in article.dropped}
    assert [] == find_unplaced_words(result)


def test_given_title_is_not_in_the_text() -> None:
    """With a title in front matter the first line of the text is a heading, not a second title."""
    article = read_text(f"{YAML}\nHow it began\n\n{PROSE}\n").article

    assert ["h2 How it began", f"p {PROSE}"] == outline_blocks(article.blocks)


def test_rule_above_the_text() -> None:
    """A line of dashes above a blank line is a horizontal rule."""
    article = read_text(f"---\n\nThe Port Nobody Needed\n\n{PROSE}\n\n---\n\n{PROSE}\n").article

    assert "The Port Nobody Needed" == article.title


def test_open_front_matter() -> None:
    """Front matter that is not closed is refused."""
    with pytest.raises(LoadError, match="not closed"):
        read_text(f"---\ntitle: The Port Nobody Needed\n\n{PROSE}\n")


def test_fetched_front_matter() -> None:
    """Fetched front matter sets no subject."""
    article = read_text(f"{YAML}\n{PROSE}\n", is_trusted=False).article

    assert article.front_matter.subject is None
