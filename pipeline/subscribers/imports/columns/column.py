"""A column of a subscriber file, as it was understood."""

from __future__ import annotations

from dataclasses import dataclass

from pipeline.subscribers.imports.columns.column_names import ImportColumn
from pipeline.subscribers.imports.columns.consent_columns import ConsentColumn
from pipeline.subscribers.segment import FIELDS

#: Names that are no attribute's: they mean something else in segments, in exports or in messages.
RESERVED_NAMES = frozenset(
    {*FIELDS, "attributes", "consent_at", "lists", "state", "suppressed", "tags", "unsubscribed_at"}
    | {"paused_until", "unsubscribed_lists", "unsubscribe", "unsubscribe_url", "preferences_url"}
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Column:
    """
    What a column contains.

    Args:
        heading: Its name in the file.
        name: The name of the attribute, if it is one.
        consent: What it says about consent; of a date, who has an empty cell is unconfirmed.
        uses_initials: Whether its states are single characters.
        rank: Among dates of consent, the smallest counts.
        day_first: Whether the day comes first in its dates; None if nothing tells.
        is_given: Whether the command line said so.
    """

    heading: str
    meaning: ImportColumn
    name: str = ""
    consent: ConsentColumn | None = None
    uses_initials: bool = False
    rank: int = 0
    day_first: bool | None = None
    is_given: bool = False
