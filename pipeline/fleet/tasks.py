"""What Procrastinate knows: one task for each kind of ticket, in a queue of its own."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from sqlalchemy import Engine

from pipeline.campaigns.workers.tickets import Ticket, TicketKind
from pipeline.errors import ConfigError

if TYPE_CHECKING:
    from procrastinate import App
    from procrastinate.connector import BaseConnector

#: Higher is first. What comes back from readers is read before feeds; campaigns wait for nothing but campaigns, and the
#: oldest ticket is first.
PRIORITIES = {TicketKind.CAMPAIGN: 0, TicketKind.FEEDS: 0, TicketKind.MAILBOX: 10}


def get_queue(kind: TicketKind) -> str:
    """Return the name of the queue, and of the task, for tickets of *kind*: `handbill.campaign`."""
    return f"handbill.{kind.value}"


def require_installed() -> None:
    """
    Require Procrastinate to be installed.

    Raises:
        ConfigError: It is not.
    """
    try:
        import procrastinate  # noqa: F401
    except ModuleNotFoundError as error:
        raise ConfigError(
            '[worker] engine = "procrastinate" needs another package. Install it: pip install "handbill[fleet]"'
        ) from error


def make_app(
    connector: BaseConnector, handle: Callable[[Ticket], Awaitable[None]] | None = None
) -> App:
    """
    Return an application of Procrastinate with one task for each kind of ticket.

    Args:
        handle: Handles a ticket; None where tickets are only added, or listed.
    """
    from procrastinate import App

    app = App(connector=connector)
    for kind in TicketKind:
        name = get_queue(kind)
        app.task(name=name, queue=name, priority=PRIORITIES[kind])(_make_task(kind, handle))
    return app


def _make_task(
    kind: TicketKind, handle: Callable[[Ticket], Awaitable[None]] | None
) -> Callable[..., Awaitable[None]]:
    async def run(
        campaign_id: str | None = None,
        **_: Any,  # Any: arguments of another version
    ) -> None:
        if handle is None:
            raise RuntimeError("Only `handbill worker` handles these jobs. Nothing is lost.")
        await handle(Ticket(kind=kind, campaign_id=campaign_id))

    return run


def get_connection_arguments(engine: Engine) -> dict[str, Any]:  # Any: as psycopg takes them
    """Return the arguments with which psycopg connects to the database of *engine*, the password among them."""
    arguments: dict[str, Any] = {}
    _, url_arguments = engine.dialect.create_connect_args(engine.url)
    arguments.update(url_arguments)
    return arguments
