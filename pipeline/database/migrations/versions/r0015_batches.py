"""
Split deliveries into what is frozen, what became of each message, and batches of recipients between the two.

Also in the middle of a campaign: what is claimed stays claimed until the process that sends it is found dead.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from pipeline.database import Id, Json, UtcDateTime

revision = "r0015"
down_revision = "r0014"
branch_labels = None
depends_on = None

_BATCH_SIZE = 1000
_DELIVERY_STATES = (
    "'pending', 'claimed', 'accepted', 'refused', 'deferred', 'uncertain', 'skipped', "
    "'delivered', 'bounced', 'complained'"
)
#: A delivery that is more than frozen. What is due at a time of its own is claimed alone: sequences follow no times.
_HAS_RECEIPT = "(state <> 'pending' OR not_before = not_before OR attempts > 0 OR is_retry)"
_VIEW = """
CREATE VIEW deliveries AS
SELECT recipients.campaign, recipients.sequence, recipients.mailbox, recipients.email, recipients.name,
    recipients.subscriber_id, recipients."values",
    CASE WHEN receipts.sequence = recipients.sequence THEN receipts.state
        WHEN recipients.sequence <= batches.offered THEN 'claimed'
        WHEN batches.state = 'stopped' THEN 'skipped'
        ELSE 'pending' END AS state,
    CASE WHEN receipts.sequence = recipients.sequence THEN receipts.not_before
        WHEN batches.state = 'open' AND recipients.sequence > batches.offered THEN batches.not_before
        END AS not_before,
    CASE WHEN receipts.sequence = recipients.sequence THEN receipts.reason
        WHEN batches.state = 'stopped' AND recipients.sequence > batches.offered THEN batches.reason
        END AS reason,
    CASE WHEN receipts.sequence = recipients.sequence THEN receipts.process_id
        WHEN recipients.sequence <= batches.offered THEN batches.process_id
        END AS process_id,
    CASE WHEN receipts.sequence = recipients.sequence THEN receipts.attempts
        WHEN recipients.sequence <= batches.offered THEN 1
        ELSE 0 END AS attempts,
    receipts.first_attempt_at, receipts.composed_at, coalesce(receipts.is_retry, {false}) AS is_retry,
    receipts.settled_at, receipts.code, receipts.enhanced_code, receipts.response, receipts.provider_id
FROM recipients
JOIN batches ON batches.campaign = recipients.campaign AND batches.first = (
    SELECT max(other.first) FROM batches AS other
    WHERE other.campaign = recipients.campaign AND other.first <= recipients.sequence)
