"""The plan of a campaign: an edition, to whom, when, by what."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from enum import Enum
from zoneinfo import ZoneInfo

from pipeline.errors import ConfigError
from pipeline.markup import slugify
from pipeline.models.edition import Edition
from pipeline.models.recipient import Recipient


class Kind(Enum):
    """What a campaign is for."""

    #: It is the mailing itself.
    CAMPAIGN = "campaign"
    #: One marked copy, to look at.
    TEST = "test"


class Late(Enum):
    """What becomes of readers for whose clock a campaign comes too late."""

    #: They have it at once.
    SEND = "send"
    #: They do not get it.
    SKIP = "skip"


@dataclass(frozen=True, kw_only=True, slots=True)
class Portion:
    """
    The part of a campaign after which it pauses, for somebody to look at what came of it.

    Args:
        percent: Of the recipients, or null.
        count: So many recipients, or null.
    """

    percent: Decimal | None = None
    count: int | None = None

    def of(self, recipients: int) -> int:
        """Return how many of *recipients* that is: at least one."""
        if self.count is not None:
            return min(self.count, recipients)
        share = Decimal(recipients) * (self.percent or Decimal()) / 100
        return max(1, int(share.to_integral_value(rounding="ROUND_CEILING")))

    def __str__(self) -> str:
        return str(self.count) if self.count is not None else f"{self.percent}%"


def read_portion(text: str) -> Portion:
    """
    Read `2%` or `500`.

    Raises:
        ConfigError: It is neither.
    """
    try:
        if text.endswith("%"):
            percent = Decimal(text[:-1].strip())
            if 0 < percent <= 100:
                return Portion(percent=percent)
        elif int(text) > 0:
            return Portion(count=int(text))
    except (InvalidOperation, ValueError):
        pass
    raise ConfigError(f'"{text}" is no part of a campaign. Write it as 2% or 500.')


@dataclass(frozen=True, kw_only=True, slots=True)
class Plan:
    """
    What somebody wants sent.

    Args:
        subject: The subject as it was written, fields by name.
        canonical_url: Where the article lives on the web, or null.
        sender: The name of the sender.
        delivers_mail: Whether that sender does.
        people: Whom it goes to, where they are named; else those on *list*.
        segment: Which of the list, as an expression; null for all.
        most: No more than so many of the list, or null.
        at: Aware; the instant it is due. *wall* is what a person wrote, null if it is due at once.
        zone: IANA name of the zone *wall* stands in.
        is_local: Each reader has it when the clock where they live shows *wall*.
        late: What becomes of those for whom that is over when it is taken up; null sends it at once.
        expires_at: Aware; whoever has not had it by then gets it no more. Null: never.
        needs_approval: It is a draft until somebody approves of it.
    """

    edition: Edition
    subject: str
    canonical_url: str | None = None
    kind: Kind = Kind.CAMPAIGN
    sender: str
    delivers_mail: bool
    people: Sequence[Recipient] | None = None
    list: str | None = None
    segment: str | None = None
    most: int | None = None
    first: Portion | None = None
    at: datetime
    wall: datetime | None = None
    zone: str
    is_local: bool = False
    late: Late | None = None
    expires_at: datetime | None = None
    needs_approval: bool = False


def name(edition: Edition, now: datetime) -> str:
    """Return a new id: the day where the publication is, the title, and four digits against chance."""
    day = now.astimezone(ZoneInfo(edition.publication.timezone)).date().isoformat()
    return "-".join(
        filter(None, (day, slugify(edition.title)[:40].strip("-"), secrets.token_hex(2)))
    )
