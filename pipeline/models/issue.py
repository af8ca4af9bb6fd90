"""The issue: an article edited for one mailing, with its subject and its ask."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import Enum

from pipeline.models.article import Article, Block
from pipeline.models.publication import Publication


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
class AppealAmount:
    """A gift one button asks for: *minor* units of the appeal's currency (cents), once or each month."""

    minor: int
    frequency: Frequency = Frequency.ONCE


@dataclass(frozen=True, kw_only=True, slots=True)
class Goal:
    """What is to be raised and what has been so far: *minor* units of the appeal's currency."""

    minor: int
    raised_minor: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class Utm:
    """What the publication's own statistics learn from a link; an empty *campaign* is the letter's title."""

    source: str
    medium: str = "email"
    campaign: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class AppealVariant:
    """
    Another ask, or none, for some readers.

    Args:
        field: The reader's field that decides.
        values: Those it holds for.
        appeal: What they get; its positions do not count.
    """

    field: str
    values: tuple[str, ...]
    appeal: Appeal


@dataclass(frozen=True, kw_only=True, slots=True)
class Appeal:
    """
    The ask.

    Args:
        text: Paragraphs, an empty line between two.
        button: Words on the main button; null says "Donate" in the letter's language, "" sets none.
        url: An https URL; `{amount}` (major units), `{currency}`, `{frequency}` and `{refcode}` are filled in.
        processor: A name of `pipeline.donation_links`, or "" for a page of one's own.
        amounts: What the amount buttons ask for, in the order shown.
        currency: ISO 4217 code.
        refcode: Tells the processor which letter and button a gift came from; letters, digits and underscore.
        code: Tells the variant apart in reference codes.
        match: One line about a matching gift.
        match_times: What a gift is multiplied by; readers see an example.
        deadline: The first instant at which the ask is over.
        after_deadline: What stands in its place from then on.
        disclosure: What the law wants said beside an ask.
        charges_immediately: Whether an amount's link makes the gift at once for those whose payment details are saved.
        positions: Where it stands, once or several times.
        blocks: The words of an appeal found in the article's text; they stand in place of heading, text and bullets.
        is_muted: Set as plain text on a calm ground, without buttons.
        variants: For whom it is another; the first that fits a reader holds.
    """

    heading: str = ""
    text: str = ""
    bullets: tuple[str, ...] = ()
    button: str | None = ""
    url: str | None = None
    processor: str = ""
    amounts: tuple[AppealAmount, ...] = ()
    currency: str = "USD"
    refcode: str | None = None
    code: str = ""
    utm: Utm | None = None
    match: str = ""
    match_times: Decimal | None = None
    goal: Goal | None = None
    deadline: datetime | None = None
    after_deadline: str = ""
    disclosure: str = ""
    charges_immediately: bool = False
    positions: tuple[Position, ...] = (Position(),)
    blocks: tuple[Block, ...] = ()
    is_muted: bool = False
    variants: tuple[AppealVariant, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether nothing would be seen of it."""
        words = (self.heading, self.text, self.bullets, self.match, self.disclosure)
        return not any((*words, self.goal, self.blocks, self.url))


class NoteAnchors(Enum):
    """Where a reference leads."""

    #: To the note at the end of the mail.
    MAIL = "mail"
    #: To the note on the article's web page.
    WEB = "web"
    #: Nowhere: references are plain numbers.
    NONE = "none"


class SizePolicy(Enum):
    """What happens to a letter whose HTML is longer than its limit."""

    #: It stays as it is, and somebody is told.
    WARN = "warn"
    #: Styles that many elements share move to the head, and white space goes.
    TRIM = "trim"
    #: A link to the web version stands in place of the notes.
    NOTES_ONLINE = "notes-online"
    #: A first part stands in the letter, and a link to the rest.
    EXCERPT = "excerpt"


@dataclass(frozen=True, kw_only=True, slots=True)
class SizeLimit:
    """
    How long a letter may be.

    Args:
        limit_bytes: Of the HTML part as it is sent. Gmail cuts at 102,400; below it stays room for what a relay adds.
    """

    policy: SizePolicy = SizePolicy.WARN
    limit_bytes: int = 100_000


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
    size: SizeLimit = SizeLimit()
