"""A sample: an edition composed for a recipient nobody knows, to be looked at and checked."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

from pipeline.models.address import Address
from pipeline.models.message import Message
from pipeline.models.recipient import Recipient
from pipeline.recipient_tokens import TokenKeys, TokenPurpose

if TYPE_CHECKING:
    from pipeline.mail import Signing
    from pipeline.models.edition import Edition


@dataclass(frozen=True, kw_only=True, slots=True)
class Sample:
    """One composed message, and its two parts with every field filled in."""

    html: str
    text: str
    message: Message


def add_test_tokens(recipient: Recipient, keys: TokenKeys, *, digest: str = "") -> Recipient:
    """Return *recipient* with tokens that answer “This was a test”, and the keyed hash of its mailbox."""
    return replace(
        recipient,
        digest=digest,
        token=keys.make_test_token(TokenPurpose.UNSUBSCRIBE),
        preferences_token=keys.make_test_token(TokenPurpose.PREFERENCES),
    )


def compose_sample(edition: Edition, *, signing: Signing, at: datetime) -> Sample:
    """Compose *edition* for a recipient without a name; a field without a fallback shows its own name."""
    from pipeline.mail import compose, fill_fields

    values = {field.name: f"[{field.name}]" for field in edition.fields if field.fallback is None}
    recipient = Recipient(address=Address(email="reader@example.org"), values=values)
    recipient = add_test_tokens(recipient, TokenKeys(b"sample"))
    message = compose(
        edition,
        recipient,
        campaign_id="sample",
        sequence=1,
        at=at,
        secret=b"sample",
        signing=signing,
    )
    return Sample(
        html=fill_fields(edition.html, recipient, at=at),
        text=fill_fields(edition.text, recipient, at=at),
        message=message,
    )
