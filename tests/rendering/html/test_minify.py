"""Minified HTML looks the same: styles in the head are those that were inline."""

from __future__ import annotations

import re

import pytest

from pipeline.checks.html.cascade import Cascade
from pipeline.checks.html.css import parse_style_sheet
from pipeline.rendering.html.minify import minify
from tests.rendering.sample_issues import ISSUES, render_html

PAGE = "<html><head><style>\n  .a { color: red;\n }\n</style></head><body>{}</body></html>"
STYLE = "margin:0 0 20px;font-size:18px;line-height:29px"


@pytest.mark.parametrize("name", ISSUES)
def test_every_element_keeps_its_style(name: str) -> None:
    """In each sample, sizes, colors and fonts of every element stay the same, in light and dark mode."""
    from lxml import html

    before, after = (html.document_fromstring(text) for text in _pair(name))
    looks = []
    for document in (before, after):
        sheet = [
            rule for style in document.iter("style") for rule in parse_style_sheet(style.text or "")
        ]
        cascades = [Cascade(document, sheet, is_dark=is_dark) for is_dark in (False, True)]
        looks.append(
            [
                (element.tag, *(_get_styles(cascade, element) for cascade in cascades))
                for element in document.iter()
                if isinstance(element.tag, str) and element.tag not in ("style", "head")
            ]
        )

    assert looks[0] == looks[1]


def _pair(name: str) -> tuple[str, str]:
    html = render_html(ISSUES[name])
    trimmed = minify(html)
    assert len(trimmed) < len(html)
    return html, trimmed


def _get_styles(cascade: Cascade, element: object) -> tuple[object, ...]:
    own = cascade.get_declared(element)
    return (
        cascade.get_size_px(element),
        cascade.get_color(element),
        cascade.is_bold(element),
        own.get("line-height"),
        re.sub(r"[\"'\s]", "", own.get("font-family", "")),
        own.get("text-decoration"),
        own.get("background-color"),
    )


def test_shared_styles_become_classes() -> None:
    """Three paragraphs are enough; existing classes stay."""
    body = f'<p style="{STYLE}">a</p><p class="b" style="{STYLE}">b</p><p style="{STYLE}">c</p>'
    trimmed = minify(PAGE.replace("{}", body))

    assert "<style>.t1{margin:0 0 20px!important;font-size:18px!important;" in trimmed
    assert '<p class="t1">a</p><p class="b t1">b</p><p class="t1">c</p>' in trimmed
    assert "</style><style>.a{color:red}</style>" in trimmed


@pytest.mark.parametrize(
    "body",
    [
        f'<p style="{STYLE}">a</p><p style="{STYLE}">b</p>',
        f'<td style="{STYLE}">a</td>' * 4,
        f'<p style="{STYLE};background-color:#000000">a</p>' * 4,
        '<p style="display:none;margin:0 0 20px 20px">a</p>' * 4,
        f'<p style="{STYLE} !important">a</p>' * 4,
        f'<!-- <p style="{STYLE}">a</p><p style="{STYLE}">a</p><p style="{STYLE}">a</p> -->',
        f'<pre>\n<em style="{STYLE}">a</em>\n\n<em style="{STYLE}">a</em>\n<em style="{STYLE}">a</em>\n</pre>',
    ],
)
def test_other_styles_stay_inline(body: str) -> None:
    """Too few elements, cells, backgrounds, hidden elements, and everything in comments or code."""
    assert body in minify(PAGE.replace("{}", body))


def test_only_invisible_white_space_is_removed() -> None:
    """It is removed between blocks, and kept between words and inline elements."""
    body = "<ul>\n<li>a</li>\n<li><b>b</b>\n<i>c</i></li>\n</ul>\n<p>d</p>"

    assert "<ul><li>a</li><li><b>b</b>\n<i>c</i></li></ul><p>d</p>" in minify(
        PAGE.replace("{}", body)
    )


def test_angle_bracket_in_an_attribute_does_not_end_the_tag() -> None:
    """`>` in an attribute is an ordinary character."""
    body = f'<p title="a > b" style="{STYLE}">x</p>' * 3

    assert '<p title="a > b" class="t1">x</p>' in minify(PAGE.replace("{}", body))
