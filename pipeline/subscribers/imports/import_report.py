"""What an import is given to do, and what it did."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import Any

from pipeline.subscribers.imports.rows.import_row import RowProblem
from pipeline.subscribers.suppressions import AddressHasher


class ImportOutcome(Enum):
    """What the import did with a row."""

    #: Added a subscriber.
    ADDED = "added"
    #: Updated a subscriber with values of the row.
    UPDATED = "updated"
    #: Found nothing to update.
    UNCHANGED = "unchanged"
    #: Added or updated; not sent to until the owner of the address confirms it.
    UNCONFIRMED = "unconfirmed"
    #: Not sent to: the subscriber has unsubscribed, or does by this row.
    UNSUBSCRIBED = "unsubscribed"
    #: Not sent to: the address is suppressed, or is now.
    SUPPRESSED = "suppressed"
    #: Skipped: an earlier row has the same address.
    REPEATED = "repeated"
    #: Skipped: the row cannot be read; the report lists it with the reason.
    REFUSED = "refused"


@dataclass(kw_only=True)
class ImportReport:
    """
    What an import did.

    Args:
        counts: Number of rows by outcome; the sum is the number of rows in the file.
        refused: The rows that were skipped because they cannot be read, in order.
        warnings: Values that were ignored in rows that were imported, in order.
        ignored_columns: The headings of columns that were not imported.
        position_columns: Those of them that were not because they tell where somebody was.
        consent_columns: The headings of the columns that say whether somebody may be sent to.
        renamed_columns: The names of attributes that differ from their headings, by heading.
        assumed: The encoding of the file, with an example of what was read, if it had to be assumed; else empty.
        title_lines: How many lines above the header were passed over.
    """

    counts: Counter[ImportOutcome] = field(default_factory=Counter)
    refused: list[RowProblem] = field(default_factory=list)
    warnings: list[RowProblem] = field(default_factory=list)
    ignored_columns: tuple[str, ...] = ()
    position_columns: tuple[str, ...] = ()
    consent_columns: tuple[str, ...] = ()
    renamed_columns: Mapping[str, str] = field(default_factory=dict)
    assumed: str = ""
    title_lines: int = 0

    @property
    def row_count(self) -> int:
        """The number of rows in the file."""
        return self.counts.total()

    def to_json(self) -> dict[str, Any]:
        """Return `{"rows", "added", …, "refusals": […], "warnings": […], "ignored_columns": […], "assumed"}`."""
        return {
            "rows": self.row_count,
            **{outcome.value: self.counts[outcome] for outcome in ImportOutcome},
            "refusals": [row.to_json() for row in self.refused],
            "warnings": [warning.to_json() for warning in self.warnings],
            "ignored_columns": list(self.ignored_columns),
            "position_columns": list(self.position_columns),
            "consent_columns": list(self.consent_columns),
            "renamed_columns": dict(self.renamed_columns),
            "title_lines": self.title_lines,
            "assumed": self.assumed,
        }


@dataclass(frozen=True, kw_only=True, slots=True)
class ImportPlan:
    """
    What an import is given to do.

    Args:
        list_name: The list to add subscribers to, created if it does not exist; None with *suppress*,
            or if each row names its lists.
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
