"""Compose every message of a campaign and hand none over."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from pipeline.campaigns.planning.plan import name
from pipeline.clock import Clock
from pipeline.mail import Composer, Signing
from pipeline.models.campaign import Campaign, CampaignState
from pipeline.models.delivery import DeliveryState
from pipeline.models.edition import Edition
from pipeline.models.recipient import Recipient


def rehearse(
    edition: Edition,
    recipients: Iterable[Recipient],
    *,
    secret: bytes,
    signing: Signing,
    clock: Clock,
    at: datetime | None = None,
) -> Campaign:
    """
    Compose the message of each of *recipients*; nothing is handed over and nothing written.

    Args:
        at: The instant they are composed for, by default the present one.

    Raises:
        ComposeError: The edition cannot become a message for one of them.
    """
    now = clock.now()
    id = name(edition, now)
    press = Composer(edition, campaign_id=id, secret=secret, signing=signing)
    count = 0
    for count, reader in enumerate(recipients, start=1):
        press.compose(reader, sequence=count, at=at or now)
    return Campaign(
        id=id,
        digest=edition.digest,
        state=CampaignState.DRY_RUN,
        at=at or now,
        zone=edition.publication.timezone,
        counts={DeliveryState.PENDING: count},
    )
