"""Keep what the goals of a campaign had raised when it started."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from pipeline.database import Json

revision = "r0014"
down_revision = "r0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column."""
    op.add_column("campaigns", sa.Column("constants", Json))
