"""Suppression while sending: who must not be sent to any more, and whose address is suppressed by a refusal."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from sqlalchemy import Connection, Row, exists, select

from pipeline.bounces.unknown_address import is_unknown_address
from pipeline.campaigns.context import RecipientKeys
from pipeline.campaigns.store.claims import Claim, DeliveryOutcome
from pipeline.database import encode_values, in_parameter
from pipeline.models.delivery import DeliveryState, Receipt, SkipReason
from pipeline.subscribers.suppressions import find_suppressed, suppress
from pipeline.subscribers.tables import lists, memberships, subscribers

_MAX_SOURCE_CHARACTERS = 200


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
        rows: Sequence[Row[Any]],  # Any: columns of recipients
        now: datetime,
    ) -> dict[int, SkipReason]:
        """Return the sequence numbers of *rows* that must not be sent, with the reason."""
        by_digest = {self.keys.hash_mailbox(row.mailbox): row.sequence for row in rows}
        suppressed = find_suppressed(connection, by_digest)
        blocked = {by_digest[digest]: SkipReason.SUPPRESSED for digest in suppressed}
        by_subscriber = {
            row.subscriber_id: row.sequence for row in rows if row.subscriber_id is not None
        }
        if by_subscriber:
            found = connection.execute(self._subscribed, {"ids": encode_values(by_subscriber)})
            paused_until = {row.id: row.paused_until for row in found}
            for subscriber_id, sequence in by_subscriber.items():
                if subscriber_id not in paused_until:
                    blocked.setdefault(sequence, SkipReason.UNSUBSCRIBED)
                elif (until := paused_until[subscriber_id]) is not None and until > now:
                    blocked.setdefault(sequence, SkipReason.PAUSED)
        return blocked

    @cached_property
    def _subscribed(self) -> Any:  # Any: a Select of two columns
        query = select(subscribers.c.id, subscribers.c.paused_until).where(
            in_parameter(subscribers.c.id, "ids"), subscribers.c.state == "confirmed"
        )
        if self.list_name is None:
            return query
        # An EXISTS: with a join SQLite would scan the whole list.
        is_member = (
            exists()
            .where(memberships.c.subscriber_id == subscribers.c.id)
            .where(memberships.c.unsubscribed_at.is_(None))
            .where(
                memberships.c.list_id.in_(select(lists.c.id).where(lists.c.name == self.list_name))
            )
        )
        return query.where(is_member)


def is_address_failure(receipt: Receipt) -> bool:
    """Whether the server refused the address itself, not the message or the sender."""
    if receipt.state is not DeliveryState.REFUSED:
        return False
    return receipt.is_address_failure or is_unknown_address(
        receipt.code, receipt.enhanced_code, receipt.response
    )


def suppress_rejected(
    connection: Connection,
    outcomes: Iterable[tuple[Claim, DeliveryOutcome]],
    keys: RecipientKeys,
    now: datetime,
) -> None:
    """Suppress the addresses that a server rejected, in the order of their digests: others do so too, no deadlock."""
    rejected = {
        keys.hash_mailbox(claim.mailbox): (claim, outcome.receipt)
        for claim, outcome in outcomes
        if is_address_failure(outcome.receipt)
    }
    for digest, (claim, receipt) in sorted(rejected.items(), key=lambda item: item[0]):
        source = f"{receipt.enhanced_code or ''} {receipt.response}".strip()
        suppress(
            connection,
            digest,
            email=claim.email,
            reason="refused",
            source=source[:_MAX_SOURCE_CHARACTERS],
            at=now,
        )
