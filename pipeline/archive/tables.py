"""The tables of the archive: what differs from "every issue that was sent to a list"."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Integer, Table, Text

from pipeline.database import METADATA, UtcDateTime

#: Issues added by hand, with their edition and date, and issues whose visibility somebody chose.
archive_issues = Table(
    "archive_issues",
    METADATA,
    Column("slug", Text, primary_key=True),
    Column("edition_digest", Text, ForeignKey("editions.digest")),
    Column("published_at", UtcDateTime),
    Column("visibility", Text),
)

#: Corrections of issues: each a further edition, from 2, in place of the edition `replaced`.
archive_corrections = Table(
    "archive_corrections",
    METADATA,
    Column("slug", Text, primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("edition_digest", Text, ForeignKey("editions.digest"), nullable=False),
    Column("replaced", Text, nullable=False),
    Column("corrected_at", UtcDateTime, nullable=False),
    Column("note", Text, nullable=False),
)
