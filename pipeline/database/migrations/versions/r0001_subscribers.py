"""Create the tables of subscribers, their lists and tags, and the suppression list."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from pipeline.database import Id, Json, UtcDateTime

revision = "r0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "subscribers",
        sa.Column("id", Id, nullable=False),
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("digest", sa.Text, nullable=False),
        sa.Column("email", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("language", sa.Text),
        sa.Column("zone", sa.Text),
        sa.Column("attributes", Json, nullable=False),
        sa.Column("consent", sa.Text, nullable=False),
        sa.Column("consent_at", UtcDateTime),
        sa.Column("consent_source", sa.Text, nullable=False),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.Column("updated_at", UtcDateTime, nullable=False),
        sa.Column("unsubscribed_at", UtcDateTime),
        sa.PrimaryKeyConstraint("id", name="pk_subscribers"),
        sa.UniqueConstraint("key", name="uq_subscribers_key"),
        sa.CheckConstraint(
            "state IN ('unconfirmed', 'confirmed', 'unsubscribed')", name="ck_subscribers_state"
        ),
    )
    op.create_table(
        "lists",
        sa.Column("id", Id, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_lists"),
        sa.UniqueConstraint("name", name="uq_lists_name"),
    )
    op.create_table(
        "memberships",
        sa.Column("list_id", Id, nullable=False),
        sa.Column("subscriber_id", Id, nullable=False),
        sa.Column("subscribed_at", UtcDateTime, nullable=False),
        sa.Column("unsubscribed_at", UtcDateTime),
        sa.PrimaryKeyConstraint("list_id", "subscriber_id", name="pk_memberships"),
        sa.ForeignKeyConstraint(["list_id"], ["lists.id"], name="fk_memberships_list_id"),
        sa.ForeignKeyConstraint(
            ["subscriber_id"],
            ["subscribers.id"],
            name="fk_memberships_subscriber_id",
            ondelete="CASCADE",
        ),
    )
    op.create_index("ix_memberships_subscriber_id", "memberships", ["subscriber_id"])
    op.create_table(
        "tags",
        sa.Column("subscriber_id", Id, nullable=False),
        sa.Column("tag", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("subscriber_id", "tag", name="pk_tags"),
        sa.ForeignKeyConstraint(
            ["subscriber_id"], ["subscribers.id"], name="fk_tags_subscriber_id", ondelete="CASCADE"
        ),
    )
    op.create_table(
        "suppressions",
        sa.Column("digest", sa.Text, nullable=False),
        sa.Column("email", sa.Text),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("digest", name="pk_suppressions"),
    )
