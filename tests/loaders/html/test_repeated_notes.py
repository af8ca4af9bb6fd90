"""Notes that a page shows twice become one note, and notes that only a script would show are found."""

# ruff: noqa: E501 - the markup is as plug-ins write it
from __future__ import annotations

import pytest

from tests.loaders.html.outline import LONG, load_body, write, write_notes

NOTES = ["The crossing book, p. 9.", "Counted twice, by both sisters."]
TEXT = f"{LONG}[^1]\nTwo sisters[^2] rowed. {LONG}"
TOOLTIP = "<sup class=fn-tip>{n}</sup><span class='footnote_tooltip'>{t}</span>"
SHAPES = {
    "tooltip, rows": (TOOLTIP, "<div class=refs><p>References</p><table><caption>References</caption>{}</table></div>", "<tr><th>↑{n}</th><td>{t}</td></tr>"),
    "tooltip, items": (TOOLTIP, "<h2>Notes</h2><ol>{}</ol>", "<li>{t}</li>"),
    "tooltip, linked items": ("<sup id=r{n}><a href='#n{n}'>{n}</a></sup><span class='footnote-popup'>{t}</span>", "<ol class=footnotes>{}</ol>", "<li id=n{n}>{t} <a href='#r{n}'>↩</a></li>"),
    "excerpt, items": ("<sup>{n}</sup><span class='footnote-tooltip'>{e}… Continue</span>", "<ol class=footnotes>{}</ol>", "<li>{t}</li>"),
    "sidenote, paragraphs": ("<label class='margin-toggle sidenote-number'>{n}</label><span class=sidenote>{t}</span>", "<div class=print-only>{}</div>", "<p>{n}. {t}</p>"),
    "popover, linked items": ("<sup id=fnref{n}><a href='#fn{n}'>{n}</a></sup><span class='littlefoot'><button>{n}</button><aside class='littlefoot__popover'><div>{t}</div></aside></span>", "<div class=footnotes><ol>{}</ol></div>", "<li id=fn{n}>{t} <a href='#fnref{n}'>↩</a></li>"),
    "attribute, linked items": ("<sup><a href='#fn{n}' id=fnref{n} data-footnote='{t}' title='{t}'>{n}</a></sup>", "<div class=footnotes><ol>{}</ol></div>", "<li id=fn{n}>{t} <a href='#fnref{n}'>↩</a></li>"),
    "attribute": ("<sup data-footnote='{t}'>{n}</sup>", "{}", ""),
    "attribute of a link": ("<a class=fn href='javascript:void(0)' data-content='{t}'>[{n}]</a>", "{}", ""),
    "title of a raised number": ("<sup title='{t}'>{n}</sup>", "{}", ""),
}  # fmt: skip


@pytest.mark.parametrize("name", SHAPES)
def test_two_copies(name: str) -> None:
    """Each note stands once, with all of its words, and nothing is left of the second list."""
    marker, around, item = SHAPES[name]
    markers = [marker.format(n=n, t=t, e=t[:14]) for n, t in enumerate(NOTES, start=1)]
    items = "".join(item.format(n=n, t=t) for n, t in enumerate(NOTES, start=1))
    found = load_body(
        f"<h1>Rowing</h1><p>{LONG}{markers[0]}</p><p>Two sisters{markers[1]} rowed. {LONG}</p>{around.format(items)}"
    )
    assert NOTES == write_notes(found)
    assert TEXT == write(found.blocks)


def test_sidenotes_with_two_kinds_of_marker() -> None:
    """Numbers and asterisks in the margin, each repeated at its note: the repetition is no part of the note."""
    markers = [
        f"<sup>{label}</sup><span class=sidenote><sup>{label}</sup> {text}</span>"
        for label, text in zip("1*", NOTES, strict=True)
    ]
    found = load_body(
        f"<h1>Rowing</h1><p>{LONG}{markers[0]}</p><p>Two sisters{markers[1]} rowed. {LONG}</p>"
    )
    assert NOTES == write_notes(found)
    assert ["1", "*"] == [note.label for note in found.notes]
    assert TEXT == write(found.blocks)


def test_cited_twice() -> None:
    """A tooltip at each of two markers of one note is one note with two references."""
    tip = TOOLTIP.format(n=1, t=NOTES[0])
    found = load_body(
        f"<h1>Rowing</h1><p>{LONG}{tip}</p><p>Again{tip} {LONG}</p><ol class=footnotes><li>{NOTES[0]}</li></ol>"
    )
    assert NOTES[:1] == write_notes(found)
    assert f"{LONG}[^1]\nAgain[^1] {LONG}" == write(found.blocks)


def test_other_attributes() -> None:
    """What a link says about itself is no note, nor is the title of a word."""
    found = load_body(
        f"<h1>Rowing</h1><p>{LONG}<sup title='See footnote 1'>1</sup> <abbr title='Harbour Office'>HO</abbr> "
        "<a href='https://a.example' title='The office of the harbour'>3</a> <a href='/e'><abbr title='Edit this template'>e</abbr></a></p>"
    )
    assert () == found.notes
