"""What a server says, and how to read it."""

from __future__ import annotations

import re
from typing import NamedTuple

#: The longest reply that is read, all its lines together. Servers may send 512 octets a line (RFC 5321 §4.5.3.1.5),
#: many send more; beyond this it is no server.
MAX_REPLY = 1 << 16

_CODES = {str(code).encode(): code for code in range(200, 600)}
_LINE = re.compile(rb"([2-5][0-9]{2})(?:([ -])(.*))?", re.DOTALL)
_ENHANCED = re.compile(r"([245]\.[0-9]{1,3}\.[0-9]{1,3})(?:[ :]+|$)")
_UNPRINTABLE = re.compile(r"[\x00-\x20\x7f-\x9f\u2028\u2029]+")
_WORDS = 500  # characters kept of a reply: enough for any reason, and for a column of a table


class Reply(NamedTuple):
    """One reply: its code, and its lines without code and line end."""

    code: int
    lines: tuple[bytes, ...]

    @property
    def is_positive(self) -> bool:
        """Whether the command was done."""
        return 200 <= self.code < 300

    @property
    def is_transient(self) -> bool:
        """Whether the same may work later."""
        return 400 <= self.code < 500

    @property
    def is_failure(self) -> bool:
        """Whether the command was not done, for now or for ever."""
        return self.code >= 400

    @property
    def is_closing(self) -> bool:
        """Whether the server closes the connection (RFC 5321 §3.8)."""
        return self.code == 421

    def told(self) -> tuple[str | None, str]:
        """Return the enhanced code (RFC 2034), null where none agrees with the code, and the words, on one line."""
        lines = [_readable(line) for line in self.lines]
        found = _ENHANCED.match(lines[0])
        code = found[1] if found and found[1][0] == str(self.code)[0] else None
        if code:
            lines = [line.removeprefix(code).lstrip(" :") for line in lines]
        words = " ".join(filter(None, lines))
        return code, words if len(words) <= _WORDS else words[: _WORDS - 1] + "…"

    def __str__(self) -> str:
        return " ".join(filter(None, (str(self.code), *self.told())))


class ReplyReader:
    """
    Cut what comes from a server into replies.

    Attributes:
        fault: What was read last and is no reply, null while all is well; after that nothing more is read.
    """

    def __init__(self) -> None:
        self.fault: str | None = None
        self._rest = b""
        self._lines: list[bytes] = []
        self._code = b""

    def feed(self, octets: bytes) -> list[Reply]:
        """Return the replies that *octets* complete."""
        replies: list[Reply] = []
        *lines, self._rest = (self._rest + octets).split(b"\n")
        for line in lines:
            if self.fault is None:
                self._read(line.rstrip(b"\r"), replies)
        if len(self._rest) + sum(map(len, self._lines)) > MAX_REPLY:
            self.fault = "a reply without end"
        return replies

    def _read(self, line: bytes, replies: list[Reply]) -> None:
        code = _CODES.get(line[:3])
        if code and line[3:4] == b" " and not self._code:  # nearly all there are
            replies.append(Reply(code, (line[4:],)))
            return
        found = _LINE.fullmatch(line)
        if found is None or (self._code and found[1] != self._code):
            self.fault = f'"{_readable(line)[:80]}", which is no reply'
            return
        self._lines.append(found[3] or b"")
        self._code = found[1]
        if found[2] != b"-":
            replies.append(Reply(int(self._code), tuple(self._lines)))
            self._lines.clear()
            self._code = b""


def _readable(line: bytes) -> str:
    return _UNPRINTABLE.sub(" ", line.decode("utf-8", "replace")).strip()
