"""Whether a recipient may still be sent to, as a column of the statement that reads them for a claim."""

from __future__ import annotations

from enum import IntFlag
from functools import cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    ScalarSelect,
    bindparam,
    case,
    literal_column,
    or_,
    select,
)

from pipeline.campaigns.store.tables import recipients
from pipeline.database import UtcDateTime
from pipeline.subscribers.tables import lists, memberships, subscribers, suppressions

_S = subscribers.c


class Screening(IntFlag):
    """What stands in the way of a message to a subscriber."""

    #: Their address is suppressed.
    SUPPRESSED = 1
    #: They are not on the list any more, or were never confirmed.
    UNSUBSCRIBED = 2
    #: They receive nothing for a time.
    PAUSED = 4
    #: The mailbox that was frozen is not their address: whether it is suppressed is not known here.
    OTHER_MAILBOX = 8


@cache
def get_screening_column(list_name: str | None) -> ColumnElement[int]:
    """
    Return the `Screening` of each row of `recipients` at the time `:now`, None for those who are no subscriber.

    It is one subquery by primary keys: no planner, without statistics of tables that were empty a moment ago, can make
    a join of it that reads all subscribers.

    Args:
        list_name: The list of the campaign; None if its recipients were named.
    """
    is_suppressed = _find(suppressions.c.digest, suppressions.c.digest == _S.digest).is_not(None)
    is_unsubscribed = _S.state != literal_column("'confirmed'")
    if list_name is not None:
        list_id = select(lists.c.id).where(lists.c.name == list_name).scalar_subquery()
        is_member = (
            memberships.c.list_id == list_id,
            memberships.c.subscriber_id == _S.id,
            memberships.c.unsubscribed_at.is_(None),
        )
        is_unsubscribed = or_(is_unsubscribed, _find(memberships.c.list_id, *is_member).is_(None))
    return (
        select(
            _flag(is_suppressed, Screening.SUPPRESSED)
            + _flag(is_unsubscribed, Screening.UNSUBSCRIBED)
            + _flag(_S.paused_until > bindparam("now", type_=UtcDateTime()), Screening.PAUSED)
            + _flag(_S.key != recipients.c.mailbox, Screening.OTHER_MAILBOX)
        )
        .where(_S.id == recipients.c.subscriber_id)
        .correlate(recipients)
        .scalar_subquery()
        .label("screening")
    )


def _find(column: ColumnElement[Any], *where: ColumnElement[bool]) -> ScalarSelect[Any]:
    return select(column).where(*where).correlate(subscribers).scalar_subquery()


def _flag(condition: ColumnElement[bool], flag: Screening) -> ColumnElement[int]:
    return case((condition, literal_column(str(int(flag)))), else_=literal_column("0"))
