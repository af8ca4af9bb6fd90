"""The goal, match, deadline and links of an appeal."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.donation_links import PROCESSORS
from pipeline.models.article import Link, Paragraph, Text
from pipeline.models.edition import Edition
from pipeline.models.finding import Severity
from pipeline.models.issue import (
    Appeal,
    AppealAmount,
    AppealVariant,
    Frequency,
    Goal,
    Issue,
    Position,
    Utm,
)
from pipeline.rendering.appeal.appeal_text import AppealFormatter
from pipeline.rendering.appeal.button_links import build_donation_url
from pipeline.rendering.translations import load_translations
from tests.rendering.html_reader import Page
from tests.rendering.sample_issues import (
    ADA,
    AT,
    article,
    fill_sample,
    make_issue,
    para,
    render_sample,
)

GIVE = "https://give.example.org/x"
TEN, MONTHLY = AppealAmount(minor=1000), AppealAmount(minor=500, frequency=Frequency.MONTHLY)
ASK = Appeal(heading="Ask", button=None, url=GIVE, amounts=(TEN, MONTHLY), currency="GBP")


def both(edition: Edition, *, donor: str = "", at: datetime = AT) -> list[str]:
    """Return the words of both parts, white space made spaces."""
    reader = replace(ADA, values={"donor": donor} if donor else {})
    texts = (
        Page(fill_sample(edition.html, reader=reader, at=at)).root.text(),
        fill_sample(edition.text, reader=reader, at=at),
    )
    return [" ".join(text.split()) for text in texts]


def render_both(appeal: Appeal, **options: object) -> list[str]:
    return both(render_sample(issue_with(appeal, **options)))


def issue_with(*appeals: Appeal, **options: object) -> Issue:
    return make_issue(article("One.", "Two."), appeals=appeals, **options)


# Goal


@pytest.mark.parametrize(
    ("raised", "words", "share"),
    [
        (0, "£0 of £10,000 raised", 0),
        (1, "£0.01 of £10,000 raised", 1),
        (620_000, "£6,200 of £10,000 raised", 62),
        (999_999, "£9,999.99 of £10,000 raised", 99),
        (1_000_000, "£10,000 of £10,000 raised", 100),
        (1_240_000, "£12,400 raised, more than our goal of £10,000", 100),
    ],
)
def test_goal_is_written_and_drawn(raised: int, words: str, share: int) -> None:
    """Both parts write it; the bar is a table without text, full at most, empty only at nothing."""
    edition = render_sample(
        issue_with(replace(ASK, goal=Goal(minor=1_000_000, raised_minor=raised)))
    )
    page = Page(fill_sample(edition.html))

    assert all(words in text for text in both(edition))
    assert (f"({share}%)" in fill_sample(edition.text)) == (raised <= 1_000_000)
    (bar,) = page.root.find_class("progress")
    assert "true" == bar.attributes["aria-hidden"]
    assert "presentation" == bar.attributes["role"]
    widths = [cell.attributes.get("width") for cell in bar.all("td")]
    assert {0: [None], 100: ["100%"]}.get(share, [f"{share}%", None]) == widths
    assert [] == bar.all("img")


@given(st.integers(0, 10**12), st.integers(1, 10**12))
def test_goal_percentage_is_accurate(raised: int, expected: int) -> None:
    """The bar is full only when the goal is reached, and empty only at nothing."""
    setting = AppealFormatter(
        language="en", timezone="UTC", translations=load_translations("en"), campaign=""
    )
    goal = Goal(minor=expected, raised_minor=raised)
    progress = setting.format(replace(ASK, goal=goal), Position()).goal

    assert progress
    assert 0 <= progress.percent <= 100
    assert (raised >= expected) is (progress.percent == 100)
    assert (raised == 0) is (progress.percent == 0)


# Match


def test_match_has_an_example() -> None:
    """The first amount and what it becomes follow the match text; without amounts there is no example."""
    match = replace(ASK, match="Doubled, {{ name }}.", match_times=Decimal(2))

    for text in render_both(match):
        assert "Doubled, Ada Byron. £10 becomes £20." in text
    for text in render_both(replace(match, amounts=(MONTHLY,), match_times=Decimal("1.5"))):
        assert "£5 a month becomes £7.50 a month." in text
    for text in render_both(replace(match, amounts=())):
        assert "becomes" not in text


# The deadline in words


@pytest.mark.parametrize(
    ("deadline", "timezone", "language", "expected"),
    [
        ("2026-12-31T18:00+00:00", "Europe/London", "en-GB", "Until 31 December 2026, 18:00 (London time)"),
        ("2026-12-31T18:00+00:00", "Europe/London", "en", "Until December 31, 2026, 6:00 PM (London time)"),
        ("2027-01-01T00:00+00:00", "Europe/London", "en-GB", "Until 31 December 2026 (London time)"),
        ("2026-06-30T23:00+00:00", "Europe/London", "en-GB", "Until 30 June 2026 (London time)"),
        ("2026-12-31T17:00+00:00", "Europe/Berlin", "de", "Bis zum 31. Dezember 2026, 18:00 (Ortszeit Berlin)"),
        ("2026-12-31T17:30+00:00", "UTC", "en-GB", "Until 31 December 2026, 17:30 (UTC)"),
        ("2026-12-31T17:30+05:00", "Etc/UTC", "en-GB", "Until 31 December 2026, 12:30 (UTC)"),
        ("2026-12-31T23:30+00:00", "America/New_York", "en-GB", "Until 31 December 2026, 18:30 (New York time)"),
    ],
)  # fmt: skip
def test_deadline_names_its_time_zone(
    deadline: str, timezone: str, language: str, expected: str
) -> None:
    """Date and time in the publication's time zone and the email's language; midnight ends the day before."""
    setting = AppealFormatter(
        language=language, timezone=timezone, translations=load_translations(language), campaign=""
    )
    ask = replace(ASK, deadline=datetime.fromisoformat(deadline))
    until = setting.format(ask, Position()).until

    assert until
    assert expected == until.text.replace("\u202f", " ")


def test_deadline_appears_until_it_passes() -> None:
    """Both parts show it before it passes, neither afterwards."""
    edition = render_sample(issue_with(replace(ASK, deadline=AT + timedelta(hours=1))))

    assert all(
        "Until March 2, 2026, 1:30 PM (UTC)" in t.replace("\u202f", " ") for t in both(edition)
    )
    assert not any("Until" in text for text in both(edition, at=AT + timedelta(hours=1)))


# Gifts at once


def test_immediate_charge_has_a_warning() -> None:
    """The HTML warns of it, with the processor's name if it has one, and so does a finding; the text has no amounts."""
    at_once = replace(ASK, charges_immediately=True)
    named = replace(at_once, processor="actblue")

    for appeal, words in ((at_once, "details are saved"), (named, "ActBlue has saved")):
        edition = render_sample(issue_with(appeal))
        assert [True, False] == [words in text for text in both(edition)]
        assert ["appeal.charges-at-once"] == [finding.code for finding in edition.findings]
    assert () == render_sample(issue_with(ASK)).findings


