"""What was claimed lately, for limits by hour and day."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from pipeline.database import Instant

revision = "r0004"
down_revision = "r0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "windows",
        sa.Column("scope", sa.Text, nullable=False),
        sa.Column("start", Instant, nullable=False),
        sa.Column("count", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("scope", "start", name="pk_windows"),
    )
