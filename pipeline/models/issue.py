"""The issue: an article edited for sending, with its subject and its appeals."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import Enum

from pipeline.models.article import Article, Block
from pipeline.models.publication import Publication
from pipeline.models.reference_code import UNKNOWN_ISSUE, IssueIdentity


class Frequency(Enum):
    """How often a gift is made."""

    ONCE = "once"
    MONTHLY = "monthly"


@dataclass(frozen=True, kw_only=True, slots=True)
class Position:
    """
    The position of an appeal: after that many of the article's top-level paragraphs.

    Args:
        after: 0 is the start, before the first paragraph; None the end, between the article and the notes.
    """

    after: int | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class AppealAmount:
    """
    The amount on one button, in *minor* units of the appeal's currency (cents), once or each month.

    Args:
        is_suggested: Whether its button stands out among the others.
    """

    minor: int
    frequency: Frequency = Frequency.ONCE
    is_suggested: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Goal:
    """
    A fundraising goal and the amount raised so far, in *minor* units of the appeal's currency.

    Args:
        is_counted: Whether that amount is counted from the gifts when the email is sent.
        since: The first day whose gifts count, None for all.
    """

    minor: int
    raised_minor: int = 0
    is_counted: bool = False
    since: date | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Utm:
    """The UTM parameters of links, for the publication's web analytics; an empty *campaign* means the email's title."""

    source: str
    medium: str = "email"
    campaign: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class AppealVariant:
    """
    The appeal for some recipients.

    Args:
        field: The field that selects it, or the name of the split.
        values: The values of the field that it is for; of a split, the code of the variant.
        percent: Its share of the recipients, in a split; None if a field selects it.
        appeal: What these recipients get, may be empty; its positions are ignored.
    """

    field: str
    values: tuple[str, ...]
    percent: int | None = None
    appeal: Appeal


@dataclass(frozen=True, kw_only=True, slots=True)
class Appeal:
    """
    A donation appeal.

    Args:
        text: Paragraphs separated by empty lines.
        button: Label of the button without an amount, a link where there are amounts; None for the label in the
            email's language, "" for no button.
        url: An https URL; `{amount}` (major units), `{currency}`, `{frequency}` and `{refcode}` are filled in.
        processor: A key of `pipeline.donation_links.PROCESSORS`, or "" for any other page.
        amounts: Of the amount buttons, in display order.
        currency: ISO 4217 code.
        once_value: What `{frequency}` becomes for a single gift.
        monthly_value: The same for a monthly one.
        refcode: What reference codes begin with, `[a-z0-9_]`; None for links without a code.
        code: Identifies the variant in reference codes.
        match: One line about a matching gift.
        match_times: The multiplier of the match; shown as an example.
        deadline: From then on the appeal is over.
        after_deadline: The text that replaces it then.
        disclosure: The disclosure required by law.
        charges_immediately: Whether opening an amount's link donates, if the payment details are saved.
        positions: Where it is shown, once or several times.
        blocks: An appeal found in the article; replaces heading, text and bullets.
        is_muted: Whether it is shown without emphasis.
        needs_link: False for a thank-you, or where the configuration removes the link on purpose.
        variants: For some recipients; the first that matches is used.
    """

    heading: str = ""
    text: str = ""
    bullets: tuple[str, ...] = ()
    button: str | None = ""
    url: str | None = None
    processor: str = ""
    amounts: tuple[AppealAmount, ...] = ()
    currency: str = "USD"
    once_value: str = "once"
    monthly_value: str = "monthly"
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
    needs_link: bool = True
    variants: tuple[AppealVariant, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether it has nothing to show."""
        texts = (self.heading, self.text, self.bullets, self.match, self.disclosure)
        return not any((*texts, self.goal, self.blocks, self.url))


class NoteAnchors(Enum):
    """Where references to notes lead."""

    #: To the note at the end of the email.
    MAIL = "mail"
    #: To the note on the article's web page.
    WEB = "web"
    #: Nowhere: references are plain numbers.
    NONE = "none"


class SizePolicy(Enum):
    """What happens to an email whose HTML exceeds its limit."""

    #: Nothing, but a check warns.
    WARN = "warn"
    #: Shared styles move to the head, and white space is removed.
    TRIM = "trim"
    #: A link to the web version replaces the notes.
    NOTES_ONLINE = "notes-online"
    #: Only the first part is sent, with a link to the rest.
    EXCERPT = "excerpt"


@dataclass(frozen=True, kw_only=True, slots=True)
class SizeLimit:
    """
    The maximum size of an email.

    Args:
        limit_bytes: Of the HTML part. Gmail clips at 102,400; the default leaves room for what a relay adds.
    """

    policy: SizePolicy = SizePolicy.WARN
    limit_bytes: int = 100_000


@dataclass(frozen=True, kw_only=True, slots=True)
class Issue:
    """
    An article edited for sending.

    Args:
        subject: One line, may have fields.
        preheader: What inboxes show after the subject; may have fields.
        language: BCP 47 tag, the article's or else the publication's.
        appeals: In any order; each has its positions.
        identity: What its reference codes are made from.
        slug: The last part of its page's URL in the archive.
        page_url: The URL of that page, None without an archive.
    """

    article: Article
    publication: Publication
    subject: str
    preheader: str = ""
    language: str = "en"
    appeals: tuple[Appeal, ...] = ()
    identity: IssueIdentity = UNKNOWN_ISSUE
    note_anchors: NoteAnchors = NoteAnchors.MAIL
    size: SizeLimit = SizeLimit()
    slug: str = ""
    page_url: str | None = None

    @property
    def web_url(self) -> str | None:
        """Where the issue can be read on the web: its page in the archive, else the article's own URL."""
        return self.page_url or self.article.canonical_url
