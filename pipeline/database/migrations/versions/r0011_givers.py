"""Keep which subscriber made which gift, where a project asks for that."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from pipeline.database import Id

revision = "r0011"
down_revision = "r0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "givers",
        sa.Column("processor", sa.Text, nullable=False),
        sa.Column("transaction", sa.Text, nullable=False),
        sa.Column("subscriber_id", Id, nullable=False),
        sa.PrimaryKeyConstraint("processor", "transaction", name="pk_givers"),
        sa.ForeignKeyConstraint(
            ["subscriber_id"],
            ["subscribers.id"],
            name="fk_givers_subscriber_id_subscribers",
            ondelete="CASCADE",
        ),
    )
    op.create_index("ix_givers_subscriber_id", "givers", ["subscriber_id"])
