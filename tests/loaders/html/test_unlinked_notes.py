"""Markers without links are matched with the notes below the text, where nothing else can be meant."""

from __future__ import annotations

import re

import pytest

from tests.loaders.html.outline import LONG, load_body, write, write_notes

NOTES = ["The crossing book, p. 9.", "Counted twice.", "So the sisters said."]
TEXT = f"{LONG}[^1]\nTwo sisters[^2] rowed.[^3] {LONG}"
MARKERS = {
    "brackets": ("[1]", "[2]", "[3]"),
    "brackets after a space": (" [1]", " [2]", " [3]"),
    "raised digits": ("¹", "²", "³"),
    "superscripts": ("<sup>1</sup>", "<sup>2</sup>", "<sup>3</sup>"),
    "superscripts in brackets": ("<sup>[1]</sup>", "<sup>[2]</sup>", "<sup>[3]</sup>"),
    "raised by style": tuple(f"<span style='vertical-align:super'>{n}</span>" for n in (1, 2, 3)),
}
LABELS = {
    "[1] {}": ("[1] ", "[2] ", "[3] "),
    "1. {}": ("1. ", "2. ", "3. "),
    "1) {}": ("1) ", "2) ", "3) "),
    "¹{}": ("¹", "²", "³"),
    "<sup>1</sup> {}": ("<sup>1</sup> ", "<sup>2</sup> ", "<sup>3</sup> "),
}
SYMBOLS = {
    "stars": ("*", "**", "***"),
    "star and daggers": ("*", "†", "‡"),
    "raised stars": ("<sup>*</sup>", "<sup>†</sup>", "<sup>‡</sup>"),
}
#: How notes are set below the text.
LAYOUTS = {
    "paragraphs after a rule": ("<hr>", "<p>{}</p>", ""),
    "paragraphs after a heading": ("<h3>Notes</h3>", "<p>{}</p>", ""),
    "paragraphs": ("", "<p>{}</p>", ""),
    "another block": ("<div class=rule><hr></div><div>", "<p>{}</p>", "</div>"),
    "small print": ("", "<p><small>{}</small></p>", ""),
    "lines": ("<p>", "{}<br>", "</p>"),
    "lines below a heading": ("<p><b>Notes</b><br>", "{}<br>", "</p>"),
    "divisions": ("<div><div>", "<div>{}</div>", "</div></div>"),
}


def write_page(markers: tuple[str, ...], labels: tuple[str, ...], layout: str) -> str:
    """Return the text with *markers* and the notes with *labels* in a *layout*."""
    before, around, after = LAYOUTS[layout]
    notes = "".join(around.format(label + text) for label, text in zip(labels, NOTES, strict=True))
    text = f"<p>{LONG}{markers[0]}</p><p>Two sisters{markers[1]} rowed.{markers[2]} {LONG}</p>"
    return f"<h1>Rowing</h1>{text}{before}{notes}{after}"


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("label", LABELS)
@pytest.mark.parametrize("marker", MARKERS)
def test_numbers(marker: str, label: str, layout: str) -> None:
    """Every way to write a number is matched with every way to label and set the notes."""
    found = load_body(write_page(MARKERS[marker], LABELS[label], layout))
    assert NOTES == write_notes(found)
    assert TEXT == write(found.blocks).replace(" [^", "[^").removesuffix("\n(rule)")


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("symbols", SYMBOLS)
def test_symbols(symbols: str, layout: str) -> None:
    """Stars and daggers, glued to the note or not."""
    for space in ("", " "):
        labels = tuple(f"{symbol}{space}" for symbol in SYMBOLS[symbols])
        found = load_body(write_page(SYMBOLS[symbols], labels, layout))
        assert NOTES == write_notes(found)
        assert TEXT == write(found.blocks).removesuffix("\n(rule)")


