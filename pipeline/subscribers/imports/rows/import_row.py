"""A row of a subscriber file, as it was read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from pipeline.models.address import Address
from pipeline.models.subscriber import SubscriberState


@dataclass(frozen=True, kw_only=True, slots=True)
class ImportRow:
    """
    A subscriber as read from a file.

    Args:
        line: The last line of the row in the file, from 1.
        state: None if the file has no state for the subscriber.
        is_suppressed: Whether the other system never sends to the subscriber.
        unsubscribed_at: When they unsubscribed, None if unknown.
        lists: The lists they are on, None if the file does not say.
        unsubscribed_lists: The lists they have unsubscribed from.
        paused_until: Until when nothing is sent to them, None if the file does not say.
        consent_at: When they gave consent, None if unknown.
        has_consent_date: Whether the file has a date of consent for them, read or not.
        warnings: The values that were ignored, and why.
    """

    line: int
    address: Address
    state: SubscriberState | None = None
    is_suppressed: bool = False
    unsubscribed_at: datetime | None = None
    language: str | None = None
    zone: str | None = None
    tags: tuple[str, ...] = ()
    lists: tuple[str, ...] | None = None
    unsubscribed_lists: tuple[str, ...] = ()
    paused_until: datetime | None = None
    attributes: Mapping[str, str] = field(default_factory=dict)
    consent_at: datetime | None = None
    has_consent_date: bool = False
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class RowProblem:
    """
    A row that was skipped, or a value in it that was ignored, and why.

    Args:
        text: The row as written, cut to 80 characters, or the address of the subscriber.
    """

    line: int
    text: str
    reason: str

    def to_json(self) -> dict[str, str | int]:
        """Return `{"line", "text", "reason"}`."""
        return {"line": self.line, "text": self.text, "reason": self.reason}
