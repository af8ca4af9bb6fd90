"""Keep the payments that donation processors export."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from pipeline.database import Id, UtcDateTime

revision = "r0009"
down_revision = "r0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "gifts",
        sa.Column("processor", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("transaction", sa.Text, nullable=False),
        sa.Column("original", sa.Text, nullable=False),
        sa.Column("plan", sa.Text, nullable=False),
        sa.Column("gave_at", UtcDateTime, nullable=False),
        sa.Column("minor", Id, nullable=False),
        sa.Column("refunded", Id, nullable=False),
        sa.Column("currency", sa.Text, nullable=False),
        sa.Column("is_monthly", sa.Boolean, nullable=False),
        sa.Column("code", sa.Text, nullable=False),
        sa.Column("prefix", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("processor", "kind", "transaction", name="pk_gifts"),
    )
    op.create_index("ix_gifts_gave_at", "gifts", ["gave_at"])
