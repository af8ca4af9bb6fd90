"""Headers of the list, and how to leave it."""

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


def leaving(url: str | None, mailto: str | None, token: str = "t0k3n") -> bytes:
    publication = replace(PUBLICATION, unsubscribe_url=url, unsubscribe=mailto)
    return composed(edition(publication=publication), replace(ADA, token=token))


def test_https_stands_before_mailto() -> None:
    """Both ways are told, the https URL first, folded at the comma."""
    assert [
        b"List-Unsubscribe: <https://ferry.example.org/leave/t0k3n>,",
        b" <mailto:leave@ferry.example.org?subject=unsubscribe>",
    ] == lines_of(leaving(HTTPS, MAILTO), "List-Unsubscribe")


def test_short_ones_share_a_line() -> None:
    """What fits on a line is not folded."""
    assert [b"List-Unsubscribe: <https://e.org/t0k3n>, <mailto:u@e.org>"] == lines_of(
        leaving("https://e.org/{token}", "mailto:u@e.org"), "List-Unsubscribe"
    )


@given(st.text("abcXYZ0189-_", min_size=1, max_size=800))
def test_a_long_url_stays_whole(token: str) -> None:
    """However long it is, a URL is on one line, between angle brackets, not encoded."""
    content = leaving(HTTPS, MAILTO, token)
    first = lines_of(content, "List-Unsubscribe")[0]
    assert first.startswith(f"List-Unsubscribe: <https://ferry.example.org/leave/{token}>".encode())
    assert len(first) <= 998
    assert [] == defects(content)


def test_a_url_too_long_for_any_line_is_refused() -> None:
    """A line over 998 octets is never written."""
    with pytest.raises(ComposeError, match="too long"):
        leaving(HTTPS, MAILTO, "x" * 1000)


def test_without_a_token_only_mailto_is_left() -> None:
    """A URL that would name nobody is not offered."""
    assert f"<{MAILTO}>" == parsed(leaving(HTTPS, MAILTO, token=""))["List-Unsubscribe"]


def test_without_any_way_there_is_no_header() -> None:
    """No empty header is written."""
    assert "List-Unsubscribe" not in parsed(leaving(None, None))


def test_commas_in_urls_are_escaped() -> None:
    """Programs that split at commas before they parse see two URLs, not three."""
    content = leaving("https://e.org/a,b/{token}", MAILTO)
    assert 1 == parsed(content)["List-Unsubscribe"].count(",")


@given(ANY_TEXT)
def test_a_token_cannot_leave_its_url(token: str) -> None:
    """Whatever the token is, the header holds the URLs and nothing else."""
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
def test_what_cannot_stand_in_the_header_is_refused(url: str | None, mailto: str | None) -> None:
    """A URL that is none, or could break out, stops the edition."""
    with pytest.raises(ComposeError, match="cannot be used in List-Unsubscribe"):
        leaving(url, mailto)


def test_one_click_needs_a_signature_a_token_and_https() -> None:
    """List-Unsubscribe-Post is written only where RFC 8058 allows it, which without a signature is nowhere."""
    assert supports_one_click((HTTPS, MAILTO), "t", is_signed=True)
    assert not supports_one_click((HTTPS, MAILTO), "t", is_signed=False)
    assert not supports_one_click((HTTPS, MAILTO), "", is_signed=True)
    assert not supports_one_click(("https://e.org/leave",), "t", is_signed=True)
    assert not supports_one_click((MAILTO,), "t", is_signed=True)
    assert not supports_one_click((), "t", is_signed=True)
    assert "List-Unsubscribe-Post" not in parsed(leaving(HTTPS, MAILTO))
    signed = format_list_unsubscribe((HTTPS, MAILTO), "t", is_signed=True)
    assert signed.endswith(b"\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n")


def test_list_id_bears_the_name_where_it_can() -> None:
    """An ASCII name stands before the id, any other is left out: List headers hold no encoded-words."""
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
def test_what_is_no_list_id_is_refused(list_id: str) -> None:
    """RFC 2919 wants a name in dots."""
    with pytest.raises(ComposeError, match="list id"):
        composed(edition(list_id=list_id))
