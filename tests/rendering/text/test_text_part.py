"""The text part reads as if written by hand."""

from __future__ import annotations

from dataclasses import replace
from textwrap import dedent
from typing import Any

import pytest
from hypothesis import given

from pipeline.markup import count_columns
from pipeline.models.article import (
    Article,
    Block,
    Break,
    Code,
    Definition,
    Definitions,
    Embed,
    Emphasis,
    Figure,
    Highlight,
    Image,
    InlineCode,
    Quote,
    Rule,
    Small,
    Strike,
    Strong,
    Subscript,
    Superscript,
    Table,
)
from pipeline.models.tree import walk
from pipeline.rendering.text.text_width import COLUMNS
from tests.rendering.sample_issues import (
    ISSUES,
    PUBLICATION,
    article,
    bullets,
    cell,
    fill_sample,
    heading,
    inlines,
    link,
    make_issue,
    note,
    para,
    ref,
    render_sample,
    render_text,
)
from tests.rendering.test_round_trip import READER
from tests.strategies import articles

LONG = (
    "The keeper of the bell wrote every morning what the night had brought, "
    "and every evening what it had taken away again."
)


def body(*blocks: str | Block, **options: Any) -> str:  # Any: the fields of Article
    """Return what stands between the title and the signature."""
    text = render_text(article(*blocks, title="T", **options))
    return text.partition("T\n=\n\n")[2].partition("\n\n-- \n")[0]


def says(expected: str, *blocks: str | Block, **options: Any) -> None:
    assert dedent(expected).strip("\n") == body(*blocks, **options)


def table(*rows: tuple[str, ...], **options: Any) -> Table:
    head, *others = (tuple(map(cell, row)) for row in rows)
    return Table(header=head, rows=tuple(others), **options)


# The whole


def test_text_part_order() -> None:
    """Preheader, publication, title, subtitle, byline and date, the article, the notes, the footer."""
    source = article(
        para("Ring.", ref(1)),
        subtitle="What a harbour hears",
        byline="Mara Quill",
        canonical_url="https://tern.example.org/bell",
        notes=(note(1, "Twice."),),
    )
    expected = """\
        Read it aloud

        The Tern

        The Ferry Bell
        ==============

        What a harbour hears

        Mara Quill
        Read online: https://tern.example.org/bell

        Ring.[1]

        Notes
        -----

        [1] Twice.

        --\x20
        You're receiving this email because you signed up for The Tern.
        Sent to ada@example.org.
        Unsubscribe: mailto:leave@tern.example.org?subject=unsubscribe
        Read online: https://tern.example.org/bell

        The Tern
        3 Slip Lane
        Oldhaven
        """

    assert dedent(expected) == render_text(source, preheader="Read it aloud")
    repeated = render_text(source, preheader="What a harbour hears")
    assert 1 == repeated.count("What a harbour hears"), "the subtitle is the preheader"


@given(articles())
def test_lines_have_no_extra_spaces(source: Article) -> None:
    """Only the signature line ends in a space, and only code and tables have two in a row."""
    text = fill_sample(render_sample(source).text, reader=READER)
    has_gaps = any(isinstance(node, Table | Code) for node in walk(source))

    assert text.endswith("\n")
    for line in text.removesuffix("\n").split("\n") if not has_gaps else []:
        assert line == line.rstrip(" ") or line == "-- "
        assert "  " not in line.lstrip(" >-0123456789.[]")
        assert not set("\t\r\x0b\x0c\x85\u2028\u2029") & set(line)


@pytest.mark.parametrize("name", ISSUES)
def test_lines_have_at_most_72_columns(name: str) -> None:
    """Except for URLs, which stay whole, counted as a screen shows them."""
    long = [line for line in render_text(ISSUES[name]).split("\n") if count_columns(line) > COLUMNS]

    assert [] == [line for line in long if "://" not in line]


# Blocks


def test_paragraphs_are_wrapped() -> None:
    """A paragraph is wrapped to 72 columns."""
    says(
        """
        The keeper of the bell wrote every morning what the night had brought,
        and every evening what it had taken away again.
        """,
        LONG,
    )


