"""A refusal of the address itself: nobody is there, so it is never written to again."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime

from sqlalchemy import Connection

from pipeline.campaigns.store.deliveries import Claim, Outcome
from pipeline.models.delivery import DeliveryState, Receipt
from pipeline.subscribers.suppressions import suppress

#: No such mailbox, no such system, no syntax for it, moved and left no address, disabled (RFC 3463 §3.2, §3.3); a
#: domain that takes no mail (RFC 7505 §4.2).
_NOBODY_THERE = frozenset({"5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10", "5.2.1"})


def is_address_failure(receipt: Receipt) -> bool:
    """Whether the server refused the address: not the message, the sender, or the day."""
    is_told = receipt.is_address_failure or receipt.enhanced_code in _NOBODY_THERE
    return receipt.state is DeliveryState.REFUSED and is_told


def suppress_refused(
    connection: Connection,
    outcomes: Iterable[tuple[Claim, Outcome]],
    digest_of: Callable[[str], str],
    now: datetime,
) -> None:
    """Suppress the addresses that *outcomes* say nobody reads."""
    for claim, outcome in outcomes:
        if not is_address_failure(outcome.receipt):
            continue
        suppress(
            connection,
            digest_of(claim.mailbox),
            email=claim.email,
            reason="refused",
            source=f"{outcome.receipt.enhanced_code or ''} {outcome.receipt.response}".strip()[
                :200
            ],
            at=now,
        )
