"""Which process a campaign is in the hands of, and what to do with readers whose hour is past."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "r0003"
down_revision = "r0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns."""
    op.add_column("campaigns", sa.Column("run", sa.Text))
    op.add_column("campaigns", sa.Column("late", sa.Text))