def test_long_urls_are_below_the_paragraph() -> None:
    """Whole, so that the sentence can be read and the URL clicked."""
    path = "a/very/long/path/" * 6
    says(
        f"""
        See the log and the roll <https://e.example.org/r>, twice.
        <https://e.example.org/{path}?x=1&y=2>

        - the log
          <https://e.example.org/{path}?x=1&y=3>
        """,
        para(
            "See ",
            link(f"https://e.example.org/{path}?x=1&y=2", "the log"),
            " and ",
            link("https://e.example.org/r", "the roll"),
            ", twice.",
        ),
        bullets((para(link(f"https://e.example.org/{path}?x=1&y=3", "the log")),)),
    )


def test_long_urls_are_not_broken() -> None:
    """A URL that is the whole link stays in the sentence."""
    long = "https://e.example.org/" + "a/very/long/path/" * 6
    says(
        f"""
        See
        <{long}>
        and more.

        [Image: A bell] <{long}>
        """.replace("Image: A bell] <", "Image: A bell]\n        <"),
        para("See ", link(long, long), " and more."),
        Figure(src="https://e.example.org/b.png", alt="A bell", href=long),
    )


def test_urls_are_written_once_per_section() -> None:
    """A URL is not repeated until the next heading; each note has its own."""
    roll = link("https://e.example.org/r", "the roll")
    says(
        """
        See the roll <https://e.example.org/r> and the roll.[1]

        Next
        ----

        See the roll <https://e.example.org/r> again.[2]

        Notes
        -----

        [1] In the roll <https://e.example.org/r>, and the roll.

        [2] In the roll <https://e.example.org/r>.
        """,
        para("See ", roll, " and ", roll, ".", ref(1)),
        heading("Next"),
        para("See ", roll, " again.", ref(2)),
        notes=(note(1, para("In ", roll, ", and ", roll, ".")), note(2, para("In ", roll, "."))),
    )


def test_references_differ_from_bracketed_numbers() -> None:
    """If the text has its own `[1]`, references say that they are notes, in the email's language."""
    says(
        """
        He wrote “at last [1] bell”.[Note 1]

        Notes
        -----

        [Note 1] The keeper of the bell wrote every morning what the night had
                 brought, and every evening what it had taken away again.
        """,
        para("He wrote “at last [1] bell”.", ref(1)),
        notes=(note(1, LONG),),
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [("[2] of them", "[1]"), ("[1931]", "[1]"), ("[sic]", "[1]"), ("see [1]", "[Note 1]")],
)
def test_other_brackets_do_not_matter(text: str, expected: str) -> None:
    """Years, words and numbers beyond the last note cannot be mistaken for a reference."""
    source = article(para(text, " ", ref(1)), notes=(note(1, "Said."),))

    assert f"{text} {expected}" in render_text(source)


def test_labels_are_joined_as_in_the_language() -> None:
    """French has a space before the colon, in captions and in stacked tables."""
    source = article(
        Figure(src="https://e.example.org/a.png", alt="Une cloche"),
        table(("Port", "Ce que le gardien a écrit"), ("Skerrow", LONG)),
    )
    text = fill_sample(render_sample(make_issue(source, language="fr")).text)

    assert "[Image\u00a0: Une cloche]" in text
    assert "Port\u00a0: Skerrow" in text


def test_headings_are_underlined() -> None:
    """The line is as wide as the heading, up to the width of the text; below a section it is of tildes."""
    says(
        f"""
        Two words
        ---------

        見出し
        ~~~~~~

        The keeper of the bell wrote every morning what the night had brought,
        and every evening what it had taken away again.
        {"-" * 70}
        """,
        heading("Two words"),
        heading("見出し", level=5),
        heading(LONG),
    )


def test_quotes() -> None:
    """Each line starts with a marker, nested ones with two; the author is below, after a dash."""
    says(
        """
        > The keeper of the bell wrote every morning what the night had brought,
        > and every evening what it had taken away again.
        >
        > > Ring.
        >
        > - twice
        > — Ines Calloway, harbourmaster

        > Ring.
        > – Obi
        """,
        Quote(
            blocks=(para(LONG), Quote(blocks=(para("Ring."),)), bullets("twice")),
            attribution="Ines Calloway, harbourmaster",
        ),
        Quote(blocks=(para("Ring."),), attribution="– Obi"),
    )


