"""
Header fields as they travel: folded, with no way out of the field, and ASCII, but for an address that is not.

Python's own policies are not used here: they turn long URLs into encoded-words and have let line ends through
(CPython gh-85725, gh-121650, gh-144125).
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from email.utils import format_datetime

from pipeline.errors import ComposeError
from pipeline.mail.encoded_words import ENCODED_LINE_CHARACTERS, encoded_words
from pipeline.mail.field_values import clean
from pipeline.models.address import Address

LINE_CHARACTERS = 78  # RFC 5322 §2.1.1, the line's end not counted

_ATEXT = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]"  # RFC 5322 §3.2.3
_ATOMS = re.compile(rf"{_ATEXT}+(?: {_ATEXT}+)*")
# Taken for an encoded-word even where none may stand (RFC 2047 §5 (2) and (3)), so nothing of ours may look like one.
_LOOKS_ENCODED = "=?"
_EMAIL = re.compile(
    rf"(?!.*=\?){_ATEXT}+(?:\.{_ATEXT}+)*@(?=.{{1,253}}\Z)[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*"
)
# The same before the @ for servers that offer SMTPUTF8 (RFC 6532 §3.2).
_UTF8_EMAIL = re.compile(_EMAIL.pattern.replace(_ATEXT, rf"(?:{_ATEXT}|[^\x00-\x7f])"))
_NOT_IN_NAMES = {ord("@"): " at ", ord("<"): "(", ord(">"): ")"}
_FOLD = re.compile(r"(?<=\S) (?=\S)")


def field(name: str, value: bytes) -> bytes:
    """Return the whole field, *value* being safe and folded already."""
    return b"%s: %s\r\n" % (name.encode(), value)


def unstructured(name: str, text: str) -> bytes:
    """Return the field *name* with the words of *text*, any text in any script (RFC 5322 §3.6.5, RFC 2047)."""
    text = clean(text).strip()
    used = len(name) + 2
    lines = _folded(text, first=LINE_CHARACTERS - used)
    if lines and text.isascii() and _LOOKS_ENCODED not in text:
        return field(name, "\r\n ".join(lines).encode())
    return field(name, encoded_words(text, used=used))


def mailbox(name: str, address: Address, *, may_be_utf8: bool = False) -> bytes:
    """
    Return the field *name* with one address (RFC 5322 §3.4).

    A display name keeps its words, but no `@`, `<` or `>`: read with or without its quotes, decoded too early or too
    late, it is never another address.

    Args:
        may_be_utf8: Whether an address that needs SMTPUTF8 may stand there, as UTF-8 (RFC 6532).

    Raises:
        ComposeError: It is not `local@domain`, or not in ASCII where it must be.
    """
    email = check_email(address.email, may_be_utf8=may_be_utf8).encode()
    words = display_name(address)
    if not words:
        return field(name, email)
    phrase = _phrase(words, used=len(name) + 2)
    last_line = (name.encode() + b": " + phrase).rpartition(b"\r\n")[2]
    fits = len(last_line) + len(b" <>") + len(email) <= ENCODED_LINE_CHARACTERS
    return field(name, b"%s%s<%s>" % (phrase, b" " if fits else b"\r\n ", email))


def display_name(address: Address) -> str:
    """Return the name as it is written before the address, "" if it says no more than the address."""
    name = clean(address.name).strip()
    if name.casefold() == address.email.casefold():
        return ""
    return name.translate(_NOT_IN_NAMES).strip()


def check_email(email: str, *, may_be_utf8: bool = False) -> str:
    """
    Return *email* if it can stand in a header and in an SMTP command as it is.

    Raises:
        ComposeError: It cannot.
    """
    if _EMAIL.fullmatch(email):
        return email
    if may_be_utf8 and _UTF8_EMAIL.fullmatch(email) and email.isprintable():
        return email
    raise ComposeError(
        f"{email!r} is not an address mail can be sent to. Read addresses with parse_address()."
    )


def ascii_phrase(text: str, *, room: int) -> bytes:
    """Return *text* as atoms or a quoted string, or nothing if it is not ASCII or longer than *room*."""
    quoted = _quoted(text) if text else ""
    return quoted.encode() if quoted and len(quoted) <= room else b""


def date(at: datetime) -> bytes:
    """
    Return the Date field, in UTC with a numeric zone (RFC 5322 §3.3).

    Raises:
        ComposeError: *at* does not say its zone.
    """
    if at.utcoffset() is None:
        raise ComposeError(
            f"The instant {at.isoformat()} has no time zone. Give an aware datetime."
        )
    return field("Date", format_datetime(at.astimezone(UTC)).encode())


def _phrase(text: str, *, used: int) -> bytes:
    return ascii_phrase(text, room=LINE_CHARACTERS - used) or encoded_words(text, used=used)


def _quoted(text: str) -> str:
    """Return *text* as atoms or a quoted string (RFC 5322 §3.2.4), or "" where only encoded-words will do."""
    if not text.isascii() or _LOOKS_ENCODED in text:
        return ""
    if _ATOMS.fullmatch(text):
        return text
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _folded(text: str, *, first: int) -> list[str]:
    """
    Break *text* at single spaces into lines, none if a word is too long for its line.

    Args:
        first: How many characters the first line has room for; each line after it takes 77 and a space.
    """
    if len(text) <= first:
        return [text]
    lines: list[str] = []
    line = ""
    for word in _FOLD.split(text):
        room = LINE_CHARACTERS - 1 if lines else first
        if len(word) > room:
            return []
        if line and len(line) + 1 + len(word) > room:
            lines.append(line)
            line = word
        else:
            line = f"{line} {word}" if line else word
    return [*lines, line]
