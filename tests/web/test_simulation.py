"""A letter as some kind of client shows it, and what has changed in one: from text to text."""

from __future__ import annotations

import pytest

from pipeline.checks.message.message_size import CLIP_BYTES
from pipeline.web.preview.messages.differences import differences
from pipeline.web.preview.messages.panels import panels
from pipeline.web.preview.messages.preview_message import PreviewMessage
from pipeline.web.preview.messages.simulation import View, simulate


def shown(html: str, text: str = "", subject: str = "Tides") -> PreviewMessage:
    """Return a message of those parts."""
    return PreviewMessage(
        sender="a@example.org",
        to="b@example.org",
        subject=subject,
        preheader="",
        html=html,
        text=text,
        raw=b"Subject: Tides\r\n\r\n",
    )


@pytest.mark.parametrize(
    ("css", "kept"),
    [
        ("color:#222;border-radius:6px", "color:#222"),
        ("max-width:600px;width:600px", "max-width:600px;width:600px"),
        ("background-image:url(a;b.png);color:#222", "color:#222"),
        ("display:none;opacity:0", "display:none"),
        ("display:flex;color:#222", "color:#222"),
        ("width:calc(100% - 8px);color:#222", "color:#222"),
    ],
)
def test_word_drops_what_caniemail_says_it_lacks(css: str, kept: str) -> None:
    """Declarations that Outlook for Windows has no support for are gone, in attributes and in rules; others stay."""
    in_attribute = simulate(f'<table><tr><td style="{css}">x</td></tr></table>', View.OUTLOOK)
    in_rule = simulate(f"<style>td{{{css}}}</style><td>x</td>", View.OUTLOOK)

    assert f'style="{kept}"' in in_attribute
    assert f"td{{{kept}}}" in in_rule


def test_word_reads_its_own_comments_and_no_media_queries() -> None:
    """What stands in comments for Outlook is shown, what is hidden from it is not, and conditional rules are gone."""
    html = (
        "<style>p{color:red}@media (max-width:480px){p{color:blue}}</style>"
        "<!--[if mso]><p>Word</p><![endif]--><!--[if !mso]><!--><p>Others</p><!--<![endif]-->"
    )
    seen = simulate(html, View.OUTLOOK)

    assert "<p>Word</p>" in seen
    assert "Others" not in seen
    assert "blue" not in seen
    assert "p{color:red}" in seen


def test_where_gmail_clips_is_told_by_its_last_words() -> None:
    """The last words Gmail would show are those before the cut; a short letter has no cut."""
    html = "<body>" + "".join(f"<p>Paragraph {n} is here.</p>" for n in range(5000)) + "</body>"
    near = panels(shown(html))["size"]["cut_near"]
    number = int(near.split()[1])

    assert abs(html.index(f"Paragraph {number} ") - CLIP_BYTES) < 100
    assert "" == panels(shown("<body><p>Short.</p></body>"))["size"]["cut_near"]


def test_differences_are_told_word_by_word() -> None:
    """Changed words stand as gone and new, in the text and in the HTML; where lines break does not count."""
    before = shown(
        "<p>The boy <a href='https://a.example.org'>rows</a> home.</p>", "The boy\nrows home."
    )
    after = shown(
        "<p>The boy <a href='https://b.example.org'>rows</a> home.</p>", "The boy rows\naway."
    )
    found = {part["part"]: part["lines"] for part in differences(before, after)}

    assert [[("=", "The boy rows "), ("-", "home."), ("+", "away.")]] == found["Plain text"]
    (line,) = next(lines for name, lines in found.items() if name.startswith("HTML"))
    assert ("-", "<https://a.example.org>") in line
    assert ("+", "<https://b.example.org>") in line


def test_the_same_letter_has_no_differences() -> None:
    """Nothing is told of two letters that read alike."""
    assert [] == differences(shown("<p>Hello</p>", "Hello"), shown("<p>Hello</p>", "Hello"))
