"""Find the message, and so the recipient, that a token belongs to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, Select, bindparam, select

from pipeline.campaigns import CampaignKind
from pipeline.campaigns.store.tables import campaigns, deliveries
from pipeline.recipient_tokens import Token, TokenKeys


@dataclass(frozen=True, kw_only=True, slots=True)
class TokenTarget:
    """
    The message that a token belongs to.

    Args:
        campaign: The number of its campaign; 0 for a preview, which no campaign sent.
        mailbox: The key of the recipient's address.
        email: The recipient's address.
        list_name: The list it was sent to; None for a message to single addresses.
        is_test: Whether it was a test or a preview: nothing may come of it.
    """

    campaign: int
    campaign_id: str
    sequence: int
    mailbox: str
    email: str
    list_name: str | None
    is_test: bool


_MESSAGE: Select[Any] = (  # Any: columns of two tables
    select(
        campaigns.c.number,
        campaigns.c.id,
        campaigns.c.kind,
        campaigns.c.list_name,
        deliveries.c.sequence,
        deliveries.c.mailbox,
        deliveries.c.email,
    )
    .join(campaigns, campaigns.c.number == deliveries.c.campaign)
    .where(
        deliveries.c.campaign == bindparam("of_campaign"),
        deliveries.c.sequence == bindparam("of_sequence"),
    )
)
_TEST_TARGET = TokenTarget(
    campaign=0, campaign_id="", sequence=0, mailbox="", email="", list_name=None, is_test=True
)


def find_target(connection: Connection, keys: TokenKeys, token: Token) -> TokenTarget | None:
    """
    Return the message of *token*; None if it is not known, whatever the reason.

    A wrong tag takes the same time as an unknown message: both compute one tag.
    """
    if token.is_test:
        return _TEST_TARGET
    values = {"of_campaign": token.campaign, "of_sequence": token.sequence}
    row = connection.execute(_MESSAGE, values).one_or_none()
    mailbox, campaign_id = (row.mailbox, row.id) if row else ("", "")
    is_genuine = keys.verify(token, campaign_id=campaign_id, mailbox=mailbox)
    return _to_target(row) if row and is_genuine else None


def _to_target(row: Row[Any]) -> TokenTarget:  # Any: as above
    return TokenTarget(
        campaign=row.number,
        campaign_id=row.id,
        sequence=row.sequence,
        mailbox=row.mailbox,
        email=row.email,
        list_name=row.list_name,
        is_test=row.kind == CampaignKind.TEST.value,
    )
