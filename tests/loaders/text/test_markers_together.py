"""Labels of every kind in plain text, alone, together, and as ranges."""

from __future__ import annotations

import pytest

from tests.loaders.text.outlines import outline_blocks, read_text

FIRST = "The harbour of Port Adler was dug by hand in nine winters, and nobody who began it saw it filled"
SECOND = (
    "It is three fathoms deep at low water, and the sand has to be taken out every other spring"
)
THIRD = "A pilot who lost his way there lived on limpets until the tide let him go home"


@pytest.mark.parametrize(
    ("markers", "labels"),
    [
        ((".[i]", ".[ii][iii]", ".[iv]"), ("[i]", "[ii]", "[iii]", "[iv]")),
        ((". [i]", ". [ii, iii]", ". [iv]"), ("[i]", "[ii]", "[iii]", "[iv]")),
        ((".[I]", ".[II] [III]", ".[IV]"), ("[I]", "[II]", "[III]", "[IV]")),
        ((".(i)", ".(ii)(iii)", ".(iv)"), ("(i)", "(ii)", "(iii)", "(iv)")),
        ((".[a]", ".[b][c]", ".[d]"), ("[a]", "[b]", "[c]", "[d]")),
        ((".(a)", ". (b) (c)", ".(d)"), ("(a)", "(b)", "(c)", "(d)")),
        ((".[1]", ".[2-3]", ".[4]"), ("[1]", "[2]", "[3]", "[4]")),
        ((".[1]", ".[2–3]", ".[4]"), ("1.", "2.", "3.", "4.")),
        ((".[1]", ". [2][3]", ".[4]"), ("[1]", "[2]", "[3]", "[4]")),
        ((".[1]", ". [2] [3]", ".[4]"), ("[1]", "[2]", "[3]", "[4]")),
        ((".(1)", ".(2, 3)", ".(4)"), ("(1)", "(2)", "(3)", "(4)")),
        ((".1", ".2, 3", ".4"), ("1.", "2.", "3.", "4.")),
        ((".1", ".2,3", ".4"), ("1.", "2.", "3.", "4.")),
        ((".1", ".2 3", ".4"), ("1.", "2.", "3.", "4.")),
        ((".¹", ".²⁻³", ".⁴"), ("¹", "²", "³", "⁴")),
        ((".¹", ".²,³", ".⁴"), ("1.", "2.", "3.", "4.")),
        ((".¹", ".² ³", ".⁴"), ("¹", "²", "³", "⁴")),
        ((".[١]", ".[٢][٣]", ".[٤]"), ("[١]", "[٢]", "[٣]", "[٤]")),
        ((".[१]", ".[२] [३]", ".[४]"), ("[१]", "[२]", "[३]", "[४]")),
        ((".*", ".†‡", ".§"), ("*", "†", "‡", "§")),
        ((".*", ".† ‡", ".§"), ("*", "†", "‡", "§")),
    ],
)
def test_markers_together(markers: tuple[str, ...], labels: tuple[str, ...]) -> None:
    """The second paragraph cites two notes; the space after them stays, and no word sticks to them."""
    bodies = ("Diary, p. 4.", "Counted twice.", "So it was said.", "Died in May.")
    notes = "\n".join(f"{label} {text}" for label, text in zip(labels, bodies, strict=True))
    text = f"{FIRST}{markers[0]}\n\n{SECOND}{markers[1]} Then it ran.\n\n{THIRD}{markers[2]}\n\n{notes}\n"
    article = read_text(text).article

    assert [
        f"p {FIRST}.⟦1⟧",
        f"p {SECOND}.⟦2⟧⟦3⟧ Then it ran.",
        f"p {THIRD}.⟦4⟧",
    ] == outline_blocks(article.blocks)
    assert [[f"p {body}"] for body in bodies] == [
        outline_blocks(note.blocks) for note in article.notes
    ]
    assert () == article.dropped


def test_label_i_after_h() -> None:
    """The label i follows h, and a Roman numeral at the start of a list."""
    letters = "abcdefghij"
    text = "".join(f"{FIRST}.[{letter}]\n\n" for letter in letters)
    article = read_text(
        text + "".join(f"[{letter}] Note {letter}.\n" for letter in letters)
    ).article

    assert list(letters) == [note.label for note in article.notes]
    assert {"ok"} == {note.status for note in article.notes}


def test_lettered_list() -> None:
    """A lettered list to which the text refers in parentheses stays a list of paragraphs."""
    article = read_text(
        f"{FIRST}.\n\nThree things were asked:\n\n(a) a wall;\n(b) a light;\n(c) a pilot.\n\n"
        f"As in (a), the guild paid; for (b) and (c) the town did, and it took {SECOND.lower()}.\n"
    ).article

    assert () == article.notes


def test_plurals_in_parentheses() -> None:
    """The s in "the member(s)" is no marker."""
    article = read_text(
        f"{FIRST}, said the member(s).(r)\n\n{SECOND}.(s)\n\n(r) Diary, p. 4.\n(s) Counted twice.\n"
    ).article

    assert f"p {FIRST}, said the member(s).⟦1⟧" == outline_blocks(article.blocks)[0]
