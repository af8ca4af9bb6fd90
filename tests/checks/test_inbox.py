"""What readers see before they open a letter, and its text part."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pipeline.checks import Severity
from pipeline.models.edition import LiteralText
from tests.checks.letters import PREHEADER, SOUND, changed, codes, letter, severities
from tests.rendering.letters import issue_of, rendered


@pytest.mark.parametrize(
    ("subject", "expected"),
    [
        ("The bell", {}),
        ("x" * 60, {}),
        ("x" * 61, {"subject.long": Severity.WARNING}),
        ("鐘" * 30, {}),
        ("鐘" * 31, {"subject.long": Severity.WARNING}),
        ("LAST CHANCE TO GIVE", {"subject.capitals": Severity.WARNING}),
        ("UNESCO", {}),
        ("鐘は九十年のあいだ 掛かっていた", {}),
        ("Re: your letter", {"subject.pretends": Severity.WARNING}),
        ("FWD: news", {"subject.pretends": Severity.WARNING}),
        ("Regarding bells", {}),
    ],
)
def test_the_subject(subject: str, expected: dict[str, Severity]) -> None:
    """It fits a phone, does not shout, and is no answer to anything."""
    assert expected == severities(issue_of(SOUND, subject=subject))


@pytest.mark.parametrize(
    ("preheader", "expected"),
    [
        ("", {"preheader.missing": Severity.WARNING}),
        ("The Ferry Bell!", {"preheader.repeats-subject": Severity.WARNING}),
        ("A bell", {"preheader.short": Severity.NOTE}),
        (PREHEADER, {}),
        ("鐘は九十年のあいだ船着き場に掛かっていた", {}),
        ("x " * 71, {"preheader.long": Severity.NOTE}),
    ],
)
def test_the_preheader(preheader: str, expected: dict[str, Severity]) -> None:
    """It is there, says something else than the subject, and is neither short nor long."""
    assert expected == severities(rendered(issue_of(SOUND, preheader=preheader)))


def test_the_preheader_comes_first() -> None:
    """Words before the hidden ones are what inboxes show."""
    assert ["preheader.not-first"] == codes(
        changed('<div class="preheader"', '<p>Read this online</p><div class="preheader"')
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", {"text.missing": Severity.ERROR}),
        (" \n", {"text.missing": Severity.ERROR}),
        ("The Ferry Bell\n\nWords.", {"text.preheader": Severity.WARNING}),
        (f"{PREHEADER}\n\nWords.", {"text.differs": Severity.WARNING}),
        (f"{PREHEADER}\n\nTHE FERRY BELL\n\nWords.", {}),
    ],
)
def test_the_text_part(text: str, expected: dict[str, Severity]) -> None:
    """It is there, begins with the preheader and tells the same."""
    assert expected == severities(replace(letter(), text=(LiteralText(text=text),)))
