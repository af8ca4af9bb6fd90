"""Campaigns, the editions they send, a delivery for each recipient, and the processes at work on them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from pipeline.database import Id, Instant, Json

revision = "r0002"
down_revision = "r0001"
branch_labels = None
depends_on = None

_CAMPAIGN_STATES = "'draft', 'scheduled', 'sending', 'sent', 'paused', 'failed', 'cancelled'"
_DELIVERY_STATES = (
    "'pending', 'claimed', 'accepted', 'refused', 'deferred', 'uncertain', 'skipped', "
    "'bounced', 'complained'"
)


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "editions",
        sa.Column("digest", sa.Text, nullable=False),
        sa.Column("content", sa.LargeBinary, nullable=False),
        sa.Column("checksum", sa.Text, nullable=False),
        sa.Column("made_at", Instant, nullable=False),
        sa.PrimaryKeyConstraint("digest", name="pk_editions"),
    )
    op.create_table(
        "campaigns",
        sa.Column("number", Id, nullable=False),
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("reason", sa.Text),
        sa.Column("edition", sa.Text, nullable=False),
        sa.Column("canonical_url", sa.Text),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("sender", sa.Text, nullable=False),
        sa.Column("delivers_mail", sa.Boolean, nullable=False),
        sa.Column("list", sa.Text),
        sa.Column("segment", sa.Text),
        sa.Column("most", sa.Integer),
        sa.Column("first", sa.Text),
        sa.Column("pause_after", sa.Integer),
        sa.Column("at", Instant, nullable=False),
        sa.Column("wall", sa.Text),
        sa.Column("zone", sa.Text, nullable=False),
        sa.Column("is_local", sa.Boolean, nullable=False),
        sa.Column("expires_at", Instant),
        sa.Column("made_at", Instant, nullable=False),
        sa.Column("approved_at", Instant),
        sa.Column("frozen_at", Instant),
        sa.Column("touched_at", Instant, nullable=False),
        sa.Column("ended_at", Instant),
        sa.Column("not_before", Instant),
        sa.Column("failures", sa.Integer, nullable=False, server_default=sa.text("0")),
        sa.Column("outbox", sa.Text),
        sa.PrimaryKeyConstraint("number", name="pk_campaigns"),
        sa.UniqueConstraint("id", name="uq_campaigns_id"),
        sa.ForeignKeyConstraint(["edition"], ["editions.digest"], name="fk_campaigns_edition"),
        sa.CheckConstraint(f"state IN ({_CAMPAIGN_STATES})", name="ck_campaigns_state"),
    )
    op.create_index("ix_campaigns_edition", "campaigns", ["edition"])
    op.create_index("ix_campaigns_canonical_url", "campaigns", ["canonical_url"])
    op.create_table(
        "runs",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("host", sa.Text, nullable=False),
        sa.Column("pid", sa.Integer, nullable=False),
        sa.Column("started_at", Instant, nullable=False),
        sa.Column("heartbeat_at", Instant, nullable=False),
        sa.Column("ended_at", Instant),
        sa.Column("ending", sa.Text),
        sa.PrimaryKeyConstraint("id", name="pk_runs"),
    )
    op.create_table(
        "deliveries",
        sa.Column("campaign", Id, nullable=False),
        sa.Column("sequence", sa.Integer, nullable=False),
        sa.Column("mailbox", sa.Text, nullable=False),
        sa.Column("email", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("subscriber", Id),
        sa.Column("values", Json),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("not_before", Instant),
        sa.Column("reason", sa.Text),
        sa.Column("run", sa.Text),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("first_offered_at", Instant),
        sa.Column("offered_at", Instant),
        sa.Column("again", sa.Boolean, nullable=False, server_default=sa.false()),
        sa.Column("settled_at", Instant),
        sa.Column("code", sa.Integer),
        sa.Column("enhanced_code", sa.Text),
        sa.Column("response", sa.Text),
        sa.Column("provider_id", sa.Text),
        sa.PrimaryKeyConstraint("campaign", "sequence", name="pk_deliveries"),
        sa.UniqueConstraint("campaign", "mailbox", name="uq_deliveries_campaign_mailbox"),
        sa.ForeignKeyConstraint(["campaign"], ["campaigns.number"], name="fk_deliveries_campaign"),
        sa.ForeignKeyConstraint(["run"], ["runs.id"], name="fk_deliveries_run"),
        sa.CheckConstraint(f"state IN ({_DELIVERY_STATES})", name="ck_deliveries_state"),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "ix_deliveries_state", "deliveries", ["campaign", "state", "not_before", "sequence"]
    )
    op.create_index(
        "ix_deliveries_claimed",
        "deliveries",
        ["run"],
        sqlite_where=sa.text("state = 'claimed'"),
        postgresql_where=sa.text("state = 'claimed'"),
    )
