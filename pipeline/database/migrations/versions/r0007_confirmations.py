"""Create the tables of changed addresses, and of what has to be confirmed by a link in a message."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from pipeline.database import Id, UtcDateTime

revision = "r0007"
down_revision = "r0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables and their indexes."""
    op.create_table(
        "former_addresses",
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("email", sa.Text, nullable=False),
        sa.Column("subscriber_id", Id, nullable=False),
        sa.Column("changed_at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_former_addresses"),
        sa.ForeignKeyConstraint(
            ["subscriber_id"],
            ["subscribers.id"],
            name="fk_former_addresses_subscriber_id_subscribers",
            ondelete="CASCADE",
        ),
    )
    op.create_index("ix_former_addresses_subscriber_id", "former_addresses", ["subscriber_id"])
    op.create_table(
        "confirmations",
        sa.Column("number", Id, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("mailbox", sa.Text, nullable=False),
        sa.Column("recipient", sa.Text),
        sa.Column("email", sa.Text),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.Column("sent_at", UtcDateTime),
        sa.Column("confirmed_at", UtcDateTime),
        sa.PrimaryKeyConstraint("number", name="pk_confirmations"),
        sa.CheckConstraint("kind IN ('address', 'data', 'restore')", name="ck_confirmations_kind"),
    )
    for column in ("mailbox", "recipient", "created_at"):
        op.create_index(f"ix_confirmations_{column}", "confirmations", [column])
