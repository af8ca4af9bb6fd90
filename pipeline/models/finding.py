"""What a check found."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from enum import Enum


class Severity(Enum):
    """How much a finding matters."""

    #: Stops a send to people.
    ERROR = "error"
    #: Shown before a send; stops it only with `--strict`.
    WARNING = "warning"
    #: Good to know; stops nothing.
    NOTE = "note"


@dataclass(frozen=True, kw_only=True, slots=True)
class Finding:
    """
    One thing a person should look at before the mail goes out.

    Args:
        code: A stable name for machines, `image.alt-missing`.
        where: The place in the mail, in words a person can search for.
        hint: The next thing to try.
    """

    code: str
    severity: Severity
    where: str
    message: str
    hint: str

    def to_json(self) -> dict[str, str]:
        """Return `{"code", "severity", "where", "message", "hint"}`."""
        return asdict(self) | {"severity": self.severity.value}
