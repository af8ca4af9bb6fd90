"""
The worker: does what is due, when it is due, until it is told to stop.

It looks once a second. What it goes by is the store alone, so any number of workers may look, on one machine or
several, and each campaign is in the hands of one of them. What a dead one leaves behind is anybody's within a second,
what a frozen one holds after its lease.
"""

from __future__ import annotations

import logging
import threading
from dataclasses import dataclass, field
from datetime import timedelta

from pipeline.campaigns.context import Means
from pipeline.campaigns.delivery import send
from pipeline.campaigns.store import campaign_records
from pipeline.campaigns.workers import due, feeds, processes
from pipeline.campaigns.workers.feeds import Source
from pipeline.campaigns.workers.processes import Run, Watcher
from pipeline.errors import PipelineError, StateError, StoreError
from pipeline.models.campaign import CampaignState
from pipeline.models.delivery import Receipt

log = logging.getLogger(__name__)

LOOK_EVERY = timedelta(seconds=1)
#: Campaigns one worker has in hand at once; each has its own connections.
MOST_AT_ONCE = 4
_FEEDS = "feeds"


@dataclass
class Worker:
    """
    Works for *means* as *run* until *stop* is set.

    Args:
        source: Where the letters of recurring sends come from; null leaves these alone.
    """

    means: Means
    run: Run
    stop: threading.Event = field(default_factory=threading.Event)
    stale_after: timedelta = timedelta(hours=12)
    source: Source | None = None

    def __post_init__(self) -> None:
        self._watcher = Watcher(self.means.store, clock=self.means.clock)
        self._hands: dict[str, threading.Thread] = {}

    def go(self, *, once: bool = False) -> None:
        """
        Work until told to stop, messages on the wire finished.

        Args:
            once: End as well when nothing is due, or falls due while there is work.
        """
        try:
            while not self.stop.is_set():
                was_busy = self._is_busy()  # what those leave behind is found by a later look only
                found = self._look()
                if once and not (found or was_busy or self._is_busy()):
                    return
                self.stop.wait(0.05 if once else LOOK_EVERY.total_seconds())
        finally:
            self.stop.set()
            for hand in self._hands.values():
                hand.join()

    def _look(self) -> int:
        """Take up what is due; return how many campaigns that are. A store that is away is waited for."""
        try:
            self.run.keep()
            processes.bury(self.means.store, clock=self.means.clock)
            self._watcher.look()
            self._look_at_feeds()
            self._is_busy()
            processes.let_go_of_all(self.means.store, self.run.id, but=self._hands)
            found = due.campaigns_due(self.means, stale_after=self.stale_after)
        except StoreError as error:
            if not error.temporary:
                raise
            log.warning("%s", error, extra={"action": "store.away", "run": self.run.id})
            return 0
        taken = 0
        for id in found:
            if id not in self._hands and len(self._hands) < MOST_AT_ONCE:
                hand = threading.Thread(target=self._work, args=(id,), name=id)
                self._hands[id] = hand
                hand.start()
                taken += 1
        return taken

    def _look_at_feeds(self) -> None:
        """Mail what is new in feeds whose time has come, beside the campaigns: a feed may be slow."""
        if self.source is None or _FEEDS in self._hands or not feeds.is_any_due(self.means):
            return
        hand = threading.Thread(target=self._mail_feeds, args=(self.source,), name=_FEEDS)
        self._hands[_FEEDS] = hand
        hand.start()

    def _mail_feeds(self, source: Source) -> None:
        try:
            feeds.mail_new(self.means, source, stale_after=self.stale_after)
        except PipelineError as error:
            log.warning("%s", error, extra={"action": "feed.failed", "run": self.run.id})
            self.stop.wait(LOOK_EVERY.total_seconds())  # the store is away: not at once again
        except Exception:  # a defect, here or in a plug-in, stops no campaign
            log.exception("A defect stopped the feeds.", extra={"action": "feed.defect"})
            self.stop.wait(60)

    def _is_busy(self) -> bool:
        """Whether a campaign is in hand; those that are done are let go of."""
        self._hands = {id: hand for id, hand in self._hands.items() if hand.is_alive()}
        return bool(self._hands)

    def _work(self, id: str) -> None:
        """Send one campaign as far as it can be sent now; whatever goes wrong is that campaign's alone."""
        try:
            send.send(self.means, id, run=self.run, progress=self, is_attended=False)
        except StateError as error:  # somebody was faster, or stopped it
            log.info("%s", error, extra={"action": "campaign.left", "campaign": id})
        except StoreError as error:
            log.warning("%s", error, extra={"action": "store.away", "campaign": id})
            if not error.temporary:
                self._fail(id, str(error))
        except PipelineError as error:
            self._fail(id, str(error))
        except (Exception, SystemExit) as error:  # a defect, ours or a plug-in's, stops no other
            log.exception("A defect stopped %s.", id, extra={"action": "campaign.defect"})
            self._fail(id, f"something unforeseen went wrong ({type(error).__name__}: {error})")

    def _fail(self, id: str, words: str) -> None:
        try:
            with self.means.store.writing() as connection:
                record = campaign_records.read(connection, id, for_update=True)
                if record.run in (None, self.run.id):
                    campaign_records.move(
                        connection, record, CampaignState.FAILED, reason=words, run=None
                    )
        except PipelineError as error:
            log.warning("%s", error, extra={"action": "campaign.failed", "campaign": id})

    # What a campaign asks while it is sent, see `handover.Progress`

    def received(self, receipt: Receipt) -> None:
        """Take no notice: the store has it."""

    def wants_stop(self) -> bool:
        """Whether the worker was told to stop."""
        return self.stop.is_set()
