"""The engine that `[worker]` asks for."""

from __future__ import annotations

from pipeline.campaigns.workers.embedded_engine import EmbeddedEngine
from pipeline.campaigns.workers.tickets import Engine
from pipeline.config.schema import WorkerTable
from pipeline.database import Store
from pipeline.errors import ConfigError


def make_engine(table: WorkerTable, store: Store) -> Engine:
    """
    Return the engine for *store*.

    Raises:
        ConfigError: It cannot work with that database.
    """
    if table.engine == "embedded":
        return EmbeddedEngine(concurrency=table.concurrency)
    if not store.is_shared:
        raise ConfigError(
            '[worker] engine: "procrastinate" needs a PostgreSQL database. Set [store] url = "postgresql://…", or '
            'engine = "embedded".'
        )
    from pipeline.fleet.procrastinate_engine import ProcrastinateEngine

    return ProcrastinateEngine(store, concurrency=table.concurrency)
