"""
Keep Procrastinate's worker running in a thread.

It ends when the database goes away, without an error, and leaves the jobs of a killed worker as they are for ever. Here
it starts again, and those jobs are deleted: they carry no state, and the poll of every worker adds what is missing.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING

from pipeline.campaigns.workers.tickets import Ticket, TicketKind
from pipeline.database import Store
from pipeline.fleet.tasks import get_connection_arguments, get_queue, make_app

if TYPE_CHECKING:
    from procrastinate import App

log = logging.getLogger(__name__)

#: Procrastinate is notified of a new job; for one whose instant has come it polls, 5 s by default.
_POLL_INTERVAL_S = 1.0
_RESTART_DELAY_S = 1.0
#: How long what was cancelled may take to end before it is cancelled again.
_CANCEL_AGAIN_S = 0.5
#: How long a query waits for a connection: as long as it takes to start again after the database was away.
_CONNECTION_TIMEOUT_S = 3.0
_CLEANING_INTERVAL_S = 60.0
#: Procrastinate's worker sends a heartbeat every 10 s.
_DEAD_AFTER_S = 60.0
_KEEP_FAILED_HOURS = 7 * 24
#: Threads beyond the concurrency: what runs on while Procrastinate starts again.
_MAX_THREADS = 64

Concurrency = Mapping[tuple[TicketKind, ...], int]


@contextmanager
def run_procrastinate(
    store: Store, handle: Callable[[Ticket], None], *, concurrency: Concurrency
) -> Iterator[None]:
    """
    Call *handle* for each ticket in a thread, until the block ends and all these threads have ended.

    Args:
        concurrency: How many tickets of these kinds are handled at once.
    """
    runner = _Runner(store, handle, concurrency)
    thread = threading.Thread(target=lambda: asyncio.run(runner.run()), name="procrastinate")
    thread.start()
    try:
        yield
    finally:
        runner.stop()
        thread.join()


class _Runner:
    def __init__(
        self, store: Store, handle: Callable[[Ticket], None], concurrency: Concurrency
    ) -> None:
        self._store = store
        self._handle = handle
        self._concurrency = concurrency
        self._loop: asyncio.AbstractEventLoop | None = None
        self._started = threading.Event()
        self._stopping = asyncio.Event()
        self._handling = 0
        self._executor = ThreadPoolExecutor(_MAX_THREADS, thread_name_prefix="ticket")

    def stop(self) -> None:
        """End `run()`, called from another thread."""
        self._started.wait()
        assert self._loop is not None
        self._loop.call_soon_threadsafe(self._stopping.set)

    async def run(self) -> None:
        """Run Procrastinate, again and again, until stopped."""
        from procrastinate.exceptions import ConnectorException
        from psycopg import Error

        # Its messages have tracebacks, and every problem is told here, or by the campaign.
        logging.getLogger("procrastinate").setLevel(logging.CRITICAL)
        logging.getLogger("psycopg.pool").setLevel(logging.CRITICAL)
        self._loop = asyncio.get_running_loop()
        self._started.set()
        with self._executor:
            while not self._stopping.is_set():
                reason: object = "the connection was lost"
                try:
                    await self._run_once()
                except (ConnectorException, Error, OSError) as error:
                    reason = error.__cause__ or error
                if self._stopping.is_set():
                    return
                log.warning(
                    "%s: %s. Procrastinate starts again in a second.",
                    self._store.location,
                    " ".join(str(reason).split()).rstrip("."),
                    extra={"action": "engine.restarted"},
                )
                await self._sleep(_RESTART_DELAY_S)

    async def _run_once(self) -> None:
        """Run Procrastinate until stopped, or until one of its workers or the database fails."""
        from procrastinate import PsycopgConnector

        connector = PsycopgConnector(
            kwargs=get_connection_arguments(self._store.engine),
            min_size=1,
            max_size=4,
            timeout=_CONNECTION_TIMEOUT_S,
        )
        app = make_app(connector, self._handle_in_thread)
        async with app.open_async():
            tasks: list[asyncio.Task[object]] = [
                asyncio.create_task(
                    app.run_worker_async(
                        queues=[get_queue(kind) for kind in kinds],
                        name=" ".join(kind.value for kind in kinds),
                        concurrency=concurrency,
                        fetch_job_polling_interval=_POLL_INTERVAL_S,
                        shutdown_graceful_timeout=0,  # `_handle_in_thread()` decides what is waited for
                        delete_jobs="successful",
                        install_signal_handlers=False,
                    )
                )
                for kinds, concurrency in self._concurrency.items()
            ]
            tasks += [
                asyncio.create_task(self._clean(app)),
                asyncio.create_task(self._stopping.wait()),
            ]
            try:
                done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            finally:
                await self._cancel(tasks)
            for task in done:
                task.result()

    async def _cancel(self, tasks: list[asyncio.Task[object]]) -> None:
        """
        Cancel *tasks* until they have ended, again and again once no ticket is waited for.

        Whoever waits for a connection of the pool can miss it: before Python 3.12 `asyncio.wait_for()` drops a
        cancellation that comes in the moment of what it waits for. Procrastinate would go on for ever.
        """
        for task in tasks:
            task.cancel()
        pending = set(tasks)
        while pending:
            _, pending = await asyncio.wait(pending, timeout=_CANCEL_AGAIN_S)
            for task in pending if not self._handling else ():
                task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _handle_in_thread(self, ticket: Ticket) -> None:
        """
        Handle *ticket* in a thread, and wait for it.

        If Procrastinate ends, it is only waited for on the way to the end of this process: what sends a campaign
        outlives a database that is away for a moment.
        """
        future = asyncio.get_running_loop().run_in_executor(self._executor, self._handle, ticket)
        self._handling += 1
        try:
            await asyncio.shield(future)
        except asyncio.CancelledError:
            if not self._stopping.is_set():
                raise
            await asyncio.wait([future])
        finally:
            self._handling -= 1

    async def _clean(self, app: App) -> None:
        """Delete the jobs of dead workers, and those that failed long ago, once a minute."""
        from procrastinate.jobs import Status

        manager = app.job_manager
        while True:
            for job in await manager.get_stalled_jobs(seconds_since_heartbeat=_DEAD_AFTER_S):
                if job.task_name in app.tasks:
                    await manager.finish_job(job, status=Status.ABORTED, delete_job=True)
            for kind in TicketKind:
                await manager.delete_old_jobs(
                    nb_hours=_KEEP_FAILED_HOURS,
                    queue=get_queue(kind),
                    include_failed=True,
                    include_cancelled=True,
                    include_aborted=True,
                )
            await asyncio.sleep(_CLEANING_INTERVAL_S)

    async def _sleep(self, seconds: float) -> None:
        """Wait, unless stopped."""
        waiting = asyncio.create_task(self._stopping.wait())
        await asyncio.wait([waiting], timeout=seconds)
        waiting.cancel()
