"""Markdown's own structures: blocks, inlines, title, links, attributes and fields."""

from __future__ import annotations

import pytest

from pipeline.errors import LoadError
from pipeline.loaders.base import Source
from pipeline.loaders.markdown import MarkdownLoader
from pipeline.loaders.shared.completeness import find_unplaced_words, iter_words
from pipeline.models.article import (
    Article,
    Break,
    Cell,
    Code,
    Definitions,
    Emphasis,
    Figure,
    FrontMatter,
    Heading,
    Image,
    InlineCode,
    Link,
    List,
    NoteRef,
    Paragraph,
    Quote,
    Rule,
    Strike,
    Strong,
    Table,
    Text,
)
from pipeline.models.article_text import plain_text
from pipeline.models.tree import walk
from tests.loaders.markdown.source import body, codes, load, read, texts_by_reason


def paragraph(*inlines: object) -> Paragraph:
    return Paragraph(inlines=tuple(Text(text=i) if isinstance(i, str) else i for i in inlines))  # type: ignore[misc]


def load_block(text: str) -> object:
    """Return the only block of *text*."""
    (block,) = load(text).blocks
    return block


def test_commonmark_inlines() -> None:
    """Emphasis, strong and struck text, code, breaks, entities and escapes are read as in CommonMark."""
    text = "A *b* __c__ ~~d~~ `e  f`  \ng\\\nh &mdash; caf&eacute; \\*i\\* “j”"
    expected = paragraph(
        "A ",
        Emphasis(inlines=(Text(text="b"),)),
        " ",
        Strong(inlines=(Text(text="c"),)),
        " ",
        Strike(inlines=(Text(text="d"),)),
        " ",
        InlineCode(code="e  f"),
        Break(),
        "g",
        Break(),
        "h — café *i* “j”",
    )
    assert expected == load_block(text)


def test_line_breaks_become_spaces() -> None:
    """A line break inside a paragraph becomes a space, and a no-break space stays."""
    assert paragraph("one two\u00a0three") == load_block("one\n  two\u00a0three")


def test_headings() -> None:
    """Headings keep their level, in either syntax."""
    blocks = load("text\n\nOne\n===\n\nTwo\n---\n\n### Three ###").blocks
    levels = [(b.level, b.inlines) for b in blocks if isinstance(b, Heading)]
    assert [(1, "One"), (2, "Two"), (3, "Three")] == [(n, i[0].text) for n, i in levels]  # type: ignore[union-attr]


def test_lists() -> None:
    """An ordered list keeps its first number, a nested list is inside its item, task markers become boxes."""
    expected = List(
        ordered=True,
        start=3,
        items=(
            (
                paragraph("three"),
                List(ordered=False, items=((paragraph("☑ done"),), (paragraph("☐ open"),))),
            ),
            (paragraph("four"),),
        ),
    )
    assert expected == load_block("3. three\n   - [x] done\n   - [ ] open\n4. four")


@pytest.mark.parametrize("dash", ["—", "--", "―", "–"])
def test_quote_with_attribution(dash: str) -> None:
    """A last line on its own that begins with a dash is the attribution."""
    expected = Quote(blocks=(paragraph("Mind the tide."),), attribution="Ada Quill, pilot")
    assert expected == load_block(f"> Mind the tide.\n>\n> {dash} Ada Quill, *pilot*")


@pytest.mark.parametrize(
    "text",
    [
        "> — Only a dash.",
        "> — Are you rowing?\n>\n> — Not today.",
        "> Words.\n>\n> — [Ada](https://example.org)",
        "> Words.\n>\n> — Ada[^1]\n\n[^1]: Who?",
        "> Words\n> — and no line by itself",
    ],
)
def test_quote_without_attribution(text: str) -> None:
    """Dialogue with dashes, and a name with a link or a note, stay paragraphs of the quote."""
    block = load_block(text)
    assert isinstance(block, Quote)
    assert block.attribution is None


def test_github_alerts() -> None:
    """GitHub's `[!WARNING]` becomes a first line of text."""
    expected = Quote(
        blocks=(paragraph(Strong(inlines=(Text(text="Warning"),)), Break(), "Mind the tide."),)
    )
    assert expected == load_block("> [!WARNING]\n> Mind the tide.")