def test_lists() -> None:
    """Items have a hanging indent; a list with paragraphs has empty lines between its items."""
    says(
        """
        - The keeper of the bell wrote every morning what the night had brought,
          and every evening what it had taken away again.
        - tools:
          - a marlinspike
            9. oil
            10. rope

        3. First.

           Then.

               ring()

        4. Last.
        """,
        bullets(
            LONG,
            (para("tools:"), bullets((para("a marlinspike"), bullets("oil", "rope", start=9)))),
        ),
        bullets((para("First."), para("Then."), Code(code="ring()")), "Last.", start=3),
    )


def test_code_is_unchanged() -> None:
    """Code is indented and otherwise unchanged: spaces, long lines and empty ones."""
    code = f"if fog:\n\tring()   # twice  \n\n{'x' * 100}"

    assert "    " + code.replace("\n", "\n    ").replace("\n    \n", "\n\n") == body(
        Code(code=code)
    )


def test_tables_that_fit_have_columns() -> None:
    """Aligned as in the source, wide characters counted as wide."""
    says(
        """
        Crossings and fog

        Year      Ferries  Fog
        --------  -------  ----
        1931          412   61
        昭和七年       98  none
        """,
        Table(
            header=(cell("Year"), cell("Ferries", align="right"), cell("Fog")),
            rows=(
                (cell("1931"), cell("412", align="right"), cell("61", align="center")),
                (cell("昭和七年"), cell("98", align="right"), cell("none")),
            ),
            caption=inlines("Crossings and fog"),
        ),
    )


def test_wide_tables_are_stacked() -> None:
    """Row by row, each cell behind its heading; empty cells are left out."""
    says(
        """
        Notes: no one wrote any

        Harbour: Oldhaven
        What the keeper wrote that day: The keeper of the bell wrote every
          morning what the night had brought, and every evening what it had
          taken away again.

        Harbour: Skerrow
        """,
        table(
            ("Harbour", "What the keeper wrote that day", "Notes: no one wrote any"),
            ("Oldhaven", LONG, ""),
            ("Skerrow", "", ""),
        ),
    )


def test_spanning_cells_leave_empty_places() -> None:
    """A cell over two columns or rows leaves the places it spans empty."""
    says(
        """
        Year  Ferries
        ----  -------  ---
        1931  north    412
              south    398
        1932  none
        """,
        Table(
            header=(cell("Year"), cell("Ferries", colspan=2)),
            rows=(
                (cell("1931", rowspan=2), cell("north"), cell("412")),
                (cell("south"), cell("398")),
                (cell("1932"), cell("none", colspan=2)),
            ),
        ),
    )


def test_cells_are_single_lines() -> None:
    """Whatever a cell contains."""
    rich = replace(
        cell("x"), blocks=(heading("H"), para("a", Break(), "b"), Rule(), bullets("c", "d"))
    )
    says("one  H a b * * * - c - d", Table(rows=((cell("one"), rich),)))


def test_figures() -> None:
    """An image is written as its alt text and URL, then its caption and credit; a lost one is not."""
    says(
        """
        [Image: A bell]
        The bell, _2019_ (Olu Marsh)

        [Image: A buoy] <https://e.example.org/buoy>
        """,
        Figure(
            src="https://e.example.org/a.png",
            alt="A bell",
            caption=inlines("The bell, ", Emphasis(inlines=inlines("2019"))),
            credit="Olu Marsh",
        ),
        Figure(src="https://e.example.org/b.png", alt="A buoy", href="https://e.example.org/buoy"),
        Figure(src="https://e.example.org/c.png", alt=""),
        Figure(src=None, alt="", caption=inlines("Lost")),
    )


def test_definitions_rules_and_embeds() -> None:
    """A definition is indented below its term, a rule is three stars, an embed its title and URL."""
    says(
        """
        slip
            a slope that runs into the water

            - steep

        fathom
            six feet

                                         * * *

        The bell <https://video.example.org/1>

        <https://video.example.org/2>
        """,
        Definitions(
            items=(
                Definition(
                    term=inlines("slip"),
                    blocks=(para("a slope that runs into the water"), bullets("steep")),
                ),
                Definition(term=inlines("fathom"), blocks=(para("six feet"),)),
            )
        ),
        Rule(),
        Embed(href="https://video.example.org/1", title="The bell"),
        Embed(href="https://video.example.org/2"),
    )