@pytest.mark.parametrize(
    "notes",
    [
        "<h2>Notes</h2><ol><li>{}</li><li>{}</li><li>{}</li></ol>",
        "<hr><ol><li>{}</li><li>{}</li><li>{}</li></ol>",
        "<table><tr><td>1</td><td>{}</td></tr><tr><td>2</td><td>{}</td></tr><tr><td>3</td><td>{}</td></tr></table>",
        "<table><tr><td>[1]</td><td>{}</td></tr><tr><td>[2]</td><td>{}</td></tr><tr><td>[3]</td><td>{}</td></tr></table>",
        "<dl><dt>[1]</dt><dd>{}</dd><dt>[2]</dt><dd>{}</dd><dt>[3]</dt><dd>{}</dd></dl>",
    ],
)
def test_lists_and_tables(notes: str) -> None:
    """Notes in a numbered list, in rows or in definitions."""
    text = f"<p>{LONG}[1]</p><p>Two sisters[2] rowed.[3] {LONG}</p>"
    found = load_body(f"<h1>Rowing</h1>{text}{notes.format(*NOTES)}")
    assert NOTES == write_notes(found)
    assert TEXT == write(found.blocks).removesuffix("\n(rule)")


@pytest.mark.parametrize(
    ("marker", "expected"),
    [
        ("<sup>1,2</sup>", "[^1][^2]"),
        ("<sup>1, 3</sup>", "[^1][^3]"),
        ("<sup>1 2</sup>", "[^1][^2]"),
        ("<sup>1–3</sup>", "[^1][^2][^3]"),
        ("<sup>1-3</sup>", "[^1][^2][^3]"),
        ("[1, 2]", "[^1][^2]"),
        ("[1–3]", "[^1][^2][^3]"),
        ("[1][2]", "[^1][^2]"),
        ("<sup>1</sup><sup>,2</sup>", "[^1]^(,2)"),
        ("<sup><a href='#n1'>1</a>,<a href='#n2'>2</a></sup>", "[^1][^2]"),
        ("<sup><a href='#n1'>1</a>–<a href='#n3'>3</a></sup>", "[^1][^2][^3]"),
        ("<sup><a href='#n1'>1,2</a></sup>", "[^1][^2]"),
        ("<sup><a href='#n1'>1–3</a></sup>", "[^1][^2][^3]"),
        ("<sup>[<a href='#n1'>1</a>; <a href='#n2'>2</a>]</sup>", "[^1][^2]"),
    ],
)
def test_several_in_one(marker: str, expected: str) -> None:
    """A marker of several numbers refers to each of them, a range also to those in between."""
    linked = "#n" in marker
    rest = "".join(
        f"<sup><a href='#n{n}'>{n}</a></sup> x " if linked else f"<sup>{n}</sup> x "
        for n in (1, 2, 3)
    )
    notes = "".join(f"<p id=n{n}>{n}. {text}</p>" for n, text in enumerate(NOTES, start=1))
    found = load_body(f"<p>{LONG}</p><p>Rowed.{marker} On and on {rest}.</p><h2>Notes</h2>{notes}")
    assert sorted(NOTES) == sorted(write_notes(found))
    labels = {f"[^{note.number}]": f"[^{note.label}]" for note in found.notes}
    written = re.sub(r"\[\^\d\]", lambda match: labels[match[0]], write(found.blocks))
    assert f"Rowed.{expected} On and on" in written


@pytest.mark.parametrize(
    "body",
    [
        "<p>[1] {0}</p><p>[2] {0}</p><p>[3] {0}</p>",
        "<p>Row 10 m² at 5 * 3.</p><p>{0}</p><p>1. Oars</p><p>2. Ropes</p>",
        "<p>He said: [a] boat. {0}</p><p>{0}</p>",
        "<p>As in [1] and [4]. {0}</p><p>1. Oars</p><p>2. Ropes</p>",
        "<p>Then [2], and [1]. {0}</p><p>[1] Oars</p><p>[2] Ropes</p>",
        "<p>{0}</p><p>* Oars</p><p>* Ropes</p>",
        "<p>{0}</p><pre>a[1] = b[2]</pre><p>1. Oars</p><p>2. Ropes</p>",
    ],
)
def test_no_notes(body: str) -> None:
    """Numbered paragraphs, powers, editors' brackets, lists and code are no notes; neither are labels out of order."""
    assert () == load_body("<h1>Rowing</h1>" + body.format(LONG)).notes
