"""The header of a message that somebody else wrote: any bytes, in any encoding, of any length."""

from __future__ import annotations

import re
from collections.abc import Iterator
from email.errors import HeaderParseError
from email.header import decode_header

from pipeline.text_encoding import find_codec

#: More of a header, or of one field, is not read.
MAX_HEADER_BYTES = 256 * 1024
_MAX_FIELD_CHARACTERS = 4_000

_FIELD = re.compile(r"([!-9;-~]{1,80})[ \t]*:(.*)", re.DOTALL)
_ADDRESS = re.compile(r"[^\s@<>,;:\"()\[\]]{1,128}@[A-Za-z0-9](?:[A-Za-z0-9.-]{0,252}[A-Za-z0-9])?")


class HeaderFields:
    """
    The fields of one header, by their names in lower case.

    Args:
        text: Lines as they stand, up to the empty line.
    """

    def __init__(self, text: str) -> None:
        self._fields: dict[str, list[str]] = {}
        for name, value in _unfold(text):
            self._fields.setdefault(name, []).append(value)

    def __bool__(self) -> bool:
        return bool(self._fields)

    def __contains__(self, name: str) -> bool:
        return name in self._fields

    def get(self, name: str) -> str:
        """Return the first field called *name*, decoded, on one line; "" without one."""
        values = self._fields.get(name)
        return decode_words(values[0]) if values else ""

    def get_all(self, *names: str) -> list[str]:
        """Return all fields called one of *names*, as they stand."""
        return [value for name in names for value in self._fields.get(name, ())]

    def list_addresses(self, *names: str) -> list[str]:
        """Return the addresses in the fields called one of *names*, in lower case, each once."""
        found = (a for value in self.get_all(*names) for a in find_addresses(value))
        return list(dict.fromkeys(address.lower() for address in found))


def find_addresses(text: str) -> list[str]:
    """Return the addresses in *text*, in order."""
    return _ADDRESS.findall(text[:_MAX_FIELD_CHARACTERS])


def decode_words(value: str) -> str:
    """Return *value* with its encoded words (RFC 2047) as text, on one line."""
    if "=?" in value:
        try:
            pieces = decode_header(value)
        except (HeaderParseError, ValueError, IndexError):
            pieces = []
        if pieces:
            value = "".join(_decode_piece(*piece) for piece in pieces)
    return " ".join(value.split())


def _decode_piece(content: bytes | str, charset: str | None) -> str:
    if isinstance(content, str):
        return content
    codec = find_codec(charset) if charset else None
    return content.decode(codec or "utf-8", "replace")


def decode_bytes(content: bytes) -> str:
    """Return *content*, whose encoding nobody declares, as UTF-8 if it is that, else as windows-1252."""
    try:
        return content.decode()
    except UnicodeDecodeError:
        return content.decode("windows-1252", "replace")


def _unfold(text: str) -> Iterator[tuple[str, str]]:
    current: list[str] = []
    for line in text.split("\n"):
        if line[:1] in (" ", "\t"):
            if current:
                current.append(line.strip())
            continue
        yield from _parse_field(current)
        current = [line]
    yield from _parse_field(current)


def _parse_field(lines: list[str]) -> Iterator[tuple[str, str]]:
    found = _FIELD.fullmatch(" ".join(lines)[:_MAX_FIELD_CHARACTERS]) if lines else None
    if found:
        yield found[1].lower(), found[2].strip()
