"""Parse the replies of an SMTP server."""

from __future__ import annotations

import re
from typing import NamedTuple

#: The longest reply that is read, all its lines together. Servers may send 512 bytes a line (RFC 5321 §4.5.3.1.5),
#: many send more; a longer reply does not come from an SMTP server.
MAX_REPLY_BYTES = 1 << 16

_CODES = {str(code).encode(): code for code in range(200, 600)}
_LINE = re.compile(rb"([2-5][0-9]{2})(?:([ -])(.*))?", re.DOTALL)
_ENHANCED_CODE = re.compile(r"([245]\.[0-9]{1,3}\.[0-9]{1,3})(?:[ :]+|$)")
_UNPRINTABLE = re.compile(r"[\x00-\x20\x7f-\x9f\u2028\u2029]+")
_MAX_TEXT = 500  # characters kept of a reply: enough for any reason, and for a column of a table


class Reply(NamedTuple):
    """One reply: its code, and its lines without code and line end."""

    code: int
    lines: tuple[bytes, ...]

    @property
    def is_positive(self) -> bool:
        """Whether the command succeeded."""
        return 200 <= self.code < 300

    @property
    def is_temporary(self) -> bool:
        """Whether the command failed and may succeed later."""
        return 400 <= self.code < 500

    @property
    def is_failure(self) -> bool:
        """Whether the command failed, temporarily or permanently."""
        return self.code >= 400

    @property
    def is_closing(self) -> bool:
        """Whether the server closes the connection (RFC 5321 §3.8)."""
        return self.code == 421

    def parse(self) -> tuple[str | None, str]:
        """Return the enhanced code (RFC 2034), or None unless it has the same class, and the text on one line."""
        lines = [_decode_line(line) for line in self.lines]
        found = _ENHANCED_CODE.match(lines[0])
        code = found[1] if found and found[1][0] == str(self.code)[0] else None
        if code:
            lines = [line.removeprefix(code).lstrip(" :") for line in lines]
        text = " ".join(filter(None, lines))
        return code, text if len(text) <= _MAX_TEXT else text[: _MAX_TEXT - 1] + "…"

    def __str__(self) -> str:
        return " ".join(filter(None, (str(self.code), *self.parse())))


class ReplyParser:
    """
    Splits what a server sends into replies.

    Attributes:
        error: What was received and is not a reply, None if there is no error; nothing more is parsed after it.
    """

    def __init__(self) -> None:
        self.error: str | None = None
        self._incomplete = b""
        self._lines: list[bytes] = []
        self._code = b""

    def feed(self, data: bytes) -> list[Reply]:
        """Return the replies that *data* completes."""
        replies: list[Reply] = []
        *lines, self._incomplete = (self._incomplete + data).split(b"\n")
        for line in lines:
            if self.error is None:
                self._parse_line(line.rstrip(b"\r"), replies)
        if len(self._incomplete) + sum(map(len, self._lines)) > MAX_REPLY_BYTES:
            self.error = "a reply that does not end"
        return replies

    def _parse_line(self, line: bytes, replies: list[Reply]) -> None:
        code = _CODES.get(line[:3])
        if code and line[3:4] == b" " and not self._code:  # by far the most frequent
            replies.append(Reply(code, (line[4:],)))
            return
        found = _LINE.fullmatch(line)
        if found is None or (self._code and found[1] != self._code):
            self.error = f'"{_decode_line(line)[:80]}", which is not a reply'
            return
        self._lines.append(found[3] or b"")
        self._code = found[1]
        if found[2] != b"-":
            replies.append(Reply(int(self._code), tuple(self._lines)))
            self._lines.clear()
            self._code = b""


def _decode_line(line: bytes) -> str:
    text = line.decode("utf-8", "replace")
    if not text.isprintable() or "  " in text:  # seldom
        text = _UNPRINTABLE.sub(" ", text)
    return text.strip()
