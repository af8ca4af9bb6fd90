"""
Variants of an edition: which recipients get the same choices, and the texts encoded once for all of them.

An encoded variant is cut at the edition's fields; a slot is the gap where a recipient's values go.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from pipeline.errors import ComposeError
from pipeline.mail.field_values import clean_literal, format_field_value, format_piece
from pipeline.mail.headers.header_fields import format_text_field
from pipeline.mail.mime import MimeFrame
from pipeline.mail.quoted_printable import SOFT_BREAK, quote, quote_last, quote_value
from pipeline.models.edition import (
    DeadlineChoice,
    Edition,
    Field,
    FieldChoice,
    FieldContext,
    LiteralText,
    Pieces,
    SplitChoice,
    flatten,
    normalize_value,
    resolve_choices,
)
from pipeline.models.message import has_leading_dot
from pipeline.models.recipient import Recipient
from pipeline.models.tree import walk

#: Encodes what one recipient gets at this position.
Slot = Callable[[Recipient], bytes]

#: The number of deadlines passed, the case of each split and, for each deciding field, the recipient's value; None if
#: no choice names it.
VariantKey = tuple[int | str | None, ...]

_ALLOWED_PLACES = {
    "subject": {FieldContext.HEADER},
    "html": {FieldContext.HTML_TEXT, FieldContext.HTML_ATTRIBUTE, FieldContext.HTML_URL},
    "text": {FieldContext.TEXT, FieldContext.TEXT_URL},
}


class VariantSelector:
    """Tells which variant of *edition* a recipient gets, so that each one that occurs is encoded once."""

    def __init__(self, edition: Edition) -> None:
        pieces = [p for part in (edition.subject, edition.text, edition.html) for p in walk(part)]
        self._deadlines = sorted({p.until for p in pieces if isinstance(p, DeadlineChoice)})
        values_by_field: dict[str, set[str]] = {}
        for piece in pieces:
            if isinstance(piece, FieldChoice):
                values = (value for case in piece.cases for value in case.values)
                values_by_field.setdefault(piece.name, set()).update(map(normalize_value, values))
        self._values_by_field = tuple(values_by_field.items())
        splits = {p.name: p for p in pieces if isinstance(p, SplitChoice)}
        self._splits = tuple((name, split.limits) for name, split in splits.items())

    def select(self, recipient: Recipient, at: datetime) -> VariantKey:
        """Return the key of the variant that *recipient* gets at the time *at*."""
        passed = bisect_right(self._deadlines, at)
        if not self._values_by_field and not self._splits:
            return (passed,)
        cases = (
            bisect_right(limits, int(draw)) if (draw := recipient.value(name)) else len(limits)
            for name, limits in self._splits
        )
        values = (
            value if (value := normalize_value(recipient.value(name))) in values else None
            for name, values in self._values_by_field
        )
        return (passed, *cases, *values)


@dataclass(frozen=True, kw_only=True, slots=True)
class EncodedVariant:
    """
    An edition with its choices made, encoded.

    Args:
        format_subject: Writes the whole header field for a recipient.
        chunks: The message from MIME-Version on, with an empty chunk for each slot.
        slots: Each with the index of its chunk.
        has_leading_dot: Whether a line of the chunks may begin with a dot; none should.
    """

    format_subject: Slot
    chunks: tuple[bytes, ...]
    slots: tuple[tuple[int, Slot], ...]
    has_leading_dot: bool

    def fill(self, recipient: Recipient) -> list[bytes]:
        """Return the chunks with the values of *recipient* filled in."""
        chunks = list(self.chunks)
        for index, slot in self.slots:
            chunks[index] = slot(recipient)
        return chunks


def encode_variant(
    edition: Edition, frame: MimeFrame, *, recipient: Recipient, at: datetime
) -> EncodedVariant:
    """Encode the variant of *edition* that *recipient*, and everyone with the same key, gets at the time *at*."""

    def choose(pieces: Pieces) -> Iterator[LiteralText | Field]:
        return resolve_choices(pieces, at=at, value=recipient.value)

    encoded = [
        frame.head,
        *_encode_pieces(choose(edition.text)),
        frame.middle,
        *_encode_pieces(choose(edition.html)),
        frame.tail,
    ]
    chunks = tuple(item if isinstance(item, bytes) else b"" for item in encoded)
    return EncodedVariant(
        format_subject=_build_subject(tuple(choose(edition.subject))),
        chunks=chunks,
        slots=tuple((i, item) for i, item in enumerate(encoded) if not isinstance(item, bytes)),
        has_leading_dot=has_leading_dot(b"\r\n".join(chunks)),
    )


def list_fields(edition: Edition) -> frozenset[str]:
    """Return the names of the fields and splits of *edition*, also those that only decide what somebody reads."""
    parts = (edition.subject, edition.text, edition.html)
    kinds = (Field, FieldChoice, SplitChoice)
    return frozenset(each.name for part in parts for each in walk(part) if isinstance(each, kinds))


def check_field_places(edition: Edition) -> None:
    """
    Check that every field is marked for the part it is in, since the mark decides how its value is escaped.

    Raises:
        ComposeError: A field is marked for another part.
    """
    for part, places in _ALLOWED_PLACES.items():
        for piece in flatten(getattr(edition, part)):
            if isinstance(piece, Field) and piece.context not in places:
                raise ComposeError(
                    f'The field "{piece.name}" is in the {part} but marked for {piece.context.value}, so its value '
                    "would be escaped for the wrong place. This is a bug in Handbill; please report it."
                )


def _build_subject(pieces: tuple[LiteralText | Field, ...]) -> Slot:
    if not any(isinstance(piece, Field) for piece in pieces):
        constant = format_text_field("Subject", _join_literals(pieces))
        return lambda recipient: constant
    return lambda recipient: format_text_field(
        "Subject", "".join([format_piece(piece, recipient) for piece in pieces])
    )


def _encode_pieces(pieces: Iterable[LiteralText | Field]) -> Iterator[bytes | Slot]:
    """Yield the literals encoded, and a slot for each run of fields between them."""
    nonempty = (piece for piece in pieces if piece != LiteralText(text=""))
    runs = [tuple(run) for _, run in groupby(nonempty, type)]
    for remaining, run in zip(range(len(runs) - 1, -1, -1), runs, strict=True):
        if fields := tuple(piece for piece in run if isinstance(piece, Field)):
            yield _build_slot(fields, quote_value if remaining else quote_last)
            continue
        quoted = quote(_join_literals(run))
        # No soft break before the last slot: an encoded text must not end in one (RFC 2045 §6.7),
        # so that slot writes its own if its value is not empty.
        needs_break = remaining >= 2 and not quoted.endswith(b"\r\n")
        yield quoted + SOFT_BREAK if needs_break else quoted


def _build_slot(fields: tuple[Field, ...], encode: Callable[[str], bytes]) -> Slot:
    if len(fields) == 1:
        (field,) = fields
        return lambda recipient: encode(format_field_value(field, recipient))
    return lambda recipient: encode("".join([format_field_value(f, recipient) for f in fields]))


def _join_literals(pieces: Iterable[LiteralText | Field]) -> str:
    return "".join(clean_literal(piece.text) for piece in pieces if isinstance(piece, LiteralText))
