"""Choose what is sent to who signed up: a question, a link to their page, or nothing."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row

from pipeline.models.subscriber import SubscriberState
from pipeline.signup.signup_limits import INBOX_LONG_PERIOD, INBOX_MAX, INBOX_PERIOD
from pipeline.subscribers import queries
from pipeline.subscribers.changes import address_changes, confirmation_queries
from pipeline.subscribers.signups import signup_queries
from pipeline.subscribers.signups.signup_queries import SignupMessage


def choose_message(
    connection: Connection, row: Row[Any], *, digest: str, now: datetime
) -> tuple[SignupMessage, str]:  # Any: columns of the table
    """
    Return what is sent to who signed up in *row*, and why.

    Args:
        digest: Of their mailbox, as suppressions have it.
    """
    if signup_queries.is_refused(connection, row.inbox, row.list_name):
        return SignupMessage.NONE, "they said “No thanks” to this list; nothing was sent"
    if not address_changes.can_receive(connection, row.mailbox, digest):
        return SignupMessage.NONE, "unsubscribed or suppressed; nothing was sent"
    if _had_message(connection, row, now):
        return SignupMessage.NONE, "they got such a message lately; nothing was sent"
    found = queries.find_subscriber(connection, row.mailbox)
    is_active = found is not None and found.state is SubscriberState.CONFIRMED
    if found and is_active and row.list_name in (*found.lists, *found.unsubscribed_lists):
        return SignupMessage.KNOWN, "already a subscriber; the link to their page was sent"
    return SignupMessage.CONFIRM, "the question was sent; they are subscribed once they confirm"


def _had_message(connection: Connection, row: Row[Any], now: datetime) -> bool:  # Any: as above
    lately, in_all = (
        signup_queries.count_messages(connection, row.inbox, now - period, before=row.number)
        for period in (INBOX_PERIOD, INBOX_LONG_PERIOD)
    )
    return (
        lately > 0
        or in_all >= INBOX_MAX
        or confirmation_queries.is_recipient(connection, now - INBOX_PERIOD, row.mailbox)
    )
