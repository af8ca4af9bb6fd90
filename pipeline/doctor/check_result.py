"""The result of one check of the doctor."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from enum import Enum


class Status(Enum):
    """The outcome of a check."""

    #: Nothing to do.
    OK = "ok"
    #: Mail is delivered, but some providers expect more, or it cannot be checked from here.
    WARN = "warn"
    #: Mail will be rejected or lost.
    FAIL = "fail"


@dataclass(frozen=True, kw_only=True, slots=True)
class CheckResult:
    """
    One line of the report.

    Args:
        check: What was checked: `spf`, `dkim` …
        message: What was found.
        hint: Why it matters and how to fix it; "" if nothing is wrong.
        dns_record: The record to publish, as a line of a zone file, or "".
    """

    check: str
    status: Status
    message: str
    hint: str = ""
    dns_record: str = ""

    def to_json(self) -> dict[str, str]:
        """Return `{"check", "status", "message", "hint", "dns_record"}`."""
        return asdict(self) | {"status": self.status.value}


def ok(check: str, message: str) -> CheckResult:
    """Return a result without problems."""
    return CheckResult(check=check, status=Status.OK, message=message)


def warn(check: str, message: str, hint: str, *, dns_record: str = "") -> CheckResult:
    """Return a result that some providers object to."""
    return CheckResult(
        check=check, status=Status.WARN, message=message, hint=hint, dns_record=dns_record
    )


def fail(check: str, message: str, hint: str, *, dns_record: str = "") -> CheckResult:
    """Return a result that keeps mail from being delivered."""
    return CheckResult(
        check=check, status=Status.FAIL, message=message, hint=hint, dns_record=dns_record
    )
