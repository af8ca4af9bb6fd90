"""Features that email clients lack, according to the vendored data."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest

from pipeline.checks import Severity
from pipeline.checks.html.caniemail import load_support
from pipeline.checks.html.client_support import ACCEPTED_GAPS
from tests.checks.samples import findings, replace_html, with_html


def check_features(html: str) -> list[tuple[str, str]]:
    """Return the titles of the features reported, with their severities."""
    found = [f for f in findings(with_html(html)) if f.code.startswith("client.")]
    return [(f.message.partition(" does not work in ")[0], f.severity.value) for f in found]


def _styled(css: str) -> list[str]:
    found = findings(replace_html("</title>", f"</title><style>{css}</style>"))
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
def test_unsupported_properties_are_reported(style: str, title: str) -> None:
    """Styles that work in browsers but not in email are reported with the feature's title."""
    assert (title, "warning") in check_features(f'<div style="{style}">a</div>')


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
def test_unsupported_elements_are_reported(html: str, title: str) -> None:
    """Elements and attributes likewise."""
    assert (title, "warning") in check_features(html)


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
def test_unsupported_rules_are_reported(css: str, title: str) -> None:
    """Selectors and at-rules likewise."""
    assert title in _styled(css)


def test_partial_support_is_a_note() -> None:
    """A feature that all clients support, but some only partly, is a note."""
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
def test_client_specific_and_common_styles_are_not_reported(html: str) -> None:
    """Comments for Outlook and prefixed properties are for their client only; plain margins work everywhere."""
    assert [] == check_features(html)


def test_rules_for_one_client_are_not_reported() -> None:
    """Selectors that match only one client may use what it supports."""
    assert [] == _styled("[data-ogsc] .a > b, u + .body .a { display: flex }")


def test_a_finding_names_clients_and_date_of_the_data() -> None:
    """Half of the tests are years old, so findings have the date."""
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
    """The extract has a date and its licence next to it."""
    assert date(2026, 1, 1) < date.fromisoformat(load_support().date)
    notice = Path("pipeline/checks/html/caniemail/LICENSE").read_text(encoding="utf-8")
    assert "Copyright (c) 2019 Rémi Parmentier" in notice


def test_accepted_gaps_have_a_reason() -> None:
    """Each is a feature that some client lacks, with the reason why it does no harm."""
    known = load_support().features

    assert [] == [slug for slug in ACCEPTED_GAPS if slug not in known]
    assert all(reason.strip() for reason in ACCEPTED_GAPS.values())
