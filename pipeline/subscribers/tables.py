"""The tables of the subscriber store."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, ForeignKey, Table, Text

from pipeline.database import METADATA, Id, Json, UtcDateTime

#: `key` is the case-folded address, see `Address.key`; `digest` its keyed hash, see `AddressHasher`.
subscribers = Table(
    "subscribers",
    METADATA,
    Column("id", Id, primary_key=True),
    Column("key", Text, nullable=False, unique=True),
    Column("digest", Text, nullable=False),
    Column("email", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("language", Text),
    Column("zone", Text),
    Column("attributes", Json, nullable=False),
    Column("consent", Text, nullable=False),
    Column("consent_at", UtcDateTime),
    Column("consent_source", Text, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
    Column("unsubscribed_at", UtcDateTime),
    Column("paused_until", UtcDateTime),
    CheckConstraint("state IN ('unconfirmed', 'confirmed', 'unsubscribed')", name="state"),
)

lists = Table(
    "lists",
    METADATA,
    Column("id", Id, primary_key=True),
    Column("name", Text, nullable=False, unique=True),
    Column("created_at", UtcDateTime, nullable=False),
)

#: Which subscriber is on which list. Unsubscribing keeps the row, so that no import subscribes them again.
memberships = Table(
    "memberships",
    METADATA,
    Column("list_id", Id, ForeignKey("lists.id"), primary_key=True),
    Column(
        "subscriber_id",
        Id,
        ForeignKey("subscribers.id", ondelete="CASCADE"),
        primary_key=True,
        index=True,
    ),
    Column("subscribed_at", UtcDateTime, nullable=False),
    Column("unsubscribed_at", UtcDateTime),
)

tags = Table(
    "tags",
    METADATA,
    Column("subscriber_id", Id, ForeignKey("subscribers.id", ondelete="CASCADE"), primary_key=True),
    Column("tag", Text, primary_key=True),
)

#: Addresses that subscribers had before they confirmed another one; by `key` old links and imports find them.
former_addresses = Table(
    "former_addresses",
    METADATA,
    Column("key", Text, primary_key=True),
    Column("email", Text, nullable=False),
    Column(
        "subscriber_id",
        Id,
        ForeignKey("subscribers.id", ondelete="CASCADE"),
        nullable=False,
        index=True,
    ),
    Column("changed_at", UtcDateTime, nullable=False),
)

#: Which subscriber made which gift, by processor and transaction; only with `[gifts] match_subscribers`.
givers = Table(
    "givers",
    METADATA,
    Column("processor", Text, primary_key=True),
    Column("transaction", Text, primary_key=True),
    Column(
        "subscriber_id",
        Id,
        ForeignKey("subscribers.id", ondelete="CASCADE"),
        nullable=False,
        index=True,
    ),
)

#: What was asked for on the public pages, to be confirmed by a link in a message. `mailbox` is the address key of who
#: asked; `recipient` that of who gets the message, None if nobody does.
confirmations = Table(
    "confirmations",
    METADATA,
    Column("number", Id, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("mailbox", Text, nullable=False, index=True),
    Column("recipient", Text, index=True),
    Column("email", Text),
    Column("created_at", UtcDateTime, nullable=False, index=True),
    Column("sent_at", UtcDateTime),
    Column("confirmed_at", UtcDateTime),
    CheckConstraint("kind IN ('address', 'data', 'restore')", name="kind"),
)

#: The one row that says which secret keys the hashes, see `store_secret`.
secret_fingerprint = Table(
    "secret_fingerprint",
    METADATA,
    Column("id", Id, primary_key=True),
    Column("fingerprint", Text, nullable=False),
    Column("stored_at", UtcDateTime, nullable=False),
    CheckConstraint("id = 1", name="id"),
)

#: The suppression list. It outlives the subscribers: after an erasure only the keyed hash is left.
suppressions = Table(
    "suppressions",
    METADATA,
    Column("digest", Text, primary_key=True),
    Column("email", Text),
    Column("reason", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
)
