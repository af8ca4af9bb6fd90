"""What happens to an email that is too long, under each policy."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cache

import pytest

from pipeline.checks import check
from pipeline.checks.message.message_size import CLIP_BYTES
from pipeline.files import find_shipped
from pipeline.models.article import Article, NoteRef, Paragraph, Text
from pipeline.models.edition import Edition
from pipeline.models.issue import Appeal, Issue, Position, SizeLimit, SizePolicy
from pipeline.models.tree import walk
from pipeline.rendering import Theme, render
from pipeline.rendering.size_policy import count_html_bytes, renumber_notes
from tests.rendering.html.test_html_size import long_article
from tests.rendering.sample_issues import (
    APPEAL,
    THEMES,
    article,
    fill_sample,
    make_issue,
    note,
    para,
    ref,
    render_sample,
)

WEB = "https://tern.example.org/bell"
PREHEADER = "What a harbour hears when nobody listens"


@cache
def _long(words: int = 1500, notes: int = 30) -> Article:
    return replace(long_article(words, notes), canonical_url=WEB)


def _issue(policy: str, source: Article | None = None, *, limit: int = 30_000) -> Issue:
    size = SizeLimit(policy=SizePolicy(policy), limit_bytes=limit)
    return make_issue(source or _long(), preheader=PREHEADER, appeals=(APPEAL,), size=size)


def _theme(name: str) -> Theme:
    folders = [find_shipped("templates") / each for each in dict.fromkeys((name, "default"))]
    return Theme(name, folders)


def _codes(edition: Edition) -> set[str]:
    return {finding.code for finding in edition.findings}


def _at(edition: Edition, words: str) -> int:
    """Return the byte at which *words* first stand in the HTML."""
    return fill_sample(edition.html).encode().find(words.encode())


@pytest.mark.parametrize("policy", list(SizePolicy))
def test_email_within_its_limit_stays_unchanged(policy: SizePolicy) -> None:
    """No policy changes an email that is short enough."""
    usual = render_sample(make_issue(_long(), preheader=PREHEADER, appeals=(APPEAL,)))
    with_policy = render_sample(_issue(policy.value, limit=100_000))

    assert fill_sample(usual.html) == fill_sample(with_policy.html)
    assert set() == _codes(with_policy)


def test_trim_only_shortens_the_html() -> None:
    """The trimmed email has the same text and is below its limit; a finding says so."""
    usual = render_sample(_issue("warn", limit=100_000))
    limit = count_html_bytes(usual.html) - 1
    trimmed = render_sample(_issue("trim", limit=limit))

    assert limit >= count_html_bytes(trimmed.html)
    assert _split_words(fill_sample(usual.html)) == _split_words(fill_sample(trimmed.html))
    assert {"size.shortened"} == _codes(trimmed)


def _split_words(html: str) -> list[str]:
    body = re.sub(r"<(style|title)\b.*?</\1>|<!--.*?-->", "", html, flags=re.DOTALL)
    return re.sub(r"<[^>]*>", " ", body).split()


def test_notes_are_replaced_by_a_link() -> None:
    """References lead to the web, and the text part keeps every note."""
    edition = render_sample(_issue("notes-online", limit=32_000))
    html, text = fill_sample(edition.html), fill_sample(edition.text)

    assert count_html_bytes(edition.html) <= 32_000
    assert f'href="{WEB}#fn30"' in html
    assert "<ol>" not in html
    assert "Read the notes online" in html
    assert "[30] " in text
    assert {"size.shortened"} == _codes(edition)


def test_excerpt_is_as_long_as_possible() -> None:
    """It has the first blocks that fit, with their notes and a link to the rest, in both parts."""
    edition = render_sample(_issue("excerpt"))
    html, text = fill_sample(edition.html), fill_sample(edition.text)
    cited = set(re.findall(r'href="#fn(\d+)"', html))

    assert 24_000 < count_html_bytes(edition.html) <= 30_000
    assert (
        cited
        == set(re.findall(r'<li id="fn(\d+)"', html))
        == set(map(str, range(1, len(cited) + 1)))
    )
    for part in (html, text):
        assert "Continue reading online" in part
        assert WEB in part
    assert {"size.shortened"} == _codes(edition)
    assert not [f for f in check(edition) if f.code.startswith(("note.", "anchor."))]


def test_excerpt_renumbers_its_notes() -> None:
    """A note cited only in a kept note is kept too, and numbered after it."""
    long = "Words that fill the letter. " * 60
    source = article(
        *(para(f"{long}{number}", ref(number)) for number in range(1, 16)),
        notes=(
            note(1, para("See ", ref(16), ".")),
            *(note(number, "A note.") for number in range(2, 16)),
            note(16, "Cited in a note only."),
        ),
        canonical_url=WEB,
    )
    html = fill_sample(render_sample(_issue("excerpt", source)).html)
    notes = re.findall(r'<li id="fn(\d+)"', html)

    assert 2 < len(notes) < 16
    assert list(map(str, range(1, len(notes) + 1))) == notes
    assert "Cited in a note only." in html
    assert f'href="#fn{len(notes)}"' in html


def test_references_are_renumbered_at_any_depth() -> None:
    """In tuples, blocks and nested inlines; those without a new number keep theirs."""
    before = (para("a", ref(7)), Paragraph(inlines=(Text(text="b"), ref(9))))
    after = renumber_notes(before, {7: 1})

    assert [1, 9] == [node.note for node in walk(after) if isinstance(node, NoteRef)]


@pytest.mark.parametrize("policy", ["notes-online", "excerpt"])
def test_without_a_web_version_the_email_is_trimmed(policy: str) -> None:
    """A link to the web needs a page there; a finding says so."""
    source = replace(_long(), canonical_url=None)
    limit = count_html_bytes(render_sample(_issue("warn", source, limit=100_000)).html) - 1
    edition = render_sample(_issue(policy, source, limit=limit))

    assert limit >= count_html_bytes(edition.html)
    assert {"size.no-web-version", "size.shortened"} == _codes(edition)


@pytest.mark.parametrize(
    ("policy", "words", "positions"),
    [
        ("warn", 7_000, (Position(),)),
        ("warn", 7_000, (Position(after=0), Position())),
        ("trim", 9_000, (Position(after=60),)),
        ("notes-online", 12_500, (Position(),)),
    ],
)
def test_unsubscribe_link_and_appeals_precede_the_clip(
    policy: str, words: int, positions: tuple[Position, ...]
) -> None:
    """An email that stays too long has an unsubscribe link at the top, and appeals where Gmail still shows them."""
    appeal = replace(APPEAL, positions=positions)
    size = SizeLimit(policy=SizePolicy(policy))
    edition = render_sample(
        make_issue(_long(words, words // 60), preheader=PREHEADER, appeals=(appeal,), size=size)
    )

    assert count_html_bytes(edition.html) > CLIP_BYTES
    assert 0 < _at(edition, "mailto:leave@") < 10_000
    assert 0 < _at(edition, APPEAL.disclosure) < CLIP_BYTES
    found = [finding.code for finding in check(edition)]
    assert "size.clipped" in found
    assert "unsubscribe.beyond-cut" not in found


@pytest.mark.parametrize("name", THEMES)
def test_unsubscribe_link_at_the_top_is_readable(name: str) -> None:
    """In light and dark mode it contrasts with its background."""
    edition = render(replace(_issue("warn"), size=SizeLimit(limit_bytes=1)), _theme(name))

    assert 0 < _at(edition, "mailto:leave@") < 10_000
    assert [] == [f for f in check(edition) if f.code.startswith(("contrast", "outlook", "table"))]


def test_short_email_has_no_unsubscribe_link_at_the_top() -> None:
    """Where nothing is clipped, the footer is enough."""
    edition = render_sample(_issue("warn", limit=100_000))

    assert _at(edition, "mailto:leave@") > 20_000


def test_longest_variant_counts() -> None:
    """The size of an email is that of its longest variant."""
    from datetime import timedelta

    from tests.rendering.sample_issues import AT

    appeal = Appeal(heading="Ask", deadline=AT + timedelta(days=1), after_deadline="Over. " * 2000)
    edition = render_sample(make_issue(article("Words."), appeals=(appeal,)))
    after = fill_sample(edition.html, at=AT + timedelta(days=2))

    assert len(after.encode()) - 50 < count_html_bytes(edition.html) < len(after.encode()) + 50
