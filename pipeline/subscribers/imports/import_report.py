"""What an import is asked to do, and what it did."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import Any

from pipeline.subscribers.imports.import_row import RowProblem
from pipeline.subscribers.suppressions import AddressHasher


class ImportOutcome(Enum):
    """What the import did with a row."""

    #: Added a subscriber.
    ADDED = "added"
    #: Updated a subscriber with values of the row.
    UPDATED = "updated"
    #: Found nothing to update.
    UNCHANGED = "unchanged"
    #: Skipped: the subscriber has unsubscribed.
    UNSUBSCRIBED = "unsubscribed"
    #: Skipped: the address is suppressed, or is now.
    SUPPRESSED = "suppressed"
    #: Skipped: an earlier row has the same address.
    DUPLICATE = "duplicate"
    #: Skipped: the row cannot be read; the report lists it with the reason.
    INVALID = "invalid"


@dataclass(kw_only=True)
class ImportReport:
    """
    What an import did.

    Args:
        counts: Number of rows by outcome; the sum is the number of rows in the file.
        invalid: The rows that were skipped because they cannot be read, in order.
        warnings: Values that were ignored in rows that were imported, in order.
        ignored_columns: The headings of columns that were not imported.
        assumed: How the first word reads that is not UTF-8, if windows-1252 had to be assumed; else empty.
    """

    counts: Counter[ImportOutcome] = field(default_factory=Counter)
    invalid: list[RowProblem] = field(default_factory=list)
    warnings: list[RowProblem] = field(default_factory=list)
    ignored_columns: tuple[str, ...] = ()
    assumed: str = ""

    @property
    def row_count(self) -> int:
        """The number of rows in the file."""
        return self.counts.total()

    def to_json(self) -> dict[str, Any]:
        """Return `{"rows", "added", …, "invalid_rows": […], "warnings": […], "ignored_columns": […], "assumed"}`."""
        return {
            "rows": self.row_count,
            **{outcome.value: self.counts[outcome] for outcome in ImportOutcome},
            "invalid_rows": [row.to_json() for row in self.invalid],
            "warnings": [warning.to_json() for warning in self.warnings],
            "ignored_columns": list(self.ignored_columns),
            "assumed": self.assumed,
        }


@dataclass(frozen=True, kw_only=True, slots=True)
class ImportPlan:
    """
    What an import is asked to do.

    Args:
        list_name: The list to add subscribers to, created if it does not exist; None only with *suppress*.
        suppress: Suppress every address instead.
        consent: How consent was given: "import", "manual".
        source: Where the rows come from: a file name.
    """

    list_name: str | None
    hasher: AddressHasher
    at: datetime
    consent: str = "import"
    source: str = ""
    suppress: bool = False
