"""Add what subscribers decide on their preferences page: until when nothing is sent to them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from pipeline.database import UtcDateTime

revision = "r0006"
down_revision = "r0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column."""
    op.add_column("subscribers", sa.Column("paused_until", UtcDateTime))
