"""What becomes of a letter that is too long, under each policy."""

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
from tests.rendering.sample_issues import (
    APPEAL,
    article,
    issue_of,
    note,
    para,
    ref,
    rendered,
    shown,
)
from tests.rendering.test_html_size import long_article

WEB = "https://tern.example.org/bell"
#: Between the bytes of the long letter as it is and trimmed.
TIGHT = 38_500
PREHEADER = "What a harbour hears when nobody listens"


@cache
def _long(words: int = 1500, notes: int = 30) -> Article:
    return replace(long_article(words, notes), canonical_url=WEB)


def _issue(policy: str, source: Article | None = None, *, limit: int = 30_000) -> Issue:
    size = SizeLimit(policy=SizePolicy(policy), limit_bytes=limit)
    return issue_of(source or _long(), preheader=PREHEADER, appeals=(APPEAL,), size=size)


def _theme(name: str) -> Theme:
    folders = [find_shipped("templates") / each for each in dict.fromkeys((name, "default"))]
    return Theme(name, folders)


def _codes(edition: Edition) -> set[str]:
    return {finding.code for finding in edition.findings}


def _at(edition: Edition, words: str) -> int:
    """Return the byte at which *words* first stand in the HTML."""
    return shown(edition.html).encode().find(words.encode())


@pytest.mark.parametrize("policy", list(SizePolicy))
def test_a_letter_within_its_limit_is_left_as_it_is(policy: SizePolicy) -> None:
    """No policy touches a letter that is short enough."""
    usual = rendered(issue_of(_long(), preheader=PREHEADER, appeals=(APPEAL,)))
    with_policy = rendered(_issue(policy.value, limit=100_000))

    assert shown(usual.html) == shown(with_policy.html)
    assert set() == _codes(with_policy)


def test_trim_makes_it_shorter_and_nothing_else() -> None:
    """Trimmed, the letter says the same and is below its limit; it is told."""
    usual, trimmed = rendered(_issue("warn", limit=100_000)), rendered(_issue("trim", limit=TIGHT))

    assert count_html_bytes(usual.html) > TIGHT > count_html_bytes(trimmed.html)
    assert _words(shown(usual.html)) == _words(shown(trimmed.html))
    assert {"size.shortened"} == _codes(trimmed)


def _words(html: str) -> list[str]:
    body = re.sub(r"<(style|title)\b.*?</\1>|<!--.*?-->", "", html, flags=re.DOTALL)
    return re.sub(r"<[^>]*>", " ", body).split()


def test_notes_go_online() -> None:
    """A link stands in place of the notes, references lead to the web, and the text part keeps every note."""
    edition = rendered(_issue("notes-online", limit=32_000))
    html, text = shown(edition.html), shown(edition.text)

    assert count_html_bytes(edition.html) <= 32_000
    assert f'href="{WEB}#fn30"' in html
    assert "<ol>" not in html
    assert "Read the notes online" in html
    assert "[30] " in text
    assert {"size.shortened"} == _codes(edition)


def test_an_excerpt_is_as_long_as_it_may_be() -> None:
    """The first blocks that fit stand in the letter, with their notes and a link to the rest, in both parts."""
    edition = rendered(_issue("excerpt"))
    html, text = shown(edition.html), shown(edition.text)
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


def test_an_excerpt_numbers_its_notes_anew() -> None:
    """A note cited only in a kept note comes with it, and is counted after it."""
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
    html = shown(rendered(_issue("excerpt", source)).html)
    notes = re.findall(r'<li id="fn(\d+)"', html)

    assert 2 < len(notes) < 16
    assert list(map(str, range(1, len(notes) + 1))) == notes
    assert "Cited in a note only." in html
    assert f'href="#fn{len(notes)}"' in html


def test_references_are_renumbered_wherever_they_stand() -> None:
    """In tuples, blocks and inlines within inlines; what has no new number keeps its own."""
    before = (para("a", ref(7)), Paragraph(inlines=(Text(text="b"), ref(9))))
    after = renumber_notes(before, {7: 1})

    assert [1, 9] == [node.note for node in walk(after) if isinstance(node, NoteRef)]


@pytest.mark.parametrize("policy", ["notes-online", "excerpt"])
def test_without_a_web_version_it_is_trimmed_and_told(policy: str) -> None:
    """What leads to the web needs a page there."""
    edition = rendered(_issue(policy, replace(_long(), canonical_url=None), limit=TIGHT))

    assert count_html_bytes(edition.html) <= TIGHT
    assert {"size.no-web-version", "size.shortened"} == _codes(edition)


@pytest.mark.parametrize(
    ("policy", "words", "positions"),
    [
        ("warn", 7_000, (Position(),)),
        ("warn", 7_000, (Position(after=0), Position())),
        ("trim", 9_000, (Position(after=60),)),
        ("notes-online", 12_000, (Position(),)),
    ],
)
def test_what_must_be_seen_stands_before_the_cut(
    policy: str, words: int, positions: tuple[Position, ...]
) -> None:
    """A letter that stays too long says how to leave at its top, and asks where Gmail still shows it."""
    appeal = replace(APPEAL, positions=positions)
    size = SizeLimit(policy=SizePolicy(policy))
    edition = rendered(
        issue_of(_long(words, words // 60), preheader=PREHEADER, appeals=(appeal,), size=size)
    )

    assert count_html_bytes(edition.html) > CLIP_BYTES
    assert 0 < _at(edition, "mailto:leave@") < 10_000
    assert 0 < _at(edition, APPEAL.disclosure) < CLIP_BYTES
    found = [finding.code for finding in check(edition)]
    assert "size.clipped" in found
    assert "unsubscribe.beyond-cut" not in found


@pytest.mark.parametrize("name", ["default", "plain", "magazine"])
def test_the_way_out_at_the_top_can_be_read_in_every_theme(name: str) -> None:
    """On light screens and dark, it stands out from its ground."""
    edition = render(replace(_issue("warn"), size=SizeLimit(limit_bytes=1)), _theme(name))

    assert 0 < _at(edition, "mailto:leave@") < 10_000
    assert [] == [f for f in check(edition) if f.code.startswith(("contrast", "outlook", "table"))]


def test_a_short_letter_does_not_begin_with_the_way_out() -> None:
    """Where nothing is cut, the footer is place enough."""
    edition = rendered(_issue("warn", limit=100_000))

    assert _at(edition, "mailto:leave@") > 20_000


def test_the_longest_wording_counts() -> None:
    """A letter is as long as what its longest reader gets."""
    from datetime import timedelta

    from tests.rendering.sample_issues import AT

    appeal = Appeal(heading="Ask", deadline=AT + timedelta(days=1), after_deadline="Over. " * 2000)
    edition = rendered(issue_of(article("Words."), appeals=(appeal,)))
    after = shown(edition.html, at=AT + timedelta(days=2))

    assert len(after.encode()) - 50 < count_html_bytes(edition.html) < len(after.encode()) + 50
