"""Lists keep their levels, wherever a program writes them."""

# ruff: noqa: E501 - the markup is as the programs write it
from __future__ import annotations

import pytest

from tests.loaders.html.outline import LONG, load_body, write

NESTED = "- Oars\n  - long\n  - short\n- Ropes"


def bullet(level: int, text: str) -> str:
    """Return a list item as Word on the web puts it on the clipboard."""
    return (
        f"<div class='ListContainerWrapper SCXW1'><ul class='BulletListStyle1'><li data-listid='4' data-aria-level='{level}' "
        f"role='listitem'><p>{text}</p></li></ul></div>"
    )


def paragraph(style: str, text: str, label: str = "·") -> str:
    """Return a list item as Word saves it in a web page."""
    return (
        f"<p class=MsoListParagraphCxSpMiddle style='text-indent:-.25in;{style}'><![if !supportLists]><span style='font-family:"
        f"Symbol'>{label}<span style='font:7.0pt \"Times New Roman\"'>&nbsp;&nbsp; </span></span><![endif]>{text}</p>\n"
    )


@pytest.mark.parametrize(
    "markup",
    [
        "<ul class='a lst-kix_x1-0 start'><li>Oars</li></ul><ul class='lst-kix_x1-1 start'><li>long</li><li>short</li></ul> <ul class='lst-kix_x1-0'><li>Ropes</li></ul>",
        bullet(1, "Oars") + bullet(2, "long") + bullet(2, "short") + bullet(1, "Ropes"),
        "<ul><li>Oars</li><li class='ql-indent-1'>long</li><li class='ql-indent-1'>short</li><li>Ropes</li></ul>",
        "<ol><li data-list='bullet'>Oars</li><li data-list='bullet' class='ql-indent-1'>long</li><li data-list='bullet' class='ql-indent-1'>short</li><li data-list='bullet'>Ropes</li></ol>",
        "<ul class='listtype-bullet listindent1'><li>Oars</li></ul><ul class='listindent2'><li>long</li><li>short</li></ul><ul class='listindent1'><li>Ropes</li></ul>",
        "<ul><li style='margin-left:36pt'>Oars</li><li style='margin-left:72pt'>long</li><li style='margin-left:72pt'>short</li><li style='margin-left:36pt'>Ropes</li></ul>",
        "<ul><li>Oars</li><ul><li aria-level='2'>long</li><li aria-level='2'>short</li></ul><li>Ropes</li></ul>",
        paragraph("mso-list:l0 level1 lfo1", "Oars") + paragraph("mso-list:l0 level2 lfo1", "long", "o") + paragraph("mso-list:l0 level2 lfo1", "short", "o") + paragraph("mso-list:l0 level1 lfo1", "Ropes"),
        paragraph("margin-left:.5in", "Oars") + paragraph("margin-left:1.0in", "long", "o") + paragraph("margin-left:1.0in", "short", "o") + paragraph("margin-left:.5in", "Ropes"),
    ],
)  # fmt: skip
def test_levels(markup: str) -> None:
    """Levels in classes, attributes, margins and list styles become nested lists."""
    assert f"{NESTED}\n{LONG}" == write(load_body(f"{markup}<p>{LONG}</p>").blocks)


def test_numbers() -> None:
    """Numbered lists go on after a nested list, and begin with the number of their first item."""
    body = (
        "<ol class='lst-kix_n-0 start' start='3'><li>Oars</li></ol><ul class='lst-kix_n-1 start'><li>long</li></ul>"
        f"<ol class='lst-kix_n-0' start='4'><li>Ropes</li></ol><p>{LONG}</p>"
    )
    assert f"3. Oars\n  - long\n4. Ropes\n{LONG}" == write(load_body(body).blocks)


def test_numbered_word_paragraphs() -> None:
    """The numbers of Word's paragraphs are not printed twice."""
    body = paragraph("margin-left:.5in", "Oars", "2.") + paragraph(
        "margin-left:.5in", "Ropes", "3."
    )
    assert f"2. Oars\n3. Ropes\n{LONG}" == write(load_body(f"{body}<p>{LONG}</p>").blocks)


@pytest.mark.parametrize(
    "markup",
    [
        "<ul><li>Oars</li></ul><ul><li>Ropes</li></ul>",
        "<ul class='lst-kix_a-0'><li>Oars</li></ul><p>And:</p><ul class='lst-kix_a-0'><li>Ropes</li></ul>",
    ],
)
def test_separate_lists(markup: str) -> None:
    """Lists without a common name, or with text between them, stay separate."""
    blocks = load_body(f"{markup}<p>{LONG}</p>").blocks
    assert ["list", "list"] == [block.type for block in blocks if block.type == "list"]
