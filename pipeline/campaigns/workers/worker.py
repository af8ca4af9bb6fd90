"""
The worker: sends campaigns when they are due, until it is stopped.

It polls once a second: it finds what is due, and adds a ticket for it to its engine, which passes it to this worker or
to another one (`Worker.handle()`). It relies on the store alone, so any number of workers may run, on one machine or
several, share the batches of a campaign, and tickets may be lost. Others take over from a dead worker within a second,
and from a stalled one after its lease.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Protocol

from pipeline.campaigns.context import CampaignContext
from pipeline.campaigns.delivery import send
from pipeline.campaigns.store import campaign_records
from pipeline.campaigns.workers import due, feeds, reaping
from pipeline.campaigns.workers.feeds import FeedReader
from pipeline.campaigns.workers.processes import WorkerProcess
from pipeline.campaigns.workers.reaping import StalledProcessMonitor
from pipeline.campaigns.workers.tickets import Engine, Ticket, TicketKind, make_campaign_ticket
from pipeline.errors import PipelineError, StateError, StoreError
from pipeline.models.campaign import Campaign, CampaignState
from pipeline.models.delivery import DeliveryState, Receipt

log = logging.getLogger(__name__)

POLL_INTERVAL = timedelta(seconds=1)
_POLL_INTERVAL_ONCE_S = 0.05
#: After an unexpected error in a feed, such as one in a plug-in.
_FEED_ERROR_DELAY_S = 60


class PolledMailbox(Protocol):
    """The mailbox that a worker reads again and again."""

    @property
    def interval(self) -> timedelta:
        """How often."""
        ...

    def poll(self, stop: threading.Event) -> None:
        """Read what is new, or less once *stop* is set; problems are logged."""
        ...


@dataclass
class Worker:
    """
    Sends campaigns as *process* until *stop* is set.

    Args:
        engine: Carries the tickets; None for that of *context*.
        feed_reader: Reads followed feeds; None ignores them.
        mailbox: Is read too; None without one.
    """

    context: CampaignContext
    process: WorkerProcess
    stop: threading.Event = field(default_factory=threading.Event)
    stale_after: timedelta = timedelta(hours=12)
    engine: Engine | None = None
    feed_reader: FeedReader | None = None
    mailbox: PolledMailbox | None = None

    def __post_init__(self) -> None:
        self._engine = self.engine or self.context.engine
        self._stalled_monitor = StalledProcessMonitor(self.context.store, self.process)
        self._lock = threading.Lock()
        self._active: set[str] = set()
        self._ended: set[str] = set()
        self._is_once = False
        self._ignores_feeds = False
        self._next_mailbox_poll: datetime | None = None
        #: Campaigns that this worker sent and that need somebody's decision, by ID, each with its state.
        self.problems: dict[str, str] = {}

    def run(self, *, once: bool = False) -> None:
        """
        Work until stopped; messages being sent are completed.

        Args:
            once: Also end when nothing is due, or becomes due while it works.
        """
        self._is_once = once
        with self._engine.run(self.handle, stop=self.stop):
            try:
                while not self.stop.is_set():
                    was_busy = bool(
                        self._active
                    )  # what those threads leave is found by the next poll
                    found = self._poll()
                    if once and not (found or was_busy or self._active):
                        return
                    self.stop.wait(_POLL_INTERVAL_ONCE_S if once else POLL_INTERVAL.total_seconds())
            finally:
                self.stop.set()

    def handle(self, ticket: Ticket) -> None:
        """Do what *ticket* is for, as far as it can be done now; called by the engine, in any thread."""
        name = _name(ticket)
        with self._lock:
            if self.stop.is_set() or name in self._active - self._ended:
                return
            self._active.add(name)
            self._ended.discard(name)
        try:
            if ticket.kind is TicketKind.FEEDS and self.feed_reader:
                self._create_feed_campaigns(self.feed_reader)
            elif ticket.kind is TicketKind.MAILBOX and self.mailbox:
                self.mailbox.poll(self.stop)
            elif ticket.campaign_id:
                self._send(ticket.campaign_id)
        finally:
            with self._lock:
                self._ended.add(name)

    def _poll(self) -> int:
        """Add a ticket for all that is due; return how many. If the store is unavailable, the next poll tries again."""
        self._remove_ended()
        try:
            self.process.ensure_registered()
            if not self.process.is_recovering:
                reaping.reap_dead(self.context.store, clock=self.context.clock)
            self._stalled_monitor.check()
            reaping.release_orphans(self.context.store, self.process.id, keep=self._active)
            tickets = [each for each in self._find_work() if _name(each) not in self._active]
            for ticket in tickets:
                self._engine.add(ticket)
        except StoreError as error:
            if not error.temporary:
                raise
            log.warning(
                "%s", error, extra={"action": "store.unavailable", "process_id": self.process.id}
            )
            return 0
        return len(tickets)

    def _find_work(self) -> Iterator[Ticket]:
        yield from self._find_mailbox_poll()
        if self.feed_reader and not self._ignores_feeds and feeds.is_feed_due(self.context):
            yield Ticket(kind=TicketKind.FEEDS)
        listed = due.list_due(self.context, stale_after=self.stale_after, waits=self._is_once)
        for campaign_id in listed:
            yield make_campaign_ticket(campaign_id)

    def _find_mailbox_poll(self) -> Iterator[Ticket]:
        """
        Yield a ticket for the next time the mailbox is read, an instant that is the same for all workers.

        Added ahead of it, the tickets of all workers are one, and one of them reads the mailbox.
        """
        now = self.context.clock.now()
        if self.mailbox is None or (self._next_mailbox_poll and now < self._next_mailbox_poll):
            return
        if self._next_mailbox_poll is None:  # just started
            yield Ticket(kind=TicketKind.MAILBOX)
        interval_s = max(self.mailbox.interval.total_seconds(), 1)
        next_poll = datetime.fromtimestamp((now.timestamp() // interval_s + 1) * interval_s, UTC)
        self._next_mailbox_poll = next_poll
        if not self._is_once:
            yield Ticket(kind=TicketKind.MAILBOX, at=next_poll)

    def _remove_ended(self) -> None:
        """Forget what has ended before this poll; what ends during it stays active until the next."""
        with self._lock:
            self._active -= self._ended
            self._ended.clear()

    def _create_feed_campaigns(self, reader: FeedReader) -> None:
        try:
            feeds.create_feed_campaigns(self.context, reader, stale_after=self.stale_after)
        except PipelineError as error:
            log.warning("%s", error, extra={"action": "feed.failed", "process_id": self.process.id})
            self.stop.wait(POLL_INTERVAL.total_seconds())  # the store is unavailable
        except Exception:  # a bug, here or in a plug-in, must not stop any campaign
            log.exception("Feeds failed unexpectedly.", extra={"action": "feed.crashed"})
            self._ignores_feeds = self._is_once
            self.stop.wait(0 if self._is_once else _FEED_ERROR_DELAY_S)

    def _send(self, campaign_id: str) -> None:
        """Send one campaign as far as it can be sent now; an error fails this campaign only."""
        try:
            campaign = send.send(
                self.context, campaign_id, process=self.process, progress=self, is_attended=False
            )
            if campaign.needs_decision:
                self.problems[campaign_id] = _describe_problem(campaign)
        except StateError as error:  # another process was faster, or it was paused
            log.info("%s", error, extra={"action": "campaign.released", "campaign": campaign_id})
        except StoreError as error:
            log.warning("%s", error, extra={"action": "store.unavailable", "campaign": campaign_id})
            if not error.temporary:
                self._fail(campaign_id, str(error))
        except PipelineError as error:
            self._fail(campaign_id, str(error))
        except (Exception, SystemExit) as error:  # a bug, ours or a plug-in's
            log.exception(
                "%s failed unexpectedly.", campaign_id, extra={"action": "campaign.crashed"}
            )
            self._fail(campaign_id, f"unexpected error ({type(error).__name__}: {error})")

    def _fail(self, campaign_id: str, reason: str) -> None:
        self.problems[campaign_id] = f"failed: {reason}"
        try:
            with self.context.store.writing() as connection:
                record = campaign_records.read(connection, campaign_id, for_update=True)
                if record.process_id in (None, self.process.leader_id):
                    campaign_records.transition(
                        connection, record, CampaignState.FAILED, reason=reason, process_id=None
                    )
        except PipelineError as error:
            log.warning("%s", error, extra={"action": "campaign.failed", "campaign": campaign_id})

    # The `ProgressListener` of its campaigns

    def on_receipt(self, receipt: Receipt) -> None:
        """Ignore it: the receipt is stored."""

    def should_stop(self) -> bool:
        """Whether the worker is stopping."""
        return self.stop.is_set()


def _name(ticket: Ticket) -> str:
    """Return what one process does once at a time: the ID of a campaign, or the kind of the ticket."""
    return ticket.campaign_id or ticket.kind.value


def _describe_problem(campaign: Campaign) -> str:
    """Return what somebody must decide about *campaign*."""
    if uncertain := campaign.count(DeliveryState.UNCERTAIN):
        return f"{campaign.state.value}, {uncertain:,} uncertain"
    return f"{campaign.state.value}: {campaign.reason}"
