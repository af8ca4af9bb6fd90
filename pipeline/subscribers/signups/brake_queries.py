"""Queries for when sign-ups were refused because of all of them together."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, insert, select, update

from pipeline.subscribers.signups.tables import signup_brakes

#: Refusals within this time of the last one belong to it.
_EPISODE = timedelta(hours=1)
_B = signup_brakes.c


@dataclass(frozen=True, kw_only=True, slots=True)
class SignupBrake:
    """
    A time in which sign-ups were refused.

    Args:
        reason: "more than 300 an hour".
        refused: How many.
    """

    reason: str
    started_at: datetime
    last_at: datetime
    refused: int

    def describe(self) -> str:
        """Return it as a sentence."""
        return (
            f"Sign-ups were refused from {self.started_at:%Y-%m-%d %H:%M} to "
            f"{self.last_at:%Y-%m-%d %H:%M} UTC ({self.refused:,}): {self.reason}."
        )


def add_refusal(connection: Connection, reason: str, *, now: datetime) -> bool:
    """Count a refused sign-up; return whether it is the first one for a while."""
    number = connection.scalar(
        select(_B.number)
        .where(_B.reason == reason, _B.last_at > now - _EPISODE)
        .order_by(_B.number.desc())
        .limit(1)
    )
    if number is None:
        row = {"reason": reason, "started_at": now, "last_at": now, "refused": 1}
        connection.execute(insert(signup_brakes), row)
        return True
    values = {"last_at": now, "refused": _B.refused + 1}
    connection.execute(update(signup_brakes).where(_B.number == number).values(values))
    return False


def find_last(connection: Connection, since: datetime) -> SignupBrake | None:
    """Return the last time since then in which sign-ups were refused."""
    query = select(signup_brakes).where(_B.last_at > since).order_by(_B.last_at.desc()).limit(1)
    row = connection.execute(query).one_or_none()
    if row is None:
        return None
    return SignupBrake(
        reason=row.reason, started_at=row.started_at, last_at=row.last_at, refused=row.refused
    )
