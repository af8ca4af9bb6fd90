"""
Fields filled in: a reader's value, made one harmless line and escaped for the place where it stands.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from datetime import datetime
from urllib.parse import quote as percent_encode

from pipeline.errors import ComposeError
from pipeline.models.edition import Field, FieldContext, LiteralText, Pieces, resolve_choices
from pipeline.models.recipient import Recipient

# Controls (Unicode category Cc) and the two separators that some programs take for line ends.
_CONTROLS = re.compile(r"\r\n|[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_URLS = frozenset({FieldContext.HTML_URL, FieldContext.TEXT_URL})
_SURROGATES = re.compile(r"[\ud800-\udfff]")
_UNRESERVED = re.compile(r"[A-Za-z0-9._~-]*")  # RFC 3986 §2.3; tokens are made of these
_LINE_ENDS = re.compile(r"\r\n?")

_EMBEDDINGS = frozenset("\u202a\u202b\u202d\u202e")  # LRE RLE LRO RLO, closed by PDF
_ISOLATES = frozenset("\u2066\u2067\u2068")  # LRI RLI FSI, closed by PDI
_PDF, _PDI = "\u202c", "\u2069"
_DIRECTIONS = re.compile(r"[\u202a-\u202e\u2066-\u2069]")
# Any of all these, to be done with most values at one look.
_UNCLEAN = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")


def clean(value: str) -> str:
    """
    Make *value* one line that ends where it ends.

    Controls and line ends become a space, half a surrogate pair becomes U+FFFD, and a change of writing direction
    (UAX #9) that the value opens is closed at its end, so that it cannot turn the words after it.
    """
    if not _UNCLEAN.search(value):
        return value
    value = _CONTROLS.sub(" ", _SURROGATES.sub("\ufffd", value))
    return _balance(value) if _DIRECTIONS.search(value) else value


def literal(text: str) -> str:
    """Return *text* with line ends `\\n` and without halves of surrogate pairs."""
    return _SURROGATES.sub("\ufffd", _LINE_ENDS.sub("\n", text))


def value_of(field: Field, recipient: Recipient) -> str:
    """
    Return what stands at *field* for *recipient*, escaped for its place; a value of white space counts as none.

    Raises:
        ComposeError: There is no value and no fallback, or the reader's address would stand in a URL.
    """
    value = clean(recipient.value(field.name))
    if value and not value.isspace():
        if "@" in value and field.context in _URLS:
            _refuse_address(field, value, recipient)
        return ESCAPES[field.context](value)
    if field.fallback is None:
        raise ComposeError(
            f'{recipient.address.email}: there is no value for the field "{field.name}", and it has no fallback. '
            "Give this reader a value, or the field a fallback."
        )
    return ESCAPES[field.context](clean(field.fallback))


def fill(pieces: Pieces, recipient: Recipient, *, at: datetime) -> str:
    """
    Return *pieces* as *recipient* reads them at the instant *at*, line ends `\\n`.

    This is the text that `compose()` encodes, for those who want to look at it.

    Raises:
        ComposeError: A field has neither value nor fallback.
    """
    return "".join(
        text_of(piece, recipient) for piece in resolve_choices(pieces, at=at, value=recipient.value)
    )


def text_of(piece: LiteralText | Field, recipient: Recipient) -> str:
    """Return what *recipient* reads at *piece*."""
    return value_of(piece, recipient) if isinstance(piece, Field) else literal(piece.text)


def _refuse_address(field: Field, value: str, recipient: Recipient) -> None:
    """An address in a URL ends in the logs of every server on the way, so no message is made that holds one."""
    if recipient.address.email.casefold() in value.casefold():
        raise ComposeError(
            f'{recipient.address.email}: the field "{field.name}" stands in a link and holds this reader\'s address. '
            "Take the field out of the link."
        )


def percent_encoded(value: str) -> str:
    """Return *value* as a part of a URL (RFC 3986 §2.1)."""
    return value if _UNRESERVED.fullmatch(value) else percent_encode(value, safe="")


def _unchanged(value: str) -> str:
    return value


#: What makes a clean value harmless, by place.
ESCAPES: dict[FieldContext, Callable[[str], str]] = {
    FieldContext.HTML_TEXT: html.escape,
    FieldContext.HTML_ATTRIBUTE: html.escape,
    FieldContext.HTML_URL: percent_encoded,
    FieldContext.TEXT: _unchanged,
    FieldContext.TEXT_URL: percent_encoded,
    FieldContext.HEADER: _unchanged,
    FieldContext.CHOICE: _unchanged,
}


def _balance(value: str) -> str:
    """Drop what closes nothing and close what is open at the end (UAX #9, BD8 to BD11)."""
    kept: list[str] = []
    is_open: list[str] = []
    for character in value:
        if character in _EMBEDDINGS:
            is_open.append(_PDF)
        elif character in _ISOLATES:
            is_open.append(_PDI)
        elif character == _PDI and _PDI in is_open:
            while is_open.pop() != _PDI:
                pass  # embeddings inside an isolate end with it
        elif character == _PDF and is_open[-1:] == [_PDF]:
            is_open.pop()
        elif character in (_PDF, _PDI):
            continue
        kept.append(character)
    return "".join(kept) + "".join(reversed(is_open))
