"""The tables of campaigns."""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    and_,
    column,
    false,
    literal_column,
    text,
)

from pipeline.database import METADATA, Id, Json, UtcDateTime

_CAMPAIGN_STATES = "'draft', 'scheduled', 'sending', 'sent', 'paused', 'failed', 'cancelled'"
_DELIVERY_STATES = (
    "'pending', 'claimed', 'accepted', 'refused', 'deferred', 'uncertain', 'skipped', "
    "'delivered', 'bounced', 'complained'"
)

# Conditions of partial indexes; a query that is to use one repeats it without parameters, see the end of this module.
_FREE = and_(column("state") == literal_column("'open'"), column("process_id").is_(None))
_HELD = column("process_id").is_not(None)

#: Editions as they were rendered and approved; `checksum` is the SHA-256 of `content`. `slug` is the last part of the
#: URL of its page, and `card` what the archive's lists say of it (`IssueCard`).
editions = Table(
    "editions",
    METADATA,
    Column("digest", Text, primary_key=True),
    Column("content", LargeBinary, nullable=False),
    Column("checksum", Text, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("slug", Text, index=True),
    Column("card", Json),
)

#: Campaigns: an edition, its recipients, its time and its sender.
#: `local_time` and `zone` are what a person chose, `scheduled_at` is the UTC time of both; `approved_at` frees a draft;
#: `frozen_at` is when its deliveries were written; `last_active_at` is when a process last worked on it, to the minute;
#: it pauses after the delivery `pause_after`; `process_id` is the process that it is reserved for, None for any worker;
#: `late_policy` says what happens to recipients whose local time is past: "send" or "skip";
#: `constants` is what was the same for all recipients when it started, see `CONSTANT_PREFIX`;
#: `outbox` is the folder that it writes messages to, or sends them from; there `edition_digest` may be unknown;
#: `retry_at` is when to try an unreachable server again, after `failures` failures in a row.
campaigns = Table(
    "campaigns",
    METADATA,
    Column("number", Id, primary_key=True),
    Column("id", Text, nullable=False, unique=True),
    Column("kind", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("reason", Text),
    Column("edition_digest", Text, ForeignKey("editions.digest"), index=True),
    Column("canonical_url", Text, index=True),
    Column("title", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("sender", Text, nullable=False),
    Column("delivers_mail", Boolean, nullable=False),
    Column("list_name", Text),
    Column("segment", Text),
    Column("recipient_limit", Integer),
    Column("first_batch", Text),
    Column("pause_after", Integer),
    Column("scheduled_at", UtcDateTime, nullable=False),
    Column("local_time", Text),
    Column("zone", Text, nullable=False),
    Column("in_recipient_zone", Boolean, nullable=False),
    Column("late_policy", Text),
    Column("expires_at", UtcDateTime),
    Column("created_at", UtcDateTime, nullable=False),
    Column("approved_at", UtcDateTime),
    Column("frozen_at", UtcDateTime),
    Column("last_active_at", UtcDateTime, nullable=False),
    Column("ended_at", UtcDateTime),
    Column("retry_at", UtcDateTime),
    Column("failures", Integer, nullable=False, server_default=text("0")),
    Column("outbox", Text),
    Column("constants", Json),
    Column("process_id", Text),
    CheckConstraint(f"state IN ({_CAMPAIGN_STATES})", name="state"),
)

#: The reference codes of the donation links of each campaign, and the button that has each (`ReferenceCode`).
#: `issue` is the digest of the issue's identity, and the same in all its campaigns; two issues may share a `code`.
reference_codes = Table(
    "reference_codes",
    METADATA,
    Column("campaign", Id, ForeignKey("campaigns.number"), primary_key=True),
    Column("code", Text, primary_key=True),
    Column("prefix", Text, nullable=False),
    Column("issue", Text, nullable=False),
    Column("variant", Text, nullable=False),
    Column("place", Text, nullable=False),
    Column("frequency", Text, nullable=False),
    Column("minor", Id),
    Column("currency", Text, nullable=False),
)

#: Processes that send campaigns, while they run and after. Each holds a lock as long as it lives.
processes = Table(
    "processes",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("host", Text, nullable=False),
    Column("pid", Integer, nullable=False),
    Column("started_at", UtcDateTime, nullable=False),
    Column("heartbeat_at", UtcDateTime, nullable=False),
    Column("ended_at", UtcDateTime),
    Column("end_reason", Text),
)

#: The recipients of each campaign as they were frozen, due at `not_before`, or at once. Only erasure and a new address
#: change a row.
recipients = Table(
    "recipients",
    METADATA,
    Column("campaign", Id, ForeignKey("campaigns.number"), primary_key=True),
    Column("sequence", Integer, primary_key=True),
    Column("mailbox", Text, nullable=False),
    Column("email", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("subscriber_id", Id),
    Column("values", Json),
    Column("not_before", UtcDateTime),
    UniqueConstraint("campaign", "mailbox"),
    sqlite_with_rowid=False,
)

#: Ranges of the recipients of a campaign, each held by one process at a time.
#: `size` is how many recipients are in the range, `receipts` how many of them have a receipt; `process_id` is who holds
#: it, and `epoch` counts how often it changed hands; every recipient up to `offered` may have been handed over, and
#: nobody after it was; `claims` are `[[last sequence, time]]`: when messages without a receipt are composed for.
#: Nobody after `offered` in a stopped batch is sent anything, for `reason`.
batches = Table(
    "batches",
    METADATA,
    Column("campaign", Id, ForeignKey("campaigns.number"), primary_key=True),
    Column("first", Integer, primary_key=True),
    Column("last", Integer, nullable=False),
    Column("size", Integer, nullable=False),
    Column("not_before", UtcDateTime),
    Column("state", Text, nullable=False),
    Column("reason", Text),
    Column("process_id", Text),
    Column("epoch", Integer, nullable=False),
    Column("offered", Integer, nullable=False),
    Column("claims", Json),
    Column("receipts", Integer, nullable=False),
    Index(
        "ix_batches_free",
        "campaign",
        "not_before",
        "first",
        sqlite_where=_FREE,
        postgresql_where=_FREE,
    ),
    Index(
        "ix_batches_process_id",
        "process_id",
        sqlite_where=_HELD,
        postgresql_where=_HELD,
    ),
    CheckConstraint("state IN ('open', 'done', 'stopped')", name="state"),
    sqlite_with_rowid=False,
)

#: What became of a message: inserted once, when its outcome is known, or when it leaves its batch to be claimed alone.
#: `composed_at` is the time its message is composed for; `is_retry` keeps it, so that the same bytes are sent again.
#: While a delivery is uncertain, `process_id` names the process that sent it: the receipt may still arrive.
#: No foreign keys: each would cost a tenth of the insert.
receipts = Table(
    "receipts",
    METADATA,
    Column("campaign", Id, primary_key=True),
    Column("sequence", Integer, primary_key=True),
    Column("state", Text, nullable=False),
    Column("not_before", UtcDateTime),
    Column("reason", Text),
    Column("process_id", Text),
    Column("attempts", Integer, nullable=False),
    Column("first_attempt_at", UtcDateTime),
    Column("composed_at", UtcDateTime),
    Column("is_retry", Boolean, nullable=False, server_default=false()),
    Column("settled_at", UtcDateTime),
    Column("code", Integer),
    Column("enhanced_code", Text),
    Column("response", Text),
    Column("provider_id", Text),
    Index(
        "ix_receipts_state",
        "campaign",
        "state",
        "not_before",
        "sequence",
        sqlite_where=text("state <> 'accepted'"),
        postgresql_where=text("state <> 'accepted'"),
    ),
    Index(
        "ix_receipts_claimed",
        "process_id",
        sqlite_where=text("state = 'claimed'"),
        postgresql_where=text("state = 'claimed'"),
    ),
    # Most are accepted, and SQLite builds the list again for each row that it compares with it: a third of the insert.
    CheckConstraint(f"state = 'accepted' OR state IN ({_DELIVERY_STATES})", name="state"),
    sqlite_with_rowid=False,
)

#: A view: one row for each recipient of a campaign, with the state of their message. It is that of the receipt; without
#: one it is skipped after `offered` in a stopped batch, claimed up to `offered`, and pending after it.
deliveries = Table(
    "deliveries",
    MetaData(),
    Column("campaign", Id, primary_key=True),
    Column("sequence", Integer, primary_key=True),
    Column("mailbox", Text, nullable=False),
    Column("email", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("subscriber_id", Id),
    Column("values", Json),
    Column("state", Text, nullable=False),
    Column("not_before", UtcDateTime),
    Column("reason", Text),
    Column("process_id", Text),
    Column("attempts", Integer, nullable=False),
    Column("first_attempt_at", UtcDateTime),
    Column("composed_at", UtcDateTime),
    Column("is_retry", Boolean, nullable=False),
    Column("settled_at", UtcDateTime),
    Column("code", Integer),
    Column("enhanced_code", Text),
    Column("response", Text),
    Column("provider_id", Text),
)

#: Sent messages by sender, domain and window length (`scope`), in buckets that begin at `start`.
rate_windows = Table(
    "rate_windows",
    METADATA,
    Column("scope", Text, primary_key=True),
    Column("start", UtcDateTime, primary_key=True),
    Column("count", Integer, nullable=False),
)

#: How many of the connections of a sender each process may open for each campaign that it is sending: none while it
#: waits. `position` is the order in which they asked.
connection_shares = Table(
    "connection_shares",
    METADATA,
    Column("sender", Text, primary_key=True),
    Column("process_id", Text, primary_key=True),
    Column("campaign", Id, primary_key=True),
    Column("position", Id, nullable=False),
    Column("connections", Integer, nullable=False),
)

#: The last receipts that each process got for a campaign that it is sending, see `RecentReceipts`; final if it stopped
#: because of them.
recent_receipts = Table(
    "recent_receipts",
    METADATA,
    Column("campaign", Id, primary_key=True),
    Column("process_id", Text, primary_key=True),
    Column("answered", Integer, nullable=False),
    Column("refused", Integer, nullable=False),
    Column("attempted", Integer, nullable=False),
    Column("deferred", Integer, nullable=False),
    Column("is_final", Boolean, nullable=False),
)

#: Feeds whose new entries are sent to a list at a recurring time; `last_error` is that of the last attempt.
feeds = Table(
    "feeds",
    METADATA,
    Column("number", Id, primary_key=True),
    Column("url", Text, nullable=False),
    Column("list_name", Text, nullable=False),
    Column("segment", Text),
    Column("recurrence", Text, nullable=False),
    Column("zone", Text, nullable=False),
    Column("sender", Text),
    Column("next_at", UtcDateTime, nullable=False),
    Column("last_error", Text),
    Column("followed_at", UtcDateTime, nullable=False),
    UniqueConstraint("url", "list_name"),
)

#: Entries of feeds: what was known of each when it was first seen, its state, why it is held if it is, and the campaign
#: that sent it, if one did.
feed_entries = Table(
    "feed_entries",
    METADATA,
    Column("feed", Id, ForeignKey("feeds.number", ondelete="CASCADE"), primary_key=True),
    Column("entry", Text, primary_key=True),
    Column("seen_at", UtcDateTime, nullable=False),
    Column("state", Text, nullable=False),
    Column("hold", Text),
    Column("title", Text, nullable=False),
    Column("link", Text, nullable=False),
    Column("published_at", UtcDateTime),
    Column("text_digest", Text, nullable=False),
    Column("campaign_id", Text),
)

#: Whether a batch is free: what is not offered yet may be taken by any process.
IS_FREE = and_(batches.c.state == literal_column("'open'"), batches.c.process_id.is_(None))
#: Whether a receipt is in the index of states, which all but accepted ones are.
IS_NOT_ACCEPTED = receipts.c.state != literal_column("'accepted'")
