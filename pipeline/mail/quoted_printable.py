"""
Quoted-printable (RFC 2045 §6.7), written so that texts can be encoded in pieces.

A piece that is followed by `SOFT_BREAK` ends its line without ending the reader's, so whatever comes next starts at
column 0: pieces need to know nothing of each other, and joined they decode to the joined text.
"""

from __future__ import annotations

import re
from binascii import hexlify

#: Ends a line of the encoding, not of the text.
SOFT_BREAK = b"=\r\n"

LINE_CHARACTERS = 76  # RFC 2045 §6.7, rule 5; the "=" of a soft break counts

_PLAIN = re.compile(rb"(?!\.|From )[ -<>-~]{0,74}[!-<>-~]")  # a line that is its own encoding
_UNSAFE = re.compile(rb"[^\t -<>-~]+|[\t ]\Z")
# Never cut inside "=XX". A dot or "From " that opens a line is escaped, as RFC 2049 §3 advises: no relay has to stuff
# the one (RFC 5321 §4.5.2) and no mailbox file mistakes the other, so the bytes arrive as they left.
_CHUNK = re.compile(
    rb"\.(?:.{0,72}(?<!=)(?<!=.))|From (?:.{0,68}(?<!=)(?<!=.))|.{1,75}(?<!=)(?<!=.)"
)


def quote(text: str) -> bytes:
    """
    Encode *text*, in which line ends are `\\n`.

    No line is over 76 octets, none starts with a dot or ends in white space. A text that ends inside a line is to be
    followed by `SOFT_BREAK` or by the end of the part.
    """
    return b"\r\n".join(_line(line) if line else b"" for line in text.encode().split(b"\n"))


def quote_value(value: str) -> bytes:
    """Encode a value of one line that stands between two pieces: its soft break is included, nothing for nothing."""
    return _line(value.encode()) + SOFT_BREAK if value else b""


def quote_last(value: str) -> bytes:
    """Encode a value of one line that ends its part: an encoding may not end in a soft break, so it begins with one."""
    return SOFT_BREAK + _line(value.encode()) if value else b""


def _line(line: bytes) -> bytes:
    if _PLAIN.fullmatch(line):
        return line
    chunks = _CHUNK.findall(_UNSAFE.sub(_escape, line))
    return SOFT_BREAK.join(map(_opening, chunks))


def _escape(match: re.Match[bytes]) -> bytes:
    return _escaped(match[0])


def _escaped(octets: bytes) -> bytes:
    return b"=" + hexlify(octets, b"=").upper()


def _opening(chunk: bytes) -> bytes:
    if chunk.startswith((b".", b"From ")):
        return _escaped(chunk[:1]) + chunk[1:]
    return chunk
