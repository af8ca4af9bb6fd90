"""The issue: an article edited for one mailing, with its subject and its ask."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from pipeline.article import Article, Block
from pipeline.publication import Publication


class Frequency(Enum):
    """How often a gift is given."""

    ONCE = "once"
    MONTHLY = "monthly"


@dataclass(frozen=True, kw_only=True, slots=True)
class Position:
    """
    Where an appeal stands: after that many of the article's top-level paragraphs.

    Args:
        after: 0 is the start, before the first paragraph; null the end, between the text and the notes.
    """

    after: int | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class AskAmount:
    """A gift one button asks for: *minor* units of the appeal's currency (cents), once or each month."""

    minor: int
    frequency: Frequency = Frequency.ONCE


@dataclass(frozen=True, kw_only=True, slots=True)
class Appeal:
    """
    The ask.

    Args:
        text: Paragraphs, an empty line between two.
        url: An https URL; `{amount}` (major units), `{currency}`, `{frequency}` and `{refcode}` are filled in.
        amounts: What the amount buttons ask for, in the order shown.
        currency: ISO 4217 code.
        refcode: Tells the processor which letter and button a gift came from; letters, digits and underscore.
        match: One line about a matching gift.
        deadline: The first instant at which the ask is over.
        after_deadline: What stands in its place from then on.
        disclosure: What the law wants said beside an ask.
        positions: Where it stands, once or several times.
        blocks: The words of an appeal found in the article's text; they stand in place of heading, text and bullets.
        is_quiet: Set as plain text on a calm ground, without buttons.
    """

    heading: str = ""
    text: str = ""
    bullets: tuple[str, ...] = ()
    button: str = ""
    url: str | None = None
    amounts: tuple[AskAmount, ...] = ()
    currency: str = "USD"
    refcode: str | None = None
    match: str = ""
    deadline: datetime | None = None
    after_deadline: str = ""
    disclosure: str = ""
    positions: tuple[Position, ...] = (Position(),)
    blocks: tuple[Block, ...] = ()
    is_quiet: bool = False


class NoteAnchors(Enum):
    """Where a reference leads."""

    #: To the note at the end of the mail.
    MAIL = "mail"
    #: To the note on the article's web page.
    WEB = "web"
    #: Nowhere: references are plain numbers.
    NONE = "none"


@dataclass(frozen=True, kw_only=True, slots=True)
class Issue:
    """
    An article edited for one mailing.

    Args:
        subject: One line, may hold fields.
        preheader: What the inbox shows after the subject; may hold fields.
        language: BCP 47 tag, the article's or else the publication's.
        appeals: The asks, in no order: each knows its positions.
    """

    article: Article
    publication: Publication
    subject: str
    preheader: str = ""
    language: str = "en"
    appeals: tuple[Appeal, ...] = ()
    note_anchors: NoteAnchors = NoteAnchors.MAIL
