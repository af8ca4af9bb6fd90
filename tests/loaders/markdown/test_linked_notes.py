"""Notes that a converter from HTML, or an author, wrote as links; and pictures inside the text."""

from __future__ import annotations

import pytest

from pipeline.models.article import Figure, Link
from pipeline.models.tree import walk
from tests.loaders.markdown.source import format_text, load, notes, references

_URL = "https://bells.example.org/p/ferry"
_TEXT = "It rings twice.{} It was stolen once.{}\n\nIt hangs still."
_FORMS = {
    "turndown": _TEXT.format(f"[1]({_URL}#footnote-1)", f"[2]({_URL}#footnote-2)")
    + f"\n\n[1]({_URL}#footnote-anchor-1)\n\nHarbour book.\n\n[2]({_URL}#footnote-anchor-2)\n\nThe board.",
    "brackets": _TEXT.format("[\\[1\\]](#fn1)", "[\\[2\\]](#fn2)")
    + "\n\n1.  Harbour book. [↩](#fnref1)\n2.  The board. [↩](#fnref2)",
    "arrows with a variation": _TEXT.format("[1](#fn:1)", "[2](#fn:2)")
    + "\n\n---\n\n1. Harbour book.[↩︎](#fnref:1)\n2. The board.[↩︎](#fnref:2)",
    "pandoc": _TEXT.format(
        "[^1^](#fn1){#fnref1 .footnote-ref}", "[^2^](#fn2){#fnref2 .footnote-ref}"
    )
    + "\n\n1.  Harbour book.[↩︎](#fnref1){.footnote-back}\n\n2.  The board.[↩︎](#fnref2){.footnote-back}",
    "anchors in a list": _TEXT.format("[1](#note1)", "[2](#note2)")
    + '\n\n---\n\n1. <a id="note1"></a> Harbour book.\n2. <a id="note2"></a> The board.',
    "anchors in paragraphs": _TEXT.format("<sup>[1](#n1)</sup>", "<sup>[2](#n2)</sup>")
    + '\n\n<a name="n1"></a>[1](#r1) Harbour book.\n\n<a name="n2"></a>[2](#r2) The board.',
}


@pytest.mark.parametrize("name", _FORMS)
def test_notes_written_as_links_are_notes(name: str) -> None:
    """Links that lead to a note and back are references, however they are written."""
    article = load(_FORMS[name])

    assert ["Harbour book.", "The board."] == [text for _, _, text in notes(article)]
    assert [1, 2] == references(article)
    assert "It rings twice. It was stolen once." == format_text(article.blocks[0]).replace(
        "[1]", ""
    ).replace("[2]", "")
    assert [] == [node.href for node in walk(article) if isinstance(node, Link)]


@pytest.mark.parametrize(
    "text",
    [
        "See [1](#the-crack).\n\n## The crack\n\nMended.",
        "1. [One](#one)\n2. [Two](#two)\n\n## One\n\na\n\n## Two\n\nb",
        "See page [3](https://example.org/a#p3).",
    ],
)
def test_other_links_stay_links(text: str) -> None:
    """Contents, and links to headings and other pages, are no notes."""
    article = load(text)

    assert () == article.notes
    assert [node for node in walk(article.blocks) if isinstance(node, Link)]


@pytest.mark.parametrize(
    "text",
    [
        "It hangs.\n\n![A bell][image1]\n\n[image1]: <data:image/png;base64,iVBORw0KGgo=>",
        "It hangs.\n\n![A bell](data:image/png;base64,iVBORw0KGgo=)",
        'It hangs.\n\n<img alt="A bell" src="data:image/png;base64,iVBORw0KGgo=">',
    ],
)
def test_pictures_inside_the_text_are_used(text: str) -> None:
    """A picture in a data URL, as Google Docs writes it, is among the article's files."""
    article = load(text)
    (figure,) = [node for node in walk(article.blocks) if isinstance(node, Figure)]

    assert ("pictures/1.png", "A bell") == (figure.src, figure.alt)
    assert b"\x89PNG\r\n\x1a\n" == article.files["pictures/1.png"]
