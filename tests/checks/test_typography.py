"""Sizes, fonts and rules that fail readers or clients."""

from __future__ import annotations

import pytest

from tests.checks.samples import codes, findings, replace_html, with_html

LONG = "The ferry bell rang twice each morning over water that nobody had measured. " * 20
BUTTON = (
    '<p><a href="https://e.example.org/give" style="display:inline-block;{}">Give today</a></p>'
)


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ('<p style="font-size:10px">Small print</p>', ["text.small"]),
        ('<p style="font-size:8pt">Small print</p>', ["text.small"]),
        ('<p style="font-size:0.5em">Small print</p>', ["text.small"]),
        ('<p style="font-size:11px">Small print</p>', []),
        ('<p style="font-size:1px">.</p>', []),
        (f'<p style="font-size:14px">{LONG}</p>', ["text.small"]),
        (f'<p style="font-size:16px;line-height:24px">{LONG}</p>', []),
        (f'<p style="line-height:20px">{LONG}</p>', ["text.tight"]),
        (f'<p style="line-height:1.1">{LONG}</p>', ["text.tight"]),
        (f'<p style="line-height:normal">{LONG}</p>', ["text.tight"]),
        (f'<p style="line-height:150%">{LONG}</p>', []),
    ],
)
def test_text_is_legible(html: str, expected: list[str]) -> None:
    """No text is tiny, and body text is large enough with space between its lines."""
    assert expected == codes(with_html(html))


@pytest.mark.parametrize(
    ("style", "expected"),
    [
        ("padding:14px 20px;font-size:18px;line-height:22px", []),
        ("padding:8px 20px;font-size:18px;line-height:22px", ["button.small"]),
        ("padding:9px;border:2px solid #8f3b1f;font-size:18px;line-height:22px", []),
        ("padding-top:4px;padding-bottom:4px;font-size:14px", ["button.small"]),
    ],
)
def test_buttons_are_large_enough_to_tap(style: str, expected: list[str]) -> None:
    """A link that looks like a button is 44 pixels high."""
    html = BUTTON.format(f"{style};color:#8f3b1f;text-decoration:underline")

    assert expected == codes(with_html(html))


def test_a_link_with_the_role_button_is_reported() -> None:
    """Screen readers would announce it as a button."""
    html = '<p><a role="button" href="https://e.example.org/g" style="color:#8f3b1f">Give today</a></p>'

    assert ["button.role"] == codes(with_html(html))


@pytest.mark.parametrize(
    ("html", "is_reported"),
    [
        ('<div style="width:600px">a</div>', True),
        ('<div style="min-width:400px">a</div>', True),
        ('<table role="none" width="800"><tr><td>a</td></tr></table>', True),
        ('<table role="none" width="600"><tr><td>a</td></tr></table>', False),
        ('<div style="width:600px;max-width:100%">a</div>', False),
        ('<div style="width:100%">a</div>', False),
        ('<img alt="A bell" src="https://e.example.org/a.png" width="528">', True),
        (
            '<img alt="A bell" src="https://e.example.org/a.png" width="528" style="max-width:100%">',
            False,
        ),
    ],
)
def test_fixed_widths_fit_a_phone(html: str, is_reported: bool) -> None:
    """Nothing that cannot shrink is wider than the smallest screen."""
    found = [code for code in codes(with_html(html)) if code != "client.unsupported"]

    assert (["layout.wide"] if is_reported else []) == found


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ('<p style="font-family:Graphik, Circular">A line of words</p>', ["font.no-fallback"]),
        ('<p style="font-family:Graphik, serif">A line of words</p>', []),
        ('<p style="font-family:Graphik, Arial">A line of words</p>', []),
        ('<table role="none"><tr><td>A line of five words</td></tr></table>', ["font.inherited"]),
        (
            '<table role="none"><tr><td style="font-family:serif">A line of five words</td></tr></table>',
            [],
        ),
    ],
)
def test_fonts_have_fallbacks(html: str, expected: list[str]) -> None:
    """Each list of fonts ends in one that is installed everywhere, and is set within its table."""
    assert expected == codes(with_html(html))


@pytest.mark.parametrize(
    ("css", "expected"),
    [
        ("@font-face { font-family: G; src: url(https://e.example.org/g.woff) }", ["font.remote"]),
        ("@import url(https://e.example.org/a.css);", ["font.remote"]),
        (".a { color: #000000 }" * 900, ["style.too-long"]),
        ("@media screen { @media (max-width: 9px) { .a { color: #000000 } } }", ["style.nested"]),
    ],
)
def test_style_sheets(css: str, expected: list[str]) -> None:
    """They load nothing, are short and not nested; client support is checked elsewhere."""
    found = codes(replace_html("</title>", f"</title><style>{css}</style>"))

    assert expected == [code for code in found if not code.startswith("client.")]


def test_duplicate_properties_are_reported() -> None:
    """Clients differ in which of two they use."""
    (finding,) = findings(with_html('<p style="margin:0;padding:0;margin:4px;">a</p>'))

    assert "style.twice" == finding.code
    assert "margin on <p>" == finding.where
