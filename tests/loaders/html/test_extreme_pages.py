"""Pages of extreme size are read in time that grows with them, or refused in a sentence."""

# ruff: noqa: E501 - the markup is on one line
from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from pipeline.errors import LoadError
from tests.loaders.html.outline import LONG, load_page


@pytest.mark.parametrize("attribute", ["a{}=1", "a{}", "a{}='x y'", '/a{}=">"'])
def test_attributes(attribute: str) -> None:
    """An element of very many attributes is refused before the parser compares each with all others."""
    attributes = " ".join(attribute.format(number) for number in range(100_000))
    with pytest.raises(LoadError, match="more than 1,000 attributes"):
        load_page(f"<p>{LONG}</p><p {attributes}>Rowing</p>")


def test_long_attribute() -> None:
    """A long value is not many attributes."""
    found = load_page(f"<p data-x='{'a b ' * 20_000}'>{LONG}</p>")
    assert 1 == len(found.blocks)


PAGES: dict[str, Callable[[int], str]] = {
    "markers and items": lambda n: "<p>" + "".join(f"w<a href='#x{i}'>[{i % 900}]</a> " for i in range(n)) + "</p><ol>" + "".join(f"<li id=x{i}>t</li>" for i in range(n)) + "</ol>",
    "markers of one note": lambda n: "<p>" + "<a name=q></a>" * n + "</p><p>" + "w<a href='#q'>[1]</a>" * n + "</p>",
    "tooltips": lambda n: "".join(f"<p>w<sup>{i % 900}</sup><span class=footnote-tooltip>The text {i} of it</span></p>" for i in range(n)) + "<ol>" + "".join(f"<li>The text {i} of it</li>" for i in range(n)) + "</ol>",
    "margins": lambda n: "".join(f"<p class=MsoListParagraph style='margin-left:{i}pt'><span>·</span>x</p>" for i in range(n)),
    "comments": lambda n: "<p>" + "".join(f"w<sup><a href='#cmnt{i}'>[a]</a></sup> " for i in range(n)) + "</p><div>" + "".join(f"<p><a href='#cmnt_ref{i}' id=cmnt{i}>[a]</a>t</p>" for i in range(n)) + "</div>",
}  # fmt: skip


@pytest.mark.parametrize("name", PAGES)
def test_growth(name: str) -> None:
    """Four times as much takes far less than sixteen times as long."""
    times = []
    for count in (250, 1_000):
        page = f"<article>{PAGES[name](count)}<p>{LONG}</p></article>"
        start = time.process_time()
        load_page(page)
        times.append(time.process_time() - start)
    assert times[1] < 10 * times[0] + 0.5
