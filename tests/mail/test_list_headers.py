"""List headers and how to unsubscribe."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import ComposeError
from pipeline.mail.headers.list_headers import format_list_unsubscribe, supports_one_click
from tests.mail.samples import (
    ADA,
    ANY_TEXT,
    PUBLICATION,
    composed,
    defects,
    edition,
    lines_of,
    parsed,
)

HTTPS = "https://ferry.example.org/leave/{token}"
MAILTO = "mailto:leave@ferry.example.org?subject=unsubscribe"


def unsubscribe_header(url: str | None, mailto: str | None, token: str = "t0k3n") -> bytes:
    publication = replace(PUBLICATION, unsubscribe_url=url, unsubscribe=mailto)
    return composed(edition(publication=publication), replace(ADA, token=token))


def test_https_comes_before_mailto() -> None:
    """Both URLs, https first, folded at the comma."""
    assert [
        b"List-Unsubscribe: <https://ferry.example.org/leave/t0k3n>,",
        b" <mailto:leave@ferry.example.org?subject=unsubscribe>",
    ] == lines_of(unsubscribe_header(HTTPS, MAILTO), "List-Unsubscribe")


def test_short_urls_share_a_line() -> None:
    """What fits on a line is not folded."""
    assert [b"List-Unsubscribe: <https://e.org/t0k3n>, <mailto:u@e.org>"] == lines_of(
        unsubscribe_header("https://e.org/{token}", "mailto:u@e.org"), "List-Unsubscribe"
    )


@given(st.text("abcXYZ0189-_", min_size=1, max_size=800))
def test_a_long_url_is_not_folded(token: str) -> None:
    """However long, a URL is on one line, in angle brackets, not encoded."""
    content = unsubscribe_header(HTTPS, MAILTO, token)
    first = lines_of(content, "List-Unsubscribe")[0]
    assert first.startswith(f"List-Unsubscribe: <https://ferry.example.org/leave/{token}>".encode())
    assert len(first) <= 998
    assert [] == defects(content)


def test_a_url_too_long_for_a_line_is_rejected() -> None:
    """A line over 998 bytes is never written."""
    with pytest.raises(ComposeError, match="too long"):
        unsubscribe_header(HTTPS, MAILTO, "x" * 1000)


def test_without_a_token_only_mailto_remains() -> None:
    """A URL that identifies nobody is not offered."""
    assert f"<{MAILTO}>" == parsed(unsubscribe_header(HTTPS, MAILTO, token=""))["List-Unsubscribe"]


def test_without_urls_there_is_no_header() -> None:
    """No empty header is written."""
    assert "List-Unsubscribe" not in parsed(unsubscribe_header(None, None))


def test_commas_in_urls_are_escaped() -> None:
    """Programs that split at commas before they parse see two URLs, not three."""
    content = unsubscribe_header("https://e.org/a,b/{token}", MAILTO)
    assert 1 == parsed(content)["List-Unsubscribe"].count(",")


@given(ANY_TEXT)
def test_a_token_cannot_break_out_of_its_url(token: str) -> None:
    """Whatever the token, the header has the URLs and nothing else."""
    url, mailto = format_list_unsubscribe((HTTPS, MAILTO), token or "x", is_signed=False).split(
        b",\r\n "
    )
    assert url.startswith(b"List-Unsubscribe: <https://ferry.example.org/leave/")
    assert not set(url[19:-1]) & set(b"<>, \r\n\0")
    assert f"<{MAILTO}>\r\n".encode() == mailto


@pytest.mark.parametrize(
    ("url", "mailto"),
    [
        ("http://ferry.example.org/{token}", None),
        ("https://fähre.example/{token}", None),
        ("https://ferry.example.org/a b", None),
        ("https://ferry.example.org/>,<https://evil.example/", None),
        ("https://ferry.example.org/\r\nBcc: eve@example.net", None),
        ("https:///{token}", None),
        (None, "leave@ferry.example.org"),
        (None, "mailto:leave@ferry.example.org\nBcc: eve@example.net"),
        (None, "javascript:alert(1)"),
    ],
)
def test_an_invalid_url_is_rejected(url: str | None, mailto: str | None) -> None:
    """A URL that is invalid or could break out blocks the edition."""
    with pytest.raises(ComposeError, match="cannot be used in List-Unsubscribe"):
        unsubscribe_header(url, mailto)


def test_one_click_needs_a_signature_a_token_and_https() -> None:
    """List-Unsubscribe-Post is only written if RFC 8058 allows it, so never without a signature."""
    assert supports_one_click((HTTPS, MAILTO), "t", is_signed=True)
    assert not supports_one_click((HTTPS, MAILTO), "t", is_signed=False)
    assert not supports_one_click((HTTPS, MAILTO), "", is_signed=True)
    assert not supports_one_click(("https://e.org/leave",), "t", is_signed=True)
    assert not supports_one_click((MAILTO,), "t", is_signed=True)
    assert not supports_one_click((), "t", is_signed=True)
    assert "List-Unsubscribe-Post" not in parsed(unsubscribe_header(HTTPS, MAILTO))
    signed = format_list_unsubscribe((HTTPS, MAILTO), "t", is_signed=True)
    assert signed.endswith(b"\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n")


def test_list_id_has_the_name_if_possible() -> None:
    """An ASCII name precedes the id, any other is omitted: List headers have no encoded-words."""
    assert [b"List-Id: The Ferry <news.ferry.example.org>"] == lines_of(composed(), "List-Id")
    for name, expected in [
        ("渡し船", b"List-Id: <news.ferry.example.org>"),
        ("x" * 80, b"List-Id: <news.ferry.example.org>"),
        ("Ferry, Weekly", b'List-Id: "Ferry, Weekly" <news.ferry.example.org>'),
        (
            "Ferry\r\nBcc: eve@example.net",
            b'List-Id: "Ferry Bcc: eve@example.net" <news.ferry.example.org>',
        ),
    ]:
        issue = edition(publication=replace(PUBLICATION, name=name))
        assert [expected] == lines_of(composed(issue), "List-Id")


@pytest.mark.parametrize(
    "list_id", ["", "ferry", "a..b", "fähre.example", "a.b>\r\nBcc: x", "a b.c"]
)
def test_an_invalid_list_id_is_rejected(list_id: str) -> None:
    """RFC 2919 requires dots."""
    with pytest.raises(ComposeError, match="list id"):
        composed(edition(list_id=list_id))
