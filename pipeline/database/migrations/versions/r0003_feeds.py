"""Create the tables of feeds whose new entries are sent at a recurring time."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from pipeline.database import Id, UtcDateTime

revision = "r0003"
down_revision = "r0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "feeds",
        sa.Column("number", Id, nullable=False),
        sa.Column("url", sa.Text, nullable=False),
        sa.Column("list_name", sa.Text, nullable=False),
        sa.Column("segment", sa.Text),
        sa.Column("recurrence", sa.Text, nullable=False),
        sa.Column("zone", sa.Text, nullable=False),
        sa.Column("sender", sa.Text),
        sa.Column("next_at", UtcDateTime, nullable=False),
        sa.Column("last_error", sa.Text),
        sa.Column("followed_at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_feeds"),
        sa.UniqueConstraint("url", "list_name", name="uq_feeds_url_list_name"),
    )
    op.create_table(
        "feed_entries",
        sa.Column("feed", Id, nullable=False),
        sa.Column("entry", sa.Text, nullable=False),
        sa.Column("seen_at", UtcDateTime, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("hold", sa.Text),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("link", sa.Text, nullable=False),
        sa.Column("published_at", UtcDateTime),
        sa.Column("text_digest", sa.Text, nullable=False),
        sa.Column("campaign_id", sa.Text),
        sa.PrimaryKeyConstraint("feed", "entry", name="pk_feed_entries"),
        sa.ForeignKeyConstraint(
            ["feed"], ["feeds.number"], name="fk_feed_entries_feed", ondelete="CASCADE"
        ),
    )
