"""What campaigns need from the project: a store, a clock, senders, and keys."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Protocol

from sqlalchemy import Connection

from pipeline.campaigns.rates.failures import RetryPolicy
from pipeline.campaigns.rates.limits import RatePolicy
from pipeline.campaigns.workers.embedded_engine import EmbeddedEngine
from pipeline.campaigns.workers.tickets import Engine
from pipeline.clock import Clock
from pipeline.database import Store
from pipeline.mail import Signing
from pipeline.models.address import Address
from pipeline.models.edition import Edition
from pipeline.recipient_tokens import TokenKeys
from pipeline.senders import Sender
from pipeline.subscribers.suppressions import AddressHasher


class CampaignSenders(Protocol):
    """Opens the senders of a project by name, and knows their settings."""

    def open_sender(self, name: str) -> Sender:
        """Return the sender *name*; its connections are not open yet."""
        ...

    def get_signing(self, sender: Sender) -> Signing:
        """Return who signs the messages of *sender*."""
        ...

    def get_rate_policy(self, sender_name: str) -> RatePolicy:
        """Return the rate limits of the sender *sender_name*."""
        ...


class RecipientKeys:
    """
    Derives from the project's secret what stands for a recipient's mailbox.

    Attributes:
        secret: The key of Message-IDs.
        tokens: Makes the tokens that lead back to a message.
    """

    def __init__(self, secret: bytes) -> None:
        self.secret = secret
        self.tokens = TokenKeys(secret)
        self._hasher = AddressHasher(secret)

    def hash_mailbox(self, mailbox: str) -> str:
        """Return the keyed hash of *mailbox*, as in the suppression list."""
        return self._hasher.hash(mailbox)


@dataclass(frozen=True, kw_only=True)
class CampaignContext:
    """
    The objects that planning and sending work with.

    Args:
        bounce_address: Receives bounces, each at an address with a token of its own; None: bounces go to the sender.
        engine: Tells workers what is due.
        read_constants: Returns what is the same for all recipients of an edition, and only known when it is sent.
        random: Spreads retries, so that deferred messages do not all return at once.
    """

    store: Store
    clock: Clock
    senders: CampaignSenders
    keys: RecipientKeys
    retry_policy: RetryPolicy = field(default_factory=RetryPolicy)
    bounce_address: Address | None = None
    read_constants: Callable[[Connection, Edition], Mapping[str, str]] = lambda *_: {}
    engine: Engine = field(default_factory=EmbeddedEngine)
    random: Random = field(default_factory=Random)
