"""Rendering and checking take time in proportion to the size of the article."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from pipeline.checks import check
from pipeline.models.article import (
    Article,
    Cell,
    Inline,
    Link,
    Note,
    NoteRef,
    Paragraph,
    Table,
    Text,
)
from pipeline.rendering import render
from tests.rendering.sample_issues import article, make_issue, para, theme


def write_links(count: int) -> Article:
    """All links in one paragraph."""
    inlines: list[Inline] = []
    for number in range(count):
        words = (Text(text=f"page {number}"),)
        inlines += (Link(href=f"https://e.example.org/{number}", inlines=words), Text(text=" and "))
    return article(Paragraph(inlines=tuple(inlines)))


def write_notes(count: int) -> Article:
    """Each note refers to the first one."""
    refers = Paragraph(inlines=(Text(text="See "), NoteRef(note=1)))
    notes = tuple(Note(number=n, label=str(n), blocks=(refers,)) for n in range(1, count + 1))
    return article(refers, notes=notes)


def write_chain(count: int) -> Article:
    """Each note refers to the next one."""
    notes = tuple(
        Note(number=n, label=str(n), blocks=(Paragraph(inlines=(NoteRef(note=n % count + 1),)),))
        for n in range(1, count + 1)
    )
    return article(Paragraph(inlines=(NoteRef(note=1),)), notes=notes)


def write_ragged_table(count: int) -> Article:
    """The first cell of each row reaches to the end, so each row begins one column later."""
    rows = tuple(
        tuple(
            Cell(blocks=(para("x"),), rowspan=count - row if cell == 0 else 1)
            for cell in range(1 + row % 3)
        )
        for row in range(count)
    )
    return article(Table(rows=rows))


def measure(source: Article) -> float:
    start = time.process_time()
    check(render(make_issue(source), theme()))
    return time.process_time() - start


@pytest.mark.parametrize("write", [write_links, write_notes, write_chain, write_ragged_table])
def test_time_is_in_proportion(write: Callable[[int], Article]) -> None:
    """Four times the size takes far less than the sixteen times that a quadratic step would."""
    small, large = (measure(write(count)) for count in (200, 800))

    assert large < 9 * small
