"""The structure of the document: head, language, tables, headings, and forbidden elements."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from pipeline.checks import Severity
from pipeline.models.article import Article
from pipeline.models.edition import LiteralText
from tests.checks.samples import (
    codes,
    findings,
    join_html,
    newsletter,
    replace_html,
    severities,
    with_html,
)
from tests.rendering.sample_issues import ARABIC, article, make_issue


@pytest.mark.parametrize(
    ("code", "old", "new"),
    [
        ("title.missing", "<title>The Ferry Bell</title>", "<title> </title>"),
        ("viewport.zoom-locked", "initial-scale=1", "initial-scale=1,user-scalable=no"),
        ("viewport.zoom-locked", "initial-scale=1", "initial-scale=1,maximum-scale=1"),
        ("outlook.scaling", "<o:PixelsPerInch>96</o:PixelsPerInch>", ""),
        ("client.auto-links", '<meta name="format-detection"', '<meta name="x"'),
        ("dark.unauthored", '<meta name="color-scheme" content="light dark">', ""),
        ("dark.unauthored", "@media (prefers-color-scheme: dark)", "@media (max-width: 9px)"),
        ("language.missing", '<html lang="en"', "<html"),
        (
            "language.missing",
            '<div class="preheader" lang="en" dir="ltr"',
            '<div class="preheader"',
        ),
        ("heading.title-missing", "h1", "h2"),
        (
            "html.external",
            "<title>",
            '<link rel="stylesheet" href="https://e.example.org/a.css"><title>',
        ),
    ],
)
def test_missing_parts_of_the_document_are_reported(code: str, old: str, new: str) -> None:
    """Each part of the document that some client needs is checked."""
    edition = replace_html(old, new)
    if (
        code == "language.missing" and "preheader" in old
    ):  # it is within the article's own element: move it out
        html = join_html(edition)
        hidden = re.search(r'<div class="preheader".*?</div>', html, re.S)
        assert hidden
        html = html.replace(hidden[0], "").replace("<body", "<BODY", 1)
        html = re.sub(r"(<BODY[^>]*>)", lambda m: m[1] + hidden[0], html)
        edition = replace(edition, html=(LiteralText(text=html),))

    assert [code] == codes(edition)


def test_utf8_must_be_declared() -> None:
    """Without a declaration Gmail may clip even a short message: an error."""
    assert {"charset.missing": Severity.ERROR} == severities(
        replace_html("charset=UTF-8", "charset=x")
    )


def test_the_wrong_direction_is_an_error() -> None:
    """Arabic set from left to right is an error."""
    edition = newsletter(make_issue(ARABIC, language="ar"))
    html = join_html(edition).replace('dir="rtl"', 'dir="ltr"')

    found = findings(replace(edition, html=(LiteralText(text=html),)))
    assert {"direction.wrong"} == {finding.code for finding in found}
    assert {Severity.ERROR} == {finding.severity for finding in found}


def test_layout_tables_need_a_role() -> None:
    """Those in comments for Outlook included."""
    html = "<table><tr><td>a</td></tr></table>"

    assert ["table.role-missing"] == codes(with_html(html))
    assert ["table.role-missing"] == codes(with_html(f"<!--[if mso]>{html}<![endif]-->"))
    assert [] == codes(with_html('<table class="data"><tr><th>a</th></tr></table>'))
    assert [] == codes(with_html(html.replace("<table", '<table role="none"')))


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ('<div style="direction:rtl"><div>second</div><div>first</div></div>', ["order.reversed"]),
        ('<div style="direction:ltr"><div>first</div><div>second</div></div>', []),
        ('<div style="direction:rtl"><div>alone</div></div>', []),
        ("<h1>Another</h1>", ["heading.title-twice"]),
        ("<h4>Deep</h4>", ["heading.skipped"]),
        ("<h3> </h3>", ["heading.empty"]),
        ("<h3>Fine</h3><h4>Fine</h4><h2>Fine</h2>", []),
        ("<script>x</script>", ["html.forbidden"]),
        ('<form action="https://e.example.org/">a</form>', ["html.forbidden"]),
        ("<iframe></iframe>", ["html.forbidden"]),
        ("<video></video>", ["html.forbidden"]),
        ('<p onclick="x()">a</p>', ["html.forbidden"]),
        ("<p>- a rope</p><p>- an oil can</p><p>- patience</p>", ["list.unmarked"]),
        ("<p>1. a rope<br>2. an oil can<br>3. patience</p>", ["list.unmarked"]),
        ("<p>1. a rope</p><p>2. an oil can</p>", []),
        ("<p>- a rope</p><p>Words between.</p><p>- oil</p><p>Words.</p><p>- patience</p>", []),
    ],
)
def test_headings_lists_and_scripts(html: str, expected: list[str]) -> None:
    """Headings go down one level at a time, lists are marked as lists, and there are no scripts."""
    assert expected == codes(with_html(html))


def test_forbidden_elements_are_errors() -> None:
    """A script blocks sending."""
    assert {"html.forbidden": Severity.ERROR} == severities(with_html("<script>x</script>"))


@pytest.mark.parametrize(
    ("code", "old", "new"),
    [
        ("outlook.comments", "Words.</p>", "Words.</p><!--[if mso]><p>a</p>"),
        ("outlook.comments", "Words.</p>", "Words.</p><![endif]-->"),
        (
            "outlook.comments",
            "Words.</p>",
            "Words.</p><!--[if mso]><!--[if mso]>a<![endif]--><![endif]-->",
        ),
        (
            "outlook.unbalanced",
            "Words.</p>",
            "Words.</p><!--[if mso]><table role='none'><![endif]-->",
        ),
        ("outlook.unbalanced", "Words.</p>", "Words.</p><!--[if !mso]><!--></div><!--<![endif]-->"),
        ("outlook.unbalanced", "Words.</p>", "Words.</p><div>"),
    ],
)
def test_conditional_comments_are_balanced(code: str, old: str, new: str) -> None:
    """The HTML for Outlook and for the other clients is balanced."""
    assert code in severities(replace_html(old, new))
    assert Severity.ERROR is severities(replace_html(old, new))[code]


def test_conditional_comments_are_resolved_for_each_client() -> None:
    """Comments for one version of Outlook, for all, and for the other clients."""
    from pipeline.checks.html.conditional_comments import resolve_conditional_comments

    html = (
        "a<!--[if mso]>b<![endif]-->c<!--[if !mso]><!-->d<!--<![endif]-->e<!--[if lte mso 11]>f<![endif]-->"
        "<!--[if gte mso 9]>g<![endif]--><!--[if mso | IE]>h<![endif]-->i"
    )

    assert "abceghi" == resolve_conditional_comments(html, is_outlook=True)
    assert "acdei" == resolve_conditional_comments(html, is_outlook=False)


@pytest.mark.parametrize("source", [article("Words."), article("Words.", title=None)])
def test_a_newsletter_without_a_title_has_a_top_heading(source: Article) -> None:
    """The publication's name is the heading if the article has none."""
    assert not [code for code in codes(source) if code.startswith("heading")]
