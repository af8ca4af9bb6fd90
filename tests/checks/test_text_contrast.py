"""Whether text stands out from its background, computed without a browser."""

from __future__ import annotations

import pytest

from pipeline.checks.html.css import parse_style_sheet
from pipeline.checks.html.text_contrast import blend, parse_color
from pipeline.color import contrast_ratio
from tests.checks.samples import findings, replace_html, with_html

GREY = '<p style="color:{};font-size:{}">Pale words</p>'


def _check(html: str) -> list[tuple[str, str]]:
    return [(f.code, f.where) for f in findings(with_html(html)) if f.code.startswith("contrast")]


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [("#000000", "#ffffff", 21.0), ("#777777", "#ffffff", 4.48), ("#ffffff", "#ffffff", 1.0)],
)
def test_the_ratio_is_that_of_wcag(one: str, other: str, expected: float) -> None:
    """Known pairs have their known ratios."""
    first, second = parse_color(one), parse_color(other)
    assert first and second

    assert expected == round(contrast_ratio(first, second), 2)


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("#123", (17, 34, 51, 1)),
        ("#112233", (17, 34, 51, 1)),
        ("rgb(1, 2, 3)", (1, 2, 3, 1)),
        ("rgb(1 2 3 / 50%)", (1, 2, 3, 0.5)),
        ("rgba(1,2,3,.25)", (1, 2, 3, 0.25)),
        ("white", (255, 255, 255, 1)),
        ("transparent", (0, 0, 0, 0)),
        ("inherit", None),
        ("url(x)", None),
    ],
)
def test_every_notation_of_a_color_is_parsed(written: str, expected: object) -> None:
    """Numbers, percentages and names; anything else is None."""
    assert expected == parse_color(written)


def test_a_translucent_color_is_blended() -> None:
    """Half black on white is gray."""
    assert (127.5, 127.5, 127.5, 1.0) == blend((0, 0, 0, 0.5), (255, 255, 255, 1))


@pytest.mark.parametrize(
    ("html", "is_reported"),
    [
        (GREY.format("#999999", "18px"), True),
        (GREY.format("#595959", "18px"), False),
        (GREY.format("#8a8a8a", "18px"), True),
        (GREY.format("#8a8a8a", "24px"), False),
        (GREY.format("#8a8a8a", "19px;font-weight:bold"), False),
        (
            '<p style="color:#ffffff"><span style="background-color:#23201b">On dark</span></p>',
            False,
        ),
        ('<div style="background:#23201b"><p>Dark on dark</p></div>', True),
        ('<table role="none" bgcolor="#23201b"><tr><td>Dark on dark</td></tr></table>', True),
        ('<div style="background:url(x.png)"><p style="color:#fffdf9">Who knows</p></div>', False),
        ('<p style="color:#fffdf9;display:none">Nobody sees it</p>', False),
        ('<p style="color:#fffdf9">· – ·</p>', False),
        (
            '<p><a style="background-color:#0000ee" href="https://e.example.org/">Blue on blue</a></p>',
            True,
        ),
    ],
)
def test_low_contrast_is_reported(html: str, is_reported: bool) -> None:
    """Low contrast is reported, for large text later; bullets and hidden text are not."""
    assert is_reported is ("contrast.light" in [code for code, _ in _check(html)])


def test_dark_mode_rules_apply() -> None:
    """In dark mode the theme's rules decide."""
    pale = '<p class="pale" style="color:#23201b">Pale words</p>'
    rule = "@media (prefers-color-scheme: dark) { .prose .pale { color: #333333 !important; } }"
    spoiled = replace_html(
        "Words.</p>", f"Words.</p>{pale}", "</title>", f"</title><style>{rule}</style>"
    )

    assert [("contrast.dark", '"Pale words"')] == [(f.code, f.where) for f in findings(spoiled)]


def test_an_inline_color_overrides_a_rule_unless_important() -> None:
    """In dark mode an inline color stays unless a rule is important."""
    assert [("contrast.dark", '"Ink on ink"')] == _check('<p style="color:#23201b">Ink on ink</p>')


def test_style_sheets_are_parsed() -> None:
    """At-rules, strings with braces, comments and broken rules."""
    css = """/* a } b */ p, a[title="}"] { color: red; background: url("a;b{c}") }
    @import url(x.css);
    @media (max-width: 480px) { .a > b { margin: 0 !important } @supports (display: grid) { i { top: 1px } } }
    } broken { color }"""
    found = list(parse_style_sheet(css))

    assert ("p", 'a[title="}"]') == found[0].selectors
    assert ["red", 'url("a;b{c}")'] == [d.value for d in found[0].declarations]
    assert ("@import url(x.css)",) == found[1].selectors
    assert (("@media (max-width: 480px)",), True) == (
        found[2].at_rules,
        found[2].declarations[0].is_important,
    )
    assert ("@media (max-width: 480px)", "@supports (display: grid)") == found[3].at_rules