def test_code() -> None:
    """Fenced and indented code keep every line; the language is the first word after the fence."""
    text = "```{.python #x}\n\na = '{{ x }}'\n  b = `c` & &amp;\n```\n\n    indented\n\n      more"
    expected = (
        Code(code="\na = '{{ x }}'\n  b = `c` & &amp;", language="python"),
        Code(code="indented\n\n  more"),
    )
    assert expected == load(text).blocks


def test_table() -> None:
    """The first row of a table is its header; alignment, and cells beyond the header, are kept."""
    text = "| a | b |\n|:--|--:|\n| 1 \\| 2 | *3* | extra |\n| 4 |"
    table = load_block(text)
    assert isinstance(table, Table)
    assert [
        Cell(blocks=(paragraph("a"),), align="left"),
        Cell(blocks=(paragraph("b"),), align="right"),
    ] == list(table.header)
    assert [
        ["1 | 2", "3", "extra"],
        ["4", ""],
    ] == [["".join(_list_texts(cell)) for cell in row] for row in table.rows]


def _list_texts(node: object) -> list[str]:
    return [inner.text for inner in walk(node) if isinstance(inner, Text)]


def test_definition_list() -> None:
    """A term and the lines after its colons become a definition."""
    block = load_block("Quay\n: A wall to land at\n: A street beside it")
    assert isinstance(block, Definitions)
    (item,) = block.items
    assert ("Quay", 2) == (item.term[0].text, len(item.blocks))  # type: ignore[union-attr]


def test_links() -> None:
    """Links of all kinds keep their URL as written, relative ones too."""
    text = (
        '[a](/b%20c?d=é "T") [e][r] [r][] [r] <https://example.org/?a=1&copy=2> <ada@example.org>\n\n'
        "[r]: <../x y.md> 'R'"
    )
    links = [node for node in walk(load(text).blocks) if isinstance(node, Link)]
    expected = [
        ("/b%20c?d=é", "T"),
        ("../x y.md", "R"),
        ("../x y.md", "R"),
        ("../x y.md", "R"),
        ("https://example.org/?a=1&copy=2", None),
        ("mailto:ada@example.org", None),
    ]
    assert expected == [(link.href, link.title) for link in links]


@pytest.mark.parametrize(
    "href", ["javascript:alert(1)", "JAVA&#115;cript:x", "data:text/html,x", "file:///etc", "x-y:z"]
)
def test_unsafe_links(href: str) -> None:
    """A link that email cannot follow keeps its text, with a warning."""
    article = load(f"Go [there]({href}).")
    assert (paragraph("Go there."),) == article.blocks
    assert ["link.unsafe"] == codes(article.warnings)
    assert "link.unsafe" in texts_by_reason(article.dropped)


def test_image_alone_is_a_figure() -> None:
    """An image alone in its paragraph is a figure with its title as caption; text below it is not a caption."""
    text = '![The quay](quay.jpg "Low water")\n\n*Not a caption.*\n\n[![Bell](bell.jpg)](https://example.org)'
    figure, after, linked = load(text).blocks
    assert Figure(src="quay.jpg", alt="The quay", caption=(Text(text="Low water"),)) == figure
    assert isinstance(after, Paragraph)
    assert Figure(src="bell.jpg", alt="Bell", href="https://example.org") == linked


def test_inline_image() -> None:
    """An image inside a line stays inline; its title is listed as left out."""
    article = load('The ![bell](bell.png "Bronze") rings.')
    expected = paragraph("The ", Image(src="bell.png", alt="bell"), " rings.")
    assert (expected,) == article.blocks
    assert {"image.title": "Bronze"} == texts_by_reason(article.dropped)


def test_unsafe_image() -> None:
    """A data URL that is no picture cannot be sent: its alternative text stays, with a warning."""
    article = load("![Chart](data:image/png;base64,AAAA)")
    assert (Figure(src=None, alt="Chart"),) == article.blocks
    assert ["image.unsafe"] == codes(article.warnings)


def test_rule() -> None:
    """A horizontal rule stays one."""
    assert (paragraph("a"), Rule(), paragraph("b")) == load("a\n\n***\n\nb").blocks


# The title


@pytest.mark.parametrize("text", ["# The *bell*\n\nText", "The *bell*\n===\n\nText"])
def test_title_from_the_first_heading(text: str) -> None:
    """A heading at the very beginning is the title and is not repeated."""
    article = load(text)
    assert ("The bell", (paragraph("Text"),)) == (article.title, article.blocks)