def test_likely_mistakes_are_findings() -> None:
    """A goal that is reached is a warning; in variants too."""
    reached = replace(ASK, goal=Goal(minor=1, raised_minor=1))
    variant = AppealVariant(field="donor", values=("x",), appeal=reached)

    found = render_sample(issue_with(replace(ASK, variants=(variant,)))).findings
    assert ["appeal.goal-reached"] == [finding.code for finding in found]


@pytest.mark.parametrize(
    ("appeal", "is_error"),
    [
        (Appeal(heading="Give"), True),
        (Appeal(text="Please give."), True),
        (Appeal(bullets=("Rope",)), True),
        (replace(ASK, url=None), True),
        (Appeal(text="Give", url="https://give.example.org", button=""), True),
        (Appeal(text="Give", url="https://give.example.org", button=None), False),
        (replace(ASK, button=""), False),
        (Appeal(text="Thank you.", needs_link=False), False),
        (Appeal(), False),
    ],
)
def test_appeal_without_a_way_to_give_is_an_error(appeal: Appeal, is_error: bool) -> None:
    """Whatever else it has; a thank-you needs no link. It holds for variants too."""
    variant = replace(ASK, variants=(AppealVariant(field="donor", values=("x",), appeal=appeal),))

    for each in (appeal, variant):
        findings = render_sample(issue_with(each)).findings
        assert [("appeal.no-link", Severity.ERROR)] * is_error == [
            (finding.code, finding.severity) for finding in findings
        ]


@pytest.mark.parametrize(
    ("href", "is_error"),
    [
        ("https://give.example.org", False),
        ("mailto:give@example.org", False),
        ("give", True),
        ("javascript:give()", True),
        ("#give", True),
    ],
)
def test_appeal_in_the_article_needs_a_link_too(href: str, is_error: bool) -> None:
    """One that readers can follow; an address that is lost or unsafe does not count."""
    link = Link(href=href, inlines=(Text(text="Give"),))
    appeal = Appeal(blocks=(Paragraph(inlines=(link,)),), is_muted=True)
    codes = [finding.code for finding in render_sample(issue_with(appeal)).findings]

    assert is_error == ("appeal.no-link" in codes)


# Links


def query(appeal: Appeal, amount: AppealAmount | None = TEN) -> dict[str, str]:
    url = build_donation_url(appeal, Position(), amount, campaign="bell")
    return {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}


