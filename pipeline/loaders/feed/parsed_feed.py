"""A feed as parsed, whatever its format: RSS, Atom or JSON Feed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import Enum


class AttachmentKind(Enum):
    """What an attachment is."""

    #: A picture.
    IMAGE = "image"
    #: A recording, a video or any other file.
    FILE = "file"


@dataclass(frozen=True, kw_only=True, slots=True)
class Attachment:
    """A picture, recording or file that an entry names beside its text; *width* is in pixels, 0 if not known."""

    url: str
    kind: AttachmentKind
    description: str = ""
    title: str = ""
    credit: str = ""
    width: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class ParsedEntry:
    """
    An entry of a feed.

    Args:
        id: Its guid, "" if it has none.
        link: As declared, possibly relative or unsafe.
        authors: Their names as declared, mail addresses included.
        date_text: The date as declared.
        published: The same, aware; None if it cannot be read.
        content: The whole text as HTML, "" if the entry has only a summary.
        summary: As HTML.
    """

    id: str = ""
    link: str = ""
    title: str = ""
    authors: tuple[str, ...] = ()
    date_text: str = ""
    published: datetime | None = None
    content: str = ""
    summary: str = ""
    attachments: tuple[Attachment, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class ParsedFeed:
    """A feed: its entries in its own order, and its language."""

    entries: tuple[ParsedEntry, ...]
    language: str = ""
