"""What mail programs lack, by the vendored data, of what a letter uses."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest

from pipeline.checks import Severity
from pipeline.checks.html.caniemail import load_support
from pipeline.checks.html.client_support import ACCEPTED_GAPS
from tests.checks.letters import changed, findings, with_html


def _told(html: str) -> list[tuple[str, str]]:
    """Return the names of the features that are told, and how gravely."""
    found = [f for f in findings(with_html(html)) if f.code.startswith("client.")]
    return [(f.message.partition(" does not work in ")[0], f.severity.value) for f in found]


def _styled(css: str) -> list[str]:
    found = findings(changed("</title>", f"</title><style>{css}</style>"))
    return [f.message.partition(" does not work")[0] for f in found if f.code.startswith("client.")]


@pytest.mark.parametrize(
    ("style", "title"),
    [
        ("display:flex", "display:flex"),
        ("display:inline-grid", "display:grid"),
        ("position:absolute", "position"),
        ("font-size:1.2rem;line-height:29px", "rem unit"),
        ("width:calc(100% - 4px)", "CSS calc() function"),
        ("color:var(--ink)", "CSS Variables (Custom Properties)"),
        ("float:left", "float"),
        ("object-fit:cover", "object-fit"),
        ("margin-inline-start:4px", "margin-inline-start & margin-inline-end"),
        ("background-image:linear-gradient(#ffffff,#eeeeee)", "linear-gradient()"),
        ("opacity:0.9", "opacity"),
        ("gap:4px", "gap, column-gap, row-gap"),
    ],
)
def test_a_property_that_some_do_not_know(style: str, title: str) -> None:
    """Styles that work in browsers and not in mail are told with the feature's name."""
    assert (title, "warning") in _told(f'<div style="{style}">a</div>')


@pytest.mark.parametrize(
    ("html", "title"),
    [
        ("<details><summary>a</summary>b</details>", "HTML5 semantics"),
        ('<p hidden="hidden">a</p>', "hidden attribute"),
        ("<picture></picture>", "<picture> element"),
        (
            '<img srcset="a" src="https://e.example.org/a.png" alt="A bell" width="20">',
            "srcset and sizes attributes",
        ),
    ],
)
def test_an_element_that_some_do_not_know(html: str, title: str) -> None:
    """Elements and attributes likewise."""
    assert (title, "warning") in _told(html)


@pytest.mark.parametrize(
    ("css", "title"),
    [
        ("@font-face { font-family: G; src: url(g.woff) }", "@font-face"),
        ("@keyframes x { from { color: #000000 } }", "@keyframes"),
        (".a:first-child { color: #000000 }", ":first-child"),
        (".a:nth-child(2) { color: #000000 }", ":nth-child"),
        (".a + .b { color: #000000 }", "Adjacent sibling combinator"),
        (".a::before { color: #000000 }", "::before"),
    ],
)
def test_a_rule_that_some_do_not_know(css: str, title: str) -> None:
    """Selectors and at-rules likewise."""
    assert title in _styled(css)


def test_what_works_in_part_is_a_note() -> None:
    """A feature that no program lacks, but some do by halves, is good to know."""
    (finding,) = findings(with_html('<p style="text-align:start">a</p>'))

    assert ("client.partial", Severity.NOTE) == (finding.code, finding.severity)


@pytest.mark.parametrize(
    "html",
    [
        "<!--[if mso]><table role='none'><tr><td style='position:absolute'>a</td></tr></table><![endif]-->",
        '<p style="mso-line-height-rule:exactly;-webkit-hyphens:auto">a</p>',
        '<p style="margin:0 0 4px;padding-left:4px;text-align:right">a</p>',
    ],
)
def test_what_is_for_one_program_or_works_in_all_is_left_alone(html: str) -> None:
    """Comments for Outlook and prefixed properties are for whom they name; plain margins work in all."""
    assert [] == _told(html)


def test_rules_for_one_program_are_left_alone() -> None:
    """Selectors that reach one program only may use what it knows."""
    assert [] == _styled("[data-ogsc] .a > b, u + .body .a { display: flex }")


def test_a_finding_names_the_programs_and_the_age_of_the_data() -> None:
    """Half of the tests are years old; whoever reads the finding is told."""
    (finding,) = [
        f
        for f in findings(with_html('<div style="display:flex">a</div>'))
        if f.code.startswith("client")
    ]

    assert ("client.unsupported", Severity.WARNING) == (finding.code, finding.severity)
    assert "Outlook for Windows" in finding.message
    assert re.search(r"tested \d{4}-\d\d-\d\d, data of \d{4}-\d\d-\d\d", finding.message)
    assert "https://www.caniemail.com/features/css-display-flex/" in finding.hint


def test_the_data_is_dated_and_licensed() -> None:
    """The extract says its day and lies beside its licence."""
    assert date(2026, 1, 1) < date.fromisoformat(load_support().date)
    notice = Path("pipeline/checks/html/caniemail/LICENSE").read_text(encoding="utf-8")
    assert "Copyright (c) 2019 Rémi Parmentier" in notice


def test_what_is_allowed_has_a_reason() -> None:
    """Each exception is a feature that some program lacks, and says why it does no harm."""
    known = load_support().features

    assert [] == [slug for slug in ACCEPTED_GAPS if slug not in known]
    assert all(reason.strip() for reason in ACCEPTED_GAPS.values())
