"""All variants of an edition are checked, and no more of them than necessary."""

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
from tests.rendering.sample_issues import AT

LATER = AT + timedelta(days=1)


def literal(text: str) -> Pieces:
    return (LiteralText(text=text),)


def field_choice(name: str, *values: str, otherwise: Pieces = ()) -> FieldChoice:
    cases = tuple(
        ChoiceCase(values=(value,), pieces=literal(f"<{name}={value}>")) for value in values
    )
    return FieldChoice(name=name, cases=cases, otherwise=otherwise or literal(f"<{name}?>"))


def deadline_choice(instant: int, before: Pieces, after: Pieces) -> DeadlineChoice:
    return DeadlineChoice(until=AT + timedelta(days=instant), before=before, after=after)


def texts(issue: Edition) -> list[str]:
    return [variant.text for variant in list_variants(issue)]


def test_without_choices_there_is_one_variant() -> None:
    """It has no name."""
    (one,) = list_variants(edition())

    assert ("", {}, None) == (one.name, one.values, one.at)


def test_all_combinations_of_few_choices() -> None:
    """Two deadlines and two fields: each combination that differs, the most common one first."""
    both = (
        field_choice("a", "1"),
        field_choice("b", "1", "2"),
        deadline_choice(1, literal("early"), literal("late")),
    )
    found = texts(edition(text=both))

    assert 2 * 3 * 2 == len(found) == len(set(found))
    assert "<a?><b?>early" == found[0]


def test_a_variant_has_a_name() -> None:
    """The name has the values and the time that lead to it."""
    issue = edition(
        text=(field_choice("donor", "monthly"), deadline_choice(1, literal("x"), literal("y")))
    )
    names = [variant.name for variant in list_variants(issue)]

    assert 'donor = "monthly", at 2026-03-03 12:30 UTC' == names[-1]
    assert len(names) == len(set(names))


def test_each_alternative_of_many_choices() -> None:
    """If there are too many combinations, each alternative occurs, nested ones too, and the number stays small."""
    inner = field_choice(
        "z", "1", "2", otherwise=(deadline_choice(2, literal("early"), literal("late")),)
    )
    many = [field_choice(f"f{number}", "1", "2", otherwise=(inner,)) for number in range(8)]
    found = texts(edition(text=tuple(many)))
    everything = "".join(found)

    assert len(found) < 100
    for number in range(8):
        assert f"<f{number}=1>" in everything and f"<f{number}=2>" in everything
    assert all(word in everything for word in ("<z=1>", "<z=2>", "early", "late"))


def test_impossible_combinations_are_skipped() -> None:
    """No time is before one deadline and after a later one."""
    nested = deadline_choice(1, literal("a"), (deadline_choice(1, literal("never"), literal("b")),))

    assert ["a", "b"] == texts(edition(text=(nested,)))


def test_a_case_may_be_for_an_empty_value() -> None:
    """A case for the empty value leaves others to check."""
    assert {"<a=>", "<a?>"} == set(texts(edition(text=(field_choice("a", ""),))))


@given(pieces((FieldContext.HTML_TEXT,)), pieces((FieldContext.TEXT,)))
def test_the_variants_of_any_edition(page: Pieces, text: Pieces) -> None:
    """There is always one, always the same ones, none twice."""
    issue = edition(html=page, text=text)
    found = [(v.subject, v.html, v.text) for v in list_variants(issue)]

    assert found == [(v.subject, v.html, v.text) for v in list_variants(replace(issue))]
    assert 1 <= len(set(found)) == len(found)
    assert len(found) <= MAX_COMBINATIONS * 4
