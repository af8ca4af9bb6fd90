"""What readers see in the inbox, and the text part."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pipeline.checks import Severity
from pipeline.models.edition import LiteralText
from tests.checks.samples import PREHEADER, SOUND, codes, newsletter, replace_html, severities
from tests.rendering.sample_issues import make_issue, render_sample


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
        ("Re: your question", {"subject.pretends": Severity.WARNING}),
        ("FWD: news", {"subject.pretends": Severity.WARNING}),
        ("Regarding bells", {}),
    ],
)
def test_subject(subject: str, expected: dict[str, Severity]) -> None:
    """It fits a phone, is not in capitals, and is no fake reply."""
    assert expected == severities(make_issue(SOUND, subject=subject))


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
def test_preheader(preheader: str, expected: dict[str, Severity]) -> None:
    """It exists, differs from the subject, and is neither short nor long."""
    assert expected == severities(render_sample(make_issue(SOUND, preheader=preheader)))


def test_the_preheader_comes_first() -> None:
    """Inboxes show text that comes before the preheader instead."""
    assert ["preheader.not-first"] == codes(
        replace_html('<div class="preheader"', '<p>Read online</p><div class="preheader"')
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
def test_text_part(text: str, expected: dict[str, Severity]) -> None:
    """It exists, starts with the preheader and has the title."""
    assert expected == severities(replace(newsletter(), text=(LiteralText(text=text),)))
