"""Create the ledger of events."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from pipeline.database import Id, UtcDateTime

revision = "r0005"
down_revision = "r0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "events",
        sa.Column("number", Id, nullable=False),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("source_key", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("at", UtcDateTime, nullable=False),
        sa.Column("recorded_at", UtcDateTime, nullable=False),
        sa.Column("campaign", Id),
        sa.Column("sequence", sa.Integer),
        sa.Column("mailbox", sa.Text),
        sa.Column("list_name", sa.Text),
        sa.Column("bounce_class", sa.Text),
        sa.Column("code", sa.Integer),
        sa.Column("enhanced_code", sa.Text),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("effect", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_events"),
        sa.ForeignKeyConstraint(
            ["campaign"], ["campaigns.number"], name="fk_events_campaign_campaigns"
        ),
        sa.UniqueConstraint("source", "source_key", name="uq_events_source_source_key"),
    )
    op.create_index("ix_events_campaign", "events", ["campaign", "kind"])
    op.create_index("ix_events_mailbox", "events", ["mailbox", "kind", "at"])
