"""Create the tables of sign-ups."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from pipeline.database import Id, Json, UtcDateTime

revision = "r0010"
down_revision = "r0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables and their indexes."""
    op.create_table(
        "signups",
        sa.Column("number", Id, nullable=False),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("message", sa.Text),
        sa.Column("list_name", sa.Text, nullable=False),
        sa.Column("mailbox", sa.Text, nullable=False),
        sa.Column("inbox", sa.Text, nullable=False),
        sa.Column("domain", sa.Text, nullable=False),
        sa.Column("email", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("attributes", Json, nullable=False),
        sa.Column("language", sa.Text),
        sa.Column("network", sa.Text),
        sa.Column("form", sa.Text),
        sa.Column("is_proven", sa.Boolean, nullable=False),
        sa.Column("page", sa.Text, nullable=False),
        sa.Column("page_digest", sa.Text),
        sa.Column("message_digest", sa.Text),
        sa.Column("requested_at", UtcDateTime, nullable=False),
        sa.Column("sent_at", UtcDateTime),
        sa.Column("confirmed_at", UtcDateTime),
        sa.Column("declined_at", UtcDateTime),
        sa.PrimaryKeyConstraint("number", name="pk_signups"),
        sa.CheckConstraint(
            "source IN ('form', 'command', 'preferences')", name="ck_signups_source"
        ),
        sa.CheckConstraint("message IN ('confirm', 'known', 'none')", name="ck_signups_message"),
    )
    for column in ("mailbox", "requested_at"):
        op.create_index(f"ix_signups_{column}", "signups", [column])
    for column in ("inbox", "network", "domain"):
        op.create_index(f"ix_signups_{column}", "signups", [column, "requested_at"])
    op.create_table(
        "signup_texts",
        sa.Column("digest", sa.Text, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("digest", name="pk_signup_texts"),
    )
    op.create_table(
        "signup_refusals",
        sa.Column("inbox", sa.Text, nullable=False),
        sa.Column("list_name", sa.Text, nullable=False),
        sa.Column("refused_at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("inbox", "list_name", name="pk_signup_refusals"),
    )
    op.create_table(
        "signup_brakes",
        sa.Column("number", Id, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("started_at", UtcDateTime, nullable=False),
        sa.Column("last_at", UtcDateTime, nullable=False),
        sa.Column("refused", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_signup_brakes"),
    )
    op.create_index("ix_signup_brakes_last_at", "signup_brakes", ["last_at"])
