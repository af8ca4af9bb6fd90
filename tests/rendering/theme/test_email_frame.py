"""MJML's own HTML passes through the inliner unchanged, and text of an article stays text."""

from __future__ import annotations

import re

import pytest

from pipeline.errors import RenderError
from pipeline.models.article import Code, Figure, InlineCode
from pipeline.models.edition import FieldContext
from pipeline.models.issue import Issue
from pipeline.rendering import render
from pipeline.rendering.html.article_html import ArticleHtmlWriter
from pipeline.rendering.html.inline_html import InlineHtmlWriter
from pipeline.rendering.images.email_image import collect_images
from pipeline.rendering.placeholder_stash import PlaceholderStash
from pipeline.rendering.theme.mjml import compile_mjml
from pipeline.rendering.theme.template_context import EmailContextBuilder
from pipeline.rendering.translations import load_translations
from tests.rendering.html_reader import Page, comments, styles
from tests.rendering.sample_issues import (
    AT,
    ISSUES,
    THEMES,
    article,
    fill_sample,
    heading,
    link,
    make_issue,
    note,
    para,
    ref,
    render_html,
    render_sample,
    render_text,
    theme,
)
from tests.strategies import AWKWARD


def compiled(issue: Issue, in_theme: str) -> str:
    """Return what MJML makes of *issue*, before anything is put into it and before the inliner."""
    direction = "rtl" if issue.language == "ar" else "ltr"
    nodes = (issue.article.lead_image or (), issue.article.blocks, issue.article.notes)
    inline = InlineHtmlWriter(
        blocks=issue.article.blocks,
        notes=issue.article.notes,
        stash=PlaceholderStash(repr(issue)),
        translations=load_translations(issue.language, direction=direction),
        direction=direction,
        images=collect_images(
            nodes, lambda src: b"", column_width=528, domain="tern.example.org"
        ).images,
        has_fields=issue.article.has_fields,
    )
    email = EmailContextBuilder(issue, ArticleHtmlWriter(inline), lead_image_px=528).build()
    return compile_mjml(theme(in_theme).render_mjml(email))


@pytest.mark.parametrize("in_theme", THEMES)
@pytest.mark.parametrize("name", ISSUES)
def test_conditional_comments_and_styles_stay_unchanged(name: str, in_theme: str) -> None:
    """Outlook's comments, and every `<style>`, are byte for byte what MJML wrote."""
    before, after = (
        compiled(ISSUES[name], in_theme),
        fill_sample(render_sample(ISSUES[name], in_theme=in_theme).html),
    )

    assert 5 < len(comments(before))
    assert comments(before) == comments(after)
    assert 2 < len(styles(before))
    assert styles(before) == styles(after)


def test_document_starts_with_its_doctype() -> None:
    """Anything before it would switch clients to quirks mode."""
    assert render_html(article("x")).startswith("<!DOCTYPE html>")


def test_nothing_is_loaded_remotely() -> None:
    """No font, style sheet or script is referenced; Outlook's namespaces are names, not URLs."""
    html = render_html(ISSUES["arabic"])

    found = set(re.findall(r"https?://[\w.-]+", html)) - {"https://tern.example.org"}
    assert {"http://www.w3.org"} >= found - {"https://archive.example.org"}
    assert [] == Page(html).root.all("link", "script", "img")


def test_no_placeholders_are_left() -> None:
    """Neither placeholders nor the guards of styles are in the output."""
    html = render_html(ISSUES["everything"])

    assert not re.search(r"hb[0-9a-f]{16}", html + render_text(ISSUES["everything"]))
    assert "data-premailer" not in html
    assert "data-guard" not in html


@pytest.mark.parametrize("words", [words for words in AWKWARD if words.strip()])
def test_text_resembling_syntax_stays_text(words: str) -> None:
    """In text, code, titles, alt texts, captions and notes."""
    picture = Figure(src="https://e.example.org/a.png", alt=f"<{words}>")
    source = article(
        para(f"<{words}>", InlineCode(code=f"<{words}>"), ref(1)),
        heading(f"<{words}>"),
        Code(code=f"<{words}>"),
        picture,
        para(link("https://e.example.org", "x", title=f"<{words}>")),
        title=f"<{words}>",
        subtitle=f"<{words}>",
        notes=(note(1, f"<{words}>"),),
    )
    page = Page(render_html(source, preheader="none"))

    text = page.root.text()
    squeezed = re.sub(r"[ \t\n]+", " ", f"<{words}>")
    assert 7 == text.count(squeezed)
    assert [f"<{words}>"] == [e.attributes["alt"] for e in page.root.all("img")]
    assert f"<{words}>" in [e.attributes.get("title") for e in page.root.all("a")]
    assert 8 == re.sub(r"[ \t\n]+", " ", render_text(source, subject="none")).count(squeezed)


def test_templates_in_articles_are_not_run() -> None:
    """Jinja never sees text of an article."""
    html = render_html(article("{{ 7*7 }} {% raw %} {{ email.title }} {# x #}"))

    assert "{{ 7*7 }} {% raw %} {{ email.title }} {# x #}" in Page(html).root.text()


def test_articles_cannot_contain_placeholders() -> None:
    """Placeholders depend on the whole issue: those of one issue mean nothing in the next."""
    stash = PlaceholderStash(repr(make_issue(article("x"))))
    placeholders = [stash.stash_html("held"), stash.add_field("name", "x", FieldContext.TEXT)]
    placeholders += [*stash.add_deadline_choice(AT), *stash.add_field_choice("name", [("x",)])]
    text = " ".join(placeholders)

    assert text in Page(render_html(article(text))).root.text()


@pytest.mark.parametrize(
    "character", ["\x00", "\x08", "\x0b", "\x0c", "\x1b", "\x7f", "\ud800", "\ufffe"]
)
def test_forbidden_characters_are_replaced(character: str) -> None:
    """Control characters and lone surrogates reach neither part; the text around them does."""
    edition = render_sample(
        article(f"be{character}fore", Code(code=f"co{character}de"), title=f"t{character}t")
    )
    html, text = fill_sample(edition.html), fill_sample(edition.text)

    html.encode()
    text.encode()
    assert character not in html + text
    assert "be\ufffdfore" in html
    assert "be fore" in text


def test_rendering_is_reproducible() -> None:
    """Rendering twice gives the same edition and the same digest."""
    one = render(ISSUES["everything"], theme())
    two = render(ISSUES["everything"], theme())

    assert one == two
    assert one.digest == two.digest


@pytest.mark.parametrize("language", ["klingon", "", "en english"])
def test_unknown_language_is_an_error(language: str) -> None:
    """The error says what to write, without a traceback."""
    with pytest.raises(RenderError, match=r"is unknown\. Use a tag such as"):
        render_sample(article("x"), language=language)
