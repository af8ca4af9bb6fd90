"""Keep which issues are in the archive, and how they were corrected."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from pipeline.database import Json, UtcDateTime

revision = "r0012"
down_revision = "r0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables, and add what the archive knows of an edition."""
    op.add_column("editions", sa.Column("slug", sa.Text))
    op.add_column("editions", sa.Column("card", Json))
    op.create_index("ix_editions_slug", "editions", ["slug"])
    op.create_table(
        "archive_issues",
        sa.Column("slug", sa.Text, nullable=False),
        sa.Column("edition_digest", sa.Text),
        sa.Column("published_at", UtcDateTime),
        sa.Column("visibility", sa.Text),
        sa.PrimaryKeyConstraint("slug", name="pk_archive_issues"),
        sa.ForeignKeyConstraint(
            ["edition_digest"], ["editions.digest"], name="fk_archive_issues_edition_digest"
        ),
    )
    op.create_table(
        "archive_corrections",
        sa.Column("slug", sa.Text, nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("edition_digest", sa.Text, nullable=False),
        sa.Column("replaced", sa.Text, nullable=False),
        sa.Column("corrected_at", UtcDateTime, nullable=False),
        sa.Column("note", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("slug", "number", name="pk_archive_corrections"),
        sa.ForeignKeyConstraint(
            ["edition_digest"], ["editions.digest"], name="fk_archive_corrections_edition_digest"
        ),
    )
