"""Quoted-printable in pieces."""

from __future__ import annotations

import binascii
import quopri

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.mail.quoted_printable import (
    LINE_CHARACTERS,
    SOFT_BREAK,
    quote,
    quote_last,
    quote_value,
)
from tests.mail.samples import ANY_TEXT

LINES = ANY_TEXT.map(lambda text: text.replace("\r", ""))
VALUES = LINES.map(lambda text: text.replace("\n", ""))


def read(encoded: bytes) -> str:
    return binascii.a2b_qp(encoded).replace(b"\r\n", b"\n").decode()


def check_lines(encoded: bytes) -> None:
    for line in encoded.split(b"\r\n"):
        assert len(line) <= LINE_CHARACTERS
        assert not line.startswith((b".", b"From "))
        assert not line.endswith(b" ")
        assert b"  " not in line
        assert b"\t" not in line
        assert line.isascii()
        assert b"\r" not in line
        assert b"\n" not in line


@given(LINES)
def test_text_survives(text: str) -> None:
    """Two decoders read any text back, from lines that no server has to change."""
    encoded = quote(text)
    check_lines(encoded)
    assert text == read(encoded)
    assert text == quopri.decodestring(encoded).replace(b"\r\n", b"\n").decode()


@given(LINES, VALUES, LINES, VALUES)
def test_pieces_are_independent(first: str, value: str, second: str, last: str) -> None:
    """Encoded separately and joined, pieces decode to the joined text."""
    encoded = quote(first) + SOFT_BREAK + quote_value(value) + quote(second) + quote_last(last)
    check_lines(encoded)
    assert first + value + second + last == read(encoded)


@given(VALUES)
def test_no_encoding_ends_in_a_soft_break(last: str) -> None:
    """The last bytes of a part are never "=" and a line end (RFC 2045 §6.7)."""
    assert not (quote("text") + quote_last(last)).endswith(SOFT_BREAK)


@pytest.mark.parametrize("width", range(70, 80))
@pytest.mark.parametrize("tail", ["é", "=", ".", " ", "\t", "From ", "\U0001f44d"])
def test_lines_break_between_bytes(width: int, tail: str) -> None:
    """At the line width no escape is split and no line is too long."""
    text = "x" * width + tail + "\n" + tail + "y" * width
    encoded = quote(text)
    check_lines(encoded)
    assert text == read(encoded)


def test_dots_and_from_are_escaped_at_the_start_of_a_line() -> None:
    """Relays need not stuff dots, and mbox files need not quote "From "."""
    assert b"=2E..\r\n=46rom me\r\nFrom=\r\n" == quote("...\nFrom me\nFrom") + SOFT_BREAK


@given(st.integers(60, 90))
def test_a_dot_after_a_soft_break_is_escaped_too(width: int) -> None:
    """If a line breaks before a dot, the dot starts a line."""
    check_lines(quote("x" * width + "." * 90))
