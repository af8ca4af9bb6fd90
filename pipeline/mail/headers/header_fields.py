"""
Header fields: folded, safe against injection, and ASCII, except for addresses that need UTF-8.

Python's email policies are not used: they turn long URLs into encoded-words and have let line ends through
(CPython gh-85725, gh-121650, gh-144125).
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from email.utils import format_datetime

from pipeline.errors import ComposeError
from pipeline.mail.field_values import clean_value
from pipeline.mail.headers.encoded_words import ENCODED_LINE_CHARACTERS, encode_words
from pipeline.markup import remove_invisible
from pipeline.models.address import Address

LINE_CHARACTERS = 78  # RFC 5322 §2.1.1, without the line end

_ATEXT = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]"  # RFC 5322 §3.2.3
_ATOMS = re.compile(rf"{_ATEXT}+(?: {_ATEXT}+)*")
# Some parsers decode encoded-words even where they are not allowed (RFC 2047 §5 (2) and (3)).
_ENCODED_WORD_START = "=?"
_EMAIL = re.compile(
    rf"(?!.*=\?){_ATEXT}+(?:\.{_ATEXT}+)*@(?=.{{1,253}}\Z)[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*"
)
# With UTF-8 before the @, for servers that offer SMTPUTF8 (RFC 6532 §3.2).
_UTF8_EMAIL = re.compile(_EMAIL.pattern.replace(_ATEXT, rf"(?:{_ATEXT}|[^\x00-\x7f])"))
_NAME_REPLACEMENTS = {ord("@"): " at ", ord("<"): "(", ord(">"): ")"}
_REPLACED = re.compile("[@<>]")
_SINGLE_SPACE = re.compile(r"(?<=\S) (?=\S)")


def format_field(name: str, value: bytes) -> bytes:
    """Return the whole field; *value* is already safe and folded."""
    return b"%s: %s\r\n" % (name.encode(), value)


def format_text_field(name: str, text: str) -> bytes:
    """Return a field with any text in any script, such as Subject (RFC 5322 §3.6.5, RFC 2047)."""
    text = clean_value(text).strip()
    used = len(name) + 2
    lines = _fold(text, first=LINE_CHARACTERS - used)
    if lines and text.isascii() and _ENCODED_WORD_START not in text:
        return format_field(name, "\r\n ".join(lines).encode())
    return format_field(name, encode_words(text, used=used))


def format_address_field(name: str, address: Address, *, allow_utf8: bool = False) -> bytes:
    """
    Return a field with one address, such as From (RFC 5322 §3.4).

    The display name loses `@`, `<` and `>`: however a client parses or decodes it, it cannot become another address.

    Args:
        allow_utf8: Whether an address that needs SMTPUTF8 is allowed, written as UTF-8 (RFC 6532).

    Raises:
        ComposeError: The address is not `local@domain`, or not ASCII where it must be.
    """
    email = _check_email(address.email, allow_utf8=allow_utf8).encode()
    display_name = format_display_name(address)
    if not display_name:
        return format_field(name, email)
    used = len(name) + 2
    phrase = format_ascii_phrase(display_name, max_characters=LINE_CHARACTERS - used)
    phrase = phrase or encode_words(display_name, used=used)
    last_line = (name.encode() + b": " + phrase).rpartition(b"\r\n")[2]
    fits = len(last_line) + len(b" <>") + len(email) <= ENCODED_LINE_CHARACTERS
    return format_field(name, b"%s%s<%s>" % (phrase, b" " if fits else b"\r\n ", email))


def format_display_name(address: Address) -> str:
    """Return the name as written before the address, "" if it only repeats the address."""
    name = remove_invisible(clean_value(address.name))
    if name.casefold() == address.email.casefold():
        return ""
    return (name.translate(_NAME_REPLACEMENTS) if _REPLACED.search(name) else name).strip()


def format_ascii_phrase(text: str, *, max_characters: int) -> bytes:
    """Return *text* as atoms or a quoted string, or b"" if it is not ASCII or too long."""
    quoted = _quote_phrase(text) if text else ""
    return quoted.encode() if quoted and len(quoted) <= max_characters else b""


def format_date_field(at: datetime) -> bytes:
    """
    Return the Date field, in UTC with a numeric zone (RFC 5322 §3.3).

    Raises:
        ComposeError: *at* has no time zone.
    """
    if at.utcoffset() is None:
        raise ComposeError(
            f"The datetime {at.isoformat()} has no time zone. Pass an aware datetime."
        )
    return format_field("Date", format_datetime(at.astimezone(UTC)).encode())


def _check_email(email: str, *, allow_utf8: bool = False) -> str:
    """Return *email* if it can be written to a header and an SMTP command as it is."""
    if _EMAIL.fullmatch(email):
        return email
    if allow_utf8 and _UTF8_EMAIL.fullmatch(email) and email.isprintable():
        return email
    raise ComposeError(
        f"{email!r} is not a valid email address. Parse addresses with parse_address()."
    )


def _quote_phrase(text: str) -> str:
    """Return *text* as atoms or a quoted string (RFC 5322 §3.2.4), or "" if it needs encoded-words."""
    if not text.isascii() or _ENCODED_WORD_START in text:
        return ""
    if _ATOMS.fullmatch(text):
        return text
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _fold(text: str, *, first: int) -> list[str]:
    """
    Break *text* into lines at single spaces; return [] if a word is too long for a line.

    Args:
        first: How many characters fit on the first line; the others hold 77 and a space.
    """
    if len(text) <= first:
        return [text]
    lines: list[str] = []
    line = ""
    for word in _SINGLE_SPACE.split(text):
        limit = LINE_CHARACTERS - 1 if lines else first
        if len(word) > limit:
            return []
        if line and len(line) + 1 + len(word) > limit:
            lines.append(line)
            line = word
        else:
            line = f"{line} {word}" if line else word
    return [*lines, line]
