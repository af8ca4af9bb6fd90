"""Raw HTML in Markdown: only known elements reach the article, and no word is lost."""

from __future__ import annotations

import pytest

from pipeline.loaders.shared.html_tokenizer import (
    EndTag,
    HtmlText,
    SpecialMarkup,
    StartTag,
    TagAttribute,
    tokenize_html,
)
from pipeline.models.article import (
    Cell,
    Embed,
    Figure,
    Image,
    Link,
    List,
    Paragraph,
    Small,
    Strong,
    Table,
    Text,
)
from pipeline.models.tree import walk
from tests.loaders.markdown.source import body, load, read, texts_by_reason


def test_inline_elements() -> None:
    """Inline elements wrap Markdown's own inlines; unknown ones keep their text."""
    (block,) = load(
        "A <b>bold *word*</b> <small>print</small> <blink>and</blink> <font>on</font>"
    ).blocks
    assert isinstance(block, Paragraph)
    kinds = [type(node) for node in block.inlines]
    assert [Text, Strong, Text, Small, Text] == kinds
    assert ["A bold word print and on"] == body(
        "A <b>bold *word*</b> <small>print</small> <blink>and</blink> <font>on</font>"
    )


def test_markdown_between_html_tags() -> None:
    """Markdown between the tags of two HTML blocks is inside the element that they open."""
    text = (
        "<details><summary>More</summary>\n\nWords *here*.\n\n</details>\n\n"
        "<figure>\n\n![Quay](q.png)\n\n<figcaption>At <b>ebb</b></figcaption></figure>\n\n"
        "<table><tr><td>\n\n- item\n\n</td></tr></table>"
    )
    more, words, figure, table = load(text).blocks
    assert ("More", "Words here.") == tuple("".join(_list_texts(block)) for block in (more, words))
    expected = Figure(
        src="q.png",
        alt="Quay",
        caption=(Text(text="At "), Strong(inlines=(Text(text="ebb"),))),
    )
    assert expected == figure
    assert isinstance(table, Table) and isinstance(table.rows[0][0].blocks[0], List)


def _list_texts(node: object) -> list[str]:
    return [inner.text for inner in walk(node) if isinstance(inner, Text)]


def test_html_end_tags() -> None:
    """An end tag closes only HTML elements; open ones end with Markdown's own element."""
    assert ["a", "b / c", "d"] == body("a</p>\n\n> b</blockquote>\n>\n> c</div>\n\nd")
    first, second = load("one <b>two\n\nthree").blocks
    assert isinstance(first, Paragraph) and isinstance(first.inlines[1], Strong)
    assert Paragraph(inlines=(Text(text="three"),)) == second


@pytest.mark.parametrize(
    ("text", "reason", "words"),
    [
        ("a <script>alert('x')</script> b", "html.script", "alert('x')"),
        ("a <style>p { x: y }</style> b", "html.style", "p { x: y }"),
        ("a <!-- not seen --> b", "html.comment", "not seen"),
        ("a <template>not seen</template> b", "html.template", "not seen"),
        ("a <?php echo ?> b", "html.instruction", "<?php echo ?>"),
        ("<script>\n\nvar a;\n\n</script>\n\na b", "html.script", "var a;"),
        ("<!-- not\n\nseen -->\n\na b", "html.comment", "not\n\nseen"),
    ],
)
def test_hidden_content(text: str, reason: str, words: str) -> None:
    """Scripts, styles, templates and comments are listed as left out, each by its rule."""
    article = load(text)
    assert ["a b"] == body(text)
    assert {reason: words} == texts_by_reason(article.dropped)


def test_unclosed_script_tag() -> None:
    """A tag without an end tag, written as a word, hides no text."""
    assert ["Use the tag, then go on."] == body("Use the <script> tag, then go on.")
    assert ["video stays"] == body("<video> video stays")


def test_active_attributes_are_removed() -> None:
    """Styles, classes and event handlers do not reach the article."""
    (block,) = load(
        '<p onclick="evil()" style="color:red" class="x">Words <a href="/a" onfocus=b>c</a></p>'
    ).blocks
    expected = Paragraph(inlines=(Text(text="Words "), Link(href="/a", inlines=(Text(text="c"),))))
    assert expected == block


def test_urls_of_html_links() -> None:
    """The URL of an HTML link stays as written, with character references decoded."""
    text = '<a href="/?a=1&copy=2&amp;b=3">x</a> <a href=http://example.org/>y</a>'
    hrefs = [node.href for node in walk(load(text).blocks) if isinstance(node, Link)]
    assert ["/?a=1&copy=2&b=3", "http://example.org/"] == hrefs


