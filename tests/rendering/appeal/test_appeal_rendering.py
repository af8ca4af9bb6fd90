"""The appeal: its amounts, links, positions and deadline."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.models.article import Article
from pipeline.models.edition import DeadlineChoice, Edition
from pipeline.models.issue import Appeal, AppealAmount, Frequency, Issue, Position
from pipeline.rendering.appeal.appeal_text import AppealFormatter, LocalizedText
from pipeline.rendering.interface_texts import ENGLISH
from pipeline.rendering.translations import load_translations
from tests.rendering.html_reader import Page
from tests.rendering.sample_issues import (
    APPEAL,
    AT,
    AT_START_AND_END,
    article,
    fill_sample,
    heading,
    make_issue,
    para,
    render_sample,
    render_text,
)

GIVE = "https://give.example.org/"
LATER = AT + timedelta(days=1)


def appeal(**options: object) -> Appeal:
    return Appeal(**{"button": "Donate", "url": GIVE, **options})  # type: ignore[arg-type]


def issue_with(*appeals: Appeal, source: Article | None = None, **options: object) -> Issue:
    return make_issue(source or article("One.", "Two.", "Three."), appeals=appeals, **options)


def page_of(edition: Edition, **options: object) -> Page:
    return Page(fill_sample(edition.html, **options))  # type: ignore[arg-type]


def setting(language: str = "en", timezone: str = "UTC") -> AppealFormatter:
    return AppealFormatter(
        language=language, timezone=timezone, translations=ENGLISH, campaign="bell"
    )


def donation_links(issue: Issue) -> list[str]:
    """Return the links of all buttons."""
    links = page_of(render_sample(issue)).links
    return [href for href in links if href.startswith(GIVE)]


# Amounts


@pytest.mark.parametrize(
    ("currency", "minor", "language", "expected", "major"),
    [
        ("USD", 1000, "en", "$10", "10"),
        ("USD", 750, "en", "$7.50", "7.50"),
        ("USD", 100000, "en", "$1,000", "1000"),
        ("USD", 1, "en", "$0.01", "0.01"),
        ("EUR", 1000, "de", "10\u00a0€", "10"),
        ("EUR", 750, "de", "7,50\u00a0€", "7.50"),
        ("EUR", 100000, "fr", "1\u202f000\u00a0€", "1000"),
        ("GBP", 2550, "en-GB", "£25.50", "25.50"),
        ("EUR", 1000, "pt-BR", "€\u00a010", "10"),
        ("JPY", 1000, "ja", "￥1,000", "1000"),
        ("JPY", 1000, "en", "¥1,000", "1000"),
        ("JPY", 10000000, "en", "¥10,000,000", "10000000"),
        ("KWD", 7500, "en", "KWD\u00a07.500", "7.500"),
        ("INR", 10000000, "en-IN", "₹1,00,000", "100000"),
        ("CHF", 1000, "de-CH", "CHF\u00a010", "10"),
    ],
)
def test_amounts_are_localized(
    currency: str, minor: int, language: str, expected: str, major: str
) -> None:
    """A button has its amount in the email's language and the appeal's currency; its link has plain digits."""
    one = appeal(amounts=(AppealAmount(minor=minor),), currency=currency)
    edition = render_sample(issue_with(one, language=language))

    assert [expected] == [e.text() for e in page_of(edition).root.find_class("outline")]
    assert [f"{GIVE}?amount={major}"] == [
        href for href in page_of(edition).links if "amount" in href
    ]
    texts = load_translations(language)
    line = texts.labelled.format(label=texts.give_once, text=f"{expected}\n{GIVE}\n")
    assert line in fill_sample(edition.text)


@given(
    st.integers(1, 10**11),
    st.sampled_from(["USD", "JPY", "KWD", "GBP"]),
    st.sampled_from(["en", "de", "ar", "hi"]),
)
def test_amounts_keep_all_digits(minor: int, currency: str, language: str) -> None:
    """Whatever the amount, all its digits are shown."""
    from babel.numbers import get_currency_precision

    one = appeal(amounts=(AppealAmount(minor=minor),), currency=currency)
    (amounts,) = setting(language).format(one, Position()).amounts
    (ask,) = amounts.buttons

    assert isinstance(ask.label, LocalizedText)
    precision = get_currency_precision(currency)
    digits = "".join(str(int(c)) for c in ask.label.text if c.isdecimal())
    assert minor in (int(digits), int(digits) * 10**precision)
    assert minor == round(float(parse_qs(urlsplit(ask.url).query)["amount"][0]) * 10**precision)


def test_monthly_amounts_are_separate() -> None:
    """Monthly amounts precede the single ones, under their own label; their links and names say so."""
    one = appeal(
        amounts=(AppealAmount(minor=500, frequency=Frequency.MONTHLY), AppealAmount(minor=1000)),
        refcode="mar",
    )
    page = page_of(render_sample(issue_with(one)))
    text = page.root.text()

    assert ["$5", "$10"] == [e.text() for e in page.root.find_class("outline")]
    assert ["Give $5 every month", "Give $10 once"] == [
        e.attributes["aria-label"] for e in page.root.all("a") if "$" in e.text()
    ]
    places = [text.index(words) for words in ("Give every month", "$5", "Give once", "$10")]
    assert sorted(places) == places
    assert f"{GIVE}?amount=5&refcode=mar_end_m5&frequency=monthly" in page.links


def test_without_a_url_there_are_no_buttons() -> None:
    """An appeal without `url` is text only."""
    one = appeal(url=None, heading="Help", amounts=(AppealAmount(minor=1000),))
    edition = render_sample(issue_with(one))
    page = page_of(edition)

    assert [] == page.root.find_class("outline") + page.root.find_class("solid")
    assert "Help" in page.root.text()
    assert "Donate" not in page.root.text() + fill_sample(edition.text)


# Links


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("", "?amount=7.50&refcode=mar_end_7_50"),
        ("?", "?amount=7.50&refcode=mar_end_7_50"),
        ("?f=1", "?f=1&amount=7.50&refcode=mar_end_7_50"),
        ("#donate", "?amount=7.50&refcode=mar_end_7_50#donate"),
        ("?f=1#donate", "?f=1&amount=7.50&refcode=mar_end_7_50#donate"),
        ("{amount}/{currency}", "7.50/EUR?refcode=mar_end_7_50"),
        ("{amount}?r={refcode}&f={frequency}", "7.50?r=mar_end_7_50&f=once"),
        ("#!/{amount}", "?refcode=mar_end_7_50#!/7.50"),
        ("né?x=a b", "n%C3%A9?x=a%20b&amount=7.50&refcode=mar_end_7_50"),
        ("{other}", "%7Bother%7D?amount=7.50&refcode=mar_end_7_50"),
    ],
)
def test_amount_links_are_built_from_the_url(url: str, expected: str) -> None:
    """Placeholders in the URL are filled in; other values become query parameters, before any fragment."""
    one = appeal(
        url=GIVE + url, amounts=(AppealAmount(minor=750),), currency="EUR", refcode="mar", button=""
    )

    assert [GIVE + expected] == donation_links(issue_with(one))


def test_main_button_sets_no_amount() -> None:
    """The main button leads to the page as it is, with its reference code and without an empty amount."""
    one = appeal(url=GIVE + "?f={amount}", refcode="mar")

    assert [f"{GIVE}?refcode=mar_end"] == donation_links(issue_with(one))


def test_each_button_has_its_own_reference_code() -> None:
    """Codes identify position, amount and frequency."""
    amounts = tuple(
        AppealAmount(minor=minor, frequency=frequency)
        for minor in (1000, 1050, 100)
        for frequency in Frequency
    )
    links = donation_links(
        issue_with(appeal(amounts=amounts, refcode="Mar_26", positions=AT_START_AND_END))
    )

    codes = [parse_qs(urlsplit(link).query)["refcode"][0] for link in links]
    assert 3 * 7 == len(set(codes)) == len(codes)
    assert all(re.fullmatch(r"[A-Za-z0-9_]+", code) for code in codes)
    assert {"Mar_26_start_10_50", "Mar_26_p2_m1", "Mar_26_end"} <= set(codes)


def test_text_part_has_every_link_unbroken() -> None:
    """A long link is not broken."""
    long = GIVE + "campaign-" * 20
    text = render_text(issue_with(replace(APPEAL, url=long)))

    assert [f"{long}?refcode=letter_end_m&frequency=monthly", f"{long}?refcode=letter_end"] == [
        line for line in text.split("\n") if line.startswith(GIVE)
    ]


# Positions


def text_order(issue: Issue) -> list[str]:
    """Return the order of paragraphs and asks, which both parts must share."""
    edition = render_sample(issue)
    pattern = r"\b(One|Two|Three|Ask|Notes)\b"
    orders = [
        re.findall(pattern, fill_sample(edition.text)),
        re.findall(pattern, page_of(edition).root.text()),
    ]
    assert orders[0] == orders[1]
    return orders[0]


@pytest.mark.parametrize(
    ("positions", "expected"),
    [
        ((Position(after=0),), "Ask One Two Three"),
        ((Position(after=1),), "One Ask Two Three"),
        ((Position(after=3),), "One Two Three Ask"),
        ((Position(after=99),), "One Two Three Ask"),
        ((Position(),), "One Two Three Ask"),
        ((Position(after=0), Position(after=2), Position()), "Ask One Two Ask Three Ask"),
    ],
)
def test_appeal_is_at_its_positions(positions: tuple[Position, ...], expected: str) -> None:
    """At the start, after a number of paragraphs, at the end, or at several positions."""
    assert expected.split() == text_order(issue_with(appeal(heading="Ask", positions=positions)))


def test_positions_count_top_level_paragraphs() -> None:
    """Headings and paragraphs within quotes do not count."""
    source = article("One.", heading("H"), "Two.", "Three.")
    one = appeal(heading="Ask", positions=(Position(after=2),))

    assert "One Two Ask Three".split() == text_order(issue_with(one, source=source))


# Deadlines


def test_appeal_is_replaced_at_the_deadline() -> None:
    """Before its deadline recipients get the appeal, afterwards the other text, in both parts."""
    one = appeal(
        heading="Ask now", deadline=LATER, after_deadline="Thank you, {{ name }}.\n\nIt is done."
    )
    edition = render_sample(issue_with(one))
    moment = timedelta(microseconds=1)

    for at, seen, unseen in (
        (LATER - moment, "Ask now", "Thank you"),
        (LATER, "Thank you, Ada Byron.", "Ask now"),
    ):
        page, text = page_of(edition, at=at), fill_sample(edition.text, at=at)
        assert seen in page.root.text()
        assert seen in text
        assert unseen not in page.root.text() + text
        assert "\n\n\n" not in text
    assert "It is done." in page_of(edition, at=LATER).root.text()


def test_appeal_disappears_after_its_deadline() -> None:
    """Without a text for afterwards nothing is left, and no gap in the text part."""
    one = appeal(heading="Ask now", deadline=LATER)
    edition, plain = render_sample(issue_with(one)), render_sample(issue_with())

    assert "Ask now" in fill_sample(edition.text)
    assert fill_sample(plain.text) == fill_sample(edition.text, at=LATER)
    assert page_of(plain).root.text() == page_of(edition, at=LATER).root.text()
    assert [()] == [piece.after for piece in edition.text if isinstance(piece, DeadlineChoice)]


def test_appeal_without_deadline_is_literal_text() -> None:
    """What never changes is one literal piece; a text for after a missing deadline is not shown."""
    one = appeal(after_deadline="Never seen")
    edition = render_sample(issue_with(one))

    assert not any(isinstance(piece, DeadlineChoice) for piece in edition.html + edition.text)
    assert "Never seen" not in fill_sample(edition.html) + fill_sample(edition.text)


@pytest.mark.parametrize("after", ["", "Thanks."])
def test_documents_are_complete_before_and_after_the_deadline(after: str) -> None:
    """The page is sound and has an unsubscribe link; several deadlines do not mix."""
    early = appeal(
        heading="Early", deadline=LATER, after_deadline=after, positions=AT_START_AND_END
    )
    late = appeal(heading="Late", deadline=LATER + timedelta(days=1), after_deadline=after)
    edition = render_sample(issue_with(early, late))

    for days, seen in ((0, {"Early", "Late"}), (1, {"Late"}), (2, set())):
        at = AT + timedelta(days=days)
        page = page_of(edition, at=at)
        assert seen == {word for word in ("Early", "Late") if word in page.root.text()}
        assert "mailto:leave@tern.example.org?subject=unsubscribe" in page.links
        assert "Unsubscribe: mailto:leave@tern.example.org" in fill_sample(edition.text, at=at)


# Appeals found in the article


def test_appeal_found_in_the_article_is_muted() -> None:
    """It is shown in its own block, without buttons."""
    found = Appeal(blocks=(para("Please give."),), is_muted=True)
    edition = render_sample(issue_with(found))
    page = page_of(edition)

    (block,) = page.root.find_class("muted-appeal")
    assert "Please give." == block.text()
    assert [] == page.root.find_class("outline") + page.root.find_class("solid")
    assert "Please give." in fill_sample(edition.text)


def test_found_appeal_can_have_configured_buttons() -> None:
    """With blocks and a URL, the found text is above the buttons."""
    one = appeal(blocks=(para("Please give."),), amounts=(AppealAmount(minor=1000),))
    page = page_of(render_sample(issue_with(one)))

    assert page.root.text().index("Please give.") < page.root.text().index("$10")
    assert ["$10"] == [e.text() for e in page.root.find_class("outline")]


# The words


def test_appeal_shows_all_its_texts() -> None:
    """Heading, paragraphs, bullets, match and disclosure are in both parts, each once."""
    edition = render_sample(issue_with(APPEAL))
    page, text = page_of(edition).root.text(), " ".join(fill_sample(edition.text).split())

    for words in (
        *("Keep the bell ringing", "About one reader in thirty pays for all the others."),
        *("If this one was worth it, Ada Byron, give.", "fees for those who write it"),
        "Until Sunday every gift is doubled by the harbour board.",
        "The Tern is published by a charity. You can stop a monthly gift at any time.",
    ):
        assert 1 == page.count(words)
        assert 1 == text.count(words)
    assert 1 == page.count("Give to The Tern")


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=20).map("w{}".format))
def test_text_of_an_appeal_is_escaped(words: str) -> None:
    """Whatever somebody writes into an appeal stays text."""
    plain = appeal(heading="x", text="x", bullets=("x",), match="x", disclosure="x", button="x")
    wild = appeal(
        heading=words, text="x", bullets=(words,), match=words, disclosure=words, button=words
    )

    pages = [page_of(render_sample(issue_with(one))).root for one in (plain, wild)]
    one, other = ([e.tag for e in page if e.tag != "span"] for page in pages)
    assert one == other


def test_text_is_split_into_paragraphs() -> None:
    """Empty lines separate paragraphs, single line breaks are spaces, non-breaking spaces stay."""
    one = appeal(text="One\nmore\r\n\r\nTwo\u00a0words\n\n\n\nThree")

    assert "\n\nOne more\n\nTwo\u00a0words\n\nThree\n\n" in render_text(issue_with(one))
