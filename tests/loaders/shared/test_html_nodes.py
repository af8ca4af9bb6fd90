"""Any DOM becomes a tree of known nodes: every word is kept, and nothing else gets through."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree, html

from pipeline.loaders.base import LoadResult
from pipeline.loaders.shared.completeness import find_unplaced_words, split_words
from pipeline.loaders.shared.html_nodes.element_handlers import create_reader
from pipeline.loaders.shared.html_nodes.load_report import LoadReport
from pipeline.loaders.shared.html_nodes.node_reader import MAX_DEPTH, TEXT_ATTRIBUTES
from pipeline.loaders.shared.html_nodes.safe_urls import sanitize_href, sanitize_src
from pipeline.models.article import (
    Article,
    Block,
    Break,
    Cell,
    Code,
    Definition,
    Definitions,
    Embed,
    Emphasis,
    Figure,
    Heading,
    Image,
    Inline,
    InlineCode,
    Link,
    List,
    NoteRef,
    Paragraph,
    Quote,
    Rule,
    Small,
    Strike,
    Strong,
    Subscript,
    Superscript,
    Table,
    Text,
)
from pipeline.models.tree import walk


def text(*inlines: object) -> tuple[Inline, ...]:
    return tuple(Text(text=i) if isinstance(i, str) else i for i in inlines)  # type: ignore[misc]


def paragraph(*inlines: object) -> Paragraph:
    return Paragraph(inlines=text(*inlines))


def dom(source: str) -> etree._Element:
    """Return the body of *source*."""
    return html.document_fromstring(f"<body>{source}</body>").find("body")  # type: ignore[return-value]


def read(source: str) -> tuple[tuple[Block, ...], LoadReport]:
    """Return the blocks of *source* and the report, after checking that no word is missing."""
    body = dom(source)
    attributes = [
        element.get(name) or ""
        for element in body.iter()
        for name in TEXT_ATTRIBUTES.get(str(element.tag), ())
    ]
    visible = "\n".join([*map(str, body.itertext()), *attributes])
    report = LoadReport()
    blocks = create_reader(report).read_blocks(body)
    article = Article(blocks=blocks, dropped=tuple(report.dropped))
    assert [] == find_unplaced_words(
        LoadResult(article=article, visible_text=visible, markup=tuple(report.markup))
    )
    return blocks, report


def blocks(source: str) -> tuple[Block, ...]:
    return read(source)[0]


INLINES = [
    ("<b>x</b>", Strong(inlines=text("x"))),
    ("<strong>x</strong>", Strong(inlines=text("x"))),
    ("<i>x</i>", Emphasis(inlines=text("x"))),
    ("<em>x</em>", Emphasis(inlines=text("x"))),
    ("<cite>x</cite>", Emphasis(inlines=text("x"))),
    ("<del>x</del>", Strike(inlines=text("x"))),
    ("<s>x</s>", Strike(inlines=text("x"))),
    ("<sup>x</sup>", Superscript(inlines=text("x"))),
    ("<sub>x</sub>", Subscript(inlines=text("x"))),
    ("<small>x</small>", Small(inlines=text("x"))),
    ("<code>a  b</code>", InlineCode(code="a  b")),
    ("<kbd>x</kbd>", InlineCode(code="x")),
    ("<br>", Break()),
    (
        '<a href="https://example.org" title="T">x</a>',
        Link(href="https://example.org", title="T", inlines=text("x")),
    ),
    ('<a href="#x">y</a>', Link(href="#x", inlines=text("y"))),
    ('<code><a href="/x">y</a></code>', Link(href="/x", inlines=(InlineCode(code="y"),))),
    ('<img src="a.png" alt="b">', Image(src="a.png", alt="b")),
]


@pytest.mark.parametrize(("source", "inline"), INLINES)
def test_inlines(source: str, inline: Inline) -> None:
    """Each kind of inline is read from its elements."""
    assert (paragraph("a ", inline, " z"),) == tuple(
        block for block in blocks(f"<p>a {source} z</p>")
    ) or isinstance(inline, Break)


BLOCKS: list[tuple[str, Block]] = [
    ("<p>x</p>", paragraph("x")),
    ("<h3 id=i>x</h3>", Heading(level=3, anchor="i", inlines=text("x"))),
    ("<h3><a name=i></a>x</h3>", Heading(level=3, anchor="i", inlines=text("x"))),
    ("<ul><li>x<li>y</ul>", List(ordered=False, items=((paragraph("x"),), (paragraph("y"),)))),
    ("<ol start=-4><li>x</ol>", List(ordered=True, start=-4, items=((paragraph("x"),),))),
    (
        "<ul><li>x</li><ul><li>y</li></ul></ul>",
        List(
            ordered=False,
            items=((paragraph("x"), List(ordered=False, items=((paragraph("y"),),))),),
        ),
    ),
    ("<blockquote>x</blockquote>", Quote(blocks=(paragraph("x"),))),
    (
        "<blockquote><p>x</p><footer>— Ada, <i>pilot</i></footer></blockquote>",
        Quote(blocks=(paragraph("x"),), attribution="Ada, pilot"),
    ),
    (
        "<blockquote><p>x</p><cite>Ada</cite></blockquote>",
        Quote(blocks=(paragraph("x"),), attribution="Ada"),
    ),
    (
        '<pre>\n<code class="a language-c">x\n <span>y</span><br>z</code></pre>',
        Code(code="x\n y\nz", language="c"),
    ),
    ("<hr>", Rule()),
    (
        "<dl><dt>t</dt><dd>x</dd><dd>y</dd><div><dt>u</dt><dd>z</dd></div></dl>",
        Definitions(
            items=(
                Definition(term=text("t"), blocks=(paragraph("x"), paragraph("y"))),
                Definition(term=text("u"), blocks=(paragraph("z"),)),
            )
        ),
    ),
    (
        '<figure><a href="/f"><img src=a.png alt=A></a><figcaption>C <b>d</b></figcaption></figure>',
        Figure(src="a.png", alt="A", href="/f", caption=text("C ", Strong(inlines=text("d")))),
    ),
    (
        '<a href="/f"><div><img src=a.png title=T></div></a>',
        Figure(src="a.png", href="/f", caption=text("T")),
    ),
    (
        '<iframe src="//example.org/v" title=V></iframe>',
        Embed(href="https://example.org/v", title="V"),
    ),
    (
        "<table><thead><tr><td>h</thead><tr><th>r<td colspan=2 rowspan=0>x</table>",
        Table(
            header=(Cell(blocks=(paragraph("h"),)),),
            rows=((Cell(blocks=(paragraph("r"),)), Cell(blocks=(paragraph("x"),), colspan=2)),),
        ),
    ),
    (
        "<figure><table><tr><td>x</table><figcaption>C</figcaption></figure>",
        Table(rows=((Cell(blocks=(paragraph("x"),)),),), caption=text("C")),
    ),
    ("<center><marquee>x</marquee></center>", paragraph("x")),
    ("<div>x</div>", paragraph("x")),
    ("<q>x</q>", paragraph("“x”")),
]


@pytest.mark.parametrize(("source", "block"), BLOCKS)
def test_blocks(source: str, block: Block) -> None:
    """Each kind of block is read from its elements."""
    assert (block,) == blocks(source)


def test_unknown_elements_separate_paragraphs() -> None:
    """Elements that the tree cannot express separate paragraphs where browsers do; their text stays."""
    source = "<details><summary>a</summary>b<div>c</div></details><form>d <button>e</button></form>"
    assert [paragraph(w) for w in ("a", "b", "c", "d e")] == list(blocks(source))


def test_white_space_is_a_single_space() -> None:
    """White space is collapsed, also across elements, and trimmed at the ends; no-break spaces stay."""
    source = "<p>  a \n <b> b </b> <i>c</i>\t<br> d\u00a0 \u00a0e <img src=x> </p>"
    expected = paragraph(
        "a ",
        Strong(inlines=text("b ")),
        Emphasis(inlines=text("c")),
        Break(),
        "d\u00a0 \u00a0e ",
        Image(src="x"),
    )
    assert (expected,) == blocks(source)


def test_links_around_blocks() -> None:
    """An inline element around blocks wraps the text of each block."""
    first, second, heading = blocks('<a href="/x"><p>a</p><p>b</p><h2>c</h2></a>')
    assert paragraph(Link(href="/x", inlines=text("a"))) == first
    assert paragraph(Link(href="/x", inlines=text("b"))) == second
    assert Heading(level=2, inlines=(Link(href="/x", inlines=text("c")),)) == heading


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("<script>x()</script>", "html.script"),
        ("<style>x</style>", "html.style"),
        ("<template><p>x</p></template>", "html.template"),
        ("<svg><title>x</title></svg>", "html.svg"),
        ("<!-- x -->", "html.comment"),
        ('<a href="https://example.org"></a>', "link.empty"),
        ('<a href="javascript:x">y</a>', "link.unsafe"),
    ],
)
def test_dropped_content_is_listed(source: str, reason: str) -> None:
    """Content that cannot be in an email is listed by rule."""
    _, report = read(f"<p>a {source} b</p>")
    assert [reason] == [entry.reason for entry in report.dropped]


def test_text_between_parts_of_tables_and_lists() -> None:
    """Text between the parts of tables and lists is kept in them or after them."""
    source = (
        "<table><p>a</p><tr>b<td>c</td>d</tr></table><ul>e<li>f</li>g</ul><dl>h<dt>i</dt>j</dl>"
    )
    found = " ".join(node.text for node in walk(blocks(source)) if isinstance(node, Text))
    assert sorted("abcdefghij") == sorted(found.split())


def test_blocks_in_headings_are_flattened() -> None:
    """In a heading, caption or term, blocks become inlines with a break between two blocks."""
    source = '<body><h2><p>a</p><ul><li>b</li></ul><img src="x" alt="y"/><iframe src="/v" title="t"/></h2></body>'
    (block,) = create_reader(LoadReport()).read_blocks(etree.fromstring(source))
    expected = text(
        "a",
        Break(),
        "b",
        Break(),
        Image(src="x", alt="y"),
        Break(),
        Link(href="/v", inlines=text("t")),
    )
    assert Heading(level=2, inlines=expected) == block


def test_link_inside_a_link() -> None:
    """An inner link loses its URL but not its text."""
    inner = etree.SubElement(outer := etree.Element("a", href="/x"), "a", href="/y")
    outer.text, inner.text = "a ", "b"
    root = etree.Element("p")
    root.append(outer)
    report = LoadReport()
    assert (paragraph(Link(href="/x", inlines=text("a b"))),) == create_reader(report).read_blocks(
        root
    )
    assert ["link.nested"] == [entry.reason for entry in report.dropped]


def test_elements_resolved_by_the_caller() -> None:
    """The caller replaces elements it knows; a figure keeps such a reference in its caption."""
    body = dom('<p>a<span data-n="1">1</span></p><p><img src=x alt=y><span data-n="2"></span></p>')

    def resolve(element: etree._Element) -> tuple[Block | Inline, ...] | None:
        number = element.get("data-n")
        return (NoteRef(note=int(number)),) if number else None

    expected = (
        paragraph("a", NoteRef(note=1)),
        Figure(src="x", alt="y", caption=(NoteRef(note=2),)),
    )
    assert expected == create_reader(LoadReport(), resolve).read_blocks(body)


@pytest.mark.parametrize("tag", ["div", "b", "ul", "blockquote", "table", "a"])
def test_depth_is_limited(tag: str) -> None:
    """Very deep nesting is flattened: text and images stay in order."""
    root = inner = etree.Element("body")
    for number in range(5000):
        inner = etree.SubElement(inner, tag)
        inner.text = f"w{number} "
    etree.SubElement(inner, "img", src="x.png", alt="last")
    found = create_reader(LoadReport()).read_blocks(root)
    assert MAX_DEPTH * 4 > _depth(found)
    found_words = [
        word
        for node in walk(found)
        for word in split_words(node.text if isinstance(node, Text) else getattr(node, "alt", ""))
        if word.isdecimal() or word == "last"
    ]
    assert [*map(str, range(5000)), "last"] == found_words


def _depth(node: object) -> int:
    if isinstance(node, tuple):
        return max(map(_depth, node), default=0)
    inside = (getattr(node, name, ()) for name in ("blocks", "inlines", "items", "rows"))
    return 1 + max(map(_depth, inside), default=0) if hasattr(node, "__dataclass_fields__") else 0


@pytest.mark.parametrize(
    ("href", "expected"),
    [
        ("https://example.org/a b", "https://example.org/a b"),
        (" MAILTO:ada@example.org\n", "MAILTO:ada@example.org"),
        ("tel:+441", "tel:+441"),
        ("#x", "#x"),
        ("../a.html", "../a.html"),
        ("//example.org", "https://example.org"),
        ("a/b:c", "a/b:c"),
        ("javascript:x", None),
        ("java\nscript:x", None),
        ("\u200bjavascript:x", None),
        ("vbscript:x", None),
        ("ftp://example.org", None),
        ("data:text/html,x", None),
        ("", None),
        (" ", None),
    ],
)
def test_sanitize_href(href: str, expected: str | None) -> None:
    """Only http, https, mailto, tel, anchors and relative URLs are allowed."""
    assert expected == sanitize_href(href)


def test_sanitize_src() -> None:
    """Only http, https and relative URLs are allowed."""
    assert [None, None, "a.png", "https://example.org/a.png"] == [
        sanitize_src(src)
        for src in ("data:image/png,x", "cid:x", "a.png", "https://example.org/a.png")
    ]


TAGS = (
    "a b em code p div ul ol li table tr td th caption dl dt dd figure figcaption img br hr h2 blockquote footer pre "
    "script style iframe video source span sup q details summary svg title object unknown"
).split()


@st.composite
def elements(draw: st.DrawFn) -> etree._Element:
    """Draw a DOM that no parser would build: any element inside any other."""
    root = etree.Element("body")
    open_elements = [root]
    for number in range(draw(st.integers(1, 30))):
        parent = draw(st.sampled_from(open_elements[-4:]))
        child = etree.SubElement(parent, draw(st.sampled_from(TAGS)))
        child.text = draw(st.sampled_from([None, " ", f"t{number}x", f" t{number}x "]))
        child.tail = draw(st.sampled_from([None, " ", f"t{number}y", f"t{number}y "]))
        for name in draw(
            st.sets(st.sampled_from(["href", "src", "alt", "title", "data", "colspan"]))
        ):
            child.set(name, draw(st.sampled_from([f"v{number}{name}", "javascript:x", "", "3"])))
        open_elements.append(child)
    return root


@given(root=elements())
def test_no_word_is_missing_or_duplicated(root: etree._Element) -> None:
    """Each text of a DOM is in the tree or in dropped text exactly once; each text attribute is accounted for."""
    report = LoadReport()
    found = create_reader(report).read_blocks(root)
    article = Article(blocks=found, dropped=tuple(report.dropped))
    texts = [str(part) for part in root.itertext()]
    attributes = [
        element.get(name) or ""
        for element in root.iter()
        for name in TEXT_ATTRIBUTES.get(str(element.tag), ())
    ]
    visible = "\n".join([*texts, *attributes])
    assert [] == find_unplaced_words(
        LoadResult(article=article, visible_text=visible, markup=tuple(report.markup))
    )
    all_text = " ".join(
        [
            *(n.text for n in walk(found) if isinstance(n, Text)),
            *(n.code for n in walk(found) if isinstance(n, (Code, InlineCode))),
            *(n.attribution or "" for n in walk(found) if isinstance(n, Quote)),
            *(entry.text for entry in report.dropped),
        ]
    )
    for part in texts:
        if part.strip():
            assert 1 == all_text.count(part.strip())
