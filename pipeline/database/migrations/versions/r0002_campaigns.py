"""Create the tables of campaigns: editions, processes, deliveries, rate windows."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from pipeline.database import Id, Json, UtcDateTime

revision = "r0002"
down_revision = "r0001"
branch_labels = None
depends_on = None

_CAMPAIGN_STATES = "'draft', 'scheduled', 'sending', 'sent', 'paused', 'failed', 'cancelled'"
_DELIVERY_STATES = (
    "'pending', 'claimed', 'accepted', 'refused', 'deferred', 'uncertain', 'skipped', "
    "'delivered', 'bounced', 'complained'"
)


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "editions",
        sa.Column("digest", sa.Text, nullable=False),
        sa.Column("content", sa.LargeBinary, nullable=False),
        sa.Column("checksum", sa.Text, nullable=False),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("digest", name="pk_editions"),
    )
    op.create_table(
        "campaigns",
        sa.Column("number", Id, nullable=False),
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("reason", sa.Text),
        sa.Column("edition_digest", sa.Text),
        sa.Column("canonical_url", sa.Text),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("sender", sa.Text, nullable=False),
        sa.Column("delivers_mail", sa.Boolean, nullable=False),
        sa.Column("list_name", sa.Text),
        sa.Column("segment", sa.Text),
        sa.Column("recipient_limit", sa.Integer),
        sa.Column("first_batch", sa.Text),
        sa.Column("pause_after", sa.Integer),
        sa.Column("scheduled_at", UtcDateTime, nullable=False),
        sa.Column("local_time", sa.Text),
        sa.Column("zone", sa.Text, nullable=False),
        sa.Column("in_recipient_zone", sa.Boolean, nullable=False),
        sa.Column("late_policy", sa.Text),
        sa.Column("expires_at", UtcDateTime),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.Column("approved_at", UtcDateTime),
        sa.Column("frozen_at", UtcDateTime),
        sa.Column("last_active_at", UtcDateTime, nullable=False),
        sa.Column("ended_at", UtcDateTime),
        sa.Column("retry_at", UtcDateTime),
        sa.Column("failures", sa.Integer, nullable=False, server_default=sa.text("0")),
        sa.Column("outbox", sa.Text),
        sa.Column("process_id", sa.Text),
        sa.PrimaryKeyConstraint("number", name="pk_campaigns"),
        sa.UniqueConstraint("id", name="uq_campaigns_id"),
        sa.ForeignKeyConstraint(
            ["edition_digest"], ["editions.digest"], name="fk_campaigns_edition_digest"
        ),
        sa.CheckConstraint(f"state IN ({_CAMPAIGN_STATES})", name="ck_campaigns_state"),
    )
    op.create_index("ix_campaigns_edition_digest", "campaigns", ["edition_digest"])
    op.create_index("ix_campaigns_canonical_url", "campaigns", ["canonical_url"])
    op.create_table(
        "processes",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("host", sa.Text, nullable=False),
        sa.Column("pid", sa.Integer, nullable=False),
        sa.Column("started_at", UtcDateTime, nullable=False),
        sa.Column("heartbeat_at", UtcDateTime, nullable=False),
        sa.Column("ended_at", UtcDateTime),
        sa.Column("end_reason", sa.Text),
        sa.PrimaryKeyConstraint("id", name="pk_processes"),
    )
    op.create_table(
        "deliveries",
        sa.Column("campaign", Id, nullable=False),
        sa.Column("sequence", sa.Integer, nullable=False),
        sa.Column("mailbox", sa.Text, nullable=False),
        sa.Column("email", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("subscriber_id", Id),
        sa.Column("values", Json),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("not_before", UtcDateTime),
        sa.Column("reason", sa.Text),
        sa.Column("process_id", sa.Text),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("first_attempt_at", UtcDateTime),
        sa.Column("composed_at", UtcDateTime),
        sa.Column("is_retry", sa.Boolean, nullable=False, server_default=sa.false()),
        sa.Column("settled_at", UtcDateTime),
        sa.Column("code", sa.Integer),
        sa.Column("enhanced_code", sa.Text),
        sa.Column("response", sa.Text),
        sa.Column("provider_id", sa.Text),
        sa.PrimaryKeyConstraint("campaign", "sequence", name="pk_deliveries"),
        sa.UniqueConstraint("campaign", "mailbox", name="uq_deliveries_campaign_mailbox"),
        sa.ForeignKeyConstraint(["campaign"], ["campaigns.number"], name="fk_deliveries_campaign"),
        sa.ForeignKeyConstraint(["process_id"], ["processes.id"], name="fk_deliveries_process_id"),
        sa.CheckConstraint(f"state IN ({_DELIVERY_STATES})", name="ck_deliveries_state"),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "ix_deliveries_state", "deliveries", ["campaign", "state", "not_before", "sequence"]
    )
    op.create_index(
        "ix_deliveries_claimed",
        "deliveries",
        ["process_id"],
        sqlite_where=sa.text("state = 'claimed'"),
        postgresql_where=sa.text("state = 'claimed'"),
    )
    op.create_table(
        "rate_windows",
        sa.Column("scope", sa.Text, nullable=False),
        sa.Column("start", UtcDateTime, nullable=False),
        sa.Column("count", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("scope", "start", name="pk_rate_windows"),
    )
