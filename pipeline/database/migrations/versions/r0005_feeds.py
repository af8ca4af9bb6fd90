"""Feeds whose new entries are mailed at a recurring time."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from pipeline.database import Id, Instant

revision = "r0005"
down_revision = "r0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "feeds",
        sa.Column("number", Id, nullable=False),
        sa.Column("url", sa.Text, nullable=False),
        sa.Column("list", sa.Text, nullable=False),
        sa.Column("segment", sa.Text),
        sa.Column("every", sa.Text, nullable=False),
        sa.Column("zone", sa.Text, nullable=False),
        sa.Column("sender", sa.Text),
        sa.Column("next_at", Instant, nullable=False),
        sa.Column("problem", sa.Text),
        sa.PrimaryKeyConstraint("number", name="pk_feeds"),
        sa.UniqueConstraint("url", "list", name="uq_feeds_url_list"),
    )
    op.create_table(
        "feed_entries",
        sa.Column("feed", Id, nullable=False),
        sa.Column("entry", sa.Text, nullable=False),
        sa.Column("seen_at", Instant, nullable=False),
        sa.Column("campaign", sa.Text),
        sa.PrimaryKeyConstraint("feed", "entry", name="pk_feed_entries"),
        sa.ForeignKeyConstraint(
            ["feed"], ["feeds.number"], name="fk_feed_entries_feed", ondelete="CASCADE"
        ),
    )
