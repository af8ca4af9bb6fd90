"""
A fleet: Procrastinate carries the tickets of workers on several machines that share a PostgreSQL database.

1. `procrastinate_engine` adds tickets as jobs, in the transaction of what they are for, and runs them in a worker.
2. `runner` keeps Procrastinate's own worker running, whatever happens to the database.
3. `tasks` are what Procrastinate knows: queues, names, arguments.
4. `engine_tables` creates and upgrades Procrastinate's tables.

Nothing here is imported unless `[worker] engine` asks for it, and Procrastinate only when a ticket is added or handled.
"""