@pytest.mark.parametrize(
    ("processor", "once", "monthly"),
    [
        ("", {"amount": "10", "refcode": "r_end_10"},
         {"amount": "5", "refcode": "r_end_m5", "frequency": "monthly"}),
        ("actblue", {"amount": "10", "refcode": "r_end_10", "refcode2": "r"},
         {"amount": "5", "refcode": "r_end_m5", "refcode2": "r", "recurring": "1"}),
        ("givebutter", {"amount": "10", "utm_content": "r_end_10"},
         {"amount": "5", "utm_content": "r_end_m5", "frequency": "monthly"}),
        ("anedot", {"amount": "10", "utm_content": "r_end_10"}, {"amount": "5", "utm_content": "r_end_m5"}),
        ("stripe", {"client_reference_id": "r_end_10"}, {"client_reference_id": "r_end_m5"}),
        ("actionnetwork", {"source": "r_end_10"}, {"source": "r_end_m5"}),
        ("blackbaud", {"utm_content": "r_end_10"}, {"utm_content": "r_end_m5"}),
        ("classy", {"amount": "10", "c_src": "r_end_10", "c_src2": "r"},
         {"amount": "5", "c_src": "r_end_m5", "c_src2": "r"}),
        ("donorbox", {"amount": "10", "utm_content": "r_end_10"},
         {"amount": "5", "utm_content": "r_end_m5", "default_interval": "m"}),
        ("fundraiseup", {"utm_content": "r_end_10"}, {"utm_content": "r_end_m5"}),
        ("kofi", {"utm_content": "r_end_10"}, {"utm_content": "r_end_m5"}),
        ("liberapay", {"utm_content": "r_end_10"}, {"utm_content": "r_end_m5"}),
        ("opencollective", {"amount": "10", "tags": "r_end_10"},
         {"amount": "5", "tags": "r_end_m5", "interval": "month"}),
        ("paypal", {"amount": "10", "custom": "r_end_10"}, {"amount": "5", "custom": "r_end_m5"}),
        ("raisely", {"utm_content": "r_end_10"}, {"utm_content": "r_end_m5"}),
    ],
)  # fmt: skip
def test_links_use_the_parameters_of_the_processor(
    processor: str, once: dict[str, str], monthly: dict[str, str]
) -> None:
    """Links have the parameters that their processor documents, and no others."""
    ask = replace(ASK, processor=processor, refcode="r")

    assert once == query(ask)
    assert monthly == query(ask, MONTHLY)


def test_every_processor_is_tested() -> None:
    """The test above covers all processors, including new ones."""
    (mark,) = [m for m in test_links_use_the_parameters_of_the_processor.pytestmark]  # type: ignore[attr-defined]

    assert {"", *PROCESSORS} == {case[0] for case in mark.args[1]}


def test_utm_parameters_identify_the_button() -> None:
    """UTM parameters name publication, medium, email and button; parameters in the URL stay."""
    utm = Utm(source="tern")

    assert {
        "amount": "10",
        "utm_source": "tern",
        "utm_medium": "email",
        "utm_campaign": "bell",
        "utm_content": "end_10",
    } == query(replace(ASK, utm=utm))
    own = replace(ASK, url=f"{GIVE}?utm_medium=letter&utm_source=x", utm=replace(utm, campaign="c"))
    assert {
        "utm_medium": "letter",
        "utm_source": "x",
        "utm_campaign": "c",
        "utm_content": "end",
    } == query(own, None)
    coded = replace(ASK, utm=utm, refcode="r", processor="givebutter")
    assert "r_end_10" == query(coded)["utm_content"]


AMOUNTS = st.builds(AppealAmount, minor=st.integers(1, 10**6), frequency=st.sampled_from(Frequency))
POSITIONS = st.builds(Position, after=st.one_of(st.none(), st.integers(0, 9)))


@given(
    st.lists(AMOUNTS, max_size=4, unique=True),
    st.lists(POSITIONS, min_size=1, max_size=3, unique=True),
    st.lists(st.sampled_from(["monthly", "end", "p1", "v"]), max_size=3, unique=True),
    st.sampled_from(["USD", "JPY", "KWD"]),
)
def test_reference_codes_are_unique(
    amounts: list[AppealAmount], positions: list[Position], codes: list[str], currency: str
) -> None:
    """Position, amount, frequency and variant each change the code, which has A-Z, digits and underscores only."""
    found = [
        parse_qs(urlsplit(build_donation_url(replace(ask, code=code), position, amount)).query)[
            "refcode"
        ][0]
        for ask in [replace(ASK, refcode="r_1", currency=currency)]
        for code in ("", *codes)
        for position in positions
        for amount in (None, *amounts)
    ]

    assert len(set(found)) == len(found)
    assert all(re.fullmatch(r"[A-Za-z0-9_]+", code) for code in found)


# For whom


