"""Which readers get the same wordings, so that each combination that occurs is encoded once."""

from __future__ import annotations

from bisect import bisect_right
from datetime import datetime

from pipeline.models.edition import DeadlineChoice, Edition, FieldChoice, normalize_value
from pipeline.models.recipient import Recipient
from pipeline.models.tree import walk

#: The turn that holds and, by field, the reader's value, or null if the edition does not name it.
Wording = tuple[int, *tuple[str | None, ...]]


class Wordings:
    """The combinations that the choices of *edition* can take."""

    def __init__(self, edition: Edition) -> None:
        pieces = [p for part in (edition.subject, edition.text, edition.html) for p in walk(part)]
        self._turns = sorted({piece.until for piece in pieces if isinstance(piece, DeadlineChoice)})
        named: dict[str, set[str]] = {}
        for piece in pieces:
            if isinstance(piece, FieldChoice):
                values = (value for case in piece.cases for value in case.values)
                named.setdefault(piece.name, set()).update(map(normalize_value, values))
        self._named = tuple(named.items())

    def of(self, recipient: Recipient, at: datetime) -> Wording:
        """Return the combination that *recipient* gets at the instant *at*."""
        turn = bisect_right(self._turns, at)
        if not self._named:
            return (turn,)
        return (turn, *(self._value(recipient, name, values) for name, values in self._named))

    def _value(self, recipient: Recipient, name: str, named: set[str]) -> str | None:
        value = normalize_value(recipient.value(name))
        return value if value in named else None
