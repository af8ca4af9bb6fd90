"""Simulated email clients, clipping, and the differences of two versions."""

from __future__ import annotations

import pytest

from pipeline.checks.message.message_size import CLIP_BYTES
from pipeline.web.preview.messages.differences import find_differences
from pipeline.web.preview.messages.panels import build_panels
from pipeline.web.preview.messages.preview_message import PreviewMessage
from pipeline.web.preview.messages.simulation import EmailClient, simulate


def make_message(html: str, text: str = "", subject: str = "Tides") -> PreviewMessage:
    """Return a message with these parts."""
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
    ("css", "expected"),
    [
        ("color:#222;border-radius:6px", "color:#222"),
        ("max-width:600px;width:600px", "max-width:600px;width:600px"),
        ("background-image:url(a;b.png);color:#222", "color:#222"),
        ("display:none;opacity:0", "display:none"),
        ("display:flex;color:#222", "color:#222"),
        ("width:calc(100% - 8px);color:#222", "color:#222"),
    ],
)
def test_outlook_ignores_unsupported_css(css: str, expected: str) -> None:
    """Declarations that Outlook for Windows does not support are removed from attributes and rules; others stay."""
    in_attribute = simulate(
        f'<table><tr><td style="{css}">x</td></tr></table>', EmailClient.OUTLOOK
    )
    in_rule = simulate(f"<style>td{{{css}}}</style><td>x</td>", EmailClient.OUTLOOK)

    assert f'style="{expected}"' in in_attribute
    assert f"td{{{expected}}}" in in_rule


def test_outlook_reads_conditional_comments_and_no_media_queries() -> None:
    """Comments for Outlook are shown, content hidden from it is not, and `@media` rules are removed."""
    html = (
        "<style>p{color:red}@media (max-width:480px){p{color:blue}}</style>"
        "<!--[if mso]><p>Word</p><![endif]--><!--[if !mso]><!--><p>Others</p><!--<![endif]-->"
    )
    simulated = simulate(html, EmailClient.OUTLOOK)

    assert "<p>Word</p>" in simulated
    assert "Others" not in simulated
    assert "blue" not in simulated
    assert "p{color:red}" in simulated


def test_last_text_before_gmail_clips() -> None:
    """The last text that Gmail shows is the one before the limit; a short message is not clipped."""
    html = "<body>" + "".join(f"<p>Paragraph {n} is here.</p>" for n in range(5000)) + "</body>"
    text = build_panels(make_message(html))["size"]["clipped_after"]
    number = int(text.split()[1])

    assert abs(html.index(f"Paragraph {number} ") - CLIP_BYTES) < 100
    short = build_panels(make_message("<body><p>Short.</p></body>"))
    assert "" == short["size"]["clipped_after"]


def test_differences_word_by_word() -> None:
    """Changed words are removed and added, in text and HTML; line breaks make no difference."""
    before = make_message(
        "<p>The boy <a href='https://a.example.org'>rows</a> home.</p>", "The boy\nrows home."
    )
    after = make_message(
        "<p>The boy <a href='https://b.example.org'>rows</a> home.</p>", "The boy rows\naway."
    )
    found = find_differences(before, after)

    assert [[("=", "The boy rows "), ("-", "home."), ("+", "away.")]] == found["Plain text"]
    (line,) = found["HTML: text, links and images"]
    assert line is not None
    assert ("-", "<https://a.example.org>") in line
    assert ("+", "<https://b.example.org>") in line


def test_equal_messages_have_no_differences() -> None:
    """Equal messages have no differences."""
    assert {} == find_differences(
        make_message("<p>Hello</p>", "Hello"), make_message("<p>Hello</p>", "Hello")
    )
