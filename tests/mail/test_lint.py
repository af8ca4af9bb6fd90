"""The final check of a message."""

from __future__ import annotations

import pytest

from pipeline.errors import ComposeError
from pipeline.mail import check_standards
from tests.mail.samples import composed

DAMAGE = [
    (b"\r\nNews\r\n", b"\r\nNews\n", "bare CR or LF"),
    (b"\r\nNews\r\n", b"\r\nNe\rws\r\n", "bare CR or LF"),
    (b"\r\nNews\r\n", b"\r\nNe\xc3\xa9ws\r\n", "non-ASCII byte"),
    (b"\r\nNews\r\n", b"\r\nNe\0ws\r\n", "NUL"),
    (b"\r\nNews\r\n", b"\r\n" + b"x" * 999 + b"\r\n", "999 bytes"),
    (b"--\r\n", b"", "last line"),
    (b"Subject: News\r\n", b"X-Subject: News\r\n", "0 subject"),
    (b"Subject: News\r\n", b"Subject: News\r\nsubject: x\r\n", "2 subject"),
    (b"From: ", b"From: eve@example.net\r\nFrom: ", "2 from"),
    (b"Reply-To: ", b"Reply-To: eve@example.net\r\nReply-To: ", "2 reply-to"),
    (b"Precedence: ", b"List-Post: =?utf-8?q?x?=\r\nPrecedence: ", "encoded-word"),
    (b"Precedence: bulk", b"no field at all", "not a header field"),
    (b"Precedence: bulk", b"Precedence: bulk\r\n ", "not a header field"),
    (b"Precedence: bulk", b"Prec edence: bulk", "not a header field"),
]


@pytest.mark.parametrize(("before", "after", "words"), DAMAGE)
def test_violations_are_rejected(before: bytes, after: bytes, words: str) -> None:
    """Each kind is rejected, and the message tells which it is."""
    content = composed()
    damaged = content.removesuffix(b"\r\n") if not after else content.replace(before, after, 1)
    assert damaged != content
    with pytest.raises(ComposeError, match=words):
        check_standards(damaged)


def test_a_line_of_998_bytes_passes() -> None:
    """The limit itself is allowed."""
    check_standards(composed().replace(b"\r\nNews\r\n", b"\r\n" + b"x" * 998 + b"\r\n"))
