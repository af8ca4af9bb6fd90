"""Choices by a recipient's value: who gets which variant, each encoded once."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from pipeline.errors import ComposeError
from pipeline.mail import Composer, fill_fields
from pipeline.models.edition import (
    ChoiceCase,
    DeadlineChoice,
    Edition,
    Field,
    FieldChoice,
    FieldContext,
    SplitChoice,
)
from pipeline.models.recipient import Recipient, split_name
from tests.mail.samples import (
    ADA,
    AT,
    PUBLICATION,
    composed,
    edition,
    literal,
    name_field,
    parts,
)

BY_DONOR = FieldChoice(
    name="donor",
    cases=(
        ChoiceCase(
            values=("monthly", "Yearly"), pieces=(literal("thanks "), name_field(FieldContext.TEXT))
        ),
        ChoiceCase(values=("lapsed",), pieces=()),
    ),
    otherwise=(DeadlineChoice(until=AT + timedelta(hours=1), before=(literal("give"),), after=()),),
)
ASKED = edition(text=(literal("Dear. "), BY_DONOR, literal(" End.\n")))


def donor(value: str) -> Recipient:
    return replace(ADA, values={"donor": value})


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("monthly", "Dear. thanks Ada Byron End.\n"),
        ("  MONTHLY \n", "Dear. thanks Ada Byron End.\n"),
        ("yearly", "Dear. thanks Ada Byron End.\n"),
        ("lapsed", "Dear.  End.\n"),
        ("month", "Dear. give End.\n"),
        ("", "Dear. give End.\n"),
    ],
)
def test_a_value_selects_a_case(value: str, expected: str) -> None:
    """The first case that lists the value applies, ignoring case and spacing; else the default."""
    assert expected == fill_fields(ASKED.text, donor(value), at=AT)
    assert expected == parts(composed(ASKED, donor(value)))[0]


def test_it_is_known_what_an_edition_reads_of_a_recipient() -> None:
    """Also what only decides, or only stands in a header: a token costs time, so nobody makes one in vain."""
    split = SplitChoice(name=split_name("v1"), cases=(), otherwise=())
    token = Field(name="preferences_token", fallback=None, context=FieldContext.HTML_URL)
    asked = replace(ASKED, subject=(name_field(FieldContext.HEADER),), html=(split, token))
    page = replace(PUBLICATION, unsubscribe_url="https://example.org/u/{token}")

    def fields(issue: Edition) -> set[str]:
        return set(Composer(issue, campaign_id="c", secret=b"s").recipient_fields)

    plain = replace(edition(), publication=replace(PUBLICATION, unsubscribe_url="", unsubscribe=""))
    assert {"donor", "name", "preferences_token", "split:v1"} <= fields(asked)
    assert set() == fields(plain)
    assert {"unsubscribe_token"} == fields(replace(plain, publication=page))


def test_choices_nest() -> None:
    """A deadline choice can be inside a field choice."""
    later = AT + timedelta(hours=1)

    assert "Dear.  End.\n" == parts(composed(ASKED, donor(""), at=later))[0]
    assert "Dear. thanks Ada Byron End.\n" == parts(composed(ASKED, donor("monthly"), at=later))[0]


def test_a_subject_may_have_choices() -> None:
    """Choices work in the subject too."""
    by = FieldChoice(
        name="donor", cases=(ChoiceCase(values=("x",), pieces=(literal("Yes"),)),), otherwise=()
    )
    issue = edition(subject=(literal("News"), by))

    assert b"\r\nSubject: NewsYes\r\n" in composed(issue, donor("x"))
    assert b"\r\nSubject: News\r\n" in composed(issue, donor("y"))


def test_more_variants_than_are_cached() -> None:
    """However many variants a campaign has, each recipient gets the right one, again and again."""
    values = [f"v{number}" for number in range(450)]
    cases = tuple(ChoiceCase(values=(value,), pieces=(literal(value),)) for value in values)
    by = FieldChoice(name="donor", cases=cases, otherwise=())
    composer = Composer(edition(text=(by,)), campaign_id="c", secret=b"key")

    for value in (*values, *values[::-7]):
        content = composer.compose(donor(value), sequence=1, at=AT).content
        assert f"\r\n\r\n{value}\r\n--".encode() in content.replace(b"=\r\n", b"")


def test_the_fields_of_an_edition_are_listed() -> None:
    """Including those that decide, and those in any alternative."""
    assert (
        Field(name="donor", fallback="", context=FieldContext.CHOICE),
        name_field(FieldContext.TEXT),
    ) == ASKED.fields


@pytest.mark.parametrize("place", [FieldContext.TEXT_URL, FieldContext.HTML_URL])
def test_an_address_in_a_link_is_rejected(place: FieldContext) -> None:
    """The recipient's own address is rejected in a URL, and allowed elsewhere."""
    link = Field(name="login", fallback=None, context=place)
    part = "text" if place is FieldContext.TEXT_URL else "html"
    issue: Edition = edition(**{part: (literal("https://e.org/"), link)})  # type: ignore[arg-type]
    known = replace(ADA, values={"login": f"x{ADA.address.email.upper()}"})

    with pytest.raises(ComposeError, match="used in a link and contains this recipient's address"):
        composed(issue, known)
    assert b"https://e.org/a%40b" in composed(issue, replace(ADA, values={"login": "a@b"})).replace(
        b"=\r\n", b""
    )
    shown = edition(text=(replace(link, context=FieldContext.TEXT),))
    assert known.values["login"] in parts(composed(shown, known))[0]
