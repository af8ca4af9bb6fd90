"""What Alembic runs to change the tables: inside the transaction of `pipeline.database`, all changes or none."""

from alembic import context

context.configure(connection=context.config.attributes["connection"])
context.run_migrations()
