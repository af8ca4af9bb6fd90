"""
The texts of an edition, encoded and cut at their fields.

A plate holds what all readers get for whom the edition's choices fall out alike; a slot is a place in it where a
reader's values go.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from pipeline.errors import ComposeError
from pipeline.mail.field_values import literal, text_of, value_of
from pipeline.mail.headers import unstructured
from pipeline.mail.mime import Frame
from pipeline.mail.quoted_printable import SOFT_BREAK, quote, quote_last, quote_value
from pipeline.models.edition import (
    Edition,
    Field,
    FieldContext,
    LiteralText,
    Pieces,
    flatten,
    resolve_choices,
)
from pipeline.models.message import has_leading_dot
from pipeline.models.recipient import Recipient

Slot = Callable[[Recipient], bytes]

_PLACES = {
    "subject": {FieldContext.HEADER},
    "html": {FieldContext.HTML_TEXT, FieldContext.HTML_ATTRIBUTE, FieldContext.HTML_URL},
    "text": {FieldContext.TEXT, FieldContext.TEXT_URL},
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Plate:
    """
    An edition, its choices made.

    Args:
        subject: Writes the whole header field.
        parts: The message from MIME-Version on, with an empty part where a slot stands.
        slots: Each with the index of its part.
        has_leading_dot: Whether a line of those parts may begin with a dot; none should.
    """

    subject: Slot
    parts: tuple[bytes, ...]
    slots: tuple[tuple[int, Slot], ...]
    has_leading_dot: bool

    def body(self, recipient: Recipient) -> list[bytes]:
        """Return the parts with the values of *recipient* in their places."""
        parts = list(self.parts)
        for index, slot in self.slots:
            parts[index] = slot(recipient)
        return parts


def engrave(edition: Edition, frame: Frame, *, recipient: Recipient, at: datetime) -> Plate:
    """Encode the wordings of *edition* that hold for *recipient*, and all who are like them, at the instant *at*."""

    def hold(pieces: Pieces) -> Iterator[LiteralText | Field]:
        return resolve_choices(pieces, at=at, value=recipient.value)

    runs = [
        frame.head,
        *_runs(hold(edition.text)),
        frame.middle,
        *_runs(hold(edition.html)),
        frame.tail,
    ]
    parts = tuple(run if isinstance(run, bytes) else b"" for run in runs)
    return Plate(
        subject=_subject(tuple(hold(edition.subject))),
        parts=parts,
        slots=tuple((index, run) for index, run in enumerate(runs) if not isinstance(run, bytes)),
        has_leading_dot=has_leading_dot(b"\r\n".join(parts)),
    )


def check_places(edition: Edition) -> None:
    """
    See that every field is marked for the part it stands in, since its value is escaped by that mark.

    Raises:
        ComposeError: One is not.
    """
    for part, places in _PLACES.items():
        for piece in flatten(getattr(edition, part)):
            if isinstance(piece, Field) and piece.context not in places:
                raise ComposeError(
                    f'The field "{piece.name}" stands in the {part} but is marked for {piece.context.value}: its value '
                    "would be escaped for the wrong place. Please report this."
                )


def _subject(pieces: tuple[LiteralText | Field, ...]) -> Slot:
    if not any(isinstance(piece, Field) for piece in pieces):
        same = unstructured("Subject", "".join(literal(piece.text) for piece in _literals(pieces)))
        return lambda recipient: same
    return lambda recipient: unstructured(
        "Subject", "".join([text_of(piece, recipient) for piece in pieces])
    )


def _runs(pieces: Iterable[LiteralText | Field]) -> Iterator[bytes | Slot]:
    """Yield the literals encoded and, for each run of fields between them, a slot."""
    written = (piece for piece in pieces if piece != LiteralText(text=""))
    runs = [tuple(run) for _, run in groupby(written, type)]
    for left, run in zip(range(len(runs) - 1, -1, -1), runs, strict=True):
        if fields := tuple(piece for piece in run if isinstance(piece, Field)):
            yield _slot(fields, quote_value if left else quote_last)
            continue
        quoted = quote("".join(literal(piece.text) for piece in _literals(run)))
        # Before the last slot there is no break: an encoding may not end in one (RFC 2045 §6.7),
        # so that slot brings its own when it has something to say.
        yield quoted if left < 2 or quoted.endswith(b"\r\n") else quoted + SOFT_BREAK


def _slot(fields: tuple[Field, ...], encode: Callable[[str], bytes]) -> Slot:
    if len(fields) == 1:
        (field,) = fields
        return lambda recipient: encode(value_of(field, recipient))
    return lambda recipient: encode("".join([value_of(field, recipient) for field in fields]))


def _literals(pieces: Iterable[LiteralText | Field]) -> Iterator[LiteralText]:
    return (piece for piece in pieces if isinstance(piece, LiteralText))
