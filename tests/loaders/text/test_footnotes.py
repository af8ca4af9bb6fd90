"""Notes in plain text: which blocks are notes, where they end, and where they are cited."""

from __future__ import annotations

import pytest

from pipeline.models.article import Article, NoteRef
from pipeline.models.article_text import plain_text
from pipeline.models.tree import walk
from tests.loaders.text.outlines import outline_blocks, read_text

PROSE = "The harbour of Port Adler was dug by hand in nine winters, and nobody who began it saw it filled."
MORE = "It is three fathoms deep at low water, and the sand has to be taken out again every other spring."


def read(*blocks: str) -> Article:
    return read_text("\n\n".join(blocks)).article


def outline_body(article: Article) -> list[str]:
    return outline_blocks(article.blocks)


def notes(article: Article) -> list[tuple[str, str]]:
    return [(note.label, plain_text(note.blocks).strip()) for note in article.notes]


def codes(article: Article) -> list[str]:
    return [warning.code for warning in article.warnings]


@pytest.mark.parametrize(
    ("marker", "label"),
    [
        (".1", "1. "),
        (". 1", "1. "),
        (".1", "1 "),
        (".1", "1) "),
        (".[1]", "[1] "),
        (". [1]", "1. "),
        (".(1)", "(1) "),
        (".¹", "¹ "),
        (".¹", "1. "),
        (".{1}", "{1} "),
    ],
)
def test_markers_and_labels(marker: str, label: str) -> None:
    """Every style of marker works with every style of label; both are removed."""
    article = read(PROSE[:-1] + marker, f"{label}By the guild of pilots. [back]")

    assert [f"p {PROSE}⟦1⟧"] == outline_body(article)
    assert [("1", "By the guild of pilots.")] == notes(article)


def test_ordered_list_without_markers() -> None:
    """Numbered blocks that are not cited are an ordered list."""
    article = read(PROSE, "1. Dig in the winter.", "2. Rest in the spring.", "3. Begin again.")

    assert () == article.notes
    assert ["ol 1", "  p Dig in the winter.", "  p Rest in the spring.", "  p Begin again."] == (
        outline_body(article)[1:]
    )


def test_ordered_list_before_the_notes() -> None:
    """A list between the markers and the notes does not take the markers."""
    article = read(
        f"{PROSE}1 {MORE}2",
        "1. Dig in the winter.",
        "2. Rest in the spring.",
        PROSE,
        "1. By the pilots.",
        "2. By the guild.",
    )

    assert [("1", "By the pilots."), ("2", "By the guild.")] == notes(article)
    assert "ol 1" in outline_body(article)


def test_share_of_cited_labels() -> None:
    """Without a heading or back links, fewer than three of five labels found are not enough."""
    steps = [f"{n}. Stone number {n} was laid." for n in range(1, 6)]

    assert 0 == len(read(f"{PROSE}1 {MORE}2", *steps).notes)
    assert 5 == len(read(f"{PROSE}1 {MORE}2 {PROSE}3", *steps).notes)


def test_heading_above_the_notes() -> None:
    """Below a heading of notes even uncited blocks are notes; the heading is removed."""
    article = read(f"{PROSE}1", MORE, "Notes:", "1. By the pilots.", "2. By the guild.")

    assert ["ok", "unreferenced"] == [note.status for note in article.notes]
    assert ["note.unreferenced"] == codes(article)
    assert [("note.heading", "Notes:")] == [(one.reason, one.text) for one in article.dropped]


def test_uncited_list_of_references() -> None:
    """A numbered list below "References" that is not cited stays a list."""
    article = read(PROSE, MORE, "References", "1. The Pilots, 1901.", "2. The Guild, 1910.")

    assert () == article.notes
    assert ["h2 References", "ol 1"] == outline_body(article)[2:4]


def test_notes_with_several_blocks() -> None:
    """Blocks between two notes belong to the first; the last note continues to the block with its back link."""
    article = read(
        f"{PROSE}1 {MORE}2",
        "1. By the pilots.",
        "They kept no books. [back]",
        "2. By the guild.",
        "It kept too many. [back]",
        "The wall is on the map.",
    )

    assert [
        ("1", "By the pilots.\nThey kept no books."),
        ("2", "By the guild.\nIt kept too many."),
    ] == notes(article)
    assert "p The wall is on the map." == outline_body(article)[-1]


def test_notes_without_labels_below_a_heading() -> None:
    """A copied list may lose its numbers: there are as many notes as rising markers."""
    article = read(f"{PROSE} 1", f"{MORE} 2", "Endnotes", "By the pilots.", "By the guild.")

    assert [("1", "By the pilots."), ("2", "By the guild.")] == notes(article)


def test_note_cited_twice() -> None:
    """A marker repeated at the end of a sentence is another reference to the same note."""
    article = read(
        f"{PROSE}1 {MORE}2", f"{MORE}1", "Notes", "1. By the pilots.", "2. By the guild."
    )

    assert [1, 2, 1] == [node.note for node in walk(article.blocks) if isinstance(node, NoteRef)]


def test_several_back_links() -> None:
    """A note cited twice may have a back link for each reference."""
    article = read(f"{PROSE}[1] {MORE}[1]", "[1] By the pilots. ↩ ↩2")

    assert [("1", "By the pilots.")] == notes(article)


