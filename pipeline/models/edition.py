"""
The edition: an issue rendered once, from which all messages are composed.

Its texts are sequences of *pieces*: literal text, fields to be filled in for each recipient, and choices between
branches, made when a message is sent: by time, by a field or by a draw. One digest over all of it identifies what was
rendered, checked and approved.
"""

from __future__ import annotations

import hashlib
import json
from bisect import bisect_right
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from functools import cached_property
from itertools import accumulate
from typing import ClassVar

from pipeline.models.finding import Finding
from pipeline.models.publication import Publication
from pipeline.models.recipient import DRAWS
from pipeline.models.reference_code import ReferenceCode
from pipeline.models.tree import to_json, walk

#: The field with the recipient's address.
ADDRESS_FIELD = "recipient_address"
#: Fields that nobody fills in: the address and tokens.
INTERNAL_FIELDS = frozenset({ADDRESS_FIELD, "unsubscribe_token", "preferences_token"})
#: Of fields that are the same for all recipients, and filled in when a campaign starts; no author can write one.
CONSTANT_PREFIX = ":"


def is_internal(name: str) -> bool:
    """Whether no subscriber has a value for the field *name*."""
    return name in INTERNAL_FIELDS or name.startswith(CONSTANT_PREFIX)


class FieldContext(Enum):
    """Where a field is used, which determines how its value is escaped."""

    #: Between tags.
    HTML_TEXT = "html-text"
    #: In a quoted attribute that is not a URL.
    HTML_ATTRIBUTE = "html-attribute"
    #: In a URL within a quoted attribute: percent-encoded.
    HTML_URL = "html-url"
    #: In the text part.
    TEXT = "text"
    #: In a URL within the text part: percent-encoded.
    TEXT_URL = "text-url"
    #: In a header.
    HEADER = "header"
    #: Not printed: it selects a branch.
    CHOICE = "choice"

    #: Each value is looked up by it, and that of `Enum` is written in Python.
    __hash__ = object.__hash__


@dataclass(frozen=True, kw_only=True, slots=True)
class LiteralText:
    """Text that every recipient gets."""

    text: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Field:
    """
    A value of the recipient.

    Args:
        name: Such as `name`.
        fallback: Replaces a missing or empty value; None if the author gave none.
        context: Where it is used.
    """

    name: str
    fallback: str | None
    context: FieldContext


@dataclass(frozen=True, kw_only=True, slots=True)
class DeadlineChoice:
    """
    A choice by the time a message is sent.

    Args:
        until: Aware; from then on *after* is used.
    """

    until: datetime
    before: Pieces
    after: Pieces


@dataclass(frozen=True, kw_only=True, slots=True)
class ChoiceCase:
    """The branch for recipients whose value is one of *values*, ignoring case and white space."""

    values: tuple[str, ...]
    pieces: Pieces


@dataclass(frozen=True, kw_only=True, slots=True)
class FieldChoice:
    """
    A choice by a field of the recipient.

    Args:
        name: Such as `donor`.
        cases: The first that matches is used.
        otherwise: Used if none matches.
    """

    name: str
    cases: tuple[ChoiceCase, ...]
    otherwise: Pieces

    def select(self, value: str) -> Pieces:
        """Return the branch for *value*."""
        normalized = normalize_value(value)
        for case in self.cases:
            if normalized in map(normalize_value, case.values):
                return case.pieces
        return self.otherwise


@dataclass(frozen=True, kw_only=True, slots=True)
class SplitCase:
    """The branch for *percent* of the recipients, 1 to 99; *code* is the variant's in reference codes."""

    code: str
    percent: int
    pieces: Pieces


