"""
The edition: an issue rendered once, ready to become any number of messages.

Its texts are lists of *pieces*: what every reader gets, fields filled in per reader, and choices made at the moment of
hand-over. What was rendered, checked and approved is named by one digest over all of it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, fields
from datetime import datetime
from enum import Enum
from functools import cached_property
from typing import Any

from pipeline.finding import Finding
from pipeline.publication import Publication


class Place(Enum):
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


@dataclass(frozen=True, kw_only=True, slots=True)
class Literal:
    """What every reader gets."""

    text: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Field:
    """
    A value of the reader's.

    Args:
        name: The field's name, `name`.
        fallback: What stands for an absent or empty value; null if the author gave none.
        place: Where it stands; its value is escaped for that place.
    """

    name: str
    fallback: str | None
    place: Place


@dataclass(frozen=True, kw_only=True, slots=True)
class Choice:
    """
    Two wordings, chosen by the instant of hand-over.

    Args:
        until: Aware; the first instant at which *after* holds.
    """

    until: datetime
    before: Pieces
    after: Pieces


Piece = Literal | Field | Choice
Pieces = tuple[Piece, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class InlineImage:
    """A picture that travels in the message, named by `cid:` in its HTML."""

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
        notices: What rendering had to leave out; shown with the findings of the checks.
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
    notices: tuple[Finding, ...] = ()

    @cached_property
    def digest(self) -> str:
        """SHA-256 over everything above, 64 hexadecimal digits: the same digest is the same mail."""
        form = json.dumps(_plain(self), ensure_ascii=True, separators=(",", ":"), sort_keys=True)
        return hashlib.sha256(form.encode("ascii")).hexdigest()

    @cached_property
    def fields(self) -> tuple[Field, ...]:
        """The fields this edition uses, each name, fallback and place once, in order of first use."""
        used = (piece for part in (self.subject, self.html, self.text) for piece in flat(part))
        return tuple(dict.fromkeys(piece for piece in used if isinstance(piece, Field)))


def flat(pieces: Pieces) -> Iterator[Literal | Field]:
    """Yield the literals and fields of *pieces*, those of both wordings of every choice among them."""
    for piece in pieces:
        if isinstance(piece, Choice):
            yield from flat(piece.before)
            yield from flat(piece.after)
        else:
            yield piece


def _plain(
    value: Any,
) -> Any:  # Any: nested dataclasses, tuples, enums, strings, bytes and instants
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, bytes):
        return hashlib.sha256(value).hexdigest()
    if isinstance(value, datetime):
        return value.isoformat()
    if not hasattr(value, "__dataclass_fields__"):
        return value
    form = {f.name: _plain(getattr(value, f.name)) for f in fields(value)}
    return {"kind": type(value).__name__} | form
