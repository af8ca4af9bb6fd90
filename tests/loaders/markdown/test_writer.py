"""What is written as Markdown is read as the same article."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given

from pipeline.errors import LoadError
from pipeline.loaders import load as load_file
from pipeline.loaders.markdown.writer import convert_article, write_markdown
from pipeline.models.article import (
    Article,
    Block,
    Dropped,
    Figure,
    FoundAppeal,
    FrontMatter,
    Heading,
    List,
    Paragraph,
    Text,
)
from tests.loaders.markdown.source import load, read
from tests.loaders.markdown.test_markdown_properties import random_markup
from tests.strategies import articles
from tests.support import require_corpus


def paragraph(text: str) -> Paragraph:
    return Paragraph(inlines=(Text(text=text),))


def write(article: Article) -> str:
    """Return *article* as Markdown, after checking that it is read as the same article."""
    written = write_markdown(article)
    assert () == written.differences
    return written.text


@given(article=articles())
def test_what_was_read_is_written_and_read_again(article: Article) -> None:
    """An article of any blocks, once it is Markdown, stays the same each time it is written and read."""
    article = load(write_markdown(article).text)
    assert () == write_markdown(article).differences


@given(text=random_markup)
def test_random_markup_converts(text: str) -> None:
    """Markdown of random pieces is written as Markdown that is read as the same article."""
    try:
        article = read(text).article
    except LoadError:
        return
    assert () == write_markdown(article).differences


def _list_inputs() -> list[Path]:
    folder = os.environ.get("HANDBILL_CORPUS")
    if not folder:
        return []
    cases = [json.loads(path.read_text()) for path in Path(folder, "cases").glob("*.expected.json")]
    return sorted(Path(folder, "cases", case["input"]) for case in cases)


@pytest.mark.parametrize("path", _list_inputs() or [None], ids=lambda p: p.name if p else "none")
def test_real_articles_convert(path: Path | None) -> None:
    """Each article of the corpus, whatever its format, is written as Markdown that is read as the same article."""
    require_corpus()
    assert path is not None
    assert () == write_markdown(load_file(str(path))).differences


def test_an_appeal_is_marked() -> None:
    """The appeal stands between two lines, and is read as the appeal whatever its words."""
    appeal = FoundAppeal(blocks=(paragraph("Nothing here asks for anything."),))
    text = write(Article(title="Bell", blocks=(paragraph("It rings."),), appeal=appeal))
    assert "\n::: appeal\n\nNothing here asks for anything.\n\n:::\n" in text
    assert appeal == load(text).appeal


def test_text_like_an_appeal_stays_text() -> None:
    """If nothing is the appeal, the front matter says so, and no rule takes the text for one."""
    blocks: tuple[Block, ...] = (
        *[paragraph("It rings.")] * 9,
        Heading(level=2, inlines=(Text(text="Donate now"),)),
        paragraph("Your donation keeps us independent: donate monthly, donors."),
    )
    text = write(Article(title="Bell", blocks=blocks))
    assert "\ndetect_appeal: false\n" in text


def test_an_article_without_a_title_keeps_its_first_heading() -> None:
    """An empty title means no title: the first heading is not taken for it."""
    heading = Heading(level=2, inlines=(Text(text="Of bells"),))
    text = write(Article(blocks=(heading, paragraph("They ring."))))
    assert text.startswith("---\ntitle: ''\n")


def test_braces_of_others_stay_text() -> None:
    """Braces in what was fetched are text, although fields work in the project's own files."""
    text = write(
        Article(title="Bell", blocks=(paragraph("Dear {{ name }}, {% if x %} {{< y >}}"),))
    )
    assert "\nfields: false\n" in text
    assert not load(text).has_fields


def test_missing_pictures_have_a_comment() -> None:
    """Where a picture was lost, its caption and credit stay, and a comment says what to do."""
    lost = Figure(src=None, caption=(Text(text="The quay"),), credit="Nell Oddy")
    text = write(Article(title="Bell", blocks=(lost, replace(lost, credit=None, alt="A quay"))))
    assert 2 == text.count("lost in copying")


def test_picture_with_credit_and_size() -> None:
    """Credit and size of a picture are attributes after it."""
    figure = Figure(
        src="a.jpg", alt="A bell", caption=(Text(text="Rung."),), credit="N. Oddy", width=640
    )
    text = write(Article(title="Bell", blocks=(figure,)))
    assert '![A bell](a.jpg "Rung."){credit="N. Oddy" width="640"}' in text


def test_what_was_left_out_is_a_comment() -> None:
    """What was left out is listed in a comment, which cannot end early."""
    dropped = (Dropped(reason="page.menu", text="Home --> News"),)
    text = write(Article(title="Bell", blocks=(paragraph("It rings."),), dropped=dropped))
    assert "\n<!--\nLeft out of this article:\npage.menu: Home - -> News\n-->\n" in text


def test_front_matter_of_the_issue_is_written_again() -> None:
    """Subject, preheader and appeal settings of the front matter are written again."""
    settings = FrontMatter(subject="A bell: rung", preheader="Twice", appeal={"heading": "Give"})
    text = write(Article(title="Bell", blocks=(paragraph("It rings."),), front_matter=settings))
    assert "subject: 'A bell: rung'\npreheader: Twice\n" in text


def test_readable_markdown() -> None:
    """What a person would write comes out as a person would write it."""
    source = (
        "---\ntitle: Bell\n# subtitle:\n# author:\n# date:\n# preheader:\n# canonical_url:\n---\n\n"
        "It *rings*, **twice**: [here](https://example.org/a?b=1&c=2).[^1] Snake_case and 2 < 3.\n\n"
        "## How {#how}\n\n- one\n- two\n\n<!-- -->\n\n- three\n\n> Quoted.\n>\n> — Nell\n\n"
        "| a | b |\n| --- | ---: |\n| 1 | 2 |\n\n```sh\nring\n```\n\n[^1]: A note.\n"
    )
    article = load(source.replace("2 <", "2 \\<").replace("| ---: |", "| --- |"))
    assert source.replace("2 <", "2 \\<").replace("| ---: |", "| --- |") == write(article)


def test_two_lists_stay_two() -> None:
    """Two lists one after the other are not read as one."""
    lists = tuple(List(ordered=False, items=((paragraph(word),),)) for word in ("one", "two"))
    write(Article(title="Bell", blocks=lists))


def test_pictures_move_with_the_file(tmp_path: Path) -> None:
    """Contained pictures get a folder beside the file; the paths of others lead from where the file will be."""
    figures = (
        Figure(src="in.png", alt="x"),
        Figure(src="b.png"),
        Figure(src="https://e.org/c.png"),
    )
    article = Article(title="Bell", blocks=figures, files={"in.png": b"png"})
    conversion = convert_article(
        article, source_folder=tmp_path, output=tmp_path / "out" / "bell.md"
    )
    assert {"bell.files/in.png": b"png"} == conversion.files
    assert "(bell.files/in.png)" in conversion.text
    assert "(../b.png)" in conversion.text
    assert "(https://e.org/c.png)" in conversion.text
