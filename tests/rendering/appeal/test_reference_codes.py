"""Reference codes: they tell issues and buttons apart, never people."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline import editing
from pipeline.config import AppealTable, KnownNames
from pipeline.models.address import parse_address
from pipeline.models.article import Article
from pipeline.models.edition import Edition
from pipeline.models.issue import Appeal, AppealAmount, Frequency, Issue, Position
from pipeline.models.reference_code import MAX_CODE_CHARACTERS, build_code
from pipeline.rendering.appeal.button_codes import build_button_code
from tests.rendering.html_reader import Page
from tests.rendering.sample_issues import ADA, PUBLICATION, article, fill_sample, render_sample

KNOWN = KnownNames(senders=["outbox"], themes=["default"], parse_address=parse_address)
GIVE = "https://give.example.org/"
KEYS: dict[str, Any] = {
    "text": "Please give.",
    "url": GIVE,
    "amounts": [5, 10],
    "monthly": [5],
    "position": ["start", "end"],
    "variants": [{"when": 'donor = "lapsed"', "heading": "Come back"}],
}


def edit(source: Article, **keys: Any) -> Issue:
    """Return the issue of *source* with the appeal above, changed by *keys*."""
    table = AppealTable.model_validate({**KEYS, **keys}, context=KNOWN)
    return editing.edit(source, PUBLICATION, table, subject="S", anchors="mail")


def find_codes(edition: Edition, name: str = "refcode", donor: str = "") -> set[str]:
    """Return the values of the parameter *name* in the donation links that one recipient gets."""
    reader = replace(ADA, values={"donor": donor})
    links = [*Page(fill_sample(edition.html, reader=reader)).links]
    links += re.findall(r"https:\S+", fill_sample(edition.text, reader=reader))
    queries = [parse_qs(urlsplit(href).query) for href in links if href.startswith(GIVE)]
    return {value for query in queries for value in query.get(name, ())}


def test_issues_share_no_code() -> None:
    """Two articles with the same appeal have no code in common, without any setting."""
    first, second = (
        find_codes(render_sample(edit(article("One.", title=title)))) for title in ("Bell", "Buoy")
    )

    assert (10, 10) == (len(first), len(second))
    assert set() == first & second
    assert all(re.fullmatch(r"the_tern_[a-z2-7]{4}_(start|end)(_m?\d*)?", code) for code in first)


@pytest.mark.parametrize("url", ["https://tern.example.org/bell", None])
def test_a_correction_keeps_the_codes(url: str | None) -> None:
    """What the preview shows is what is sent: a corrected text has the same codes; with a URL the title may change."""
    before, after = (
        find_codes(render_sample(edit(article(text, title=title, canonical_url=url))))
        for title, text in (("Bell", "Teh bell."), ("The bell" if url else "Bell", "The bell."))
    )

    assert before == after != set()


@pytest.mark.parametrize(
    "changes",
    [
        {"title": "More notes"},
        {"published": date(2026, 3, 9)},
        {"location": "march/notes-2.md"},
        {"title": None},
    ],
)
def test_without_a_url_title_date_and_file_are_the_issue(changes: dict[str, Any]) -> None:
    """Next week's issue has other codes; without a title, how it begins tells it apart."""
    old = article("One.", title="Notes", location="march/notes.md")

    assert edit(old).identity != edit(replace(old, **changes)).identity
    assert edit(old).identity == edit(replace(old, location="/elsewhere/notes.md")).identity
    assert edit(article("One.", title=None)).identity != edit(article("Two.", title=None)).identity


def test_no_code_is_a_person_s() -> None:
    """Two recipients get the same links."""
    edition = render_sample(edit(article("One.")))
    links = [
        [href for href in Page(fill_sample(edition.html, reader=reader)).links if GIVE in href]
        for reader in (ADA, replace(ADA, address=parse_address("bo@example.org")))
    ]

    assert links[0] == links[1] != []


def test_the_edition_lists_every_code_it_has() -> None:
    """With what the button says, also those that only some recipients get."""
    edition = render_sample(edit(article("One.")))
    shown = find_codes(edition) | find_codes(edition, donor="lapsed")

    assert shown == {each.code for each in edition.codes}
    assert 20 == len(edition.codes)
    assert {
        ("v1", "start", "monthly", 500),
        ("", "end", "", None),
        ("", "end", "monthly", None),
    } < {(each.variant, each.place, each.frequency, each.minor) for each in edition.codes}
    assert {edit(article("One.")).identity.digest} == {each.issue for each in edition.codes}
    assert all(each.code.startswith(f"{each.prefix}_") for each in edition.codes)


def test_a_name_of_one_s_own_begins_the_codes() -> None:
    """`refcode` replaces the publication's name; false leaves links without a code."""
    (prefix,) = {each.prefix for each in render_sample(edit(article("x"), refcode="spring")).codes}

    assert re.fullmatch("spring_[a-z2-7]{4}", prefix)
    without = render_sample(edit(article("x"), refcode=False))
    assert (set(), ()) == (find_codes(without), without.codes)


def test_second_column_has_the_issue() -> None:
    """A processor with two columns gets button and issue, so that its own report adds up issues too."""
    edition = render_sample(edit(article("One."), processor="actblue"))

    assert {each.prefix for each in edition.codes} == find_codes(edition, "refcode2")


@given(
    st.from_regex(r"\A[a-z0-9_]{1,20}\Z"),
    st.from_regex(r"\A[a-z0-9]{0,9}\Z"),
    st.one_of(st.none(), st.integers(0, 999)),
    st.integers(1, 10**14 - 1),
    st.sampled_from(Frequency),
)
def test_codes_are_short_and_plain(
    name: str, variant: str, after: int | None, minor: int, frequency: Frequency
) -> None:
    """At most 40 letters, digits and underscores, and nothing that tells buttons apart is cut off."""
    amount = AppealAmount(minor=minor, frequency=frequency)
    button = build_button_code(
        Appeal(url=GIVE, code=variant, currency="EUR"), Position(after=after), amount
    )
    code = build_code(name, "k7qz", button)

    assert code.endswith(f"k7qz_{button}")
    assert re.fullmatch(r"[a-z0-9_]+", code)
    assert len(code) <= MAX_CODE_CHARACTERS