LEFT JOIN receipts ON receipts.campaign = recipients.campaign AND receipts.sequence = recipients.sequence
"""


def upgrade() -> None:
    """Create the tables, move the deliveries, and put a view in their place."""
    _create_tables()
    op.execute(
        'INSERT INTO recipients (campaign, sequence, mailbox, email, name, subscriber_id, "values") '
        'SELECT campaign, sequence, mailbox, email, name, subscriber_id, "values" FROM deliveries'
    )
    columns = (
        "campaign, sequence, state, not_before, reason, process_id, attempts, first_attempt_at, composed_at, is_retry, "
        "settled_at, code, enhanced_code, response, provider_id"
    )
    op.execute(
        f"INSERT INTO receipts ({columns}) SELECT {columns} FROM deliveries WHERE {_HAS_RECEIPT}"
    )
    op.execute(
        "INSERT INTO batches (campaign, first, last, size, state, epoch, offered, receipts) "
        "SELECT campaign, min(sequence), max(sequence), count(*), "
        f"CASE WHEN sum({_as_number(_HAS_RECEIPT)}) = count(*) THEN 'done' ELSE 'open' END, "
        f"0, min(sequence) - 1, sum({_as_number(_HAS_RECEIPT)}) "
        f"FROM deliveries GROUP BY campaign, (sequence - 1) / {_BATCH_SIZE}"
    )
    op.drop_table("deliveries")
    is_postgres = op.get_bind().dialect.name == "postgresql"
    op.execute(_VIEW.format(false="false" if is_postgres else "0"))
    _create_indexes()


def _as_number(condition: str) -> str:
    return f"CASE WHEN {condition} THEN 1 ELSE 0 END"


def _create_tables() -> None:
    op.create_table(
        "recipients",
        sa.Column("campaign", Id, nullable=False),
        sa.Column("sequence", sa.Integer, nullable=False),
        sa.Column("mailbox", sa.Text, nullable=False),
        sa.Column("email", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("subscriber_id", Id),
        sa.Column("values", Json),
        sa.Column("not_before", UtcDateTime),
        sa.PrimaryKeyConstraint("campaign", "sequence", name="pk_recipients"),
        sa.UniqueConstraint("campaign", "mailbox", name="uq_recipients_campaign_mailbox"),
        sa.ForeignKeyConstraint(["campaign"], ["campaigns.number"], name="fk_recipients_campaign"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "batches",
        sa.Column("campaign", Id, nullable=False),
        sa.Column("first", sa.Integer, nullable=False),
        sa.Column("last", sa.Integer, nullable=False),
        sa.Column("size", sa.Integer, nullable=False),
        sa.Column("not_before", UtcDateTime),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("reason", sa.Text),
        sa.Column("process_id", sa.Text),
        sa.Column("epoch", sa.Integer, nullable=False),
        sa.Column("offered", sa.Integer, nullable=False),
        sa.Column("claims", Json),
        sa.Column("receipts", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("campaign", "first", name="pk_batches"),
        sa.ForeignKeyConstraint(["campaign"], ["campaigns.number"], name="fk_batches_campaign"),
        sa.CheckConstraint("state IN ('open', 'done', 'stopped')", name="ck_batches_state"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "receipts",
        sa.Column("campaign", Id, nullable=False),
        sa.Column("sequence", sa.Integer, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("not_before", UtcDateTime),
        sa.Column("reason", sa.Text),
        sa.Column("process_id", sa.Text),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("first_attempt_at", UtcDateTime),
        sa.Column("composed_at", UtcDateTime),
        sa.Column("is_retry", sa.Boolean, nullable=False, server_default=sa.false()),
        sa.Column("settled_at", UtcDateTime),
        sa.Column("code", sa.Integer),
        sa.Column("enhanced_code", sa.Text),
        sa.Column("response", sa.Text),
        sa.Column("provider_id", sa.Text),
        sa.PrimaryKeyConstraint("campaign", "sequence", name="pk_receipts"),
        # Most are accepted: SQLite builds the list again for each row that it compares with it.
        sa.CheckConstraint(
            f"state = 'accepted' OR state IN ({_DELIVERY_STATES})", name="ck_receipts_state"
        ),
        sqlite_with_rowid=False,
    )


def _create_indexes() -> None:
    is_held = sa.column("process_id").is_not(None)
    is_free = sa.and_(
        sa.column("state") == sa.literal_column("'open'"), sa.column("process_id").is_(None)
    )
    is_not_accepted = sa.column("state") != sa.literal_column("'accepted'")
    is_claimed = sa.column("state") == sa.literal_column("'claimed'")
    _create_index("ix_batches_free", "batches", ["campaign", "not_before", "first"], is_free)
    _create_index("ix_batches_process_id", "batches", ["process_id"], is_held)
    columns = ["campaign", "state", "not_before", "sequence"]
    _create_index("ix_receipts_state", "receipts", columns, is_not_accepted)
    _create_index("ix_receipts_claimed", "receipts", ["process_id"], is_claimed)


def _create_index(
    name: str, table: str, columns: list[str], condition: sa.ColumnElement[bool]
) -> None:
    op.create_index(name, table, columns, sqlite_where=condition, postgresql_where=condition)
