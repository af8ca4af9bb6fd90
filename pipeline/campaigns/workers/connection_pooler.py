"""
Detect a connection pooler that takes sessions apart, such as PgBouncer with `pool_mode = transaction`.

A lock of a session stays with the server's connection, which such a pooler hands to the next client: a living worker
would look dead, or a dead one alive.
"""

from __future__ import annotations

from sqlalchemy import Connection, Engine, text

from pipeline.errors import StoreError

#: PgBouncer takes the connection that was used last, or, with `server_round_robin`, the next one: this many
#: transactions of two clients in turns share one, or move to another.
_ROUNDS = 3
_SERVER_PID = text("SELECT pg_backend_pid()")


def require_sessions(engine: Engine) -> None:
    """
    Require that each connection to a PostgreSQL server is a session of its own.

    Raises:
        StoreError: A pooler gives a session's transactions to different connections.
    """
    with engine.connect() as plain:
        first = plain.execution_options(isolation_level="AUTOCOMMIT")
        if not _has_pooler(first):
            return
        with engine.connect() as plain_too:
            second = plain_too.execution_options(isolation_level="AUTOCOMMIT")
            seen = [(first.scalar(_SERVER_PID), second.scalar(_SERVER_PID)) for _ in range(_ROUNDS)]
    if len(set(seen)) > 1 or any(one == other for one, other in seen):
        raise StoreError(
            f"{engine.url.render_as_string(hide_password=True)}: this is a connection pooler in transaction mode, such "
            "as PgBouncer. Workers would not notice when one of them dies. Connect to the PostgreSQL server itself "
            "([store] url), or set pool_mode = session for this database."
        )


def _has_pooler(connection: Connection) -> bool:
    """Whether the process ID that the connection was told is not the server's; a pooler tells one of its own."""
    driver = connection.connection.driver_connection
    assert driver is not None
    return bool(driver.info.backend_pid != connection.scalar(_SERVER_PID))
