"""Load plain text: blocks, wrapped lines, inlines, and the record of every removed word."""

from __future__ import annotations

import pytest

from pipeline.errors import LoadError
from pipeline.loaders.base import Markup, Source
from pipeline.loaders.shared.completeness import find_unplaced_words
from pipeline.loaders.text import TextLoader
from pipeline.models.article import Dropped
from tests.loaders.text.outlines import outline_blocks, read_text

PROSE = "The harbour of Port Adler was dug by hand in nine winters, and nobody who began it saw it filled."
LONG = (
    "The pilots kept the wall and the guild kept the light, and between them they kept most of the ships off the bank, "
    "though not all."
)


def body(text: str) -> list[str]:
    return outline_blocks(read_text(text).article.blocks)


def wrap(text: str, width: int = 66, indent: str = "") -> str:
    lines, line = [], indent
    for word in text.split():
        if len(line) + len(word) >= width:
            lines.append(line.rstrip())
            line = ""
        line += f"{word} "
    return "\n".join([*lines, line.rstrip()])


@pytest.mark.parametrize("is_trusted", [True, False])
def test_trusted_sources(is_trusted: bool) -> None:
    """Only a trusted source has fields; the article records its location."""
    article = read_text(PROSE, is_trusted=is_trusted).article

    assert is_trusted is article.has_fields
    assert "copy.txt" == article.location


@pytest.mark.parametrize("content", [b"", b"  \n\t\n", b"* * *\n", "\ufeff\u00ad\n".encode()])
def test_empty_source(content: bytes) -> None:
    """A source without text is rejected."""
    with pytest.raises(LoadError, match=r"^copy\.txt: no text found"):
        TextLoader().read(Source(content=content, media_type="text/plain", location="copy.txt"))


def test_assumed_encoding() -> None:
    """The warning about an assumed encoding reaches the article."""
    source = Source(
        content="Das Café am Kai".encode("cp1252"), media_type="text/plain", location="a.txt"
    )

    assert ["source.encoding"] == [w.code for w in TextLoader().read(source).article.warnings]


def test_each_line_is_a_block() -> None:
    """In copied text each line is a block, with or without blank lines between."""
    assert [f"p {PROSE}", f"p {LONG}"] == body(f"{PROSE}\n{LONG}")
    assert [f"p {PROSE}", f"p {LONG}"] == body(f"{PROSE}\n\n\n{LONG}")


@pytest.mark.parametrize("width", [45, 60, 72, 80, 100])
def test_wrapped_lines_are_joined(width: int) -> None:
    """Lines wrapped at one width are joined into paragraphs, whatever the width."""
    text = f"{wrap(f'{PROSE} {LONG} {PROSE}', width)}\n\n{wrap(f'{LONG} {PROSE}', width)}"

    assert [f"p {PROSE} {LONG} {PROSE}", f"p {LONG} {PROSE}"] == body(text)


def test_indented_paragraphs() -> None:
    """In wrapped text an indented line begins a paragraph, even without a blank line."""
    text = "\n".join([wrap(f"{PROSE} {LONG}", indent="   "), wrap(f"{LONG} {PROSE}", indent="   ")])

    assert [f"p {PROSE} {LONG}", f"p {LONG} {PROSE}"] == body(text)


def test_verse() -> None:
    """In wrapped text, lines that end early are verse."""
    text = f"{wrap(f'{PROSE} {LONG}')}\n\nThe sea came up at four\nand went again at nine\n\n{wrap(f'{LONG} {PROSE}')}"

    assert "p The sea came up at four / and went again at nine" == body(text)[1]


def test_hyphens_at_line_ends() -> None:
    """A hyphenated word is closed up; a hyphen for a missing half stays."""
    text = (
        "It is a long and weather-beaten wall, of larch below and of half-\n"
        "burnt brick above, and was raised in the years of the first pre-\n"
        "and last post-war boards, who never agreed on anything but that\n"
        "it was not high enough, and were both of them right about this."
    )

    assert "half-burnt brick" in body(text)[0]
    assert "first pre- and last post-war" in body(text)[0]


def test_emphasis() -> None:
    """In wrapped text _words_ are emphasized; in copied text an underscore is an ordinary character."""
    stressed = f"They called it _the long\nwall_, and {PROSE}"

    assert "p They called it _the long wall_, and" in body(wrap(f"{stressed} {LONG} {LONG}"))[0]
    assert (
        f"p {PROSE} It is in wall_plan_2.txt, _there_."
        == body(f"{PROSE} It is in wall_plan_2.txt, _there_.")[0]
    )


@pytest.mark.parametrize(
    ("text", "linked"),
    [
        ("See https://example.org/wall for it.", "See <a>https://example.org/wall</a> for it."),
        ("See https://example.org/wall.", "See <a>https://example.org/wall</a>."),
        ("(at http://example.org/a_(b))", "(at <a>http://example.org/a_(b)</a>)"),
        (
            "«https://example.org/é?q=1&r=2», he said",
            "«<a>https://example.org/é?q=1&r=2</a>», he said",
        ),
        ("write to www.example.org or a@example.org", "write to www.example.org or a@example.org"),
        ("xhttps://example.org", "xhttps://example.org"),
        ("https:// is a scheme", "https:// is a scheme"),
        ("javascript://example.org", "javascript://example.org"),
    ],
)
def test_urls(text: str, linked: str) -> None:
    """Complete http and https URLs are links, without the punctuation around them."""
    assert f"p {PROSE} {linked}" == body(f"{PROSE} {text}")[0]


