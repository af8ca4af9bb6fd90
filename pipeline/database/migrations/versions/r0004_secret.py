"""Create the table with the fingerprint of the secret that a store was used with."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from pipeline.database import Id, UtcDateTime

revision = "r0004"
down_revision = "r0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "secret_fingerprint",
        sa.Column("id", Id, nullable=False),
        sa.Column("fingerprint", sa.Text, nullable=False),
        sa.Column("stored_at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_secret_fingerprint"),
        sa.CheckConstraint("id = 1", name="ck_secret_fingerprint_id"),
    )