def test_later_heading_is_not_the_title() -> None:
    """A heading after a paragraph stays a heading."""
    article = load("Text\n\n# The bell")
    assert (None, 2) == (article.title, len(article.blocks))


def test_title_from_front_matter() -> None:
    """With a title in the front matter the first heading stays, unless it says the same."""
    other = load("---\ntitle: The bell\n---\n# The rope")
    assert ("The bell", 1) == (other.title, len(other.blocks))
    same = load("---\ntitle: The bell\n---\n# The *Bell*\n\nText")
    assert ("The bell", (paragraph("Text"),)) == (same.title, same.blocks)
    assert {"title.repeated": "The Bell"} == texts_by_reason(same.dropped)


def test_reference_in_the_title() -> None:
    """A title holds no reference: it moves to the first paragraph, with a warning."""
    article = load("# The bell[^1]\n\n![Bell](b.png)\n\nText.[^2]\n\n[^1]: Cast.\n[^2]: Rung.")
    figure, text = article.blocks
    assert "The bell" == article.title
    assert isinstance(figure, Figure)
    assert paragraph(NoteRef(note=1), "Text.", NoteRef(note=2)) == text
    assert ["note.moved"] == codes(article.warnings)


def test_links_and_images_in_the_title() -> None:
    """URLs of links and images in a title are listed as left out."""
    article = load("# The [bell](https://example.org/b) ![tower](t.png)")
    assert "The bell" == article.title
    assert {"title.link", "title.image"} == set(texts_by_reason(article.dropped))


# Links inside the article


def test_links_to_headings() -> None:
    """A link to the slug of a heading, as on GitHub and in Pandoc, sets its anchor; other headings have none."""
    text = (
        "[a](#the-bell) [b](#the-bell-1) [c](#2-ropes) [d](#own) [e](#Caf%C3%A9) [f](#nowhere)\n\n"
        "## The bell\n\n## The bell!\n\n## 2. Ropes\n\n## Mine {#own}\n\n## Café\n\n## Not asked for"
    )
    blocks = load(text).blocks
    anchors = [block.anchor for block in blocks if isinstance(block, Heading)]
    assert ["the-bell", "the-bell-1", "2-ropes", "own", "Café", None] == anchors
    hrefs = [node.href for node in walk(blocks[0]) if isinstance(node, Link)]
    assert ["#the-bell", "#the-bell-1", "#2-ropes", "#own", "#Café", "#nowhere"] == hrefs


@pytest.mark.parametrize(
    "heading",
    ["## Ropes {#r}", "## Ropes {: #r .x}", '## Ropes {.x #r a="b"}', "## Ropes\n{: #r}"],
)
def test_anchor_attributes(heading: str) -> None:
    """Anchors of kramdown and Pandoc are anchors, not text."""
    (block,) = load(f"---\ntitle: T\n---\n{heading}").blocks
    assert Heading(level=2, anchor="r", inlines=(Text(text="Ropes"),)) == block


# Syntax of other programs


@pytest.mark.parametrize(
    "text",
    [
        "Words.\n{: .lead}",
        "Words.{: .lead}",
        "::: {.aside}\nWords.\n:::",
        "::: note\n\nWords.\n\n:::",
    ],
)
def test_attributes_are_removed(text: str) -> None:
    """Attribute lists and the fences of divs are not part of the text."""
    assert ["Words."] == body(text)


def test_attributes_of_links_and_images() -> None:
    """Attributes directly after a link or image are removed; other braces are text."""
    assert ["go { .x} {y}"] == body('[go](/x){target="_blank"} { .x} {y}')
    assert (Figure(src="q.png", alt="Quay"),) == load("![Quay](q.png){width=50%}").blocks


def test_table_of_contents() -> None:
    """The list that kramdown turns into a table of contents is listed as left out."""
    article = load("* Contents\n{:toc}\n\nText")
    assert (paragraph("Text"),) == article.blocks
    assert {"markdown.contents": "Contents"} == texts_by_reason(article.dropped)


def test_fields() -> None:
    """A field stays as written in text, URLs, tables and code, whatever characters it contains."""
    field = '{{ first_name | "dear *old* | friend" }}'
    text = (
        f"Hello {field}, [go](https://example.org/?n={{{{ name }}}}&m={{{{name}}}}) `{field}`\n\n"
        f"| {field} | b |\n|--|--|\n\n![{field}](a.png)"
    )
    result = read(text)
    article = result.article
    first, table, figure = article.blocks
    expected = paragraph(
        f"Hello {field}, ",
        Link(href="https://example.org/?n={{ name }}&m={{name}}", inlines=(Text(text="go"),)),
        " ",
        InlineCode(code=field),
    )
    assert expected == first
    assert isinstance(table, Table) and field in _list_texts(table.header[0])
    assert Figure(src="a.png", alt=field) == figure
    assert article.has_fields


