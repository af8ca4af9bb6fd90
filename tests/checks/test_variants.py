"""Every mail an edition can become is looked at, and not more of them than need be."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from hypothesis import given

from pipeline.checks.variants import MAX_COMBINATIONS, list_variants
from pipeline.models.edition import (
    ChoiceCase,
    DeadlineChoice,
    Edition,
    FieldChoice,
    FieldContext,
    LiteralText,
    Pieces,
)
from tests.mail.samples import edition, pieces
from tests.rendering.letters import AT

LATER = AT + timedelta(days=1)


def words(text: str) -> Pieces:
    return (LiteralText(text=text),)


def by(name: str, *values: str, otherwise: Pieces = ()) -> FieldChoice:
    cases = tuple(
        ChoiceCase(values=(value,), pieces=words(f"<{name}={value}>")) for value in values
    )
    return FieldChoice(name=name, cases=cases, otherwise=otherwise or words(f"<{name}?>"))


def until(instant: int, before: Pieces, after: Pieces) -> DeadlineChoice:
    return DeadlineChoice(until=AT + timedelta(days=instant), before=before, after=after)


def texts(issue: Edition) -> list[str]:
    return [variant.text for variant in list_variants(issue)]


def test_without_choices_there_is_one_mail() -> None:
    """What is the same for all is looked at once, and has no name."""
    (one,) = list_variants(edition())

    assert ("", {}, None) == (one.name, one.values, one.at)


def test_all_combinations_of_few_choices() -> None:
    """Two deadlines and two fields: each combination that differs, first what most readers get before any deadline."""
    both = (by("a", "1"), by("b", "1", "2"), until(1, words("early"), words("late")))
    found = texts(edition(text=both))

    assert 2 * 3 * 2 == len(found) == len(set(found))
    assert "<a?><b?>early" == found[0]


def test_a_mail_says_whose_it_is() -> None:
    """The name of a variant tells the values and the instant that lead to it."""
    issue = edition(text=(by("donor", "monthly"), until(1, words("x"), words("y"))))
    names = [variant.name for variant in list_variants(issue)]

    assert 'donor = "monthly", at 2026-03-03 12:30 UTC' == names[-1]
    assert len(names) == len(set(names))


def test_each_wording_of_many_choices() -> None:
    """Where all combinations would be too many, each wording is seen, nested ones too, and the number stays small."""
    inner = by("z", "1", "2", otherwise=(until(2, words("early"), words("late")),))
    many = [by(f"f{number}", "1", "2", otherwise=(inner,)) for number in range(8)]
    found = texts(edition(text=tuple(many)))
    everything = "".join(found)

    assert len(found) < 100
    for number in range(8):
        assert f"<f{number}=1>" in everything and f"<f{number}=2>" in everything
    assert all(word in everything for word in ("<z=1>", "<z=2>", "early", "late"))


def test_what_nobody_can_get_is_not_looked_at() -> None:
    """A wording that would be before one deadline and after a later one is none."""
    nested = until(1, words("a"), (until(1, words("never"), words("b")),))

    assert ["a", "b"] == texts(edition(text=(nested,)))


def test_readers_without_a_value_may_be_named() -> None:
    """A case for the empty value leaves others to look at."""
    assert {"<a=>", "<a?>"} == set(texts(edition(text=(by("a", ""),))))


@given(pieces((FieldContext.HTML_TEXT,)), pieces((FieldContext.TEXT,)))
def test_the_mails_of_any_edition(page: Pieces, text: Pieces) -> None:
    """There is always one, the same ones each time, none twice."""
    issue = edition(html=page, text=text)
    found = [(v.subject, v.html, v.text) for v in list_variants(issue)]

    assert found == [(v.subject, v.html, v.text) for v in list_variants(replace(issue))]
    assert 1 <= len(set(found)) == len(found)
    assert len(found) <= MAX_COMBINATIONS * 4
