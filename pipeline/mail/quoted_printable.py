"""
Quoted-printable (RFC 2045 §6.7), encoded in pieces.

A piece followed by `SOFT_BREAK` ends its encoded line but not the line of the text, so the next piece starts at
column 0: pieces can be encoded independently, and joined they decode to the joined text.
"""

from __future__ import annotations

import re
from binascii import hexlify

#: Ends a line of the encoding, not of the text.
SOFT_BREAK = b"=\r\n"

LINE_CHARACTERS = 76  # RFC 2045 §6.7, rule 5; includes the "=" of a soft break

# A line that needs no encoding.
_UNCHANGED = re.compile(rb"(?!\.|From |.*  )[ -<>-~]{0,74}[!-<>-~]")
# Also each space after a space, and tabs: then the form of a body that a DKIM signature covers is the body itself.
_UNSAFE = re.compile(rb"[^ -<>-~]+|(?<= ) +| \Z")
# Never breaks inside "=XX". A dot or "From " at the start of a line is escaped, as RFC 2049 §3 advises: then no relay
# has to stuff the dot (RFC 5321 §4.5.2), and no mbox file mistakes the other for a message separator.
_CHUNK = re.compile(
    rb"\.(?:.{0,72}(?<!=)(?<!=.))|From (?:.{0,68}(?<!=)(?<!=.))|.{1,75}(?<!=)(?<!=.)"
)


def quote(text: str) -> bytes:
    """
    Encode *text*, with line ends `\\n`.

    No line has more than 76 bytes, starts with a dot, ends in white space or has two spaces in a row. A text that does
    not end in a line end must be followed by `SOFT_BREAK` or by the end of the part.
    """
    return b"\r\n".join(_quote_line(line) if line else b"" for line in text.encode().split(b"\n"))


def quote_value(value: str) -> bytes:
    """Encode a one-line value between two pieces, with its soft break; b"" for an empty value."""
    return _quote_line(value.encode()) + SOFT_BREAK if value else b""


def quote_last(value: str) -> bytes:
    """Encode a one-line value that ends its part: a part must not end in a soft break, so it starts with one."""
    return SOFT_BREAK + _quote_line(value.encode()) if value else b""


def _quote_line(line: bytes) -> bytes:
    if _UNCHANGED.fullmatch(line):
        return line
    chunks = _CHUNK.findall(_UNSAFE.sub(lambda match: _escape(match[0]), line))
    return SOFT_BREAK.join(map(_escape_start, chunks))


def _escape(data: bytes) -> bytes:
    return b"=" + hexlify(data, b"=").upper()


def _escape_start(chunk: bytes) -> bytes:
    if chunk.startswith((b".", b"From ")):
        return _escape(chunk[:1]) + chunk[1:]
    return chunk
