"""An email has the text of its article: nothing lost, joined or repeated, in either part."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from pipeline.markup import split_fields
from pipeline.models.article import (
    Article,
    Break,
    Cell,
    Code,
    Definition,
    Definitions,
    Embed,
    Figure,
    Image,
    Inline,
    InlineCode,
    Link,
    List,
    Note,
    NoteRef,
    Quote,
    Rule,
    Table,
    Text,
)
from pipeline.models.issue import NoteAnchors
from pipeline.models.recipient import Recipient
from pipeline.models.tree import walk
from pipeline.rendering.locales import RIGHT_TO_LEFT_MARK
from pipeline.rendering.translations import load_translations
from tests.rendering.html_reader import Page, squeezed
from tests.rendering.sample_issues import ADA, THEMES, fill_sample, render_sample
from tests.strategies import MARK, articles

NAME = 'Ada & "<i>Byron</i>" {{ x }} \U0001f469\u200d\U0001f680'
READER = Recipient(address=ADA.address, values={"name": NAME})
ANCHORS = st.sampled_from(NoteAnchors)
LANGUAGES = st.sampled_from(["en", "he", "ar", "ja"])
IN_THEME = st.sampled_from(THEMES)


def expected_text(
    node: Any, has_fields: bool
) -> str:  # Any: every kind of node, tuples and strings
    """Return the words of *node* as the HTML has to show them, a line end around each block."""

    def also(*nodes: Any) -> str:
        return "".join(expected_text(n, has_fields) for n in nodes)

    match node:
        case None:
            return ""
        case str():
            return expected_field_text(node, has_fields)
        case tuple():
            return "".join(
                (",\u00a0" if isinstance(one, NoteRef) and isinstance(other, NoteRef) else "")
                + expected_text(other, has_fields)
                for one, other in pairwise((None, *node))
            )
        case Text(text=text):
            return also(text)
        case Link(inlines=inlines):
            return also(tuple(flat(inlines)))
        case InlineCode(code=code):
            return visible(code)
        case Code(code=code):
            return f"\n{visible(code)}\n"
        case Break() | Rule():
            return "\n"
        case Image():
            return ""
        case NoteRef(note=number):
            return str(number)
        case Quote(blocks=blocks, attribution=by):
            return also(blocks, "\n", by, "\n")
        case List(items=items):
            return "".join(f"\n{also(item)}\n" for item in items)
        case Table(header=header, rows=rows, caption=caption):
            return f"\n{also(caption)}\n{also(header)}\n{also(*rows)}\n"
        case Cell(blocks=blocks) | Note(blocks=blocks):
            return f"\n{also(blocks)}\n"
        case Figure(src=src, caption=caption, credit=credit):
            if src is None and not any(isinstance(each, NoteRef) for each in walk(caption)):
                return "\n"  # nothing is left of an image that was lost
            by = f" {credit}" if credit else ""
            return f"\n{also(caption, by)}\n"
        case Definitions(items=items):
            return also(*items)
        case Definition(term=term, blocks=blocks):
            return f"\n{also(term)}\n{also(blocks)}\n"
        case Embed(href=href, title=title):
            return f"\n{also(title or href)}\n"
        case _ if "level" in node.__slots__ or node.type == "paragraph":
            return f"\n{also(node.inlines)}\n"
        case _:
            return also(node.inlines)


def flat(inlines: tuple[Inline, ...]) -> Iterator[Inline]:
    """Yield *inlines* as they are set in a link, from which links and references are lifted."""
    for inline in inlines:
        inside = () if isinstance(inline, Link) else getattr(inline, "inlines", ())
        yield from flat(inside) if inside else (inline,)


def expected_field_text(text: str, has_fields: bool) -> str:
    """Return *text* as READER sees it."""
    if not has_fields:
        return visible(text)
    return "".join(
        visible(part)
        if isinstance(part, str)
        else NAME
        if part.name == "name"
        else part.fallback or ""
        for part in split_fields(text)
    )


def visible(text: str) -> str:
    return re.sub("[\ufffe\uffff]", "\ufffd", text)


def everything(article: Article, language: str = "en") -> str:
    """Return all that stands in the article's own HTML."""
    notes = (load_translations(language).notes, *article.notes) if article.notes else ()
    return expected_text((article.lead_image, article.blocks, notes), article.has_fields)


@given(articles(), ANCHORS, LANGUAGES, IN_THEME)
def test_html_has_the_text_of_the_article(
    article: Article, anchors: NoteAnchors, language: str, name: str
) -> None:
    """
    The text of the tree equals that of the HTML, character by character, except for white space.

    In every theme, direction and with every kind of reference; direction marks and word joiners are ignored.
    """
    edition = render_sample(article, in_theme=name, note_anchors=anchors, language=language)
    page = Page(fill_sample(edition.html, reader=READER))

    found = squeezed(
        "\n".join(cell.text(without=("back", "jump", "column", "again")) for cell in page.prose)
    )
    wanted = everything(article, language)

    marks = str.maketrans("", "", f"{RIGHT_TO_LEFT_MARK}\u2060")
    assert squeezed(wanted).translate(marks) == found.translate(marks)


@given(articles())
def test_header_has_title_subtitle_and_byline(article: Article) -> None:
    """They come before the article, each once."""
    page = Page(fill_sample(render_sample(article).html, reader=READER))
    around = page.root.text()

    assert [squeezed(expected_field_text(article.title or "", article.has_fields))] == [
        h1.text() for h1 in page.root.all("h1")
    ]
    for words in filter(None, (article.subtitle, article.byline)):
        assert 1 == around.count(squeezed(expected_field_text(words, article.has_fields)))


@given(articles(), LANGUAGES)
def test_text_part_has_the_text_of_the_article(article: Article, language: str) -> None:
    """Each run of text occurs once in the text part, in the tree's order; table headings before every cell."""
    text = fill_sample(render_sample(article, language=language).text, reader=READER)
    heads = set(
        MARK.findall(expected_text(tuple(table.header for table in tables(article)), False))
    )

    found = MARK.findall(text)
    wanted = [mark for mark in MARK.findall(everything(article)) if mark not in heads]

    assert set() == heads - set(found)
    assert wanted == [mark for mark in found if mark in set(wanted)]


@given(articles())
def test_text_part_joins_no_words(article: Article) -> None:
    """White space between two runs of text in the tree is kept in the text part."""
    text = fill_sample(render_sample(article).text, reader=READER)
    tree = everything(article)
    heads = MARK.findall(expected_text(tuple(table.header for table in tables(article)), False))

    marks = [mark for mark in MARK.finditer(tree) if mark[0] not in heads]
    for one, two in pairwise(marks):
        if re.search(r"\s", tree[one.end() : two.start()]):
            assert re.search(r"\s", text[text.index(one[0]) : text.index(two[0])]), (one[0], two[0])


def tables(article: Article) -> list[Table]:
    """Return all tables of *article*."""
    return [node for node in walk(article) if isinstance(node, Table)]
