"""The article's styles are inlined as a browser would cascade them: css-inline, another inliner, agrees."""

from __future__ import annotations

import re
from dataclasses import replace

import css_inline
import pytest

from pipeline.models.article import Article, Code, InlineCode
from pipeline.rendering.html.article_html import ArticleHtmlWriter
from pipeline.rendering.html.inline_html import InlineHtmlWriter
from pipeline.rendering.images.email_image import collect_images
from pipeline.rendering.interface_texts import ENGLISH
from pipeline.rendering.placeholder_stash import PlaceholderStash
from pipeline.rendering.theme.inline_css import inline_css
from pipeline.rendering.theme.theme import CSS_TEMPLATE
from tests.rendering.html_reader import Element, Page
from tests.rendering.sample_issues import (
    ARABIC_WITH_APPEAL,
    EVERYTHING,
    JAPANESE,
    THEMES,
    article,
    fill_sample,
    para,
    render_html,
    render_sample,
    theme,
)


def written(source: Article) -> str:
    """Return the article's own HTML, before any style is inlined."""
    inline = InlineHtmlWriter(
        blocks=source.blocks,
        notes=source.notes,
        stash=PlaceholderStash("x"),
        translations=ENGLISH,
        images=collect_images(
            source.blocks, lambda src: b"", column_width=528, domain="tern.example.org"
        ).images,
        has_fields=False,
    )
    writer = ArticleHtmlWriter(inline)
    body = writer.write_blocks(source.blocks)
    return f'<div class="prose">{body}</div><div class="prose endnotes">{writer.write_endnotes()}</div>'


def own(page: Page) -> list[Element]:
    """Return the elements of the article's own HTML, but for the table bodies that one parser adds and one does not."""
    cells = page.prose
    inner = [child for cell in cells for child in cell.children if isinstance(child, Element)]
    return [e for child in inner for e in child if e.tag != "tbody"]


class LeftToRight:
    direction, start, end = "ltr", "left", "right"
    italic, script = "italic", "Latn"
    has_tables, stacking_px = True, 480
    has_highlights = True


class RightToLeft:
    direction, start, end = "rtl", "right", "left"
    italic, script = "normal", "Arab"
    has_tables, stacking_px = True, 480
    has_highlights = True


@pytest.mark.parametrize("name", THEMES)
@pytest.mark.parametrize("email", [LeftToRight, RightToLeft])
@pytest.mark.parametrize("source", [EVERYTHING, JAPANESE], ids=["everything", "japanese"])
def test_two_inliners_agree(source: Article, email: type, name: str) -> None:
    """Each element of the article has the same declarations from both, in every theme and both directions."""
    chosen = theme(name)
    css = chosen._environment.get_template(CSS_TEMPLATE).render(email=email, theme=chosen.tokens)
    html = written(source)
    ours = Page(inline_css(f"<html><head></head><body>{html}</body></html>", css))
    theirs = Page(css_inline.inline_fragment(html, css, load_remote_stylesheets=False))

    assert 15 < len(own(ours))
    for one, other in zip(own(ours), own(theirs), strict=True):
        assert (other.tag, other.styles) == (one.tag, one.styles), one.classes


@pytest.mark.parametrize("name", THEMES)
def test_colors_keep_six_digits(name: str) -> None:
    """No style has a three-digit color, which Outlook may not read."""
    page = Page(fill_sample(render_sample(ARABIC_WITH_APPEAL, in_theme=name).html))
    styles = " ".join(e.attributes.get("style", "") for e in page.root)

    assert re.findall(r"#[0-9a-f]{6}\b", styles)
    assert [] == re.findall(r"#[0-9a-fA-F]{3}\b", styles)


def test_right_to_left_is_mirrored() -> None:
    """In a right-to-left email text is aligned right; indents, bars and gaps are on the other side."""
    page = Page(render_html(ARABIC_WITH_APPEAL))
    (quote,) = page.root.find_class("quote")
    lists = [e for cell in page.prose for e in cell.all("ul", "ol")]

    assert {"right"} == {
        div.styles["text-align"] for cell in page.prose for div in cell.all("div")[:1]
    }
    assert ("22px", "0") == (quote.styles["padding-right"], quote.styles["padding-left"])
    assert "border-right" in quote.styles
    assert "border-left" not in quote.styles
    assert {("24px", "0"), ("30px", "0")} == {
        (e.styles["margin-right"], e.styles["margin-left"]) for e in lists
    }
    assert {"0"} == {e.styles["padding-right"] for e in lists}
    (table,) = page.root.find_class("data")
    cells = table.all("td", "th")
    assert {("0", "12px")} == {(e.styles["padding-right"], e.styles["padding-left"]) for e in cells}
    assert {"right"} == {e.styles["text-align"] for e in cells if e.tag == "th"}
    (asked,) = page.root.find_class("appeal")[0].all("ul")
    assert ("0", "20px") == (asked.styles["margin-right"], asked.styles["margin-left"])  # English


def test_code_is_left_to_right() -> None:
    """In a right-to-left email code has its own direction; elsewhere it needs none."""
    source = article(para(InlineCode(code="f(1);")), Code(code="if x:\n    y()"))
    arabic = Page(render_html(source, language="ar"))

    assert ["ltr", "ltr"] == [e.attributes["dir"] for e in arabic.root.all("code", "pre")]
    assert "left" == arabic.root.all("pre")[0].styles["text-align"]
    assert [] == [
        e for e in Page(render_html(source)).root.all("code", "pre") if "dir" in e.attributes
    ]


def test_direction_follows_the_language() -> None:
    """Hebrew, Persian and Urdu are right to left, others left to right; the script counts, not the country."""
    for language, direction in (
        ("he", "rtl"),
        ("fa", "rtl"),
        ("ur", "rtl"),
        ("ar-EG", "rtl"),
        ("en", "ltr"),
        ("hi", "ltr"),
        ("zh-Hant-TW", "ltr"),
    ):
        issue = replace(ARABIC_WITH_APPEAL, language=language)
        (document,) = Page(render_html(issue)).root.all("html")
        assert (language, direction) == (document.attributes["lang"], document.attributes["dir"])