def test_html_images() -> None:
    """An HTML image has its size in pixels; inside a line it is an inline image."""
    alone, line = load(
        '<img src="q.png" alt="Quay" width="300px" height=50%>\n\nA <img src=b.png> c'
    ).blocks
    assert Figure(src="q.png", alt="Quay", width=300) == alone
    assert isinstance(line, Paragraph) and Image(src="b.png") == line.inlines[1]


def test_embeds() -> None:
    """A frame or video becomes a link card; its fallback content is left out."""
    text = (
        'Before <iframe src="//video.example.org/1" title="The bell"></iframe> after\n\n'
        '<video title="Tide"><source src="tide.webm"><source src="https://example.org/t.mp4">No film here.</video>'
    )
    article = load(text)
    assert [
        Embed(href="https://video.example.org/1", title="The bell"),
        Embed(href="tide.webm", title="Tide"),
    ] == [block for block in article.blocks if isinstance(block, Embed)]
    assert {"embed.fallback": "No film here."} == texts_by_reason(article.dropped)


def test_html_table() -> None:
    """An HTML table keeps spans and alignment, with or without end tags."""
    (table,) = load(
        "<table><caption>Tides<tr><th colspan=2>a<tr><td align=right>b<td rowspan='2'>c</table>"
    ).blocks
    assert isinstance(table, Table)
    assert (Text(text="Tides"),) == table.caption
    assert [Cell(blocks=(Paragraph(inlines=(Text(text="a"),)),), colspan=2)] == list(table.header)
    assert [("right", 1), (None, 2)] == [(cell.align, cell.rowspan) for cell in table.rows[0]]


def test_words_split_by_markup() -> None:
    """Words split only by markup are one word in the article."""
    assert ["harbour café 2026 master"] == body(
        "har<wbr>bour caf&eacute; 20<!-- x -->26 mas<i></i>ter"
    )


def test_rules_of_recorded_markup() -> None:
    """Each piece of syntax with words is recorded by a named rule."""
    text = (
        "1. [a](/x 'T') [b][r] `c`<b class=d>e</b> &eacute; [^n]\n\n"
        "```python\nf\n```\n\n## G {#h}\n\n[r]: /y\n[^n]: i"
    )
    rules = {mark.rule for mark in read(text).markup}
    assert {
        "markdown.list-number",
        "markdown.link-label",
        "markdown.link-definition",
        "markdown.note-label",
        "markdown.fence-info",
        "markdown.attributes",
        "markdown.entity",
        "html.tag",
    } == rules


@pytest.mark.parametrize(
    ("html", "pieces"),
    [
        (
            "a<b>c</b >",
            [HtmlText("a", "a"), StartTag("b", (), False), HtmlText("c", "c"), EndTag("b", "")],
        ),
        (
            "<A Href='x>y' data-z=1 hidden/>",
            [
                StartTag(
                    "a",
                    (
                        TagAttribute("href", "'x>y'", "x>y"),
                        TagAttribute("data-z", "1", "1"),
                        TagAttribute("hidden", "", ""),
                    ),
                    True,
                )
            ],
        ),
        ("<a href=x/>", [StartTag("a", (TagAttribute("href", "x/", "x/"),), False)]),
        ("<!-- a > b -->", [SpecialMarkup("comment", "<!-- a > b -->")]),
        ("1 < 2 &lt; 3", [HtmlText("1 < 2 &lt; 3", "1 < 2 < 3")]),
        ("<b <!-- ", [HtmlText("<b <!-- ", "<b <!-- ")]),
        (
            "<style>a<b&amp;</style>",
            [StartTag("style", (), False), HtmlText("a<b&amp;", "a<b&amp;"), EndTag("style", "")],
        ),
        (
            "<title>a<b&amp;",
            [StartTag("title", (), False), HtmlText("a<b&amp;", "a<b&")],
        ),
    ],
)
def test_tokenize_html(html: str, pieces: list[object]) -> None:
    """HTML is split as in browsers, except that a tag that never ends is text."""
    assert pieces == list(tokenize_html(html))


@pytest.mark.parametrize("unit", ["<a ", '<a b="', "<!--", "<", "</ ", "<a b=c ", "<?"])
def test_unfinished_tags_are_fast(unit: str) -> None:
    """A hundred thousand tags that never end are read as text in little time."""
    assert 1 == len(list(tokenize_html(unit * 100_000)))
