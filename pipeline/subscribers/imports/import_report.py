"""What an import is to do, and what it did."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import Any

from pipeline.subscribers.digests import Digests
from pipeline.subscribers.imports.row import Refusal


class Outcome(Enum):
    """What became of a row."""

    #: A new subscriber.
    ADDED = "added"
    #: A known one, of whom the table knew something else.
    UPDATED = "updated"
    #: A known one, as they were.
    UNCHANGED = "unchanged"
    #: Known, and has left; stays away.
    LEFT = "left"
    #: Must not be written to; noted, and stays away.
    SUPPRESSED = "suppressed"
    #: The mailbox stands further up in the table; the first row holds.
    REPEATED = "repeated"
    #: Cannot be read; listed with the reason.
    REFUSED = "refused"


@dataclass(kw_only=True)
class Report:
    """
    What an import did.

    Args:
        counts: Rows by outcome; they sum to the rows of the table.
        refused: Every row that was refused, in order.
        remarks: What was left out of rows that were taken.
        left_out: The headings of the columns nothing was taken from.
    """

    counts: Counter[Outcome] = field(default_factory=Counter)
    refused: list[Refusal] = field(default_factory=list)
    remarks: list[Refusal] = field(default_factory=list)
    left_out: tuple[str, ...] = ()

    @property
    def rows(self) -> int:
        """How many rows the table had."""
        return self.counts.total()

    def to_json(self) -> dict[str, Any]:
        """Return `{"rows", "added", …, "refused", "refusals": […], "remarks": […], "left_out": […]}`."""
        return {
            "rows": self.rows,
            **{outcome.value: self.counts[outcome] for outcome in Outcome},
            "refusals": [refusal.to_json() for refusal in self.refused],
            "remarks": [remark.to_json() for remark in self.remarks],
            "left_out": list(self.left_out),
        }


@dataclass(frozen=True, kw_only=True, slots=True)
class Plan:
    """
    What an import is to do.

    Args:
        list_name: The list to put people on, made if need be; null only with *is_suppressing*.
        is_suppressing: Every mailbox of the table is never to be written to again.
        consent: How they consented: "import", "by hand".
        source: Where they come from, a file's name.
    """

    list_name: str | None
    digests: Digests
    at: datetime
    consent: str = "import"
    source: str = ""
    is_suppressing: bool = False
