"""
The edition: an issue rendered once, ready to become any number of messages.

Its texts are lists of *pieces*: what every reader gets, fields filled in per reader, and choices between wordings, made
at the moment of hand-over by the instant or by a value of the reader's. What was rendered, checked and approved is
named by one digest over all of it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from functools import cached_property
from typing import ClassVar

from pipeline.models.finding import Finding
from pipeline.models.publication import Publication
from pipeline.models.tree import to_json, walk


class FieldContext(Enum):
    """Where a field stands, and so how its value is escaped."""

    #: Between tags.
    HTML_TEXT = "html-text"
    #: In a quoted attribute that is no URL.
    HTML_ATTRIBUTE = "html-attribute"
    #: In a URL within a quoted attribute: percent-encoded.
    HTML_URL = "html-url"
    #: In the text part.
    TEXT = "text"
    #: In a URL within the text part: percent-encoded.
    TEXT_URL = "text-url"
    #: In a header.
    HEADER = "header"
    #: Not shown: it decides between wordings.
    CHOICE = "choice"


@dataclass(frozen=True, kw_only=True, slots=True)
class LiteralText:
    """What every reader gets."""

    text: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Field:
    """
    A value of the reader's.

    Args:
        name: The field's name, `name`.
        fallback: What stands for an absent or empty value; null if the author gave none.
        context: Where it stands; its value is escaped for that place.
    """

    name: str
    fallback: str | None
    context: FieldContext


@dataclass(frozen=True, kw_only=True, slots=True)
class DeadlineChoice:
    """
    Two wordings, chosen by the instant of hand-over.

    Args:
        until: Aware; the first instant at which *after* holds.
    """

    until: datetime
    before: Pieces
    after: Pieces


@dataclass(frozen=True, kw_only=True, slots=True)
class ChoiceCase:
    """A wording for the readers whose value is one of *values*, in whatever case and spacing."""

    values: tuple[str, ...]
    pieces: Pieces


@dataclass(frozen=True, kw_only=True, slots=True)
class FieldChoice:
    """
    Wordings chosen by a value of the reader's.

    Args:
        name: The field's name, `donor`.
        cases: The first that names the reader's value holds.
        otherwise: What everybody else gets.
    """

    name: str
    cases: tuple[ChoiceCase, ...]
    otherwise: Pieces

    def select(self, value: str) -> Pieces:
        """Return what a reader whose field has *value* gets."""
        wanted = normalize_value(value)
        for case in self.cases:
            if wanted in map(normalize_value, case.values):
                return case.pieces
        return self.otherwise


Choice = DeadlineChoice | FieldChoice
Piece = LiteralText | Field | DeadlineChoice | FieldChoice
Pieces = tuple[Piece, ...]


def normalize_value(value: str) -> str:
    """Return the form in which values are compared: upper and lower case and white space make no difference."""
    return " ".join(value.split()).casefold()


@dataclass(frozen=True, kw_only=True, slots=True)
class InlineImage:
    """A picture that travels in the message, named by `cid:` in its HTML."""

    #: For pydantic, by which editions are stored; importing its `ConfigDict` would load it with the models.
    __pydantic_config__: ClassVar[dict[str, str]] = {
        "ser_json_bytes": "base64",
        "val_json_bytes": "base64",
    }

    content_id: str
    media_type: str
    content: bytes
    filename: str


@dataclass(frozen=True, kw_only=True)
class Edition:
    """
    A rendered issue.

    Args:
        title: The article's title, "" if it has none.
        language: BCP 47 tag.
        direction: `ltr` or `rtl`.
        html: The HTML part, complete with doctype.
        text: The text part.
        list_id: The List-Id of the publication (RFC 2919), `name.domain`.
        findings: What rendering had to leave out; shown with the findings of the checks.
    """

    publication: Publication
    title: str
    language: str
    direction: str
    subject: Pieces
    html: Pieces
    text: Pieces
    images: tuple[InlineImage, ...] = ()
    list_id: str
    findings: tuple[Finding, ...] = ()

    @cached_property
    def digest(self) -> str:
        """SHA-256 over everything above, 64 hexadecimal digits: the same digest is the same mail."""
        form = json.dumps(to_json(self), ensure_ascii=True, separators=(",", ":"), sort_keys=True)
        return hashlib.sha256(form.encode("ascii")).hexdigest()

    @cached_property
    def fields(self) -> tuple[Field, ...]:
        """
        The fields this edition uses, each name, fallback and place once, in order of first use.

        Those that only decide between wordings are among them, with the place `CHOICE`.
        """
        used = (piece for part in (self.subject, self.html, self.text) for piece in walk(part))
        return tuple(dict.fromkeys(field for piece in used if (field := _field(piece))))

    @property
    def field_names(self) -> list[str]:
        """The names of the fields that a reader may have values for, sorted."""
        return sorted({field.name for field in self.fields} - {"unsubscribe_token"})


def get_branches(piece: Piece) -> tuple[Pieces, ...]:
    """Return the wordings of a choice, none if *piece* is no choice."""
    if isinstance(piece, DeadlineChoice):
        return piece.before, piece.after
    if isinstance(piece, FieldChoice):
        return (*(case.pieces for case in piece.cases), piece.otherwise)
    return ()


def flatten(pieces: Pieces) -> Iterator[LiteralText | Field]:
    """Yield the literals and fields of *pieces*, those of every wording of every choice among them."""
    return (piece for piece in walk(pieces) if isinstance(piece, LiteralText | Field))


def resolve_choices(
    pieces: Pieces, *, at: datetime, value: Callable[[str], str]
) -> Iterator[LiteralText | Field]:
    """
    Yield the literals and fields that hold.

    Args:
        at: The instant of hand-over.
        value: Returns the reader's value of a field, "" if there is none.
    """
    for piece in pieces:
        if isinstance(piece, DeadlineChoice):
            wording = piece.before if at < piece.until else piece.after
            yield from resolve_choices(wording, at=at, value=value)
        elif isinstance(piece, FieldChoice):
            yield from resolve_choices(piece.select(value(piece.name)), at=at, value=value)
        else:
            yield piece


def _field(piece: Piece) -> Field | None:
    if isinstance(piece, FieldChoice):
        return Field(name=piece.name, fallback="", context=FieldContext.CHOICE)
    return piece if isinstance(piece, Field) else None
