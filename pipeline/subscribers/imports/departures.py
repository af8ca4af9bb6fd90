"""
Find who left by a later row of a file: some systems write a row for each list, or for each time somebody subscribed.

This is read before anything is stored, so that nobody who left is a subscriber even for the moment between two
transactions, or after an import that was interrupted there.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from pipeline.models.subscriber import SubscriberState
from pipeline.subscribers.imports.rows.import_row import ImportRow, RowProblem


@dataclass(frozen=True, kw_only=True, slots=True)
class Departure:
    """
    What the later rows of one address say.

    Args:
        has_left: Whether they unsubscribed from everything, or are never sent to.
        is_suppressed: Whether the other system never sends to them.
        at: When they unsubscribed, None if unknown.
        lists: The lists they unsubscribed from.
    """

    has_left: bool = False
    is_suppressed: bool = False
    at: datetime | None = None
    lists: tuple[str, ...] = ()


def find_departures(rows: Iterable[ImportRow | RowProblem]) -> dict[str, Departure]:
    """Return what rows other than the first of an address say of leaving, by the key of the address."""
    seen: set[int] = set()
    found: dict[str, Departure] = {}
    for row in rows:
        if isinstance(row, RowProblem):
            continue
        key = row.address.key
        number = hash(
            key
        )  # takes a fifth of the memory of an address; two of one number do no harm here
        if number in seen and says_left(row):
            found[key] = _merge(found.get(key, Departure()), row)
        seen.add(number)
    return found


def says_left(row: ImportRow) -> bool:
    """Whether *row* says that the subscriber left everything, or a list."""
    return _has_left(row) or bool(row.unsubscribed_lists)


def apply_departure(row: ImportRow, departure: Departure | None) -> ImportRow:
    """Return the first *row* of an address with what later ones say of leaving."""
    if departure is None:
        return row
    lists = tuple(dict.fromkeys((*row.unsubscribed_lists, *departure.lists)))
    row = replace(row, unsubscribed_lists=lists)
    if departure.is_suppressed:
        return replace(row, is_suppressed=True)
    if departure.has_left and not _has_left(row):
        return replace(row, state=SubscriberState.UNSUBSCRIBED, unsubscribed_at=departure.at)
    return row


def _has_left(row: ImportRow) -> bool:
    return row.is_suppressed or row.state is SubscriberState.UNSUBSCRIBED


def _merge(departure: Departure, row: ImportRow) -> Departure:
    return Departure(
        has_left=departure.has_left or _has_left(row),
        is_suppressed=departure.is_suppressed or row.is_suppressed,
        at=departure.at or row.unsubscribed_at,
        lists=tuple(dict.fromkeys((*departure.lists, *row.unsubscribed_lists))),
    )
