"""Keep when the welcome issue was sent to who signed up."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from pipeline.database import UtcDateTime

revision = "r0013"
down_revision = "r0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column."""
    op.add_column("signups", sa.Column("welcomed_at", UtcDateTime))
