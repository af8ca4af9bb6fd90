"""Tables that lay out a page are unpacked, tables of data are not."""

# ruff: noqa: E501 - the markup is as the programs write it
from __future__ import annotations

import pytest

from tests.loaders.html.outline import LONG, load_page, write

TEXT = f"Oars\n{LONG}"


@pytest.mark.parametrize(
    "markup",
    [
        f"<table role=presentation><tr><td>Oars</td></tr><tr><td>{LONG}</td></tr></table>",
        f"<table role='none'><tbody><tr><td>Oars</td><td>{LONG}</td></tr></tbody></table>",
        f"<table width=600><tr><td><p>Oars</p><p>{LONG}</p></td></tr></table>",
        f"<table width=600 border=0><tr><td width=600><p>Oars</p></td></tr><tr><td><p>{LONG}</p></td></tr></table>",
        f"<table><tr><td><table><tr><td>Oars</td></tr></table></td></tr><tr><td>&nbsp;</td></tr><tr><td>{LONG}</td></tr></table>",
        f"<center><table class=mcnTextBlock><tbody class=mcnTextBlockOuter><tr><td><table><tr><td class=mcnTextContent>Oars<p>{LONG}</p></td></tr></table></td></tr></tbody></table></center>",
        f"<table class=row><tbody><tr><th class='small-12 columns'><table><tr><th><p>Oars</p><p>{LONG}</p></th><th class=expander></th></tr></table></th></tr></tbody></table>",
        f"<table width='100%'><tr><td width=20><img src='spacer.gif' width=1 height=1></td><td><p>Oars</p><p>{LONG}</p></td></tr></table>",
    ],
)  # fmt: skip
def test_layout(markup: str) -> None:
    """By role, by one cell, by tables inside tables, by one column of blocks."""
    assert TEXT == write(load_page(f"<title>Rowing</title>{markup}").blocks)


def test_layout_with_heading() -> None:
    """The title is found in a cell."""
    found = load_page(
        f"<table><tr><td><h1>Oars</h1></td><td>&nbsp;</td></tr><tr><td>{LONG}</td><td> </td></tr></table>"
    )
    assert ("Oars", LONG) == (found.title, write(found.blocks))


@pytest.mark.parametrize(
    "markup",
    [
        "<table><tr><td>Oars</td><td>12</td></tr><tr><td>Ropes</td><td>3</td></tr></table>",
        "<table><tr><th>Thing</th><th>Count</th></tr><tr><td><p>Oars</p></td><td>12</td></tr></table>",
        "<table><tr><td>Oars</td></tr><tr><td>Ropes</td></tr></table>",
        "<table border=1><tr><td><p>Oars</p><p>long</p><p>short</p></td><td>12</td></tr></table>",
        "<table class=wikitable><tr><td>Oars<br><img src=oar.png alt=oar></td><td><h3>12</h3></td></tr></table>",
        "<table><caption>Count</caption><tr><td><p>Oars</p></td></tr></table>",
        f"<table><tr><td>Oars</td><td>{LONG}</td></tr><tr><td>Ropes</td><td>{LONG}</td></tr></table>",
    ],
)  # fmt: skip
def test_data(markup: str) -> None:
    """Entries of few words, headings of columns, a border, a caption: a table."""
    blocks = load_page(f"<title>Rowing</title><article>{markup}<p>{LONG}</p></article>").blocks
    assert ["table", "paragraph"] == [block.type for block in blocks]
