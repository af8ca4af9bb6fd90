"""Links that lead to notes are markers, whatever the page calls them; other numbered links are not."""

# ruff: noqa: E501 - the markup is as people write it
from __future__ import annotations

import pytest

from tests.loaders.html.outline import LONG, load_body, write, write_notes

NOTES = ["The crossing book, p. 9.", "Counted twice."]
#: How a marker may be written, and its note; {n} is the number, {l} the label.
SHAPES = {
    "brackets": ("<a href='#note{n}' id='ref{n}'>[{n}]</a>", "<p id='note{n}'>[{n}] {t} <a href='#ref{n}'>back</a></p>"),
    "brackets outside": (" [<a href='#f{n}n'><font color=red>{n}</font></a>]", "<p>[<a name='f{n}n'><font>{n}</font></a>] {t}</p>"),
    "bare number": ("<a href='#{n}'>{n}</a>", "<p><a name='{n}'></a>{n}. {t}</p>"),
    "anchor before its block": ("<a href='#{n}'>[{n}]</a>", "<a name='{n}'></a><p>[{n}] {t}</p>"),
    "list items": (" <a href='#x{n}' name='y{n}'>({n})</a>", "<li id='x{n}'>{t} <a href='#y{n}'>^</a></li>"),
    "stars": ("<a href='#s{n}'>{s}</a>", "<p><a name='s{n}'>{s}</a> {t}</p>"),
    "stars glued": ("<a href='#s{n}'>{s}</a>", "<div><a name='s{n}'></a>{s}{t}</div>"),
    "letters": ("<a href='#{l}' id='back{l}'>{l}</a>", "<p id='{l}'>{l}. {t} <a href='#back{l}'>return</a></p>"),
    "roman": ("<a href='#w{r}'>[{r}]</a>", "<p><a name='w{r}'></a>[{r}] {t}</p>"),
    "definitions": ("<a href='#d{n}'>[{n}]</a>", "<dt id='d{n}'>[{n}]</dt><dd>{t}</dd>"),
    "description only": ("<a href='#d{n}' id='u{n}'>{n}</a>", "<dd id='d{n}'>{t} <a href='#u{n}'>↑</a></dd>"),
    "rows": ("<a href='#q{n}'>[{n}]</a>", "<tr><td><a name='q{n}'>[{n}]</a></td><td>{t}</td></tr>"),
    "way back by the number": ("<a id='p{n}' href='#q{n}'>({n})</a>", "<p id='q{n}'><a href='#p{n}'>({n})</a> {t}</p>"),
    "way back to the paragraph": ("<a href='#q{n}'>{n}</a>", "<p id='q{n}'>{t} <a href='#para{n}'>↩</a></p>"),
}  # fmt: skip
AROUND = {
    "list items": "<ol>{}</ol>",
    "definitions": "<dl>{}</dl>",
    "description only": "<dl>{}</dl>",
    "rows": "<table>{}</table>",
}


def fill(shape: str, number: int, text: str = "") -> str:
    """Return *shape* for the note *number*."""
    labels = {"s": ("*", "†")[number - 1], "l": "ab"[number - 1], "r": ("i", "ii")[number - 1]}
    return shape.format(n=number, t=text, **labels)


@pytest.mark.parametrize("heading", ["", "<h3>Notes</h3>", "<hr>", "<p><b>Notes</b></p>"])
@pytest.mark.parametrize("name", SHAPES)
def test_shapes(name: str, heading: str) -> None:
    """Marker and note are found by their links alone, with and without a heading or rule."""
    marker, note = SHAPES[name]
    notes = "".join(fill(note, n, text) for n, text in enumerate(NOTES, start=1))
    found = load_body(
        f"<h1>Rowing</h1><p id=para1>{LONG}{fill(marker, 1)}</p><p id=para2>Two sisters{fill(marker, 2)} rowed. {LONG}</p>"
        f"{heading}{AROUND.get(name, '{}').format(notes)}"
    )
    assert NOTES == write_notes(found)
    written = write(found.blocks).replace(" [^", "[^")
    assert f"{LONG}[^1]\nTwo sisters[^2] rowed. {LONG}" == written.removesuffix("\n(rule)")
    assert {"ok"} == {note.status for note in found.notes}


@pytest.mark.parametrize(
    "body",
    [
        "<p><a href='#c1' id='t1'>1</a> Oars, <a href='#c2' id='t2'>2</a> Ropes</p><h2 id='c1'>1. Oars</h2><p>{0} <a href='#t1'>back</a></p><h2 id='c2'>2. Ropes</h2><p>{0} <a href='#t2'>back</a></p>",
        "<ul><li><a href='#c1'>1</a> Oars</li><li><a href='#c2'>2</a> Ropes</li></ul><p id='c1'>1. {0}</p><p id='c2'>2. {0}</p>",
        "<p>Chapters [<a href='#c1'>1</a>] [<a href='#c2'>2</a>]</p><p id='c1'><b>1. Oars</b></p><p>{0}</p><p id='c2'><b>2. Ropes</b></p><p>{0}</p>",
        "<p>As item <a href='#i3'>3</a> says, and item <a href='#i2'>2</a>: {0}</p><ol><li id='i1'>Oars</li><li id='i2'>Ropes</li><li id='i3'>Bells</li></ol>",
        "<p>As [<a href='#i7'>7</a>] says, and [<a href='#i3'>3</a>]: {0}</p><p id='i3'>[3] {0}</p><p id='i7'>[7] {0}</p>",
        "<p>See § <a href='#s1'>1</a> and § <a href='#s2'>2</a>. {0}</p><p id='s1'>1. {0}</p><p id='s2'>2. {0}</p>",
        "<p><a href='#A'>A</a> <a href='#B'>B</a></p><h3 id='A'>A</h3><p>{0}</p><h3 id='B'>B</h3><p>{0}</p>",
        "<p>Equation (<a href='#e1'>1</a>) holds. {0}</p><div id='e1'>a = b (1)</div><p>{0}</p>",
        "<p>{0} <a href='#top2'>1</a></p><div id='top2'><h2>1</h2><p>{0}</p></div>",
    ],
)  # fmt: skip
def test_other_links(body: str) -> None:
    """Contents, cross-references, indexes and numbered equations stay as they are."""
    found = load_body("<h1>Rowing</h1>" + body.format(LONG))
    assert () == found.notes
    assert LONG in write(found.blocks)
