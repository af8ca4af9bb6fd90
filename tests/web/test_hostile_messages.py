"""Messages from elsewhere: whatever is in them, showing them takes time in proportion to their size."""

from __future__ import annotations

import os
import time
import urllib.request
from collections.abc import Callable
from email.message import EmailMessage
from pathlib import Path

import pytest

from pipeline.web.preview.messages.differences import find_differences
from pipeline.web.preview.messages.frame_page import build_page, remove_active_content
from pipeline.web.preview.messages.panels import build_panels
from pipeline.web.preview.messages.preview_message import extract_text, read_message
from pipeline.web.preview.messages.simulation import EmailClient, Scheme, simulate
from pipeline.web.preview.sources.message_folders import find_message, list_messages
from tests.web.previews import make_project, run_preview
from tests.web.test_simulation import make_message

#: Repeated, each once held a pattern; a colon stands for what follows the last one.
FRAGMENTS = (
    *("<script", "<script ", "<script>", "<style", "<style>", "<style ", "<svg>", "<svg", "<object>", "</svg"),
    *("<!--", "<!--[if ", "<!--[if mso]>", "<![endif]-->", "<!", "<?", "</", "<", ">", "<a ", '<a b="', "<a b='"),
    *('<p style="', "<p style=", '<p style="x:(', "<img src=", '<img src="', "<img ", " onload=", "<meta ", "<link "),
    *("<v:a", "<o:a ", "<title>", "<textarea>", "<iframe>", "<table><tr><td>", "<b>", "<a href=x>", "cid:", "cid:a "),
    *("@", "@{", "@;", "{", "}", ";", "(", "((", ")", "&", "&#", "&#1", '"', "'", " ", "\t", "\n", "\\", "a", "="),
    *('<a href="http://[">', '<a role="doc-noteref" href="#x">', '<li id="x" role="doc-endnotes">'),
    *("</p>", "İ", "\x00", "<a=", "<?xml version='1.0' encoding='x'?>"),
)  # fmt: skip
IN_STYLE = (
    "@",
    "@{",
    "@;",
    "{",
    "}{",
    "(",
    ";",
    "a:(",
    "prefers-color-scheme",
    "( ",
    "/*",
    '"',
    "a{b:c}",
    "url(",
)


def show(html: str) -> object:
    """Do everything that the preview does with the HTML of a message."""
    views = [
        build_page(simulate(html, client), nonce="n", image_urls={}, scripts=(), scheme="light")
        for client in EmailClient
    ]
    return views, build_panels(make_message(html)), extract_text(html)


def measure(work: Callable[[], object]) -> float:
    """Return the CPU time that *work* takes, in seconds."""
    started = time.process_time()
    work()
    return time.process_time() - started


def assert_linear(make: Callable[[int], str], work: Callable[[str], object]) -> None:
    """Fail if four times the input takes much more than four times as long."""
    for times in (
        1,
        3,
    ):  # measured again with care only if it seems slow: the machine may do other things
        small = max(min(measure(lambda: work(make(1))) for _ in range(times)), 0.02)
        large = min(measure(lambda: work(make(4))) for _ in range(times))
        if large < 10 * small:
            return
    assert large < 10 * small, f"{small:.2f} s, then {large:.2f} s for four times as much"


@pytest.mark.parametrize("fragment", FRAGMENTS)
def test_hostile_html_takes_linear_time(fragment: str) -> None:
    """A fragment repeated to 10 kB and 40 kB, alone and in a style sheet or an attribute."""
    count = 10_000 // len(fragment)
    assert_linear(lambda times: fragment * (count * times), show)


@pytest.mark.parametrize("fragment", IN_STYLE)
def test_hostile_styles_take_linear_time(fragment: str) -> None:
    """The same in a style sheet and in a `style` attribute."""
    count = 10_000 // len(fragment)
    assert_linear(lambda times: f"<style>{fragment * (count * times)}</style><p>x", show)
    assert_linear(lambda times: f'<p style="{fragment * (count * times)}">x', show)


def test_a_megabyte_of_scripts() -> None:
    """A megabyte of what once took an hour is shown within seconds."""
    assert measure(lambda: show("<script" * 150_000)) < 10


@pytest.mark.parametrize(
    "line", ["a b ", "b a c ", "a\n\n", "a\n\nb\n\n", "x y z w ", " ", "\n \n"]
)
def test_differences_take_bounded_time(line: str) -> None:
    """Versions that repeat the same words in another order are compared in seconds."""
    old, new = line * 8_000, (line[::-1] + "a") * 8_000

    assert measure(lambda: find_differences(make_message("", old), make_message("", new))) < 10


HEADERS = (
    "(",
    "a <",
    '"',
    "=?utf-8?q?a?= ",
    "a@b, ",
    ";a=b",
    " ",
    "<",
    "\\",
    ";",
    "=?",
    "@",
    ":;",
    "a:b;",
)


