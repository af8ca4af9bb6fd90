"""The plan of a campaign: an edition, its recipients, its time and its sender."""

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


class CampaignKind(Enum):
    """What a campaign is for."""

    #: The real sending.
    CAMPAIGN = "campaign"
    #: One copy to look at, marked as a test.
    TEST = "test"
    #: The welcome issue of a list, to one person who has just subscribed.
    WELCOME = "welcome"
    #: The messages in a folder of the outbox, sent by another sender than the one that wrote them.
    OUTBOX = "outbox"


class LatePolicy(Enum):
    """What happens to recipients whose local time is past when a campaign is planned."""

    #: They receive it at once.
    SEND = "send"
    #: They do not receive it.
    SKIP = "skip"


@dataclass(frozen=True, kw_only=True, slots=True)
class FirstBatch:
    """
    The first part of a campaign, after which it pauses so that somebody can look at the results.

    Args:
        percent: A percentage of the recipients, or None.
        count: A number of recipients, or None.
    """

    percent: Decimal | None = None
    count: int | None = None

    def size(self, recipients: int) -> int:
        """Return how many of *recipients* it contains: at least one."""
        if self.count is not None:
            return min(self.count, recipients)
        share = Decimal(recipients) * (self.percent or Decimal()) / 100
        return max(1, int(share.to_integral_value(rounding="ROUND_CEILING")))

    def __str__(self) -> str:
        return str(self.count) if self.count is not None else f"{self.percent}%"


def parse_first_batch(text: str) -> FirstBatch:
    """
    Parse `2%` or `500`.

    Raises:
        ConfigError: *text* is neither.
    """
    try:
        if text.endswith("%"):
            percent = Decimal(text[:-1].strip())
            if 0 < percent <= 100:
                return FirstBatch(percent=percent)
        elif int(text) > 0:
            return FirstBatch(count=int(text))
    except (InvalidOperation, ValueError):
        pass
    raise ConfigError(
        f'"{text}" is not a valid first batch. Write a percentage or a number: 2% or 500.'
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class CampaignPlan:
    """
    A campaign as asked for.

    Args:
        subject: The subject as written, with fields by name.
        canonical_url: The URL of the article on the web, or None.
        sender: The name of the sender.
        delivers_mail: Whether that sender does.
        recipients: Named recipients; None sends to *list_name*.
        segment: An expression that selects part of the list; None for all of it.
        limit: At most this many subscribers of the list, or None.
        at: Aware; when it is due.
        local_time: The local time that a person chose, naive; None if it is due at once.
        zone: IANA name of the time zone of *local_time*.
        in_recipient_zone: Each recipient receives it at *local_time* in their own time zone.
        late_policy: What happens to recipients whose local time is past; None sends to them at once.
        expires_at: Aware; recipients who have not received it by then do not receive it. None: never.
        needs_approval: It stays a draft until somebody approves it.
    """

    edition: Edition
    subject: str
    canonical_url: str | None = None
    kind: CampaignKind = CampaignKind.CAMPAIGN
    sender: str
    delivers_mail: bool
    recipients: Sequence[Recipient] | None = None
    list_name: str | None = None
    segment: str | None = None
    limit: int | None = None
    first_batch: FirstBatch | None = None
    at: datetime
    local_time: datetime | None = None
    zone: str
    in_recipient_zone: bool = False
    late_policy: LatePolicy | None = None
    expires_at: datetime | None = None
    needs_approval: bool = False


def describe_limit(limit: int | str | None) -> str:
    """Return the reason of a campaign that paused after *limit* messages from the outbox."""
    return f"limit of {limit} reached"


def generate_campaign_id(edition: Edition, now: datetime) -> str:
    """Return a new campaign ID: the publication's local date, the title, and eight random hexadecimal digits."""
    day = now.astimezone(ZoneInfo(edition.publication.timezone)).date().isoformat()
    return "-".join(
        filter(None, (day, slugify(edition.title)[:40].strip("-"), secrets.token_hex(4)))
    )
