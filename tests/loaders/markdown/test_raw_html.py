"""Raw HTML in Markdown reaches the tree only through the vocabulary, and no word of it is lost."""

from __future__ import annotations

import pytest

from pipeline.loaders.markdown.html_tokenizer import (
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
from tests.loaders.markdown.source import body, left_out, load, read


def test_tags_within_a_line() -> None:
    """Inline elements wrap Markdown's own inlines; unknown ones leave their words."""
    (block,) = load(
        "A <b>bold *word*</b> <small>print</small> <blink>and</blink> <font>on</font>"
    ).blocks
    assert isinstance(block, Paragraph)
    kinds = [type(node) for node in block.inlines]
    assert [Text, Strong, Text, Small, Text] == kinds
    assert ["A bold word print and on"] == body(
        "A <b>bold *word*</b> <small>print</small> <blink>and</blink> <font>on</font>"
    )


def test_markdown_between_raw_tags() -> None:
    """Markdown between the tags of two blocks of HTML stands in the element they open."""
    text = (
        "<details><summary>More</summary>\n\nWords *here*.\n\n</details>\n\n"
        "<figure>\n\n![Quay](q.png)\n\n<figcaption>At <b>ebb</b></figcaption></figure>\n\n"
        "<table><tr><td>\n\n- item\n\n</td></tr></table>"
    )
    more, words, figure, table = load(text).blocks
    assert ("More", "Words here.") == tuple("".join(_texts(block)) for block in (more, words))
    expected = Figure(
        src="q.png",
        alt="Quay",
        caption=(Text(text="At "), Strong(inlines=(Text(text="ebb"),))),
    )
    assert expected == figure
    assert isinstance(table, Table) and isinstance(table.rows[0][0].blocks[0], List)


def _texts(node: object) -> list[str]:
    return [inner.text for inner in walk(node) if isinstance(inner, Text)]


def test_raw_end_tags_close_nothing_of_markdowns() -> None:
    """An end tag closes only what HTML opened; what is left open ends with Markdown's own element."""
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
def test_what_readers_do_not_see(text: str, reason: str, words: str) -> None:
    """Scripts, styles, templates and comments are listed as left out, each by its rule."""
    article = load(text)
    assert ["a b"] == body(text)
    assert {reason: words} == left_out(article.dropped)


def test_a_lone_script_tag_hides_nothing() -> None:
    """A tag written as a word, without its end, takes no words along."""
    assert ["Use the tag, then go on."] == body("Use the <script> tag, then go on.")
    assert ["video stays"] == body("<video> video stays")


def test_attributes_that_do_something_are_gone() -> None:
    """Styles, classes and event handlers have no place in the tree."""
    (block,) = load(
        '<p onclick="evil()" style="color:red" class="x">Words <a href="/a" onfocus=b>c</a></p>'
    ).blocks
    expected = Paragraph(inlines=(Text(text="Words "), Link(href="/a", inlines=(Text(text="c"),))))
    assert expected == block


def test_addresses_of_raw_links() -> None:
    """The address of a raw link stays as written but for its character references."""
    text = '<a href="/?a=1&copy=2&amp;b=3">x</a> <a href=http://example.org/>y</a>'
    hrefs = [node.href for node in walk(load(text).blocks) if isinstance(node, Link)]
    assert ["/?a=1&copy=2&b=3", "http://example.org/"] == hrefs


def test_raw_pictures() -> None:
    """A raw picture has its size in pixels; in a line it is an image."""
    alone, line = load(
        '<img src="q.png" alt="Quay" width="300px" height=50%>\n\nA <img src=b.png> c'
    ).blocks
    assert Figure(src="q.png", alt="Quay", width=300) == alone
    assert isinstance(line, Paragraph) and Image(src="b.png") == line.inlines[1]


def test_embeds() -> None:
    """A frame or film becomes a link card; what it shows where it does not work is left out."""
    text = (
        'Before <iframe src="//video.example.org/1" title="The bell"></iframe> after\n\n'
        '<video title="Tide"><source src="tide.webm"><source src="https://example.org/t.mp4">No film here.</video>'
    )
    article = load(text)
    assert [
        Embed(href="https://video.example.org/1", title="The bell"),
        Embed(href="tide.webm", title="Tide"),
    ] == [block for block in article.blocks if isinstance(block, Embed)]
    assert {"embed.fallback": "No film here."} == left_out(article.dropped)


def test_raw_table() -> None:
    """A raw table keeps spans and alignment, with or without its end tags."""
    (table,) = load(
        "<table><caption>Tides<tr><th colspan=2>a<tr><td align=right>b<td rowspan='2'>c</table>"
    ).blocks
    assert isinstance(table, Table)
    assert (Text(text="Tides"),) == table.caption
    assert [Cell(blocks=(Paragraph(inlines=(Text(text="a"),)),), colspan=2)] == list(table.header)
    assert [("right", 1), (None, 2)] == [(cell.align, cell.rowspan) for cell in table.rows[0]]


def test_words_that_markup_parted() -> None:
    """Letters parted by markup alone are one word in the tree, and no loss."""
    assert ["harbour café 2026 master"] == body(
        "har<wbr>bour caf&eacute; 20<!-- x -->26 mas<i></i>ter"
    )


def test_marks_name_their_rule() -> None:
    """Each piece of syntax that holds words is marked by a named rule."""
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
def test_pieces_of_html(html: str, pieces: list[object]) -> None:
    """HTML is split as browsers do, but a tag that never ends is words."""
    assert pieces == list(tokenize_html(html))


@pytest.mark.parametrize("unit", ["<a ", '<a b="', "<!--", "<", "</ ", "<a b=c ", "<?"])
def test_unfinished_tags_cost_no_time(unit: str) -> None:
    """A hundred thousand tags that never end are words, and soon read."""
    assert 1 == len(list(tokenize_html(unit * 100_000)))
