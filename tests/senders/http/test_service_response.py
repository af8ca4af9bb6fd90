"""Reading a response: how long to wait, and its text."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from pipeline.senders.http import ServiceResponse, UnexpectedResponse

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)


def make_response(body: bytes = b"", status: int = 400, **headers: str) -> ServiceResponse:
    """Return a response."""
    return ServiceResponse(
        status=status, headers={k.replace("_", "-"): v for k, v in headers.items()}, body=body
    )


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("0", timedelta()),
        ("7", timedelta(seconds=7)),
        ("1.5", timedelta(seconds=1.5)),
        (" 120 ", timedelta(minutes=2)),
        ("999999999", timedelta(days=7)),
        ("Mon, 02 Mar 2026 12:00:30 GMT", timedelta(seconds=30)),
        ("Mon, 02 Mar 2026 12:00:30", timedelta(seconds=30)),
        ("Mon, 02 Mar 2026 11:00:00 GMT", timedelta()),
        ("Fri, 31 Dec 2027 23:59:59 GMT", timedelta(days=7)),
        ("", None),
        ("soon", None),
        ("-5", None),
        ("1e9", None),
        ("Mon, 99 Mar 2026 12:00:30 GMT", None),
    ],
)
def test_retry_after_is_parsed(value: str, expected: timedelta | None) -> None:
    """Seconds or a date (RFC 9110 §10.2.3), never below zero, at most a week; other values give None."""
    assert expected == make_response(retry_after=value).retry_after(NOW)


def test_no_header_is_no_retry_after() -> None:
    """The provider did not ask to wait."""
    assert make_response().retry_after(NOW) is None


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"Forbidden\r\n", "400 Forbidden"),
        (b"", "400 Bad Request"),
        (b"<html><title>Down &amp; out</title><p>long story", "400 Down & out"),
        (b"<!doctype html><body><h1>No <b>luck</b></h1>", "400 No luck"),
        (b"<html><body>words</body>", "400 Bad Request"),
        (b"a < b", "400 a < b"),
        (b"two\nlines\x00\x1b[31m", "400 two lines[31m"),
        ("x\u202ey".encode(), "400 xy"),
        (b"\xff\xfe", "400 \ufffd\ufffd"),
        (b"y" * 1000, "400 " + "y" * 300 + "…"),
    ],
)
def test_the_text_is_one_readable_line(body: bytes, expected: str) -> None:
    """No markup, no control characters, limited in length."""
    assert expected == make_response(body).describe()


def test_an_unknown_status_is_its_number() -> None:
    """Cloudflare's own statuses have no reason phrase."""
    assert "524" == make_response(status=524).describe()


@pytest.mark.parametrize("body", [b"", b"{", b"\xff", b"[" * 100_000])
def test_invalid_json_is_an_unexpected_response(body: bytes) -> None:
    """However damaged or nested."""
    with pytest.raises(UnexpectedResponse):
        make_response(body).json()


def test_a_missing_value_is_empty() -> None:
    """Whatever the structure of the response."""
    found = make_response(b'{"a": [{"b": "c"}, 7], "n": null}')
    assert ("c", "7") == (found.get("a", 0, "b"), found.get("a", 1))
    assert {""} == {found.get(*path) for path in [("x",), ("a", 5), ("a", "b"), ("n",), ("a",)]}
    with pytest.raises(UnexpectedResponse, match="id is missing"):
        found.require("id")
