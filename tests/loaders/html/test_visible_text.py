"""Text after the end of the body stays, and the visible text is counted by another parser than the loader's."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import html as lxml_html

from pipeline.errors import LoadError
from pipeline.loaders import load
from pipeline.loaders.base import LoadResult, Source
from pipeline.loaders.html import HtmlLoader
from pipeline.loaders.html.read_page import read_fragment
from pipeline.loaders.html.visible_text import find_unread_words, iter_texts
from pipeline.loaders.shared.completeness import find_unplaced_words
from pipeline.models.article import NoteRef
from pipeline.models.article_text import plain_text
from pipeline.models.tree import walk

_DOCUMENT = (
    "<!DOCTYPE html><html lang='en'><head><title>{title}</title><style>p {{}}</style></head>"
    "<body><p>{text}</p></body></html>"
)


def _read(html: str) -> LoadResult:
    return HtmlLoader().read(
        Source(content=html.encode(), media_type="text/html", location="page.html")
    )


@pytest.mark.parametrize(
    "html",
    [
        "<p>First</p></body><p>AFTER</p></html>",
        "<html><body><p>First</p></body></html><p>AFTER</p>",
        "<html><body><p>First</p></body></html>AFTER",
        "<html><body><p>First</p></body>AFTER</html>",
        "<html><body><p>First</p></html><p>AFTER</p></body></html>",
        "<p>First</p></html></html></body></html><div><p>AFTER</p></div>",
        "<p>First</p></html><img src='a.png' alt='AFTER'>",
        "<html><head><title>T</title></head></html><p>First</p></html><p>AFTER</p>",
        "<p>First</p></html><head><title>T</title><p>AFTER</p></head>",
        "<body><div><p>First</p></body><ul><li>AFTER</li></ul></div></html>",
        "<?xml version='1.0'?><html><body><p>First<a id='x'/></p></body></html><p>AFTER</p>",
        _DOCUMENT.format(title="One", text="First") + _DOCUMENT.format(title="Two", text="AFTER"),
        _DOCUMENT.format(title="One", text="First") * 2 + "</html>\n<!-- end -->\n<p>AFTER</p>",
        "<frameset></frameset></html><p>First</p><p>AFTER</p>",
    ],
)
@pytest.mark.parametrize("is_fragment", [False, True])
def test_text_after_the_body_belongs_to_it(html: str, is_fragment: bool) -> None:
    """A page or fragment goes on after `</body>`, after `</html>` and in a second document, as in browsers."""
    result = read_fragment(html, base_url=None, location="feed.xml") if is_fragment else _read(html)

    text = plain_text(result.article.blocks) + str(result.article.blocks)
    assert -1 < text.index("First") < text.index("AFTER")
    assert [] == find_unplaced_words(result)
    assert "Two" not in text
    assert 0 == text.count("p {}")


def test_many_documents_keep_their_order() -> None:
    """Every one of a hundred documents in a file is there; the title is that of the first."""
    html = "".join(_DOCUMENT.format(title=f"T{n}", text=f"Part {n}.") for n in range(100))
    result = _read(html)

    assert [f"Part {n}." for n in range(100)] == [
        plain_text(block).strip() for block in result.article.blocks
    ]
    assert "T0" == result.article.title


@pytest.mark.parametrize("part", ["<p>x" * 15_000 + "</html>", "</html>x" * 80_000])
def test_many_documents_are_limited_and_fast(part: str) -> None:
    """Several documents cannot evade the limit on elements, and a hundred thousand do not take minutes."""
    try:
        _read(part * 3)
    except LoadError as error:
        assert "too large" in str(error)
    else:
        assert "</html>" in part[:10]


@pytest.mark.parametrize("end", ["</body>", "</html>", "</body></html>", "</div>"])
def test_feed_content_goes_on_after_a_stray_end_tag(tmp_path: Path, end: str) -> None:
    """Neither content, title nor summary of an entry ends at a stray end tag."""
    feed = tmp_path / "feed.xml"
    feed.write_text(
        '<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/"><channel><title>t</title><item>'
        f"<title><![CDATA[Rain{end} and wind]]></title><link>https://example.org/</link>"
        f"<description><![CDATA[Short{end} teaser]]></description>"
        f"<content:encoded><![CDATA[<p>It rained.</p>{end}<p>It stopped.</p>]]></content:encoded>"
        "</item></channel></rss>",
        encoding="utf-8",
    )
    article = load(str(feed))

    assert "Rain and wind" == article.title
    assert "It stopped." in plain_text(article.blocks)
    assert ["Short teaser"] == [dropped.text for dropped in article.dropped]


@pytest.mark.parametrize("end", ["</body>", "</html>", "</div>"])
def test_a_note_in_an_attribute_goes_on_after_a_stray_end_tag(end: str) -> None:
    """The content of a note in `data-footnote-content` is read to its end."""
    note = f"Harbour book,{end} page 3."
    result = _read(
        f"<p>It rings.<sup><a href='#fn1' data-footnote-content='{note}'>1</a></sup> And on.</p>"
    )

    assert ["Harbour book, page 3."] == [
        " ".join(plain_text(each.blocks).split()) for each in result.article.notes
    ]
    assert 1 == sum(isinstance(node, NoteRef) for node in walk(result.article.blocks))
    assert [] == find_unplaced_words(result)


def test_the_check_notices_what_the_parser_drops() -> None:
    """Words that libxml2 puts into another document, out of the tree, are reported; those in the tree are not."""
    html = "<html><body><p>First</p></body></html><p>AFTER <b>wards</b></p>"
    tree = lxml_html.document_fromstring(html)

    assert ["after", "wards"] == find_unread_words(html, map(str, tree.itertext()))
    assert [] == find_unread_words(html, ["First AFTER", "wards"])


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ("a<script>b</script>c<style>d</style>e<template>f<p>g</template>h", "a c e h"),
        ("<title>t</title><p>a<title>b</title>", "a b"),
        ("<head>a<title>b</title>", "a b"),
        ("<html><head><noscript>a</noscript></head><body><noscript>b</noscript>", "b"),
        (
            "a<!-- b -->c<!--> d<!---> e<!-- f --!>g<!h>i<?j k>l</3>m<![CDATA[n]]>o",
            "a c d e g i l m o",
        ),
        ("a &amp; b &lt;c> &eacute; &nbsp;d < e <3 f", "a & b <c> é d < e <3 f"),
        ("<textarea>a<p>b</textarea><xmp>c</b></xmp>", "a<p>b c</b>"),
        ("a<img alt='b &amp c'><img alt=d><img><iframe>e</iframe>f", "a b & c d f"),
        ("a</body>b</html>c<html><head><title>d</title></head><body>e", "a b c e"),
        # browsers show nothing after a tag, a comment or a quote that does not end
        ("a<p b", "a"),
        ("a<p b='c>d", "a"),
        ("a</p b='c>d", "a"),
        ("a<!-- b>c", "a"),
        ("a<b c", "a"),
        ("a<script>b", "a"),
    ],
)
def test_visible_text_is_what_browsers_show(html: str, expected: str) -> None:
    """Scripts, styles, comments and the head are not visible; everything else is, as browsers read it."""
    assert expected == " ".join(" ".join(iter_texts(html)).split())


_PIECES = (
    "</body> </html> <html> <head> <body> <title>t</title> <p> </p> </div> <div> <b> </b> <table> <td> <svg> "
    "<!--x--> <script>no</script> <style>no</style> <template>no</template> <select> <option> <li> <br/> <noscript>"
).split()


@settings(max_examples=300)
@given(st.lists(st.sampled_from([*_PIECES, "word ", "two", " é", "&amp;", "&#233;"]), max_size=30))
def test_no_word_is_missing_wherever_documents_end(pieces: list[str]) -> None:
    """However often a body or document ends or begins, no visible word is missing."""
    try:
        result = _read(f"<p>start</p>{''.join(pieces)}")
    except LoadError:
        return
    assert [] == find_unplaced_words(result)