def test_invisible_characters() -> None:
    """Soft hyphens, zero-width characters and padding are removed, and do not split words."""
    assert ["p The har\u200dbour of Port Adler"] == body(
        "The\xa0\xa0 har\u00ad\u200d\u200bbour  of\tPort Ad\u2060ler"
    )


def test_no_break_spaces() -> None:
    """French punctuation and long numbers keep theirs."""
    text = "« Combien\xa0?\xa0» demande-t-il\u202f; 18\xa0000\xa0€, dit-elle."

    assert [f"p {text}"] == body(text)


@pytest.mark.parametrize("bullet", ["•", "•\t", "  • ", "◦ ", "- ", "* ", "· ", "‣ "])
def test_bullets(bullet: str) -> None:
    """Blocks that begin with a bullet are a list."""
    assert ["ul", "  p sand", "  p stone"] == body(f"{PROSE}\n\n{bullet}sand\n{bullet}stone")[1:]


def test_dashes_of_speech_and_lists() -> None:
    """Lines that begin with a dash are speech, unless a colon introduces them as a list."""
    assert ["p – Yes.", "p – No."] == body(f"{PROSE}\n– Yes.\n– No.")[1:]
    assert ["ul", "  p sand", "  p stone"] == body(f"{PROSE[:-1]}:\n– sand\n– stone")[1:]


def test_numbered_lists() -> None:
    """Numbered blocks are a list that begins with its first number; a single numbered block stays text."""
    assert ["ol 3", "  p sand", "  p stone"] == body(f"{PROSE}\n3) sand\n4) stone")[1:]
    assert "p 3. sand" == body(f"{PROSE}\n3. sand\n{LONG}")[1]


def test_wrapped_list_items() -> None:
    """An item continues in its wrapped lines."""
    items = "\n".join(wrap(f"- {text}") for text in (PROSE, LONG))

    assert ["ul", f"  p {PROSE}", f"  p {LONG}"] == body(
        f"{wrap(f'{PROSE} {LONG} {PROSE}')}\n\n{items}"
    )[1:]


def test_horizontal_rules() -> None:
    """A row of repeated characters is a rule inside the text, and ignored at its end."""
    assert [f"p {PROSE}", "rule", f"p {LONG}"] == body(f"{PROSE}\n\n* * *\n\n{LONG}\n\n-----\n")


@pytest.mark.parametrize(
    "line",
    [
        "The first winter",
        "Fog",
        "Why nobody came",
        "What is a fathom?",
        "“The wall must stand”",
        "THE FIRST WINTER.",
        "1921: the year of the flood",
    ],
)
def test_headings(line: str) -> None:
    """A short line without a full stop, above a paragraph, is a heading."""
    assert f"h2 {line}" == body(f"{PROSE}\n\n{line}\n\n{LONG}")[1]


@pytest.mark.parametrize(
    "line",
    [
        "It was cold.",
        "This is what they had said before that:",
        "But who was to dig it?",
        "and so it went",
        "“The wall must stand, whatever the board may say”",
        "— Jane Doe",
        "https://example.org/wall",
        "1921",
        "(from the parish book)",
    ],
)
def test_lines_that_are_not_headings(line: str) -> None:
    """Sentences, introductions, quotations, attributions and numbers are paragraphs."""
    assert not body(f"{PROSE}\n\n{line}\n\n{LONG}")[1].startswith("h2")


def test_last_line_is_not_a_heading() -> None:
    """A heading needs content below it; a signature has none."""
    assert "p Jane Doe" == body(f"{PROSE}\n\n{LONG}\n\nJane Doe")[-1]


def test_project_gutenberg() -> None:
    """Project Gutenberg's notice and licence are left out by name."""
    result = read_text(
        "The Project Gutenberg EBook of The Wall\n\n*** START OF THE PROJECT GUTENBERG EBOOK THE WALL ***\n\n"
        f"THE WALL\n\n{PROSE}\n\n*** END OF THE PROJECT GUTENBERG EBOOK THE WALL ***\n\nLicence: {LONG}"
    )

    assert "THE WALL" == result.article.title
    assert [f"p {PROSE}"] == outline_blocks(result.article.blocks)
    assert {"boilerplate.gutenberg"} == {one.reason for one in result.article.dropped}


def test_removed_text_is_listed() -> None:
    """Removed numbers and symbols are markup; removed words are listed as left out."""
    result = read_text(f"{PROSE}[1]\n\nNotes\n\n[1] By hand. [back]")

    assert (Markup(rule="note.label", text="[1]"), Markup(rule="note.marker", text="[1]")) == tuple(
        sorted(result.markup, key=lambda mark: mark.rule)
    )
    assert (
        Dropped(reason="note.heading", text="Notes"),
        Dropped(reason="note.back-link", text="[back]"),
    ) == result.article.dropped
    assert [] == find_unplaced_words(result)


def test_marks_of_markdown_give_a_warning() -> None:
    """They are no markup in plain text, so one warning quotes them; ordinary characters give none."""
    marked = f"{PROSE}\n\nThe ==bell== of **1791** holds H~2~O, see [the book](https://example.org/b).\n\n{LONG}"
    plain = f"{PROSE}\n\nIt cost 5 * 4 == 20, about ~20 or a^b, as said [here] (1).** It rang.\n\n{LONG}"
    (warning,) = read_text(marked).article.warnings

    assert "source.markdown" == warning.code
    assert "“==bell==”, “**1791**”, “~2~” and 1 more" in warning.message
    assert () == read_text(plain).article.warnings
