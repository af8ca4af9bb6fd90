"""
Tickets, and the port to the engine that carries them.

A ticket says that there may be work: "campaign C is due". It carries no state, so it may be lost, late, delivered twice
or to two workers: who does what is decided in the store, and each worker's poll makes the tickets that are missing.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Protocol

from sqlalchemy import Connection

#: Campaigns that one worker sends at once; each has its own connections.
DEFAULT_CONCURRENCY = 4


class TicketKind(Enum):
    """What a ticket is for; the values are names of Procrastinate's queues and tasks too."""

    #: A campaign can be sent, or sent further.
    CAMPAIGN = "campaign"
    #: A feed is due.
    FEEDS = "feeds"
    #: The mailbox of `[bounces.imap]` is to be read.
    MAILBOX = "mailbox"


@dataclass(frozen=True, kw_only=True, slots=True)
class Ticket:
    """
    Says that there may be work.

    Args:
        campaign_id: Which campaign, for `TicketKind.CAMPAIGN`.
        at: Not to be handled earlier; None: at once.
    """

    kind: TicketKind
    campaign_id: str | None = None
    at: datetime | None = None

    @property
    def key(self) -> str:
        """The same for two tickets of which one is enough."""
        at = self.at.isoformat() if self.at else None
        return " ".join(filter(None, [self.kind.value, self.campaign_id, at]))


def make_campaign_ticket(campaign_id: str, at: datetime | None = None) -> Ticket:
    """Return a ticket to send a campaign, at its instant if it has one."""
    return Ticket(kind=TicketKind.CAMPAIGN, campaign_id=campaign_id, at=at)


class Engine(Protocol):
    """Carries tickets from whoever finds work to a worker that does it."""

    def add(self, ticket: Ticket, connection: Connection | None = None) -> None:
        """
        Pass *ticket* to a worker; if it cannot be passed, do nothing: a worker's poll finds the work.

        Args:
            connection: Add it in this transaction: it exists if what it is for does.

        Raises:
            StoreError: The database is unavailable.
        """
        ...

    def run(
        self, handle: Callable[[Ticket], None], *, stop: threading.Event
    ) -> AbstractContextManager[None]:
        """
        Call *handle* for each ticket in a thread of its own until the block ends, then wait for those threads.

        Args:
            handle: Returns when there is nothing left to do now; raises nothing.
            stop: Is set before the block ends; no more tickets are handled then.
        """
        ...
