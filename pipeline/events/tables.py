"""The table of events."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Index, Integer, Table, Text, UniqueConstraint

from pipeline.database import METADATA, Id, UtcDateTime

#: Events in the order of arrival; rows are never changed, except that an erasure removes who and what was said.
#: `effect` is what the event changed when it arrived.
events = Table(
    "events",
    METADATA,
    Column("number", Id, primary_key=True),
    Column("source", Text, nullable=False),
    Column("source_key", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("recorded_at", UtcDateTime, nullable=False),
    Column("campaign", Id, ForeignKey("campaigns.number")),
    Column("sequence", Integer),
    Column("mailbox", Text),
    Column("list_name", Text),
    Column("bounce_class", Text),
    Column("code", Integer),
    Column("enhanced_code", Text),
    Column("text", Text, nullable=False),
    Column("effect", Text, nullable=False),
    UniqueConstraint("source", "source_key"),
    Index("ix_events_campaign", "campaign", "kind"),
    Index("ix_events_mailbox", "mailbox", "kind", "at"),
)
