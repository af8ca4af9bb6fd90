"""The table of gifts."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Index, Table, Text

from pipeline.database import METADATA, Id, UtcDateTime

#: Payments as a processor exports them (`Payment`), each once. Amounts are in minor units of `currency`, not negative;
#: `refunded` is what the payment's own row says was given back. Who gave is not in it, see `givers`.
gifts = Table(
    "gifts",
    METADATA,
    Column("processor", Text, primary_key=True),
    Column("kind", Text, primary_key=True),
    Column("transaction", Text, primary_key=True),
    Column("original", Text, nullable=False),
    Column("plan", Text, nullable=False),
    Column("gave_at", UtcDateTime, nullable=False),
    Column("minor", Id, nullable=False),
    Column("refunded", Id, nullable=False),
    Column("currency", Text, nullable=False),
    Column("is_monthly", Boolean, nullable=False),
    Column("code", Text, nullable=False),
    Column("prefix", Text, nullable=False),
    Index("ix_gifts_gave_at", "gave_at"),
)
