"""Alembic's environment: runs migrations inside the transaction of `pipeline.database.upgrade`."""

from alembic import context

context.configure(connection=context.config.attributes["connection"])
context.run_migrations()