def test_several_notes_in_one_bracket() -> None:
    """One bracket may cite several notes."""
    article = read(f"{PROSE}[1, 2]", "[1] By the pilots.", "[2] By the guild.")

    assert [f"p {PROSE}⟦1⟧⟦2⟧"] == outline_body(article)


def test_reference_inside_a_note() -> None:
    """A marker inside a note is a reference; the note's own number is not."""
    article = read(f"{PROSE}[1]", "Notes", "[1] By the pilots, as in [2].", "[2] By the guild.")

    assert ["p By the pilots, as in⟦2⟧."] == outline_blocks(article.notes[0].blocks)
    assert [] == codes(article)


def test_notes_below_each_section() -> None:
    """Notes below each section may restart numbering: each is cited from its own section."""
    article = read(
        f"{PROSE}[1] {PROSE}[2]",
        "[1] By the pilots.",
        "[2] By the guild.",
        f"{MORE}[1]",
        "[1] By nobody.",
    )

    assert [1, 2, 3] == [node.note for node in walk(article.blocks) if isinstance(node, NoteRef)]
    assert ["1", "2", "1"] == [note.label for note in article.notes]


def test_labels_that_start_late() -> None:
    """The notes of an excerpt start with the numbers of its book."""
    article = read(f"{PROSE}[5] {MORE}[6]", "[5] By the pilots.", "[6] By the guild.")

    assert [(1, "5"), (2, "6")] == [(note.number, note.label) for note in article.notes]


def test_missing_note() -> None:
    """A marker without a note stays in the text, and the warning shows the words before it."""
    article = read(f"{PROSE}[1] {MORE}[2]", "[1] By the pilots.")

    assert [f"p {PROSE}⟦1⟧ {MORE}[2]"] == outline_body(article)
    assert ["note.missing"] == codes(article)
    assert "“again every other spring.”" in article.warnings[0].message


def test_all_notes_missing() -> None:
    """Markers that rise from 1 have warnings even if no note was copied."""
    article = read(f"{PROSE}[1]", f"{MORE}[2]")

    assert ["note.missing", "note.missing"] == codes(article)


def test_uncertain_reference() -> None:
    """Of two positions as good for one note the first is used, and the warning shows both."""
    text = "The pilots kept the wall 1, and the guild kept the light 1, until both grew old and were retired."
    article = read(text, "Notes", "1. By charter.")

    assert "wall⟦1⟧, and the guild kept the light 1," in outline_body(article)[0]
    assert ["note.uncertain"] == codes(article)
    assert "the wall 1" in article.warnings[0].message
    assert "the light 1" in article.warnings[0].message


def test_space_before_a_marker() -> None:
    """The space before a marker is removed with it, the one after it is not."""
    article = read(f"{PROSE} [1] {MORE}", "[1] By the pilots.")

    assert [f"p {PROSE}⟦1⟧ {MORE}"] == outline_body(article)


def test_marker_after_a_year() -> None:
    """A marker after a year leaves the year intact."""
    article = read("The wall was raised again in 2022[1] and painted." + MORE, "[1] By the guild.")

    assert outline_body(article)[0].startswith(
        "p The wall was raised again in 2022⟦1⟧ and painted."
    )


def test_powers_are_not_markers() -> None:
    """Squares and powers stay, even if there are notes with these numbers."""
    article = read(f"{PROSE}¹ {MORE}² It covers 40 m² or 10² feet.", "¹ By hand.", "² By lead.")

    assert outline_body(article)[0].endswith("⟦2⟧ It covers 40 m² or 10² feet.")


def test_stars_as_bullets() -> None:
    """Consecutive blocks that begin with a star are a list; *stressed* words are not markers."""
    article = read(f"{PROSE} It was *never* filled.", "* sand", "* stone", "* more sand")

    assert () == article.notes
    assert ["ul", "  p sand", "  p stone", "  p more sand"] == outline_body(article)[1:]


@pytest.mark.parametrize("symbol", ["*", "**", "†", "(*)", "[*]", "‡"])
def test_symbols(symbol: str) -> None:
    """A block that begins with a symbol is a note if the symbol ends a word before it."""
    article = read(f"{PROSE[:-1]}{symbol}, or so they say.", f"{symbol} The name was changed.")

    assert f"p {PROSE[:-1]}⟦1⟧, or so they say." == outline_body(article)[0]
    assert [(symbol.strip("()[]"), "The name was changed.")] == notes(article)
    assert (
        f"p {symbol} The name was changed."
        == outline_body(read(PROSE, f"{symbol} The name was changed."))[1]
    )


def test_numbers_inside_urls() -> None:
    """A number inside a URL is part of it."""
    article = read(
        f"{PROSE}1 See https://example.org/wall.1 for more.",
        "Notes",
        "1. By the pilots.",
    )

    assert (
        f"p {PROSE}⟦1⟧ See <a>https://example.org/wall.1</a> for more." == outline_body(article)[0]
    )


def test_marker_in_a_heading() -> None:
    """A heading may cite a note, and stays a heading."""
    article = read("The Port", PROSE, "How the wall was built[1]", PROSE, "[1] By hand.")

    assert "h2 How the wall was built⟦1⟧" == outline_body(article)[1]
