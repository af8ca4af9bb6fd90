"""Send a campaign here and now."""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Protocol
from zoneinfo import ZoneInfo

from pipeline.campaign import Campaign, CampaignState
from pipeline.clock import Clock
from pipeline.delivery import DeliveryState, Receipt
from pipeline.edition import Edition
from pipeline.errors import SendError
from pipeline.mail import UNSIGNED, Press, Signing
from pipeline.markup import slug
from pipeline.message import Message
from pipeline.recipient import Recipient
from pipeline.senders import Sender


class Progress(Protocol):
    """Whoever watches a campaign."""

    def received(self, receipt: Receipt) -> None:
        """Learn of one receipt."""
        ...

    def wants_stop(self) -> bool:
        """Whether no further message should be begun."""
        ...


class _Unwatched:
    def received(self, receipt: Receipt) -> None:
        pass

    def wants_stop(self) -> bool:
        return False


def send(
    edition: Edition,
    recipients: Sequence[Recipient],
    *,
    sender: Sender | None,
    secret: bytes,
    clock: Clock,
    signing: Signing = UNSIGNED,
    mark: str = "",
    progress: Progress | None = None,
) -> Campaign:
    """
    Hand *edition* over to *recipients*; every message is composed once before the first is handed over.

    Args:
        signing: Who signs.
        mark: What stands before the subject of a test.

    Returns:
        The campaign: `sent`, `paused` (interrupted), `failed` with the sender's words, or `dry-run`.

    Raises:
        ComposeError: The edition cannot become a message for one of them; nobody was mailed.
    """
    progress = progress or _Unwatched()
    campaign = _begin(edition, len(recipients), clock)
    press = Press(edition, campaign=campaign.id, secret=secret, signing=signing, mark=mark)
    for _ in _messages(press, recipients, clock, progress):
        pass
    if progress.wants_stop():
        return replace(campaign, state=CampaignState.PAUSED, reason="interrupted")
    if sender is None:
        return replace(campaign, state=CampaignState.DRY_RUN)
    return _hand_over(campaign, _messages(press, recipients, clock, progress), sender, progress)


def _hand_over(
    campaign: Campaign, messages: Iterator[Message], sender: Sender, progress: Progress
) -> Campaign:
    counts = Counter(campaign.counts)
    state, reason = CampaignState.SENT, None
    try:
        for receipt in sender.send(messages):
            counts[DeliveryState.PENDING] -= 1
            counts[receipt.state] += 1
            progress.received(receipt)
    except SendError as error:
        state, reason = CampaignState.FAILED, str(error)
    if state is CampaignState.SENT and (
        counts[DeliveryState.PENDING] or counts[DeliveryState.DEFERRED]
    ):
        state, reason = CampaignState.PAUSED, "interrupted" if progress.wants_stop() else "deferred"
    return replace(
        campaign, state=state, reason=reason, counts=counts, outbox=sender.folder(campaign.id)
    )


def _messages(
    press: Press, recipients: Sequence[Recipient], clock: Clock, progress: Progress
) -> Iterator[Message]:
    for sequence, recipient in enumerate(recipients, start=1):
        if progress.wants_stop():
            return
        yield press.compose(recipient, sequence=sequence, at=clock.now())


def _begin(edition: Edition, count: int, clock: Clock) -> Campaign:
    now = clock.now()
    return Campaign(
        id=_name(edition, now),
        digest=edition.digest,
        state=CampaignState.SENDING,
        at=now,
        zone=edition.publication.timezone,
        counts={DeliveryState.PENDING: count},
    )


def _name(edition: Edition, now: datetime) -> str:
    """Return a new id: the day where the publication is, the title, and four digits against chance."""
    day = now.astimezone(ZoneInfo(edition.publication.timezone)).date().isoformat()
    return "-".join(filter(None, (day, slug(edition.title)[:40].strip("-"), secrets.token_hex(2))))
