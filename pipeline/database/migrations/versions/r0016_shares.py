"""Share the connections of a sender, and the failure threshold of a campaign, among processes."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from pipeline.database import Id

revision = "r0016"
down_revision = "r0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "connection_shares",
        sa.Column("sender", sa.Text, nullable=False),
        sa.Column("process_id", sa.Text, nullable=False),
        sa.Column("campaign", Id, nullable=False),
        sa.Column("position", Id, nullable=False),
        sa.Column("connections", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("sender", "process_id", "campaign", name="pk_connection_shares"),
    )
    op.create_table(
        "recent_receipts",
        sa.Column("campaign", Id, nullable=False),
        sa.Column("process_id", sa.Text, nullable=False),
        sa.Column("answered", sa.Integer, nullable=False),
        sa.Column("refused", sa.Integer, nullable=False),
        sa.Column("attempted", sa.Integer, nullable=False),
        sa.Column("deferred", sa.Integer, nullable=False),
        sa.Column("is_final", sa.Boolean, nullable=False),
        sa.PrimaryKeyConstraint("campaign", "process_id", name="pk_recent_receipts"),
    )
