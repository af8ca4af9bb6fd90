"""
Whole articles at random: every kind of block and inline, nested, with notes cited repeatedly and by each other.

Every run of texts holds a *mark*, `tk17z`, that no other run has: a test can follow each of them to its place.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from typing import TypeVar

from hypothesis import strategies as st

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
    Highlight,
    Image,
    Inline,
    InlineCode,
    Link,
    List,
    Note,
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

T = TypeVar("T")

MARK = re.compile(r"tk\d+z")

#: What parsers, templates and mail programs are known to stumble over.
AWKWARD = (
    *(
        " ",
        "  ",
        "\n",
        " \n ",
        "\t",
        "\u00a0",
        "\u202f",
        "a\u00a0b",
        "so\u00adft",
        "zero\u200bwidth",
    ),
    *(
        "\U0001f468\u200d\U0001f469\u200d\U0001f467",
        "❤️",
        "\U0001f1eb\U0001f1ee",
        "\U0001f44d\U0001f3fd",
    ),
    *(
        "हिन्दी",
        "שָׁלוֹם",
        "مَرْحَبًا بكم",
        "日本語の文章です。",
        "한국어",
        "ไทย",
        "e\u0301",
        "\u2067עברית\u2069",
    ),
    *(
        "1 < 2",
        "a > b",
        "&",
        "&amp;",
        "&nbsp;",
        "&#8203;",
        '"',
        "'",
        "“quoted”",
        "\\",
        "C:\\new\\x",
    ),
    *(
        "--",
        "-- ",
        "-->",
        "]]>",
        "<!--[if mso]>",
        "<![endif]-->",
        "<!-- x -->",
        "<?php ?>",
        "<!doctype html>",
    ),
    *(
        "<b>bold</b>",
        "<script>alert(1)</script>",
        "</title>",
        "</style>",
        "<style>p{}</style>",
        "<br>",
    ),
    *(
        "<mj-raw>",
        "</mj-text>",
        "<mj-include path='x'/>",
        ' height="auto"',
        ' data-premailer="ignore"',
    ),
    *(
        "{{ name }}",
        '{{ city | "town" }}',
        "{{ 7*7 }}",
        "{% raw %}",
        "{# no #}",
        "{{ -",
        "- }}",
        "*|X|*",
        "%name%",
    ),
    *(
        "@@BODY@@",
        "hb0123456789abcdef",
        "*star*",
        "_under_",
        "[1]",
        "> said",
        "# one",
        "1. first",
        "* * *",
    ),
)
ANY = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=8)
HREFS = (
    *("https://e.example.org/a", "http://e.example.org", "https://e.example.org/?a=1&b=2#c"),
    *("mailto:desk@e.example.org", "tel:+4912345", "#here", "#nowhere", "#fn1", "#"),
    *(
        "https://例え.example/道?q=é",
        "https://e.example.org/{{ name }}",
        "https://e.example.org/a b\"c'd<e>",
    ),
    *(
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        "java\nscript:alert(1)",
        "data:text/html,x",
        "file:///etc/passwd",
    ),
    *(
        "page.html",
        "/page",
        "?q=a:b",
        "",
        "//e.example.org/x",
        "https://",
        "https://[",
        "{{ name }}",
    ),
)
ANCHORS = ("here", "there", "fn1", "fnref1", "節", "a b", 'q"<')
PICTURES = (
    "https://e.example.org/a.jpg",
    "https://例え.example/é.png",
    'https://e.example.org/a"b.gif',
)


class _Writer:
    """Draws an article, giving each run of texts its mark."""

    def __init__(self, draw: Callable[[st.SearchStrategy[T]], T], notes: int) -> None:
        self._draw: Callable[..., object] = draw
        self._notes = notes
        self._marks = 0

    def pick(self, *choices: T) -> T:
        return self._draw(st.sampled_from(choices))  # type: ignore[return-value]

    def number(self, least: int, most: int) -> int:
        return self._draw(st.integers(least, most))  # type: ignore[return-value]

    def texts(self) -> str:
        self._marks += 1
        before, after = (self._draw(st.one_of(st.sampled_from(AWKWARD), ANY)) for _ in "ab")
        gaps = self.pick(("", ""), (" ", ""), ("", " "), (" ", " "))
        return f"{before}{gaps[0]}tk{self._marks}z{gaps[1]}{after}"

    def maybe_words(self) -> str | None:
        return self.pick(None, self.texts())

    def several(self, make: Callable[[], T], least: int, most: int) -> tuple[T, ...]:
        return tuple(make() for _ in range(self.number(least, most)))

    def inlines(self, depth: int = 2, least: int = 1) -> tuple[Inline, ...]:
        return self.several(lambda: self.inline(depth), least, 3)

    def inline(self, depth: int) -> Inline:
        plain = (
            Text,
            Text,
            Text,
            InlineCode,
            Image,
            Break,
            *((NoteRef,) * 2 if self._notes else ()),
        )
        wrappers = (Strong, Emphasis, Strike, Highlight, Superscript, Subscript, Small, Link)
        kind: type = self.pick(*plain, *(wrappers if depth else ()))
        if kind is Text:
            return Text(text=self.texts())
        if kind is InlineCode:
            return InlineCode(code=self.texts())
        if kind is Image:
            return Image(src=self.pick(*PICTURES), alt=self.texts())
        if kind is Break:
            return Break()
        if kind is NoteRef:
            return NoteRef(note=self.number(1, self._notes))
        if kind is Link:
            return Link(
                href=self.pick(*HREFS), title=self.maybe_words(), inlines=self.inlines(depth - 1)
            )
        wrapped: Inline = kind(inlines=self.inlines(depth - 1))
        return wrapped

    def blocks(self, depth: int, least: int = 1) -> tuple[Block, ...]:
        return self.several(lambda: self.block(depth), least, 3 if depth else 2)

    def block(self, depth: int) -> Block:
        flat = (
            self.paragraph,
            self.paragraph,
            self.heading,
            self.code,
            self.figure,
            Rule,
            self.embed,
        )
        deep = (self.list, self.list, self.quote, self.table, self.definitions)
        chosen = self.pick(*range(len(flat) + (len(deep) if depth else 0)))
        if chosen < len(flat):
            return flat[chosen]()
        return deep[chosen - len(flat)](depth - 1)

    def paragraph(self) -> Paragraph:
        return Paragraph(inlines=self.inlines(least=0))

    def heading(self) -> Heading:
        return Heading(
            level=self.number(1, 6), anchor=self.pick(None, *ANCHORS), inlines=self.inlines()
        )

    def code(self) -> Code:
        lines = self.several(self.texts, 0, 2)
        return Code(
            code="\n".join("  " + line for line in lines), language=self.pick(None, "python")
        )

    def figure(self) -> Figure:
        return Figure(
            src=self.pick(None, *PICTURES),
            alt=self.texts(),
            caption=self.pick((), self.inlines()),
            credit=self.maybe_words(),
            href=self.pick(None, *HREFS),
            width=self.pick(None, 40, 4000),
        )

    def embed(self) -> Embed:
        return Embed(href=self.pick(*HREFS[:4]), title=self.maybe_words())

    def list(self, depth: int) -> List:
        is_ordered = self.pick(True, False)
        return List(
            ordered=is_ordered,
            start=self.pick(None, 1, 9, 0) if is_ordered else None,
            items=self.several(lambda: self.blocks(depth, least=0), 1, 3),
        )

    def quote(self, depth: int) -> Quote:
        return Quote(blocks=self.blocks(depth), attribution=self.maybe_words())

    def table(self, depth: int) -> Table:
        columns = self.number(1, 3)

        def row() -> tuple[Cell, ...]:
            return tuple(self.cell(depth) for _ in range(columns))

        return Table(
            header=self.pick((), row()),
            rows=self.several(row, 0, 2),
            caption=self.pick((), self.inlines()),
        )

    def cell(self, depth: int) -> Cell:
        return Cell(
            blocks=self.pick(self.several(self.paragraph, 0, 1), self.blocks(depth)),
            colspan=self.pick(1, 1, 2),
            rowspan=self.pick(1, 1, 2),
            align=self.pick(None, "left", "center", "right"),
        )

    def definitions(self, depth: int) -> Definitions:
        return Definitions(
            items=self.several(
                lambda: Definition(term=self.inlines(), blocks=self.blocks(depth, least=0)), 1, 2
            )
        )


@st.composite
def articles(draw: Callable[[st.SearchStrategy[T]], T]) -> Article:
    """Draw an article with a title; its pictures are remote ones."""
    count: int = draw(st.integers(0, 3))  # type: ignore[arg-type, assignment]
    writer = _Writer(draw, count)
    return Article(
        title=writer.texts(),
        subtitle=writer.maybe_words(),
        byline=writer.maybe_words(),
        published=writer.pick(None, date(2026, 3, 1)),
        canonical_url=writer.pick(None, "https://tern.example.org/bell"),
        lead_image=writer.pick(None, writer.figure()),
        blocks=writer.several(lambda: writer.block(2), 0, 5),
        notes=tuple(
            Note(number=number, label=str(number), blocks=writer.blocks(1, least=0))
            for number in range(1, count + 1)
        ),
        has_fields=writer.pick(False, True),
    )
