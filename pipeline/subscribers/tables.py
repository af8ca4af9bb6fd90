"""The tables of the audience."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, ForeignKey, Table, Text

from pipeline.database import METADATA, Id, Instant, Json

#: Everybody we know. `key` is the address case-folded, one mailbox to us; `digest` its keyed hash, see `digests`.
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
    Column("consent_at", Instant),
    Column("consent_source", Text, nullable=False),
    Column("added_at", Instant, nullable=False),
    Column("changed_at", Instant, nullable=False),
    Column("left_at", Instant),
    CheckConstraint("state IN ('unconfirmed', 'confirmed', 'unsubscribed')", name="state"),
)

#: What people subscribe to.
lists = Table(
    "lists",
    METADATA,
    Column("id", Id, primary_key=True),
    Column("name", Text, nullable=False, unique=True),
    Column("made_at", Instant, nullable=False),
)

#: Who is on which list; who left stays here with the date, so that no import brings them back.
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
    Column("joined_at", Instant, nullable=False),
    Column("left_at", Instant),
)

#: Words the publication sorts its subscribers by.
tags = Table(
    "tags",
    METADATA,
    Column("subscriber_id", Id, ForeignKey("subscribers.id", ondelete="CASCADE"), primary_key=True),
    Column("tag", Text, primary_key=True),
)

#: Whom never to write to again. It outlives the subscriber: after an erasure only the keyed hash is left.
suppressions = Table(
    "suppressions",
    METADATA,
    Column("digest", Text, primary_key=True),
    Column("email", Text),
    Column("reason", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("at", Instant, nullable=False),
)
