"""Parsing the replies of a server."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.senders.smtp.protocol.replies import MAX_REPLY_BYTES, Reply, ReplyParser

_CODES = st.integers(200, 599)
_LINES = st.lists(st.binary(max_size=40).map(lambda line: line.replace(b"\n", b"").rstrip(b"\r")))


def written(reply: Reply, end: bytes) -> bytes:
    *before, last = reply.lines
    code = str(reply.code).encode()
    return b"".join([*(code + b"-" + line + end for line in before), code + b" " + last + end])


@given(
    st.lists(st.builds(Reply, _CODES, _LINES.filter(bool).map(tuple)), max_size=6),
    st.lists(st.integers(0, 400)),
    st.sampled_from([b"\r\n", b"\n"]),
)
def test_replies_are_parsed_in_any_pieces(
    replies: list[Reply], cuts: list[int], end: bytes
) -> None:
    """One line or many, complete or in pieces: what was written is parsed."""
    data = b"".join(written(reply, end) for reply in replies)
    places = sorted({0, len(data), *(cut for cut in cuts if cut < len(data))})
    reader, read = ReplyParser(), []
    for start, stop in pairwise(places):
        read += reader.feed(data[start:stop])
    assert replies == read
    assert reader.error is None


@given(st.lists(st.binary(max_size=200), max_size=8))
def test_any_input_gives_replies_or_an_error(pieces: list[bytes]) -> None:
    """Whatever arrives, the result is replies with text on one line, or an error."""
    reader = ReplyParser()
    for piece in pieces:
        for reply in reader.feed(piece):
            assert 200 <= reply.code < 600
            assert "\n" not in str(reply) and "\x1b" not in str(reply)
    assert reader.error is None or "\n" not in reader.error


@pytest.mark.parametrize(
    "data",
    [
        b"hello\r\n",
        b"\r\n",
        b"25\r\n",
        b"2500 x\r\n",
        b"150 x\r\n",
        b"650 x\r\n",
        b"250-a\r\n251 b\r\n",
    ],
)
def test_invalid_lines_are_an_error(data: bytes) -> None:
    """Nothing is parsed after it, since nobody knows where the next reply begins."""
    reader = ReplyParser()
    assert [] == reader.feed(data + b"250 Ok\r\n")
    assert reader.error


def test_an_endless_reply_is_an_error() -> None:
    """A server cannot exhaust the memory."""
    for piece in (b"x" * 5000, b"250-" + b"x" * 5000 + b"\r\n"):
        reader = ReplyParser()
        fed = 0
        while reader.error is None and fed < 4 * MAX_REPLY_BYTES:
            reader.feed((b"" if fed else b"250-") + piece)
            fed += len(piece)
        assert reader.error and fed <= 2 * MAX_REPLY_BYTES
