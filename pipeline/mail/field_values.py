"""Field values: the recipient's value, reduced to one safe line and escaped for its place."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from datetime import datetime
from urllib.parse import quote

from pipeline.errors import ComposeError
from pipeline.models.edition import (
    CONSTANT_PREFIX,
    Field,
    FieldContext,
    LiteralText,
    Pieces,
    resolve_choices,
)
from pipeline.models.recipient import Recipient

# Control characters (Unicode category Cc) and the two separators that some clients treat as line ends.
_CONTROLS = re.compile(r"\r\n|[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_SURROGATES = re.compile(r"[\ud800-\udfff]")
_UNRESERVED = re.compile(r"[A-Za-z0-9._~-]*")  # RFC 3986 §2.3; tokens consist of these
_LINE_ENDS = re.compile(r"\r\n?")
_URL_PLACES = frozenset({FieldContext.HTML_URL, FieldContext.TEXT_URL})

_EMBEDDINGS = frozenset("\u202a\u202b\u202d\u202e")  # LRE RLE LRO RLO, closed by PDF
_ISOLATES = frozenset("\u2066\u2067\u2068")  # LRI RLI FSI, closed by PDI
_PDF, _PDI = "\u202c", "\u2069"
_DIRECTIONS = re.compile(r"[\u202a-\u202e\u2066-\u2069]")
# Any of the above: one search is enough for most values.
_UNCLEAN = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")


def clean_value(value: str) -> str:
    """
    Return *value* as one line that cannot affect the text after it.

    Control characters and line ends become a space, lone surrogates become U+FFFD, and changes of writing direction
    (UAX #9) are closed at the end of the value.
    """
    if not _UNCLEAN.search(value):
        return value
    value = _CONTROLS.sub(" ", _SURROGATES.sub("\ufffd", value))
    return _balance_directions(value) if _DIRECTIONS.search(value) else value


def clean_literal(text: str) -> str:
    """Return *text* with line ends `\\n` and without lone surrogates."""
    return _SURROGATES.sub("\ufffd", _LINE_ENDS.sub("\n", text))


def format_field_value(field: Field, recipient: Recipient) -> str:
    """
    Return the value of *field* for *recipient*, escaped for its place; a blank value counts as missing.

    Raises:
        ComposeError: There is neither value nor fallback, or a URL would contain the recipient's address.
    """
    value = clean_value(recipient.value(field.name))
    if value and not value.isspace():
        if "@" in value and field.context in _URL_PLACES:
            _reject_address(field, value, recipient)
        return ESCAPES[field.context](value)
    if field.name.startswith(CONSTANT_PREFIX):
        raise ComposeError(
            "The sum that was raised is not filled in, so no message is composed. This is a bug in Handbill; please "
            "report it."
        )
    if field.fallback is None:
        raise ComposeError(
            f'{recipient.address.email} has no value for the field "{field.name}", and the field has no fallback. '
            f'Add the value, or a fallback: {{{{ {field.name} | "reader" }}}}.'
        )
    return ESCAPES[field.context](clean_value(field.fallback))


def fill_fields(pieces: Pieces, recipient: Recipient, *, at: datetime) -> str:
    """
    Return *pieces* as *recipient* reads them at the time *at*, with line ends `\\n`.

    This is the text that `compose()` encodes, for previews and services that take texts instead of bytes.

    Raises:
        ComposeError: A field has neither value nor fallback.
    """
    return "".join(
        format_piece(piece, recipient)
        for piece in resolve_choices(pieces, at=at, value=recipient.value)
    )


def format_piece(piece: LiteralText | Field, recipient: Recipient) -> str:
    """Return what *recipient* reads at *piece*."""
    if isinstance(piece, Field):
        return format_field_value(piece, recipient)
    return clean_literal(piece.text)


def _reject_address(field: Field, value: str, recipient: Recipient) -> None:
    """An address in a URL ends up in the log of every server involved, so no such message is composed."""
    if recipient.address.email.casefold() in value.casefold():
        raise ComposeError(
            f'{recipient.address.email}: the field "{field.name}" is used in a link and contains this recipient\'s '
            "address. Remove the field from the link."
        )


def percent_encode(value: str) -> str:
    """Return *value* encoded as a component of a URL (RFC 3986 §2.1)."""
    return value if _UNRESERVED.fullmatch(value) else quote(value, safe="")


def _keep(value: str) -> str:
    return value


#: How a clean value is escaped, by place.
ESCAPES: dict[FieldContext, Callable[[str], str]] = {
    FieldContext.HTML_TEXT: html.escape,
    FieldContext.HTML_ATTRIBUTE: html.escape,
    FieldContext.HTML_URL: percent_encode,
    FieldContext.TEXT: _keep,
    FieldContext.TEXT_URL: percent_encode,
    FieldContext.HEADER: _keep,
    FieldContext.CHOICE: _keep,
}


def _balance_directions(value: str) -> str:
    """Drop closing characters without an opening one and close what is still open (UAX #9, BD8 to BD11)."""
    balanced: list[str] = []
    closers: list[str] = []
    for character in value:
        if character in _EMBEDDINGS:
            closers.append(_PDF)
        elif character in _ISOLATES:
            closers.append(_PDI)
        elif character == _PDI and _PDI in closers:
            while closers.pop() != _PDI:
                pass  # embeddings inside an isolate end with it
        elif character == _PDF and closers[-1:] == [_PDF]:
            closers.pop()
        elif character in (_PDF, _PDI):
            continue
        balanced.append(character)
    return "".join(balanced) + "".join(reversed(closers))
