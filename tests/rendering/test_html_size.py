"""Long articles stay short enough for Gmail, which clips HTML after 102,400 bytes."""

from __future__ import annotations

import itertools

import pytest

from pipeline.checks.message.message_size import CLIP_BYTES
from pipeline.models.article import Article, Block, Emphasis
from pipeline.models.issue import Appeal
from tests.rendering.sample_issues import (
    APPEAL,
    article,
    heading,
    html_of,
    inlines,
    issue_of,
    link,
    note,
    para,
    ref,
)

WORDS = (
    "the ferry bell rang twice each morning over water that nobody had measured since the harbour board of the old "
    "town fell out with its own clerk about a ledger, a lamp, and eleven fathoms of rope"
).split()


def long_article(words: int, notes: int) -> Article:
    """Return an article of so many words in its text and notes, cited evenly, with links, stress and headings."""
    source = itertools.cycle(WORDS)
    in_notes = 14 * notes
    paragraphs = (words - in_notes) // 90

    def said(count: int) -> str:
        return " ".join(itertools.islice(source, count))

    blocks: list[Block] = []
    cited = 0
    for index in range(paragraphs):
        refs = [ref(n) for n in range(cited + 1, notes * (index + 1) // paragraphs + 1)]
        cited += len(refs)
        linked = link(f"https://archive.example.org/ledger/{index}", said(3))
        blocks.append(
            para(
                said(40), " ", linked, " ", Emphasis(inlines=inlines(said(3))), " ", said(44), *refs
            )
        )
        if index % 6 == 5:
            blocks.append(heading(said(4).capitalize(), anchor=f"part-{index}"))
    said_in_notes = tuple(
        note(n, para(said(12), " ", link(f"https://archive.example.org/{n}", said(2)), "."))
        for n in range(1, notes + 1)
    )
    return article(*blocks, notes=said_in_notes, byline="Mara Quill", subtitle=said(9))


@pytest.mark.parametrize(
    ("words", "notes", "appeals", "limit"),
    [(2000, 30, (), 42_000), (2000, 30, (APPEAL,), 52_000), (5000, 80, (APPEAL,), 98_000)],
)
def test_long_articles_stay_below_the_limit(
    words: int, notes: int, appeals: tuple[Appeal, ...], limit: int
) -> None:
    """An article with its notes stays below its limit, well below where Gmail clips; an appeal adds 10 kB."""
    html = html_of(issue_of(long_article(words, notes), preheader="A bell", appeals=appeals))

    assert limit > len(html.encode())
    assert limit < CLIP_BYTES
