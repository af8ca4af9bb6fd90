"""Suppression while sending: who must not be sent to any more, and whose address is suppressed by a refusal."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row

from pipeline.bounces.unknown_address import is_unknown_address
from pipeline.campaigns.context import RecipientKeys
from pipeline.campaigns.store.claims import Outcome
from pipeline.campaigns.store.screening import Screening
from pipeline.models.delivery import DeliveryState, Receipt, SkipReason
from pipeline.subscribers.suppressions import find_suppressed, suppress

_MAX_SOURCE_CHARACTERS = 200
_REFUSED = DeliveryState.REFUSED


@dataclass(frozen=True, kw_only=True)
class SuppressionFilter:
    """
    Finds recipients who must not be claimed: suppressed, unsubscribed or paused since the recipients were frozen.

    Args:
        list_name: The list of the campaign; None if its recipients were named.
    """

    keys: RecipientKeys
    list_name: str | None = None

    def find_blocked(
        self,
        connection: Connection,
        rows: Sequence[Row[Any]],  # Any: columns of recipients, and their `Screening`
    ) -> dict[int, SkipReason]:
        """Return the sequence numbers of *rows* that must not be sent, with the reason."""
        blocked: dict[int, SkipReason] = {}
        others = []
        for row in [row for row in rows if row.screening != 0]:  # nearly always nobody
            screening = row.screening
            if screening is None or screening & Screening.OTHER_MAILBOX:
                others.append(row)
            if reason := _find_reason(screening, is_subscriber=row.subscriber_id is not None):
                blocked[row.sequence] = reason
        by_digest = {self.keys.hash_mailbox(row.mailbox): row.sequence for row in others}
        if by_digest:
            suppressed = find_suppressed(connection, by_digest)
            blocked |= {by_digest[digest]: SkipReason.SUPPRESSED for digest in suppressed}
        return blocked


def _find_reason(screening: int | None, *, is_subscriber: bool) -> SkipReason | None:
    if screening is None:  # erased, or never a subscriber
        return SkipReason.UNSUBSCRIBED if is_subscriber else None
    if screening & Screening.SUPPRESSED:
        return SkipReason.SUPPRESSED
    if screening & Screening.UNSUBSCRIBED:
        return SkipReason.UNSUBSCRIBED
    return SkipReason.PAUSED if screening & Screening.PAUSED else None


def is_address_failure(receipt: Receipt) -> bool:
    """Whether a server that refused a message refused the address itself, not the message or the sender."""
    return receipt.is_address_failure or is_unknown_address(
        receipt.code, receipt.enhanced_code, receipt.response
    )


def suppress_rejected(
    connection: Connection,
    outcomes: Iterable[Outcome],
    keys: RecipientKeys,
    now: datetime,
) -> None:
    """Suppress the addresses that a server rejected, in the order of their digests: others do so too, no deadlock."""
    rejected = {
        keys.hash_mailbox(outcome.claim.mailbox): outcome
        for outcome in outcomes
        if outcome.receipt.state is _REFUSED and is_address_failure(outcome.receipt)
    }
    for digest, (claim, receipt, *_) in sorted(rejected.items(), key=lambda item: item[0]):
        source = f"{receipt.enhanced_code or ''} {receipt.response}".strip()
        suppress(
            connection,
            digest,
            email=claim.email,
            reason="refused",
            source=source[:_MAX_SOURCE_CHARACTERS],
            at=now,
        )
