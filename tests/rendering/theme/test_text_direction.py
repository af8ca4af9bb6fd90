"""Every theme mirrors right-to-left emails, and each client finds its own rules."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from pipeline.models.article import (
    Code,
    Definition,
    Definitions,
    Embed,
    Figure,
    InlineCode,
    Quote,
    Rule,
    Table,
)
from tests.rendering.html_reader import Element, Page, comments, styles
from tests.rendering.sample_issues import (
    APPEAL,
    THEMES,
    WITH_APPEAL,
    article,
    bullets,
    cell,
    heading,
    inlines,
    link,
    note,
    para,
    ref,
    render_html,
    theme,
)

#: Every kind of block, without anything that names a side itself.
BOTH_WAYS = article(
    para("A bell.", ref(1), " ", link("https://e.example.org", "A link"), InlineCode(code="x")),
    *(heading(f"Heading {level}", level) for level in range(2, 7)),
    Quote(blocks=(para("Ring it."), para("Twice.")), attribution="The harbourmaster"),
    bullets("one", (para("two"), bullets("three", bullets("four", start=1)))),
    Table(
        caption=inlines("Crossings"),
        header=tuple(map(cell, "abcd")),
        rows=(tuple(map(cell, "1234")), tuple(map(cell, "5678"))),
    ),
    Code(code="ring()"),
    Figure(
        src="https://e.example.org/a.png", alt="A bell", caption=inlines("A bell"), credit="O. M."
    ),
    Definitions(items=(Definition(term=inlines("slip"), blocks=(para("a slope"), para("wet"))),)),
    Embed(href="https://video.example.org", title="The bell, ringing"),
    Rule(),
    title="The bell",
    subtitle="What it says",
    byline="M. Q.",
    notes=(note(1, "Ninety-one."),),
)
OTHER = {"left": "right", "right": "left", "ltr": "rtl", "rtl": "ltr"}


def sides(element: Element, *, is_mirrored: bool) -> Iterator[tuple[str, str]]:
    """Yield what in *element* belongs to a side, the other way round if it *is_mirrored*."""
    said = {"align": element.attributes.get("align", ""), **element.styles}
    for name, value in said.items():
        if is_mirrored:
            name = re.sub(r"left|right", lambda match: OTHER[match[0]], name)
            value = OTHER.get(value, value)
        if re.search("left|right|align|direction", name) and value not in ("", "0", "0px"):
            yield name, value


def all_sides(html: str, *, is_mirrored: bool = False) -> list[tuple[str, list[tuple[str, str]]]]:
    """Return what belongs to a side in each element, in order; names set apart and code are as they are."""
    return [
        (element.tag, sorted(sides(element, is_mirrored=is_mirrored)))
        for element in Page(html).root
        if element.tag not in ("span", "pre")
    ]


@pytest.mark.parametrize("in_theme", THEMES)
def test_right_to_left_email_is_mirrored(in_theme: str) -> None:
    """Indents, bars, gaps and alignments of every block and of the appeal change sides, and nothing else does."""
    options = {"preheader": "A bell", "appeals": (APPEAL,), "in_theme": in_theme}
    left = all_sides(render_html(BOTH_WAYS, language="en", **options))
    right = all_sides(render_html(BOTH_WAYS, language="he", **options), is_mirrored=True)

    assert 40 < sum(bool(found) for _, found in left)
    assert left == right


@pytest.mark.parametrize("in_theme", THEMES)
def test_head_has_rules_for_each_client(in_theme: str) -> None:
    """
    Both color schemes, the attributes of Outlook's apps, the rules of classic Outlook; in sheets that Gmail
    accepts.
    """
    html = render_html(WITH_APPEAL, in_theme=in_theme)
    sheets = [re.sub(r"^<style[^>]*>|</style>$", "", sheet) for sheet in styles(html)]
    (dark,) = (sheet for sheet in sheets if "prefers-color-scheme" in sheet)
    (marked,) = (sheet for sheet in sheets if "[data-ogsc]" in sheet)
    metas = {
        e.attributes.get("name"): e.attributes.get("content") for e in Page(html).root.all("meta")
    }

    assert ("light dark", "light dark") == (metas["color-scheme"], metas["supported-color-schemes"])
    assert "width=device-width, initial-scale=1" == metas["viewport"]
    assert ":root { color-scheme: light dark" in dark
    for token in ("background", "surface", "text", "muted", "accent", "accent_text"):
        colour = getattr(theme(in_theme).tokens.dark, token)
        assert colour in dark
        assert colour in marked
    assert 16 * 1024 > len(
        "".join(sheets).encode()
    )  # caniemail, html-style: Gmail drops what is beyond
    assert (
        "prefers-color-scheme" not in marked
    )  # Gmail drops a whole sheet for one rule it cannot read
    for_outlook = "".join(
        comment for comment in comments(html) if comment.startswith("<!--[if mso")
    )
    assert "<o:PixelsPerInch>96</o:PixelsPerInch>" in for_outlook
    assert "mso-line-height-rule:exactly" in for_outlook


@pytest.mark.parametrize("in_theme", THEMES)
def test_buttons_are_shapes_in_classic_outlook(in_theme: str) -> None:
    """Each button is there twice, as a link and as a shape with the same label and URL that only Outlook shows."""
    html = render_html(WITH_APPEAL, in_theme=in_theme)
    links = [e for e in Page(html).root.all("a") if {"solid", "outline"} & set(e.classes)]
    shapes = re.findall(
        r'<!--\[if mso\]><v:roundrect href="([^"]*)" style="width:(\d+)px;height:48px;[^>]*>'
        r"<center [^>]*>(.*?)</center></v:roundrect><!\[endif\]--><!--\[if !mso\]><!-->",
        html,
    )

    assert 5 == len(links)
    assert [(e.attributes["href"].replace("&", "&amp;"), e.text()) for e in links] == [
        (href, words) for href, _, words in shapes
    ]
    assert all(60 < int(width) <= theme(in_theme).tokens.text_width_px for _, width, _ in shapes)
