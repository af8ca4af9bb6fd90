"""The tables of sign-ups."""

from __future__ import annotations

from sqlalchemy import Boolean, CheckConstraint, Column, Index, Integer, Table, Text

from pipeline.database import METADATA, Id, Json, UtcDateTime

#: Who asked for a list. Those confirmed are kept as the proof of consent, the others for 30 days.
#:
#: `mailbox` is the address key, `inbox` the keyed hash of the inbox behind it, `network` that of the visitor's network,
#: `form` identifies the form that was shown. `message` is what is sent, None until that is decided. `page_digest` and
#: `message_digest` are those of the words shown and sent, see `signup_texts`.
signups = Table(
    "signups",
    METADATA,
    Column("number", Id, primary_key=True),
    Column("source", Text, nullable=False),
    Column("message", Text),
    Column("list_name", Text, nullable=False),
    Column("mailbox", Text, nullable=False, index=True),
    Column("inbox", Text, nullable=False),
    Column("domain", Text, nullable=False),
    Column("email", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("attributes", Json, nullable=False),
    Column("language", Text),
    Column("network", Text),
    Column("form", Text),
    Column("is_proven", Boolean, nullable=False),
    Column("page", Text, nullable=False),
    Column("page_digest", Text),
    Column("message_digest", Text),
    Column("requested_at", UtcDateTime, nullable=False, index=True),
    Column("sent_at", UtcDateTime),
    Column("confirmed_at", UtcDateTime),
    Column("declined_at", UtcDateTime),
    Column("welcomed_at", UtcDateTime),
    CheckConstraint("source IN ('form', 'command', 'preferences')", name="source"),
    CheckConstraint("message IN ('confirm', 'known', 'none')", name="message"),
    Index("ix_signups_inbox", "inbox", "requested_at"),
    Index("ix_signups_network", "network", "requested_at"),
    Index("ix_signups_domain", "domain", "requested_at"),
)

#: The words that were shown on pages and sent in messages, by their SHA-256.
signup_texts = Table(
    "signup_texts",
    METADATA,
    Column("digest", Text, primary_key=True),
    Column("text", Text, nullable=False),
)

#: The inboxes whose owner wants no more messages of the form of a list, by keyed hash.
signup_refusals = Table(
    "signup_refusals",
    METADATA,
    Column("inbox", Text, primary_key=True),
    Column("list_name", Text, primary_key=True),
    Column("refused_at", UtcDateTime, nullable=False),
)

#: When sign-ups were refused because of all of them together, and how many.
signup_brakes = Table(
    "signup_brakes",
    METADATA,
    Column("number", Id, primary_key=True),
    Column("reason", Text, nullable=False),
    Column("started_at", UtcDateTime, nullable=False),
    Column("last_at", UtcDateTime, nullable=False, index=True),
    Column("refused", Integer, nullable=False),
)
