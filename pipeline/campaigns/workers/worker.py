"""
The worker: sends campaigns when they are due, until it is stopped.

It polls once a second. It relies on the store alone, so any number of workers may run, on one machine or several; one
process at a time sends a campaign. Others take over from a dead worker within a second, and from a stalled one after
its lease.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial

from pipeline.campaigns.context import CampaignContext
from pipeline.campaigns.delivery import send
from pipeline.campaigns.store import campaign_records
from pipeline.campaigns.workers import due, feeds, processes
from pipeline.campaigns.workers.feeds import FeedReader
from pipeline.campaigns.workers.processes import StalledProcessMonitor, WorkerProcess
from pipeline.errors import PipelineError, StateError, StoreError
from pipeline.models.campaign import Campaign, CampaignState
from pipeline.models.delivery import DeliveryState, Receipt

log = logging.getLogger(__name__)

POLL_INTERVAL = timedelta(seconds=1)
#: Campaigns that one worker sends at once; each has its own connections.
MAX_CAMPAIGNS = 4
_POLL_INTERVAL_ONCE_S = 0.05
#: After an unexpected error in a feed, such as one in a plug-in.
_FEED_ERROR_DELAY_S = 60
_FEEDS_THREAD = "feeds"


@dataclass
class Worker:
    """
    Sends campaigns as *process* until *stop* is set.

    Args:
        feed_reader: Reads followed feeds; None ignores them.
    """

    context: CampaignContext
    process: WorkerProcess
    stop: threading.Event = field(default_factory=threading.Event)
    stale_after: timedelta = timedelta(hours=12)
    feed_reader: FeedReader | None = None

    def __post_init__(self) -> None:
        self._stalled_monitor = StalledProcessMonitor(self.context.store)
        self._threads: dict[str, threading.Thread] = {}
        self._is_once = False
        self._ignores_feeds = False
        #: Campaigns that this worker sent and that need somebody's decision, by ID, each with its state.
        self.problems: dict[str, str] = {}

    def run(self, *, once: bool = False) -> None:
        """
        Work until stopped; messages being sent are completed.

        Args:
            once: Also end when nothing is due, or becomes due while it works.
        """
        self._is_once = once
        try:
            while not self.stop.is_set():
                was_busy = self._is_busy()  # what those threads leave is found by the next poll
                started = self._poll()
                if once and not (started or was_busy or self._is_busy()):
                    return
                self.stop.wait(_POLL_INTERVAL_ONCE_S if once else POLL_INTERVAL.total_seconds())
        finally:
            self.stop.set()
            for thread in self._threads.values():
                thread.join()

    def _poll(self) -> int:
        """Start the campaigns that are due; return how many. If the store is unavailable, the next poll tries again."""
        try:
            self.process.ensure_registered()
            processes.reap_dead(self.context.store, clock=self.context.clock)
            self._stalled_monitor.check()
            self._poll_feeds()
            self._remove_finished_threads()
            processes.release_orphans(self.context.store, self.process.id, keep=self._threads)
            due_ids = due.list_due(self.context, stale_after=self.stale_after)
        except StoreError as error:
            if not error.temporary:
                raise
            log.warning(
                "%s", error, extra={"action": "store.unavailable", "process_id": self.process.id}
            )
            return 0
        started = 0
        for campaign_id in due_ids:
            if campaign_id not in self._threads and len(self._threads) < MAX_CAMPAIGNS:
                self._start_thread(campaign_id, partial(self._send, campaign_id))
                started += 1
        return started

    def _poll_feeds(self) -> None:
        """Handle due feeds in a thread beside the campaigns: a feed may be slow."""
        reader = self.feed_reader
        is_ignored = reader is None or self._ignores_feeds or _FEEDS_THREAD in self._threads
        if reader is None or is_ignored or not feeds.is_feed_due(self.context):
            return
        self._start_thread(_FEEDS_THREAD, partial(self._create_feed_campaigns, reader))

    def _start_thread(self, name: str, target: Callable[[], None]) -> None:
        thread = threading.Thread(target=target, name=name)
        self._threads[name] = thread
        thread.start()

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

    def _is_busy(self) -> bool:
        """Whether any campaign or feed is being handled."""
        self._remove_finished_threads()
        return bool(self._threads)

    def _remove_finished_threads(self) -> None:
        self._threads = {
            name: thread for name, thread in self._threads.items() if thread.is_alive()
        }

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
                if record.process_id in (None, self.process.id):
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


def _describe_problem(campaign: Campaign) -> str:
    """Return what somebody must decide about *campaign*."""
    if uncertain := campaign.count(DeliveryState.UNCERTAIN):
        return f"{campaign.state.value}, {uncertain:,} uncertain"
    return f"{campaign.state.value}: {campaign.reason}"
