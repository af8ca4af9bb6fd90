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


def bodies(article: Article) -> list[str]:
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
    """Every way to write a marker goes with every way to write a label; both leave the text."""
    article = read(PROSE[:-1] + marker, f"{label}By the guild of pilots. [back]")

    assert [f"p {PROSE}⟦1⟧"] == bodies(article)
    assert [("1", "By the guild of pilots.")] == notes(article)


def test_a_list_is_no_run_of_notes() -> None:
    """Numbered blocks that nothing in the text cites are an ordered list."""
    article = read(PROSE, "1. Dig in the winter.", "2. Rest in the spring.", "3. Begin again.")

    assert () == article.notes
    assert ["ol 1", "  p Dig in the winter.", "  p Rest in the spring.", "  p Begin again."] == (
        bodies(article)[1:]
    )


def test_a_list_in_the_text_leaves_the_markers_to_the_notes() -> None:
    """A list between the markers and the notes does not take them."""
    article = read(
        f"{PROSE}1 {MORE}2",
        "1. Dig in the winter.",
        "2. Rest in the spring.",
        PROSE,
        "1. By the pilots.",
        "2. By the guild.",
    )

    assert [("1", "By the pilots."), ("2", "By the guild.")] == notes(article)
    assert "ol 1" in bodies(article)


def test_most_labels_must_be_found() -> None:
    """Without a heading or marks back, less than three of five labels found make no notes."""
    steps = [f"{n}. Stone number {n} was laid." for n in range(1, 6)]

    assert 0 == len(read(f"{PROSE}1 {MORE}2", *steps).notes)
    assert 5 == len(read(f"{PROSE}1 {MORE}2 {PROSE}3", *steps).notes)


def test_a_heading_shows_notes() -> None:
    """Below a heading that names notes they are notes though some are cited nowhere; the heading goes."""
    article = read(f"{PROSE}1", MORE, "Notes:", "1. By the pilots.", "2. By the guild.")

    assert ["ok", "unreferenced"] == [note.status for note in article.notes]
    assert ["note.unreferenced"] == codes(article)
    assert [("note.heading", "Notes:")] == [(one.reason, one.text) for one in article.dropped]


def test_references_nobody_cites_stay_text() -> None:
    """A numbered list below "References" that the text does not cite stays a list."""
    article = read(PROSE, MORE, "References", "1. The Pilots, 1901.", "2. The Guild, 1910.")

    assert () == article.notes
    assert ["h2 References", "ol 1"] == bodies(article)[2:4]


def test_a_note_of_several_blocks() -> None:
    """What stands between two notes belongs to the first; the last goes on to the block with the mark back."""
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
    assert "p The wall is on the map." == bodies(article)[-1]


def test_notes_without_labels_below_a_heading() -> None:
    """A copied list may lose its numbers and bear no marks back: as many blocks are notes as markers rise."""
    article = read(f"{PROSE} 1", f"{MORE} 2", "Endnotes", "By the pilots.", "By the guild.")

    assert [("1", "By the pilots."), ("2", "By the guild.")] == notes(article)


def test_a_note_cited_twice() -> None:
    """A marker seen again at the end of a sentence is another reference to the same note."""
    article = read(
        f"{PROSE}1 {MORE}2", f"{MORE}1", "Notes", "1. By the pilots.", "2. By the guild."
    )

    assert [1, 2, 1] == [node.note for node in walk(article.blocks) if isinstance(node, NoteRef)]


def test_several_marks_back() -> None:
    """A note cited twice may bear a mark back for each place."""
    article = read(f"{PROSE}[1] {MORE}[1]", "[1] By the pilots. ↩ ↩2")

    assert [("1", "By the pilots.")] == notes(article)


def test_several_notes_in_one_bracket() -> None:
    """One bracket may cite several notes."""
    article = read(f"{PROSE}[1, 2]", "[1] By the pilots.", "[2] By the guild.")

    assert [f"p {PROSE}⟦1⟧⟦2⟧"] == bodies(article)


def test_a_note_cites_a_note() -> None:
    """A marker within a note is a reference; the number of its own note is not."""
    article = read(f"{PROSE}[1]", "Notes", "[1] By the pilots, as in [2].", "[2] By the guild.")

    assert ["p By the pilots, as in⟦2⟧."] == outline_blocks(article.notes[0].blocks)
    assert [] == codes(article)