@pytest.mark.parametrize("fragment", HEADERS)
def test_hostile_headers_take_linear_time(fragment: str) -> None:
    """Long headers are cut before they are parsed, those of parts too."""

    def write(times: int) -> str:
        value = fragment * (times * 30_000 // len(fragment))
        return (
            "".join(
                f"{name}: {value}\r\n"
                for name in ("From", "To", "Subject", "Content-Type", "Content-Id")
            )
            + "\r\n\r\nWords."
        )

    assert_linear(write, lambda text: build_panels(read_message(text.encode())))


@pytest.mark.parametrize(
    "raw",
    [
        b"".join(
            b"Content-Type: multipart/mixed; boundary=%d\n\n--%d\n" % (n, n) for n in range(1500)
        ),
        b"Content-Type: text/html; charset=idna\n\n<p>Words.",
        b"Content-Type: text/html; charset=rot13\n\n<p>Words.",
        b"Content-Type: text/html; charset=punycode\n\n<p>Words.",
        b"Content-Type: text/html; charset=unicode_escape\n\n<p>\\ud800 Words.",
        b"Subject: \xff\xfe\nFrom: \xed\xa0\x80\nContent-Type: text/plain\n\n\xff",
        b"Content-Type: text/html\n\n<a href='http://[x'>x</a><!--[if lt mso "
        + b"9" * 5000
        + b"]><p>y",
        b"\x00" * 1000,
        b"",
        b"Content-Type: message/rfc822\n\n" * 500,
    ],
    ids=range(10),
)
def test_odd_messages(tmp_path: Path, raw: bytes) -> None:
    """Whatever a message is made of, it is listed and shown as far as possible."""
    folder = make_project(tmp_path / "lantern")
    (folder / "outbox" / "a").mkdir(parents=True)
    (folder / "outbox" / "a" / "1.eml").write_bytes(raw)
    entries, count = list_messages(folder / "outbox")
    message = read_message(raw)
    for client, scheme in (
        *((each, Scheme.LIGHT) for each in EmailClient),
        *((EmailClient.FULL, each) for each in Scheme),
    ):
        build_page(
            simulate(message.html, client, scheme),
            nonce="n",
            image_urls={},
            scripts=(),
            scheme="light",
        ).encode()
    build_panels(message)

    assert (1, 1) == (len(entries), count)
    f"{entries[0].subject}{entries[0].sender}{message.text}{message.html}".encode()


def test_long_parts_are_cut() -> None:
    """A part of 3 MB is shown as far as a newsletter can be long, and says so."""
    message = EmailMessage()
    message.set_content("a" * 70 + "\n")
    raw = bytes(message).replace(b"a" * 70, b"<b>x</b>\n" * 333_333)
    text = read_message(raw).text

    assert len(text) < 1_000_100
    assert text.endswith("[The preview shows the first million characters of this part.]")


def test_folder_of_messages_with_other_things(tmp_path: Path) -> None:
    """Links, broken links, folders and pipes named like messages are passed over; nothing outside is read."""
    outbox, outside = tmp_path / "outbox", tmp_path / "outside"
    for folder in (outbox / "a", outside):
        folder.mkdir(parents=True)
    (outbox / "a" / "1.eml").write_bytes(b"Subject: Tides\n\n")
    (outside / "secret.eml").write_bytes(b"Subject: secret\n\n")
    (outbox / "a" / "2.eml").symlink_to(outside / "secret.eml")
    (outbox / "3.eml").symlink_to(outbox / "nothing")
    (outbox / "4.eml").mkdir()
    os.mkfifo(outbox / "5.eml")
    (outbox / "b").symlink_to(outside)
    (outbox / os.fsdecode(b"\xff.eml")).write_bytes(b"Subject: x\n\n")
    with run_preview(make_project(tmp_path / "lantern"), None, caught=outbox) as preview:
        request = urllib.request.Request(
            preview.origin + "/folder/caught",
            headers={"Cookie": preview.cookie},
        )
        with urllib.request.urlopen(request, timeout=20) as response:
            page = response.read().decode()

    assert ["Tides"] == [entry.subject for entry in list_messages(outbox)[0]]
    assert ("1 message", False) == (page[page.index("1 message") :][:9], "secret" in page)
    assert [None] * 4 == [
        find_message(outbox, name) for name in ("a/2.eml", "b/secret.eml", "5.eml", "4.eml")
    ]


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ("<p>a</p><script>b</script><p>c", "<p>a</p><p>c"),
        ("<<script></script>script>a()</script>", "&lt;script>a()"),
        ("<scr<script>ipt>a</script>b", "<scr<script>ipt>ab"),
        ('<img alt="a > b" onerror="x()" src=y>', '<img alt="a > b"  src=y>'),
        ("<img src=x/onerror=y onload='a' ONCLICK=b>", "<img src=x/onerror=y  >"),
        ("<svg><style><img onload=x></style></svg><p>a", "<p>a"),
        ("<p>a<!-- <script> --!><b>b", "<p>a<b>b"),
        ("<p>1 < 2 <3", "<p>1 &lt; 2 &lt;3"),
        ("<p>a<b title='never closed", "<p>a"),
        ("<style>p{}</STYLE x><p>a</body></html>", "<style>p{}</style><p>a"),
        ("<meta name=referrer content=unsafe-url><meta charset=utf-8>", "<meta charset=utf-8>"),
        ('<meta http-equiv="refresh" name="viewport" content="0;url=x">', ""),
        ('<a ReferrerPolicy="unsafe-url" href=x>', "<a  href=x>"),
        ("<base href=x><link rel=stylesheet href=x><form><input><p>a", "<p>a"),
        ("<?xml version='1.0'?><!DOCTYPE html><p>a", "<!DOCTYPE html><p>a"),
        ("<textarea><b>a</textarea>", "&lt;b&gt;a"),
    ],
)
def test_active_content_is_removed(html: str, expected: str) -> None:
    """Scripts, handlers, forms, referrer policies and whatever could be joined into them are removed."""
    found = remove_active_content(html)

    assert expected == found
    assert found == remove_active_content(found)
