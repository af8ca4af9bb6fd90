"""Keep the reference codes of each campaign, so that gifts find the issue and the button they came from."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from pipeline.database import Id

revision = "r0008"
down_revision = "r0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "reference_codes",
        sa.Column("campaign", Id, nullable=False),
        sa.Column("code", sa.Text, nullable=False),
        sa.Column("prefix", sa.Text, nullable=False),
        sa.Column("issue", sa.Text, nullable=False),
        sa.Column("variant", sa.Text, nullable=False),
        sa.Column("place", sa.Text, nullable=False),
        sa.Column("frequency", sa.Text, nullable=False),
        sa.Column("minor", Id),
        sa.Column("currency", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("campaign", "code", name="pk_reference_codes"),
        sa.ForeignKeyConstraint(
            ["campaign"], ["campaigns.number"], name="fk_reference_codes_campaign_campaigns"
        ),
    )