def test_fields_in_untrusted_sources() -> None:
    """In fetched articles braces are text."""
    assert not read("{{ name }}", is_trusted=False).article.has_fields


def test_template_tags_of_other_programs() -> None:
    """Shortcodes and template tags are listed as left out, with a warning; in code they are text."""
    text = 'A {{< note "x | y" >}}b{{% /note %}} [c]({{< ref "d.md" >}}) `{% raw %}` {{ site.url }}'
    article = load(text)
    assert ["A b c {% raw %} {{ site.url }}"] == body(text)
    assert 3 == [entry.reason for entry in article.dropped].count("markdown.template")
    assert ["markdown.template"] * 3 == codes(article.warnings)


def test_appeal() -> None:
    """An appeal at the end is extracted, with its references."""
    text = (
        "# The bell\n\n"
        + "The ferry keeps its hours and its bell.\n\n" * 12
        + "## Support our work\n\n"
        "We live on donations.[^1] Please donate today, so that the bell is kept.\n\n"
        "[Donate now](https://example.org/give)\n\n[^1]: All of them small."
    )
    article = load(text)
    assert article.appeal is not None
    assert any(isinstance(node, NoteRef) for node in walk(article.appeal.blocks))
    assert not any(isinstance(block, Heading) for block in article.blocks)
    assert "ok" == article.notes[0].status


# Fetched articles


def load_fetched(text: str) -> Article:
    """Return the article of *text* as fetched from the web."""
    source = Source(
        content=text.encode(),
        media_type="text/markdown",
        location="https://example.org/a/b.md",
        is_trusted=False,
        url="https://example.org/a/b.md",
    )
    result = MarkdownLoader().read(source)
    assert [] == find_unplaced_words(result)
    return result.article


def test_front_matter_of_fetched_articles() -> None:
    """The front matter of a fetched article sets its title, but not the fields of the issue."""
    article = load_fetched(
        "---\ntitle: T\nsubject: S\nappeal: {url: https://example.net}\n---\nText"
    )
    assert ("T", FrontMatter()) == (article.title, article.front_matter)
    assert {"front-matter.subject", "front-matter.appeal"} == set(texts_by_reason(article.dropped))


def test_relative_urls_of_fetched_articles() -> None:
    """Relative URLs of a fetched article are resolved against its own; anchors stay."""
    article = load_fetched(
        "[a](../c.md) [b](#x) [c](https://example.net) [d](http://[x)\n\n![q](q.png)"
    )
    assert [
        "https://example.org/c.md",
        "#x",
        "https://example.net",
        "http://[x",
    ] == [node.href for node in walk(article.blocks) if isinstance(node, Link)]
    assert "https://example.org/a/q.png" == article.blocks[1].src  # type: ignore[union-attr]


# Invalid input


def test_binary_source() -> None:
    """A binary source is rejected with a message."""
    with pytest.raises(LoadError, match="not text"):
        MarkdownLoader().read(
            Source(content=b"\0\1\2", media_type="text/markdown", location="a.md")
        )


@pytest.mark.parametrize(
    "text",
    [
        "> " * 3000 + "deep",
        "* + " * 3000 + "deep",
        "[" * 3000 + "deep" + "]" * 3000,
        "![" * 2000 + "deep" + "](u)" * 2000,
        "^[" * 2000 + "deep" + "]" * 2000,
        "*" * 3000 + "deep" + "*" * 3000,
        "<div>" * 3000 + "deep",
        "a <b>" * 3000 + "deep",
        "".join(f"{'  ' * n}- item\n" for n in range(300)) + "deep",
    ],
)
def test_deep_nesting(text: str) -> None:
    """However deep the nesting, no word is lost and nothing overflows."""
    assert "deep" in iter_words(load(text))


def test_fields_in_double_angles_are_text() -> None:
    """A field of another mail system in double angles is no tag: it stays to be seen, and is found by a check."""
    article = load("Dear <<name>> and <<First Name>>, <b>hello</b> and <https://example.org>.")

    assert "Dear <<name>> and <<First Name>>, hello and" in plain_text(article.blocks)