def variant(*values: str, field: str = "donor", **changes: object) -> AppealVariant:
    appeal = replace(ASK, **changes) if changes else Appeal()  # type: ignore[arg-type]
    return AppealVariant(field=field, values=values, appeal=appeal)


FOR_SOME = replace(
    ASK,
    heading="For all",
    refcode="r",
    variants=(
        variant("monthly", heading="Thanks", url=None, amounts=()),
        variant("lapsed", heading="Come back", code="lapsed", refcode="r"),
        variant("en", field="language", heading="Hello"),
        variant("board"),
    ),
)


@pytest.mark.parametrize(
    ("donor", "seen"),
    [
        ("", "For all"),
        ("Monthly", "Thanks"),
        ("lapsed", "Come back"),
        ("board", ""),
        ("x", "For all"),
    ],
)
def test_each_recipient_gets_one_variant(donor: str, seen: str) -> None:
    """The first variant that matches is shown, in both parts, and no other; an empty one leaves nothing."""
    edition = render_sample(issue_with(FOR_SOME))
    words = {"For all", "Thanks", "Come back", "Hello"}

    for text in both(edition, donor=donor):
        assert {seen} - {""} == {word for word in words if word in text}
    links = [
        href
        for href in Page(
            fill_sample(edition.html, reader=replace(ADA, values={"donor": donor}))
        ).links
        if "give" in href
    ]
    assert bool(links) is (seen in ("For all", "Come back"))
    assert all(("r_lapsed_end" in link) is (donor == "lapsed") for link in links)


def test_variants_of_several_fields_are_tried_in_order() -> None:
    """If no variant of one field matches, those of the next field are tried."""
    edition = render_sample(issue_with(FOR_SOME))

    def seen(**values: str) -> str:
        return fill_sample(edition.text, reader=replace(ADA, values=values))

    assert "Hello" in seen(language="en")
    assert "Thanks" in seen(language="en", donor="monthly")
    assert ["donor", "language"] == edition.field_names


def test_variants_have_their_own_deadlines() -> None:
    """By field first, then by deadline, each with its own text for afterwards."""
    early, late = AT + timedelta(hours=1), AT + timedelta(hours=2)
    ask = replace(
        ASK,
        heading="For all",
        deadline=late,
        after_deadline="All over",
        variants=(variant("lapsed", heading="Come back", deadline=early, after_deadline="Missed"),),
    )
    edition = render_sample(issue_with(ask))

    for donor, hours, words in (
        *(("", 0, "For all"), ("", 1, "For all"), ("", 2, "All over")),
        *(("lapsed", 0, "Come back"), ("lapsed", 1, "Missed"), ("lapsed", 2, "Missed")),
    ):
        for text in both(edition, donor=donor, at=AT + timedelta(hours=hours)):
            assert [words] == [
                w for w in ("For all", "All over", "Come back", "Missed") if w in text
            ]


def test_every_variant_gives_a_complete_document() -> None:
    """Whoever gets it, the page is sound and has an unsubscribe link."""
    edition = render_sample(
        issue_with(replace(FOR_SOME, positions=(Position(after=0), Position())))
    )

    for donor in ("", "monthly", "lapsed", "board"):
        page = Page(fill_sample(edition.html, reader=replace(ADA, values={"donor": donor})))
        assert "mailto:leave@tern.example.org?subject=unsubscribe" in page.links
        assert page.root.text().count("One.") == 1


def test_appeal_found_in_the_article_can_be_a_variant() -> None:
    """Its images are included."""
    found = (para("Please give."),)
    ask = replace(ASK, heading="", blocks=found, variants=(variant("x", blocks=found, heading=""),))

    for donor in ("", "x"):
        assert all(
            text.count("Please give.") == 1
            for text in both(render_sample(issue_with(ask)), donor=donor)
        )


def test_button_label_is_translated() -> None:
    """Without a label the button has the translated one, which depends on whether there are amounts; "" removes it."""
    without = replace(ASK, amounts=())
    assert all("Donate" in text for text in render_both(without))
    assert all("Spenden" in text for text in render_both(without, language="de"))
    assert "Choose another amount" in render_both(ASK)[0]
    assert "Anderen Betrag wählen" in render_both(ASK, language="de")[0]
    assert "another amount" not in render_both(replace(ASK, button=""))[0]


def test_text_part_has_two_addresses() -> None:
    """One for each frequency, with the amounts to choose from, not one for each amount."""
    amounts = tuple(
        AppealAmount(minor=minor, frequency=frequency)
        for frequency in Frequency
        for minor in (300, 500, 1000)
    )
    text = fill_sample(render_sample(issue_with(replace(ASK, amounts=amounts))).text)

    monthly = f"Give every month: £3, £5, or £10\n{GIVE}?frequency=monthly\n"
    assert f"\n\n{monthly}\nGive once: £3, £5, or £10\n{GIVE}\n" in text
    assert 2 == text.count(GIVE)
