"""
The store: one SQLite file, or a PostgreSQL database that several machines share.

What is committed is durable. On SQLite one writer at a time holds the file, and takes it when its transaction begins,
so that it cannot lose it half way; readers are never in its way (write-ahead log).
"""

from pipeline.database.bulk import among, among_named, execute_many, insert_all, insert_new, listed
from pipeline.database.column_types import METADATA, Id, Instant, Json
from pipeline.database.engine import told
from pipeline.database.store import Store, open_store
from pipeline.database.upgrade import revisions

__all__ = [
    "METADATA",
    "Id",
    "Instant",
    "Json",
    "Store",
    "among",
    "among_named",
    "execute_many",
    "insert_all",
    "insert_new",
    "listed",
    "open_store",
    "revisions",
    "told",
]