@dataclass(frozen=True, kw_only=True, slots=True)
class SplitChoice:
    """
    A choice at random, which is the same for the same recipient each time.

    Args:
        name: What `Recipient.value()` has a draw for, see `split_name()`.
        cases: In order; each takes its share of the draws.
        otherwise: For all others.
    """

    name: str
    cases: tuple[SplitCase, ...]
    otherwise: Pieces

    @property
    def limits(self) -> tuple[int, ...]:
        """The first draw after those of each case, ascending."""
        return tuple(accumulate(case.percent * DRAWS // 100 for case in self.cases))

    def find_case(self, draw: str) -> SplitCase | None:
        """Return the case for *draw*, the digits of a number below `DRAWS`; None for all others and for ""."""
        index = bisect_right(self.limits, int(draw)) if draw else len(self.cases)
        return self.cases[index] if index < len(self.cases) else None

    def select(self, draw: str) -> Pieces:
        """Return the branch for *draw*."""
        case = self.find_case(draw)
        return case.pieces if case else self.otherwise


Choice = DeadlineChoice | FieldChoice | SplitChoice
Piece = LiteralText | Field | DeadlineChoice | FieldChoice | SplitChoice
Pieces = tuple[Piece, ...]


def normalize_value(value: str) -> str:
    """Return the form in which values are compared, ignoring case and extra white space."""
    return " ".join(value.split()).casefold()


@dataclass(frozen=True, kw_only=True, slots=True)
class InlineImage:
    """An image attached to the message, which its HTML refers to by `cid:`."""

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
        title: Of the article, may be empty.
        language: BCP 47 tag.
        direction: `ltr` or `rtl`.
        html: The HTML part, complete with doctype.
        text: The text part.
        codes: The reference codes of its donation links.
        document: What its page in the archive is made from, see `IssueDocument.to_text()`; "" without one.
        web_images: Images of the page that the message does not attach.
        list_id: The List-Id of the publication (RFC 2919), `name.domain`.
        findings: Problems found while rendering; shown with those of the checks.
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
    codes: tuple[ReferenceCode, ...] = ()
    findings: tuple[Finding, ...] = ()
    document: str = ""
    web_images: tuple[InlineImage, ...] = ()

    @cached_property
    def digest(self) -> str:
        """SHA-256 over all of the above, 64 hexadecimal digits: editions with the same digest are identical."""
        form = json.dumps(to_json(self), ensure_ascii=True, separators=(",", ":"), sort_keys=True)
        return hashlib.sha256(form.encode("ascii")).hexdigest()

    @cached_property
    def fields(self) -> tuple[Field, ...]:
        """
        The fields of this edition, each name, fallback and context once, in order of first use.

        Those that only select branches are included, with the context `CHOICE`.
        """
        used = (piece for part in (self.subject, self.html, self.text) for piece in walk(part))
        return tuple(dict.fromkeys(field for piece in used if (field := _get_field(piece))))

    @property
    def field_names(self) -> list[str]:
        """The names of the fields that subscribers may have values for, sorted."""
        return sorted({field.name for field in self.fields if not is_internal(field.name)})


def get_branches(piece: Piece) -> tuple[Pieces, ...]:
    """Return the branches of a choice, () if *piece* is not a choice."""
    if isinstance(piece, DeadlineChoice):
        return piece.before, piece.after
    if isinstance(piece, FieldChoice | SplitChoice):
        return (*(case.pieces for case in piece.cases), piece.otherwise)
    return ()


def flatten(pieces: Pieces) -> Iterator[LiteralText | Field]:
    """Yield the literal texts and fields of *pieces*, including those in all branches of choices."""
    return (piece for piece in walk(pieces) if isinstance(piece, LiteralText | Field))


def resolve_choices(
    pieces: Pieces, *, at: datetime, value: Callable[[str], str]
) -> Iterator[LiteralText | Field]:
    """
    Yield the literal texts and fields of *pieces* with each choice replaced by its selected branch.

    Args:
        at: When the message is sent.
        value: Returns the recipient's value of a field or draw of a split, "" without one.
    """
    for piece in pieces:
        if isinstance(piece, DeadlineChoice):
            branch = piece.before if at < piece.until else piece.after
            yield from resolve_choices(branch, at=at, value=value)
        elif isinstance(piece, FieldChoice | SplitChoice):
            yield from resolve_choices(piece.select(value(piece.name)), at=at, value=value)
        else:
            yield piece


def _get_field(piece: Piece) -> Field | None:
    if isinstance(piece, FieldChoice):
        return Field(name=piece.name, fallback="", context=FieldContext.CHOICE)
    return piece if isinstance(piece, Field) else None
