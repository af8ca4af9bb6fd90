"""The result of a check."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from enum import Enum
from typing import Any

from pipeline.errors import shorten_quotations


class Severity(Enum):
    """The severity of a finding."""

    #: Prevents sending.
    ERROR = "error"
    #: Shown before sending; prevents it only with `--strict`.
    WARNING = "warning"
    #: For information.
    NOTE = "note"


@dataclass(frozen=True, kw_only=True, slots=True)
class Place:
    """One place of a finding: what is there, and the line of the source, from 1, or None."""

    where: str
    line: int | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Finding:
    """
    One thing to check before the email is sent.

    Args:
        code: A stable name for machines, `image.alt-missing`.
        where: The place in the email, as text one can search for.
        hint: The next thing to try.
        line: The line of the source, from 1; None if it is not known or the source has no lines.
        count: In how many places it is.
        places: All of them, if there is more than one.
    """

    code: str
    severity: Severity
    where: str
    message: str
    hint: str
    line: int | None = None
    count: int = 1
    places: tuple[Place, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "message", shorten_quotations(self.message))

    def to_json(self) -> dict[str, Any]:  # Any: JSON
        """
        Return `{"code", "severity", "where", "message", "hint", "line", "count", "places"}`.

        *places* is a list of `{"where", "line"}` with at least one place.
        """
        places = self.places or (Place(where=self.where, line=self.line),)
        return asdict(self) | {
            "severity": self.severity.value,
            "places": [asdict(place) for place in places],
        }
