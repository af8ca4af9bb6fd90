"""The tree of an article: its JSON form, order and plain text."""

from __future__ import annotations

import json
from dataclasses import fields, replace
from datetime import date, datetime
from typing import get_args

import pytest
from hypothesis import given

from pipeline.models import article as tree
from pipeline.models.article import (
    Article,
    Block,
    Cell,
    Definition,
    Definitions,
    Embed,
    Figure,
    FoundAppeal,
    FrontMatter,
    Inline,
    LoadWarning,
    Note,
    Paragraph,
    Table,
    Text,
)
from pipeline.models.article_text import plain_text
from pipeline.models.tree import walk
from tests.rendering.sample_issues import (
    EVERYTHING,
    bullets,
    cell,
    heading,
    inlines,
    link,
    note,
    para,
    ref,
)
from tests.strategies import MARK, articles

BLOCKS = {
    "paragraph": {"inlines"},
    "heading": {"level", "anchor", "inlines"},
    "list": {"ordered", "start", "items"},
    "quote": {"blocks", "attribution"},
    "code": {"code", "language"},
    "table": {"header", "rows", "caption"},
    "figure": {"src", "alt", "caption", "credit", "href", "width", "height"},
    "definitions": {"items"},
    "rule": set(),
    "embed": {"href", "title"},
}
INLINES = {
    "text": {"text"},
    **{kind: {"inlines"} for kind in ("strong", "emphasis", "strike", "highlight")},
    **{kind: {"inlines"} for kind in ("superscript", "subscript", "small")},
    "code": {"code"},
    "link": {"href", "title", "inlines"},
    "image": {"src", "alt"},
    "break": set(),
    "note_ref": {"note"},
}


@pytest.mark.parametrize(("kinds", "expected"), [(Block, BLOCKS), (Inline, INLINES)])
def test_node_types_and_fields_are_fixed(kinds: object, expected: dict[str, set[str]]) -> None:
    """These are the kinds of blocks and inlines, with these fields, and no others."""
    found = {kind.type: {f.name for f in fields(kind)} for kind in get_args(kinds)}

    assert expected == found


def test_json_form() -> None:
    """Each node is an object with its type; cells and definitions have none; dates are ISO 8601."""
    article = Article(
        title="T",
        published=date(2026, 3, 1),
        blocks=(
            para("a", ref(1)),
            Table(header=(cell("H", align="right"),), rows=()),
            Definitions(items=(Definition(term=inlines("t"), blocks=()),)),
        ),
        notes=(note(1, "n", label="*"),),
        appeal=FoundAppeal(blocks=(), truncated=True),
        warnings=(LoadWarning(code="a.b", message="m"),),
    )
    form = article.to_json()

    assert ["title", "subtitle", "byline", "published", "language", "canonical_url", "lead_image", "blocks", "notes",
            "appeal", "dropped", "warnings"] == list(form)  # fmt: skip
    assert "2026-03-01" == form["published"]
    assert {
        "type": "paragraph",
        "inlines": [{"type": "text", "text": "a"}, {"type": "note_ref", "note": 1}],
    } == form["blocks"][0]
    assert {"blocks": [{"type": "paragraph", "inlines": [{"type": "text", "text": "H"}]}], "colspan": 1, "rowspan": 1,
            "align": "right"} == form["blocks"][1]["header"][0]  # fmt: skip
    assert {"term": [{"type": "text", "text": "t"}], "blocks": []} == form["blocks"][2]["items"][0]
    assert {"number": 1, "label": "*", "status": "ok"} == {
        k: v for k, v in form["notes"][0].items() if k != "blocks"
    }
    assert {"blocks": [], "truncated": True} == form["appeal"]
    assert [{"code": "a.b", "message": "m", "line": None}] == form["warnings"]


def test_json_keeps_the_time_of_a_datetime() -> None:
    """A date with a time is written with it."""
    moment = datetime(2026, 3, 1, 9, 30)  # noqa: DTZ001  # sources often name no zone

    assert "2026-03-01T09:30:00" == Article(published=moment).to_json()["published"]


def test_json_omits_location_and_front_matter() -> None:
    """The location of an article and its front matter are not part of the JSON form."""
    article = Article(location="x.md", front_matter=FrontMatter(subject="s"), has_fields=True)

    assert Article().to_json() == article.to_json()


@given(articles())
def test_json_contains_all_text(article: Article) -> None:
    """The form is valid JSON, and no text is missing from it."""
    form = json.dumps(article.to_json(), ensure_ascii=False)
    nodes = [n for n in walk(article) if isinstance(n, Text)]

    assert article.to_json() == json.loads(form)
    assert all(mark in form for n in nodes for mark in MARK.findall(n.text))


@given(articles())
def test_walk_yields_every_node_once(article: Article) -> None:
    """Each node is yielded once, parents before children, in reading order."""
    nodes = list(walk(article))
    texts = [mark for n in nodes if isinstance(n, Text) for mark in MARK.findall(n.text)]

    assert article is nodes[0]
    assert len(texts) == len(set(texts))
    form = json.dumps(article.to_json())
    assert form.count('"type": "text"') == len([n for n in nodes if isinstance(n, Text)])


def test_walk_follows_reading_order() -> None:
    """Captions, cells, terms and notes come where a reader reads them."""
    words = [
        n.text
        for n in walk((para("a"), bullets("b", "c"), heading("d"), note(1, "e")))
        if isinstance(n, Text)
    ]

    assert list("abcde") == words


@given(articles())
def test_plain_text_contains_all_text(article: Article) -> None:
    """All visible text is in the plain text of the blocks, in order."""
    texts = [n.text for n in walk(article.blocks) if isinstance(n, Text)]
    found = MARK.findall(plain_text(article.blocks))
    expected = [mark for text in texts for mark in MARK.findall(text)]

    assert set(expected) <= set(found)


def test_plain_text_of_each_kind() -> None:
    """Blocks end their lines; references and alternative texts are left out."""
    assert "a b\n" == plain_text(para("a ", link("https://e.example.org", "b"), ref(1)))
    assert "c (d)\n" == plain_text(Figure(src="x", alt="no", caption=inlines("c"), credit="(d)"))
    assert "t\n" == plain_text(Embed(href="https://e.example.org", title="t"))
    assert "https://e.example.org\n" == plain_text(Embed(href="https://e.example.org"))
    with pytest.raises(TypeError, match="not a block"):
        plain_text(object())


def test_plain_text_supports_every_node_type() -> None:
    """Every node type is supported."""
    assert "seven stone" in plain_text(EVERYTHING.blocks)
    assert "Calloway gives" in plain_text(EVERYTHING.notes)


def test_nodes_are_frozen() -> None:
    """A tree cannot be changed, only replaced."""
    with pytest.raises(AttributeError):
        Paragraph(inlines=()).inlines = ()  # type: ignore[misc]
    assert 2 == replace(Cell(blocks=()), colspan=2).colspan
    assert "ok" == Note(number=1, label="", blocks=()).status
    assert not hasattr(tree, "RawHtml")
