"""What an examination found."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from enum import Enum


class Status(Enum):
    """How it stands."""

    #: As it should be.
    OK = "ok"
    #: Letters arrive, but some receiver wants it otherwise, or it cannot be seen from here.
    WARN = "warn"
    #: Letters will be refused, or thrown away.
    FAIL = "fail"


@dataclass(frozen=True, kw_only=True, slots=True)
class CheckResult:
    """
    One line of the examination.

    Args:
        check: What was looked at: `spf`, `dkim` …
        seen: What is there.
        wrong: What is wrong with it, and what to do; "" if nothing is.
        publish: The record to publish, a line of a zone file; "" if there is none.
    """

    check: str
    status: Status
    seen: str
    wrong: str = ""
    publish: str = ""

    def to_json(self) -> dict[str, str]:
        """Return `{"check", "status", "seen", "wrong", "publish"}`."""
        return asdict(self) | {"status": self.status.value}


def ok(check: str, seen: str) -> CheckResult:
    """Return a line for what is as it should be."""
    return CheckResult(check=check, status=Status.OK, seen=seen)


def warn(check: str, seen: str, wrong: str, *, publish: str = "") -> CheckResult:
    """Return a line for what some receivers want otherwise."""
    return CheckResult(check=check, status=Status.WARN, seen=seen, wrong=wrong, publish=publish)


def fail(check: str, seen: str, wrong: str, *, publish: str = "") -> CheckResult:
    """Return a line for what keeps letters from arriving."""
    return CheckResult(check=check, status=Status.FAIL, seen=seen, wrong=wrong, publish=publish)
