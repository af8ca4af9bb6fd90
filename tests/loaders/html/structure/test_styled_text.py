"""What only a style says about a text is kept."""

# ruff: noqa: E501 - the markup is as the programs write it
from __future__ import annotations

import pytest

from tests.loaders.html.outline import LONG, load_body, write


@pytest.mark.parametrize(
    ("markup", "expected"),
    [
        ("10<span style='vertical-align: super; font-size: smaller'>6</span> oars", "10^(6) oars"),
        ("10<span style='vertical-align:5.0px'>6</span> oars", "10^(6) oars"),
        ("H<span style='VERTICAL-ALIGN: -25%'>2</span>O", "H_(2)O"),
        ("10<span style='position:relative;top:-3.0pt;mso-text-raise:3.0pt'>6</span>", "10^(6)"),
        ("10<span class='TextRun Superscript'>6</span>", "10^(6)"),
        ("<span style='vertical-align: baseline'>level</span>", "level"),
        ("<span style='font-weight:bold'>never</span>", "**never**"),
        ("<span style='font-weight: 600 !important'>never</span>", "**never**"),
        ("<span style='font-weight:500'>never</span>", "never"),
        ("<font style='font-style: oblique'>never</font>", "*never*"),
        ("<span style='text-decoration: underline line-through'>never</span>", "~~never~~"),
        ("<span style='text-decoration-line:line-through'>never</span>", "~~never~~"),
        ("<span style='font: italic bold 12px Helvetica'>never</span>", "***never***"),
        ("<span class='fst-italic'>never</span>", "*never*"),
        ("<span class='ecbx-1000'>never</span>", "**never**"),
        ("<a href='https://a.example' style='font-weight:700'>never</a>", "**never**"),
        ("<b style='font-weight:normal' id='docs-internal-guid-1'>a <span style='font-weight:700'>b</span></b>", "a **b**"),
        ("<em style='font-style:normal'>never</em>", "never"),
        ("<strong style='font-weight:700'>never</strong>", "**never**"),
        ("<font face='Courier New, monospace'>row()</font>", "`row()`"),
        ("<tt>row()</tt>", "`row()`"),
    ],
)  # fmt: skip
def test_inline_style(markup: str, expected: str) -> None:
    """A style attribute or a class of editors means what the element of that name means."""
    assert expected == write(load_body(f"<p>{markup}</p><p>{LONG}</p>").blocks[:1])


def test_style_sheet() -> None:
    """Rules for classes count, those for states, places and devices do not."""
    sheet = (
        "<style>/* .c9{font-weight:700} */ @import url(x.css); .c1,span.c2{font-weight:700}.c3{font-style:italic}"
        "@media print{.c4{font-weight:700}}.c5:hover{font-weight:700}p .c6{font-weight:700}em.c7{font-weight:700}"
        ".c8.c9{text-decoration:line-through}.c1.c10{font-weight:400}</style>"
    )
    spans = "".join(
        f"<span class='{c}'>{c}</span> " for c in ["c1", "c2", "c3", "c4", "c5", "c6", "c7", "c8"]
    )
    body = f"<p>{spans}<span class='c8 c9'>both</span> <span class='c1 c10'>light</span></p><p>{LONG}</p>"
    written = write(load_body(body, head=sheet).blocks[:1])
    assert "**c1** **c2** *c3* c4 c5 c6 c7 c8 ~~both~~ light" == written


def test_paragraph_style() -> None:
    """A paragraph in bold by its own style is bold; a heading needs no style, a theme's class makes no text bold."""
    body = (
        f"<h1>Rowing</h1><h2 style='font-weight:700'><span style='font-weight:700'>Oars</span></h2><p style='font-weight:bold'>Row on.</p>"
        f"<p class='lead'>{LONG}</p>"
    )
    written = write(load_body(body, head="<style>.lead{font-weight:700}</style>").blocks)
    assert f"## Oars\n**Row on.**\n{LONG}" == written


def test_typewritten_document() -> None:
    """A document that is monospaced as a whole is no code."""
    body = f"<p><font face='Courier'>{LONG}</font></p><p><font face='Courier'>{LONG}</font></p>"
    assert f"{LONG}\n{LONG}" == write(load_body(body).blocks)