def test_notes_of_each_section() -> None:
    """Notes below each section may count anew: each is cited from its own section."""
    article = read(
        f"{PROSE}[1] {PROSE}[2]",
        "[1] By the pilots.",
        "[2] By the guild.",
        f"{MORE}[1]",
        "[1] By nobody.",
    )

    assert [1, 2, 3] == [node.note for node in walk(article.blocks) if isinstance(node, NoteRef)]
    assert ["1", "2", "1"] == [note.label for note in article.notes]


def test_labels_may_begin_late() -> None:
    """An excerpt's notes begin where its book's numbers stand."""
    article = read(f"{PROSE}[5] {MORE}[6]", "[5] By the pilots.", "[6] By the guild.")

    assert [(1, "5"), (2, "6")] == [(note.number, note.label) for note in article.notes]


def test_a_marker_without_a_note() -> None:
    """It stays in the text and is told, with the words before it."""
    article = read(f"{PROSE}[1] {MORE}[2]", "[1] By the pilots.")

    assert [f"p {PROSE}⟦1⟧ {MORE}[2]"] == bodies(article)
    assert ["note.missing"] == codes(article)
    assert "“again every other spring.”" in article.warnings[0].message


def test_markers_whose_notes_are_gone() -> None:
    """Markers that rise from 1 are told though no note was copied at all."""
    article = read(f"{PROSE}[1]", f"{MORE}[2]")

    assert ["note.missing", "note.missing"] == codes(article)


def test_an_uncertain_place() -> None:
    """Two places as good for one note: the first is taken, and both are told."""
    text = "The pilots kept the wall 1, and the guild kept the light 1, until both grew old and were let go."
    article = read(text, "Notes", "1. By charter.")

    assert "wall⟦1⟧, and the guild kept the light 1," in bodies(article)[0]
    assert ["note.uncertain"] == codes(article)
    assert "the wall 1" in article.warnings[0].message
    assert "the light 1" in article.warnings[0].message


def test_the_space_before_a_marker_goes() -> None:
    """With the marker goes the space that parted it from its word, but not the one after it."""
    article = read(f"{PROSE} [1] {MORE}", "[1] By the pilots.")

    assert [f"p {PROSE}⟦1⟧ {MORE}"] == bodies(article)


def test_a_marker_after_a_year() -> None:
    """A marker behind a year leaves the year whole."""
    article = read("The wall was raised again in 2022[1] and painted." + MORE, "[1] By the guild.")

    assert bodies(article)[0].startswith("p The wall was raised again in 2022⟦1⟧ and painted.")


def test_powers_are_no_markers() -> None:
    """Squares and powers stay, whatever notes there are."""
    article = read(f"{PROSE}¹ {MORE}² It covers 40 m² or 10² feet.", "¹ By hand.", "² By lead.")

    assert bodies(article)[0].endswith("⟦2⟧ It covers 40 m² or 10² feet.")


def test_stars_as_bullets() -> None:
    """Blocks that begin with a star one after the other are a list; *stressed* words are no markers."""
    article = read(f"{PROSE} It was *never* filled.", "* sand", "* stone", "* more sand")

    assert () == article.notes
    assert ["ul", "  p sand", "  p stone", "  p more sand"] == bodies(article)[1:]


@pytest.mark.parametrize("sign", ["*", "**", "†", "(*)", "[*]", "‡"])
def test_signs(sign: str) -> None:
    """A block that begins with a sign is a note if the sign stands at the end of a word before it."""
    article = read(f"{PROSE[:-1]}{sign}, or so they say.", f"{sign} The name was changed.")

    assert f"p {PROSE[:-1]}⟦1⟧, or so they say." == bodies(article)[0]
    assert [(sign.strip("()[]"), "The name was changed.")] == notes(article)
    assert (
        f"p {sign} The name was changed." == bodies(read(PROSE, f"{sign} The name was changed."))[1]
    )


def test_addresses_hold_no_markers() -> None:
    """A number within an address is part of it."""
    article = read(
        f"{PROSE}1 See https://example.org/wall.1 for more.",
        "Notes",
        "1. By the pilots.",
    )

    assert f"p {PROSE}⟦1⟧ See <a>https://example.org/wall.1</a> for more." == bodies(article)[0]


def test_a_marker_in_a_heading() -> None:
    """A heading may cite a note; its marker does not keep it from being one."""
    article = read("The Port", PROSE, "How the wall was built[1]", PROSE, "[1] By hand.")

    assert "h2 How the wall was built⟦1⟧" == bodies(article)[1]
