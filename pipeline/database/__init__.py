"""
The store: one SQLite file, or a PostgreSQL database shared by several machines.

What is committed is durable. SQLite has one writer at a time; a transaction locks the file when it begins, so that it
cannot lose the lock halfway. Readers never block it (write-ahead log).
"""

from pipeline.database.bulk import (
    encode_values,
    execute_many,
    execute_prepared,
    in_parameter,
    in_values,
    insert_all,
    insert_or_ignore,
)
from pipeline.database.column_types import METADATA, Id, Json, UtcDateTime
from pipeline.database.engine import convert_errors
from pipeline.database.group_writer import GroupWriter
from pipeline.database.prepared_insert import PreparedInsert
from pipeline.database.store import Store, open_store
from pipeline.database.transaction_locks import TransactionLock, get_lock_key, lock_name, to_signed
from pipeline.database.upgrade import list_revisions

__all__ = [
    "METADATA",
    "GroupWriter",
    "Id",
    "Json",
    "PreparedInsert",
    "Store",
    "TransactionLock",
    "UtcDateTime",
    "convert_errors",
    "encode_values",
    "execute_many",
    "execute_prepared",
    "get_lock_key",
    "in_parameter",
    "in_values",
    "insert_all",
    "insert_or_ignore",
    "list_revisions",
    "lock_name",
    "open_store",
    "to_signed",
]
