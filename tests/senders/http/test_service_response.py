"""What is read in an answer: how long to wait, and words."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from pipeline.senders.http import ServiceResponse, UnexpectedResponse

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)


def answer(body: bytes = b"", status: int = 400, **headers: str) -> ServiceResponse:
    """Return an answer."""
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
def test_how_long_to_wait(value: str, expected: timedelta | None) -> None:
    """Seconds or a date (RFC 9110 §10.2.3), never below zero, at most a week; anything else is nothing."""
    assert expected == answer(retry_after=value).retry_after(NOW)


def test_without_the_header_there_is_no_wait() -> None:
    """The service did not ask for any."""
    assert answer().retry_after(NOW) is None


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
def test_words_are_one_readable_line(body: bytes, expected: str) -> None:
    """No markup, no control characters, no novels."""
    assert expected == answer(body).describe()


def test_an_unknown_status_has_its_number() -> None:
    """Cloudflare's own have no name."""
    assert "524" == answer(status=524).describe()


@pytest.mark.parametrize("body", [b"", b"{", b"\xff", b"[" * 100_000])
def test_what_is_no_json_is_unreadable(body: bytes) -> None:
    """However broken or deep."""
    with pytest.raises(UnexpectedResponse):
        answer(body).json()


def test_what_is_not_there_is_nothing() -> None:
    """Whatever form the answer has."""
    found = answer(b'{"a": [{"b": "c"}, 7], "n": null}')
    assert ("c", "7") == (found.get("a", 0, "b"), found.get("a", 1))
    assert {""} == {found.get(*path) for path in [("x",), ("a", 5), ("a", "b"), ("n",), ("a",)]}
    with pytest.raises(UnexpectedResponse, match="id is missing"):
        found.require("id")
