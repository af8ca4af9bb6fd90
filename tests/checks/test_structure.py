"""The document as a document: head, language, tables, headings, and what no mail may hold."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from pipeline.checks import Severity
from pipeline.models.article import Article
from pipeline.models.edition import LiteralText
from tests.checks.letters import changed, codes, findings, html_of, letter, severities, with_html
from tests.rendering.letters import ARABIC, article, issue_of


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
def test_a_frame_that_lacks_something_is_told(code: str, old: str, new: str) -> None:
    """Each part of the frame that somebody needs is missed."""
    edition = changed(old, new)
    if (
        code == "language.missing" and "preheader" in old
    ):  # it is within the article's own element: move it out
        html = html_of(edition)
        hidden = re.search(r'<div class="preheader".*?</div>', html, re.S)
        assert hidden
        html = html.replace(hidden[0], "").replace("<body", "<BODY", 1)
        html = re.sub(r"(<BODY[^>]*>)", lambda m: m[1] + hidden[0], html)
        edition = replace(edition, html=(LiteralText(text=html),))

    assert [code] == codes(edition)


def test_a_letter_must_say_its_encoding() -> None:
    """Without a word of UTF-8 Gmail guesses, and may cut even a short letter off: an error."""
    assert {"charset.missing": Severity.ERROR} == severities(changed("charset=UTF-8", "charset=x"))


def test_a_letter_that_runs_the_wrong_way_is_an_error() -> None:
    """Arabic set from the left is an error."""
    edition = letter(issue_of(ARABIC, language="ar"))
    html = html_of(edition).replace('dir="rtl"', 'dir="ltr"')

    found = findings(replace(edition, html=(LiteralText(text=html),)))
    assert {"direction.wrong"} == {finding.code for finding in found}
    assert {Severity.ERROR} == {finding.severity for finding in found}


def test_a_table_for_layout_says_so() -> None:
    """Each table that only places things has its role, those that Outlook alone sees among them."""
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
def test_what_stands_in_the_letter(html: str, expected: list[str]) -> None:
    """Headings go down one level at a time, lists are lists, and nothing in it runs."""
    assert expected == codes(with_html(html))


def test_what_no_mail_may_hold_is_an_error() -> None:
    """A script stops a send."""
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
def test_both_views_are_whole(code: str, old: str, new: str) -> None:
    """What Outlook sees and what others see is closed, each by itself."""
    assert code in severities(changed(old, new))
    assert Severity.ERROR is severities(changed(old, new))[code]


def test_each_reader_sees_their_own_view() -> None:
    """Comments for one version of Outlook, for all and for none else are read as that program reads them."""
    from pipeline.checks.html.conditional_comments import resolve_conditional_comments

    html = (
        "a<!--[if mso]>b<![endif]-->c<!--[if !mso]><!-->d<!--<![endif]-->e<!--[if lte mso 11]>f<![endif]-->"
        "<!--[if gte mso 9]>g<![endif]--><!--[if mso | IE]>h<![endif]-->i"
    )

    assert "abceghi" == resolve_conditional_comments(html, is_outlook=True)
    assert "acdei" == resolve_conditional_comments(html, is_outlook=False)


@pytest.mark.parametrize("source", [article("Words."), article("Words.", title=None)])
def test_a_letter_without_a_title_has_a_first_heading(source: Article) -> None:
    """The masthead is the heading where the article has none."""
    assert not [code for code in codes(source) if code.startswith("heading")]