def test_notes_have_a_hanging_indent() -> None:
    """All lines of a note are indented behind its number."""
    says(
        """
        One[1] and two.[2]

        Notes
        -----

        [1] The keeper of the bell wrote every morning what the night had
            brought, and every evening what it had taken away again.

            - see roll <https://e.example.org/r>

        [2] > Ring.
            > — Obi
        """,
        para("One", ref(1), " and two.", ref(2)),
        notes=(
            note(1, LONG, bullets((para("see ", link("https://e.example.org/r", "roll")),))),
            note(2, Quote(blocks=(para("Ring."),), attribution="Obi")),
        ),
    )


# Inlines


def test_inlines() -> None:
    """Emphasis has markers, superscript digits stay superscript, breaks are line breaks; small print is unchanged."""
    says(
        """
        *strong _and stressed_* ~~struck~~ small RING_TWICE 10²³ 1st H₂O 10^-3
        x_(n+1) a^n ==marked==
        next line
        """,
        para(
            Strong(inlines=inlines("strong ", Emphasis(inlines=inlines("and stressed")), " ")),
            Strike(inlines=inlines("struck")),
            " ",
            Small(inlines=inlines("small")),
            " ",
            InlineCode(code="RING_TWICE"),
            " 10",
            Superscript(inlines=inlines("23")),
            " 1",
            Superscript(inlines=inlines("st")),
            " H",
            Subscript(inlines=inlines("2")),
            "O 10",
            Superscript(inlines=inlines("-3")),
            " x",
            Subscript(inlines=inlines("n+1")),
            " a",
            Superscript(inlines=inlines("n")),
            " ",
            Highlight(inlines=inlines("marked")),
            Break(),
            "next line",
        ),
    )


@pytest.mark.parametrize(
    ("href", "words", "expected"),
    [
        ("https://e.example.org/a", "the log", "the log <https://e.example.org/a>"),
        ("https://e.example.org/a", "https://e.example.org/a", "<https://e.example.org/a>"),
        ("https://e.example.org", "e.example.org", "<https://e.example.org>"),
        ("mailto:a@e.example.org", "a@e.example.org", "<a@e.example.org>"),
        ("mailto:a@e.example.org?subject=x", "write", "write <mailto:a@e.example.org?subject=x>"),
        ("tel:+4912345", "+49 123-45", "+49 123-45"),
        ("tel:+4912345", "ring", "ring <tel:+4912345>"),
        ("#below", "see below", "see below"),
        ("javascript:x", "words", "words"),
        ("https://例え.example/é", "IDN", "IDN <https://xn--r8jz45g.example/%C3%A9>"),
    ],
)
def test_links(href: str, words: str, expected: str) -> None:
    """A link is its text and URL, or the URL alone if the text is the same."""
    assert f"x {expected}." == body(para("x ", link(href, words), "."))


def test_relative_links_are_absolute() -> None:
    """A relative link is resolved against the article's URL; an internal link is only text."""
    text = body(
        para(link("b", "a"), ", ", link("#d", "c")), canonical_url="https://e.example.org/x/y"
    )
    assert "a <https://e.example.org/x/b>, c" == text.splitlines()[-1]


def test_linked_images_keep_their_alt_text() -> None:
    """The alt text of a linked image is written with the URL."""
    star = Image(src="https://e.example.org/s.png", alt="a star")

    assert "[a star] <https://e.example.org/>" == body(para(link("https://e.example.org/", star)))


def test_white_space_is_collapsed() -> None:
    """Tabs, line breaks and runs of spaces are one space; non-breaking spaces stay."""
    assert "a b c\u00a0d e" == body(para(" a \t b\n", "\n c\u00a0d", "  e "))
    assert f"{'word ' * 13}word\nnext\u00a0to" == body("word " * 14 + "next\u00a0to")


# Around the article


def test_postal_address_is_line_by_line() -> None:
    """Each line is separate, without the spaces around it."""
    publication = replace(PUBLICATION, postal_address="\n The Tern \n  3 Slip Lane\n")
    text = render_text(make_issue(article("x"), publication=publication))

    assert text.endswith("\nThe Tern\n3 Slip Lane\n")


def test_missing_title_or_notes_leave_no_gap() -> None:
    """Nothing is written in their place."""
    text = render_text(article("x", title=None))

    assert text.startswith("The Tern\n\nx\n\n-- \n")
