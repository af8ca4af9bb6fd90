"""The tables of sending."""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    UniqueConstraint,
    false,
    text,
)

from pipeline.database import METADATA, Id, Instant, Json

_CAMPAIGN_STATES = "'draft', 'scheduled', 'sending', 'sent', 'paused', 'failed', 'cancelled'"
_DELIVERY_STATES = (
    "'pending', 'claimed', 'accepted', 'refused', 'deferred', 'uncertain', 'skipped', "
    "'bounced', 'complained'"
)

#: What is sent, as it was rendered and approved. `checksum` is that of `content`, see `editions`.
editions = Table(
    "editions",
    METADATA,
    Column("digest", Text, primary_key=True),
    Column("content", LargeBinary, nullable=False),
    Column("checksum", Text, nullable=False),
    Column("made_at", Instant, nullable=False),
)

#: An edition sent to whom, when, by what.
#: `wall`, `zone` and `at` are what a person chose and the instant that was; `approved_at` frees a draft;
#: `frozen_at` is when its deliveries were written, `touched_at` when it was last taken up or let go;
#: after the delivery `pause_after` it pauses;
#: `run` is the process that has it in hand, `late` what becomes of readers whose hour is past: "send" or "skip";
#: `not_before` is when to try a server again that could not be reached, for the `failures`-th time.
campaigns = Table(
    "campaigns",
    METADATA,
    Column("number", Id, primary_key=True),
    Column("id", Text, nullable=False, unique=True),
    Column("kind", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("reason", Text),
    Column("edition", Text, ForeignKey("editions.digest"), nullable=False, index=True),
    Column("canonical_url", Text, index=True),
    Column("title", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("sender", Text, nullable=False),
    Column("delivers_mail", Boolean, nullable=False),
    Column("list", Text),
    Column("segment", Text),
    Column("most", Integer),
    Column("first", Text),
    Column("pause_after", Integer),
    Column("at", Instant, nullable=False),
    Column("wall", Text),
    Column("zone", Text, nullable=False),
    Column("is_local", Boolean, nullable=False),
    Column("expires_at", Instant),
    Column("made_at", Instant, nullable=False),
    Column("approved_at", Instant),
    Column("frozen_at", Instant),
    Column("touched_at", Instant, nullable=False),
    Column("ended_at", Instant),
    Column("not_before", Instant),
    Column("failures", Integer, nullable=False, server_default=text("0")),
    Column("outbox", Text),
    Column("run", Text),
    Column("late", Text),
    CheckConstraint(f"state IN ({_CAMPAIGN_STATES})", name="state"),
)

#: Each process that hands messages over, while it runs and after. Its lock is held as long as it lives.
runs = Table(
    "runs",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("host", Text, nullable=False),
    Column("pid", Integer, nullable=False),
    Column("started_at", Instant, nullable=False),
    Column("heartbeat_at", Instant, nullable=False),
    Column("ended_at", Instant),
    Column("ending", Text),
)

#: One row for each recipient of a campaign: whom, and how far it came.
#: `offered_at` is the instant its message was composed for; `again` says that the same octets are to be offered again.
#: While one is uncertain, `run` names who handed it over: its answer may come yet.
deliveries = Table(
    "deliveries",
    METADATA,
    Column("campaign", Id, ForeignKey("campaigns.number"), primary_key=True),
    Column("sequence", Integer, primary_key=True),
    Column("mailbox", Text, nullable=False),
    Column("email", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("subscriber", Id),
    Column("values", Json),
    Column("state", Text, nullable=False),
    Column("not_before", Instant),
    Column("reason", Text),
    Column("run", Text, ForeignKey("runs.id")),
    Column("attempts", Integer, nullable=False),
    Column("first_offered_at", Instant),
    Column("offered_at", Instant),
    Column("again", Boolean, nullable=False, server_default=false()),
    Column("settled_at", Instant),
    Column("code", Integer),
    Column("enhanced_code", Text),
    Column("response", Text),
    Column("provider_id", Text),
    UniqueConstraint("campaign", "mailbox"),
    Index("ix_deliveries_state", "campaign", "state", "not_before", "sequence"),
    Index(
        "ix_deliveries_claimed",
        "run",
        sqlite_where=text("state = 'claimed'"),
        postgresql_where=text("state = 'claimed'"),
    ),
    CheckConstraint(f"state IN ({_DELIVERY_STATES})", name="state"),
    sqlite_with_rowid=False,
)

#: How many messages were claimed in a span that begins at `start`, by sender, domain and the span it is counted for.
windows = Table(
    "windows",
    METADATA,
    Column("scope", Text, primary_key=True),
    Column("start", Instant, primary_key=True),
    Column("count", Integer, nullable=False),
)

#: Feeds whose new entries are mailed to a list at a recurring time; `problem` is what went wrong the last time.
feeds = Table(
    "feeds",
    METADATA,
    Column("number", Id, primary_key=True),
    Column("url", Text, nullable=False),
    Column("list", Text, nullable=False),
    Column("segment", Text),
    Column("every", Text, nullable=False),
    Column("zone", Text, nullable=False),
    Column("sender", Text),
    Column("next_at", Instant, nullable=False),
    Column("problem", Text),
    UniqueConstraint("url", "list"),
)

#: The entries that need not be mailed any more, and the campaign that mailed them, if one did.
feed_entries = Table(
    "feed_entries",
    METADATA,
    Column("feed", Id, ForeignKey("feeds.number", ondelete="CASCADE"), primary_key=True),
    Column("entry", Text, primary_key=True),
    Column("seen_at", Instant, nullable=False),
    Column("campaign", Text),
)
