"""Who is informed while a campaign is sent, and how sending ends."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Protocol

from pipeline.models.delivery import Receipt


class ProgressListener(Protocol):
    """Is informed of each receipt, and can stop the sending."""

    def on_receipt(self, receipt: Receipt) -> None:
        """Handle one receipt."""
        ...

    def should_stop(self) -> bool:
        """Whether to start no further message."""
        ...


class NullListener:
    """Ignores every receipt and never stops."""

    def on_receipt(self, receipt: Receipt) -> None:
        """Ignore it."""

    def should_stop(self) -> bool:
        """Never stop."""
        return False


class Helpers(Protocol):
    """Processes that send batches of the same campaign, for the process that it is reserved for."""

    def start(self) -> None:
        """Start them."""
        ...

    def stop(self) -> object:
        """Have them complete what they are sending, and wait until they have ended."""
        ...


class StopReason(Enum):
    """Why the delivery loop stopped."""

    #: No delivery can be claimed now.
    EXHAUSTED = "exhausted"
    #: The rate limit allows nothing for a while.
    RATE_LIMITED = "rate-limited"
    #: Other processes came or left: it is to go on with another share of the sender's connections.
    SHARE_CHANGED = "share-changed"
    #: The listener stopped it.
    REQUESTED = "requested"
    #: The campaign was paused or cancelled.
    NOT_SENDING = "not-sending"
    #: Too many messages were refused for good.
    THRESHOLD_EXCEEDED = "threshold-exceeded"
    #: Nearly all messages were refused for now.
    DEFERRED = "deferred"
    #: The sender failed.
    SENDER_FAILED = "sender-failed"
    #: The sender broke its contract: a bug, which waiting does not fix.
    SENDER_CRASHED = "sender-crashed"
    #: The process lost its lease: others consider it dead.
    LEASE_LOST = "lease-lost"


@dataclass(frozen=True, kw_only=True, slots=True)
class LoopResult:
    """
    How the delivery loop ended.

    Args:
        message: The error of the sender, or why too many messages were refused.
        is_temporary: Whether a failed sender may work later.
        available_at: When the rate limit allows more.
    """

    stop_reason: StopReason
    message: str = ""
    is_temporary: bool = False
    available_at: datetime | None = None
