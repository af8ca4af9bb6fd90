"""Rendering and checking take time in proportion to the size of the article."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable
from dataclasses import replace

import pytest

from pipeline.checks import check
from pipeline.checks.content.inbox_preview import check_preheader
from pipeline.checks.content.template_marks import check_template_marks
from pipeline.checks.html.client_support import check_client_support
from pipeline.checks.html.html_part import HtmlPart
from pipeline.checks.html.text_contrast import check_contrast
from pipeline.checks.html.typography import check_typography
from pipeline.checks.variants import list_variants
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


def measure_s(work: Callable[[], object]) -> float:
    """Return the CPU that *work* takes; not of the garbage collector, which also searches what other tests left."""
    gc.collect()
    gc.disable()
    try:
        start = time.process_time()
        work()
        return time.process_time() - start
    finally:
        gc.enable()


def measure(source: Article) -> float:
    return measure_s(lambda: check(render(make_issue(source), theme())))


@pytest.mark.parametrize("write", [write_links, write_notes, write_chain, write_ragged_table])
def test_time_is_in_proportion(write: Callable[[int], Article]) -> None:
    """Four times the size takes far less than the sixteen times that a quadratic step would."""
    small, large = (measure(write(count)) for count in (200, 800))

    assert large < 9 * small


def measure_checks(count: int) -> float:
    """Measure the checks that read every text of a document, without rendering one."""
    paragraph = (
        '<p style="font-size:16px">Word <a href="https://e.example.org">link</a> and more.</p>'
    )
    hidden = '<div style="display:none">What inboxes show</div>'
    edition = render(make_issue(article(para("x"))), theme())
    variant = next(list_variants(edition))
    html = f"<html><body>{hidden}{paragraph * count}</body></html>"
    part = HtmlPart(variant=replace(variant, html=html))

    def run() -> None:
        for check_part in (check_preheader, check_contrast, check_typography, check_client_support):
            list(check_part(part))
        list(check_template_marks(edition, [part]))

    return measure_s(run)


def test_texts_are_read_in_linear_time() -> None:
    """Finding the texts of a document does not sort them again for each of its elements."""
    small, large = (measure_checks(count) for count in (2_500, 10_000))

    assert large < 7 * small
