"""Find the message, and so the recipient, that a token belongs to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, Select, bindparam, select

from pipeline.campaigns import CampaignKind
from pipeline.campaigns.store.tables import campaigns, deliveries
from pipeline.recipient_tokens import Token, TokenKeys, TokenPurpose
from pipeline.subscribers.changes.address_changes import find_current_key
from pipeline.subscribers.signups import signup_queries
from pipeline.subscribers.tables import former_addresses, subscribers


@dataclass(frozen=True, kw_only=True, slots=True)
class TokenTarget:
    """
    The message that a token belongs to.

    Args:
        campaign: The number of its campaign; 0 for a preview, which no campaign sent; of a message about a sign-up, the
            number of that.
        mailbox: The key of the recipient's address; for what they do themselves, of the address they have now.
        email: That address.
        sent_to: The key of the address that the message was sent to.
        list_name: The list it was sent to; None for a message to single addresses.
        is_test: Whether it was a test or a preview: nothing may come of it.
    """

    campaign: int
    campaign_id: str
    sequence: int
    mailbox: str
    email: str
    sent_to: str
    list_name: str | None
    is_test: bool

    @property
    def delivery(self) -> tuple[int | None, int | None]:
        """The campaign and sequence of its delivery; None for a message that no campaign sent."""
        return (self.campaign, self.sequence) if self.sequence else (None, None)


#: Who has a link acts for themselves, whatever their address is now; a bounce or complaint is about the address.
_FOLLOWS = frozenset({TokenPurpose.UNSUBSCRIBE, TokenPurpose.PREFERENCES})
_MESSAGE: Select[Any] = (  # Any: columns of several tables
    select(
        campaigns.c.number,
        campaigns.c.id,
        campaigns.c.kind,
        campaigns.c.list_name,
        deliveries.c.sequence,
        deliveries.c.mailbox,
        deliveries.c.email,
        subscribers.c.key.label("current_mailbox"),
        subscribers.c.email.label("current_email"),
    )
    .join(campaigns, campaigns.c.number == deliveries.c.campaign)
    .join(former_addresses, former_addresses.c.key == deliveries.c.mailbox, isouter=True)
    .join(subscribers, subscribers.c.id == former_addresses.c.subscriber_id, isouter=True)
    .where(
        deliveries.c.campaign == bindparam("of_campaign"),
        deliveries.c.sequence == bindparam("of_sequence"),
    )
)
_TEST_TARGET = TokenTarget(
    campaign=0,
    campaign_id="",
    sequence=0,
    mailbox="",
    email="",
    sent_to="",
    list_name=None,
    is_test=True,
)


def find_target(connection: Connection, keys: TokenKeys, token: Token) -> TokenTarget | None:
    """
    Return the message of *token*; None if it is not known, whatever the reason.

    A wrong tag takes the same time as an unknown message: both compute one tag.
    """
    if token.is_test:
        return _TEST_TARGET
    if token.sequence == 0:
        return _find_signup(connection, keys, token)
    values = {"of_campaign": token.campaign, "of_sequence": token.sequence}
    row = connection.execute(_MESSAGE, values).one_or_none()
    mailbox, campaign_id = (row.mailbox, row.id) if row else ("", "")
    is_genuine = keys.verify(token, campaign_id=campaign_id, mailbox=mailbox)
    return _to_target(row, follows=token.purpose in _FOLLOWS) if row and is_genuine else None


def _find_signup(connection: Connection, keys: TokenKeys, token: Token) -> TokenTarget | None:
    """Return the message about a sign-up that *token* belongs to: its link leads a subscriber to their preferences."""
    row = signup_queries.find(connection, token.campaign)
    mailbox, identity = (row.mailbox, signup_queries.identify(row)) if row else ("", "")
    is_genuine = keys.verify(token, campaign_id=identity, mailbox=mailbox)
    if row is None or not is_genuine or token.purpose is not TokenPurpose.PREFERENCES:
        return None
    current = find_current_key(connection, row.mailbox)
    written = connection.scalar(select(subscribers.c.email).where(subscribers.c.key == current))
    return TokenTarget(
        campaign=row.number,
        campaign_id=identity,
        sequence=0,
        mailbox=current,
        email=written or row.email,
        sent_to=row.mailbox,
        list_name=row.list_name,
        is_test=False,
    )


def _to_target(row: Row[Any], *, follows: bool) -> TokenTarget:  # Any: as above
    has_moved = follows and row.current_mailbox is not None
    return TokenTarget(
        campaign=row.number,
        campaign_id=row.id,
        sequence=row.sequence,
        mailbox=row.current_mailbox if has_moved else row.mailbox,
        email=row.current_email if has_moved else row.email,
        sent_to=row.mailbox,
        list_name=row.list_name,
        is_test=row.kind == CampaignKind.TEST.value,
    )
