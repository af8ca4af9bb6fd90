"""Long articles stay short enough for Gmail, which clips HTML after 102,400 bytes."""

from __future__ import annotations

import itertools

import pytest

from pipeline.checks.message.message_size import CLIP_BYTES
from pipeline.loaders import load
from pipeline.models.article import Article, Block, Emphasis
from pipeline.models.issue import Appeal
from pipeline.rendering import render
from tests.rendering.sample_issues import (
    APPEAL,
    THEMES,
    WHOLE_APPEAL,
    WHOLE_PUBLICATION,
    WITH_TOKENS,
    article,
    fill_sample,
    heading,
    inlines,
    link,
    make_issue,
    note,
    para,
    ref,
    render_html,
    theme,
)
from tests.support import SEEDS

SEED = load(str(SEEDS / "the-ferry-bell.md"))
WORDS = (
    "the ferry bell rang twice each morning over water that nobody had measured since the harbour board of the old "
    "town fell out with its own clerk about a ledger, a lamp, and eleven fathoms of rope"
).split()


def long_article(word_count: int, notes: int) -> Article:
    """Return an article of that many words in its text and notes, cited evenly, with links, stress and headings."""
    source = itertools.cycle(WORDS)
    in_notes = 14 * notes
    paragraphs = (word_count - in_notes) // 90

    def make_text(count: int) -> str:
        return " ".join(itertools.islice(source, count))

    blocks: list[Block] = []
    cited = 0
    for index in range(paragraphs):
        refs = [ref(n) for n in range(cited + 1, notes * (index + 1) // paragraphs + 1)]
        cited += len(refs)
        linked = link(f"https://archive.example.org/ledger/{index}", make_text(3))
        blocks.append(
            para(
                make_text(40),
                " ",
                linked,
                " ",
                Emphasis(inlines=inlines(make_text(3))),
                " ",
                make_text(44),
                *refs,
            )
        )
        if index % 6 == 5:
            blocks.append(heading(make_text(4).capitalize(), anchor=f"part-{index}"))
    note_texts = tuple(
        note(
            n, para(make_text(12), " ", link(f"https://archive.example.org/{n}", make_text(2)), ".")
        )
        for n in range(1, notes + 1)
    )
    return article(*blocks, notes=note_texts, byline="Mara Quill", subtitle=make_text(9))


@pytest.mark.parametrize(
    ("word_count", "notes", "appeals", "limit"),
    [(2000, 30, (), 42_000), (2000, 30, (APPEAL,), 52_000), (5000, 80, (APPEAL,), 98_000)],
)
def test_long_articles_stay_below_the_limit(
    word_count: int, notes: int, appeals: tuple[Appeal, ...], limit: int
) -> None:
    """An article with its notes stays below its limit, well below where Gmail clips; an appeal adds 10 kB."""
    html = render_html(
        make_issue(long_article(word_count, notes), preheader="A bell", appeals=appeals)
    )

    assert limit > len(html.encode())
    assert limit < CLIP_BYTES


@pytest.mark.parametrize("in_theme", THEMES)
def test_the_sample_stays_small(in_theme: str) -> None:
    """The sample article, 2,400 words with 25 notes, with all that an appeal and a footer can have: at most 45 kB."""
    issue = make_issue(
        SEED, preheader=SEED.subtitle, appeals=(WHOLE_APPEAL,), publication=WHOLE_PUBLICATION
    )
    edition = render(issue, theme(in_theme), read_image=lambda src: (SEEDS / src).read_bytes())

    assert 45_000 >= len(fill_sample(edition.html, reader=WITH_TOKENS).encode())
