"""The desk: what a person does with campaigns. They plan one, send it, look at it, stop it and let it go on."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from datetime import timedelta
from types import TracebackType
from typing import Self

from pipeline.campaigns import actions
from pipeline.campaigns import report as reporting
from pipeline.campaigns.actions import Only
from pipeline.campaigns.context import Means
from pipeline.campaigns.delivery import send as sending
from pipeline.campaigns.delivery.progress import Progress
from pipeline.campaigns.delivery.send import add_members
from pipeline.campaigns.planning.create import plan, refuse_repetition
from pipeline.campaigns.planning.due_times import ahead, turns
from pipeline.campaigns.planning.plan import Plan
from pipeline.campaigns.planning.schedule import Turn
from pipeline.campaigns.store import campaign_records
from pipeline.campaigns.store.campaign_records import Record
from pipeline.campaigns.workers import processes
from pipeline.campaigns.workers.due import Waiting, waiting
from pipeline.campaigns.workers.feeds import Feed, Source, followed
from pipeline.campaigns.workers.processes import Run
from pipeline.campaigns.workers.worker import Worker
from pipeline.errors import ConfigError
from pipeline.models.campaign import Campaign, CampaignState
from pipeline.models.edition import Edition
from pipeline.models.recipient import Recipient
from pipeline.senders import Sender


class Desk:
    """
    The campaigns of a project.

    Args:
        means: Its store is closed with the desk.
    """

    def __init__(self, means: Means) -> None:
        self.means = means

    def __enter__(self) -> Self:
        """Look first for processes that died at their work: what they had claimed is uncertain."""
        processes.bury(self.means.store, clock=self.means.clock)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.means.store.close()

    # Plan

    def check_audience(self, list_name: str, segment: str | None) -> None:
        """
        See that there is somebody on *list_name*, and in *segment* of it.

        Raises:
            ConfigError: There is no such list, nobody is on it, or the segment cannot be read.
        """
        if not any(True for _ in self.audience(list_name, segment, 1)):
            raise ConfigError(
                f'There is nobody to write to on the list "{list_name}"'
                f"{' in that segment' if segment else ''}. See who is: handbill subscribers list"
            )

    def audience(
        self, list_name: str, segment: str | None = None, most: int | None = None
    ) -> Iterator[Recipient]:
        """Yield those on *list_name*, of a *segment* of it, who would be written to now."""
        with self.means.store.reading() as connection:
            for member in self.means.members(connection, list_name, segment, most):
                yield member.recipient

    def count(self, wish: Plan) -> int:
        """Return to how many people *wish* would go now."""
        if wish.people is not None:
            return len(wish.people)
        return sum(1 for _ in self.audience(wish.list or "", wish.segment, wish.most))

    def check_new(self, wish: Plan, *, again: bool) -> None:
        """
        See that nobody would be sent what they have had; see `planning.refuse_repetition()`.

        Raises:
            StateError: Somebody would; that campaign is named.
        """
        with self.means.store.reading() as connection:
            refuse_repetition(self.means, connection, wish, again=again)

    def timeline(self, wish: Plan) -> tuple[Turn, ...]:
        """Return when each zone of the audience has its turn; see `timing.turns()`."""
        with self.means.store.reading() as connection:
            return turns(self.means, connection, wish)

    def check_time(self, wish: Plan) -> Plan:
        """See that *wish* lies ahead, and return it due when the first of its readers is; see `timing.ahead()`."""
        with self.means.store.reading() as connection:
            return ahead(self.means, connection, wish)

    def plan(self, wish: Plan, *, again: bool = False, run: Run | None = None) -> Record:
        """
        Write a campaign down, into the hands of *run* if one is given; see `planning.plan()`.

        Raises:
            StateError: Some of its people have had it; that campaign is named.
        """
        return plan(self.means, wish, again=again, run=run.id if run else None)

    # Send

    def run(self) -> Run:
        """Return a run of this process, in a terminal and for one campaign, to be used in a `with` block."""
        return processes.start(
            self.means.store, kind="foreground", name=None, clock=self.means.clock
        )

    def send(
        self,
        campaign: str,
        *,
        sender: Sender | None = None,
        progress: Progress | None = None,
        run: Run | None = None,
    ) -> Campaign:
        """
        Send *campaign* here and now, as far as that goes; see `sending.send()`.

        Raises:
            StateError: It is in no state to be sent, or in other hands.
        """
        with self.run() if run is None else nullcontext(run) as run:
            return sending.send(
                self.means,
                campaign,
                run=run,
                sender=sender,
                progress=progress,
                is_attended=True,
            )

    def workers(self) -> list[str]:
        """Return the names of the workers that are alive."""
        with self.means.store.reading() as connection:
            alive = list(processes.living(connection, self.means.store))
        return [name for kind, name in alive if kind == "worker"]

    def resume(
        self, campaign: str, *, only: Only | None = None, progress: Progress | None = None
    ) -> Campaign:
        """
        Go on with *campaign*: by a worker if one is alive, else here and now; or leave it to wait for its instant.

        Args:
            only: Whom to take it up again for, if it has ended.

        Raises:
            StateError: It cannot go on.
        """
        record = self._ready(campaign, only)
        if record.state is CampaignState.SCHEDULED or self.workers():
            return self.show(record.id)
        return self.send(record.id, progress=progress)

    def _ready(self, campaign: str, only: Only | None) -> Record:
        now = self.means.clock.now()
        with self.means.store.writing() as connection:
            record = campaign_records.read(connection, campaign, for_update=True)
            if only is Only.ADDED:
                add_members(self.means, connection, record)
            return actions.prepare_resumption(connection, record, only=only, now=now)

    @contextmanager
    def working(
        self,
        name: str | None,
        *,
        stop: threading.Event,
        stale_after: timedelta,
        source: Source | None = None,
    ) -> Iterator[Worker]:
        """
        Be a worker for the block, called *name*.

        Args:
            source: Where the letters of recurring sends come from; null leaves these alone.

        Raises:
            StateError: One of that name is alive.
        """
        with processes.start(
            self.means.store, kind="worker", name=name, clock=self.means.clock
        ) as run:
            yield Worker(self.means, run, stop=stop, stale_after=stale_after, source=source)

    def feeds(self) -> Sequence[Feed]:
        """Return the feeds that are mailed, the next one due first."""
        return followed(self.means)

    def waiting(self) -> list[Waiting]:
        """Return what is not over: what waits, for when and why."""
        return waiting(self.means)

    # Stop, and decide

    def pause(self, campaign: str, *, reason: str = "asked") -> Campaign:
        """Pause *campaign*; see `moves.pause()`."""
        return self.show(actions.pause(self.means.store, campaign, reason=reason).id)

    def cancel(self, campaign: str) -> Campaign:
        """Cancel *campaign*; see `moves.cancel()`."""
        record, _ = actions.cancel(self.means.store, campaign, clock=self.means.clock)
        return self.show(record.id)

    def approve(self, campaign: str, *, digest: str) -> Campaign:
        """Approve of *campaign*; see `moves.approve()`."""
        record = actions.approve(self.means.store, campaign, digest=digest, clock=self.means.clock)
        return self.show(record.id)

    def resolve(self, campaign: str, *, retry: bool) -> tuple[Campaign, int]:
        """Decide about what is uncertain; see `moves.resolve()`."""
        record, count = actions.resolve(
            self.means.store, campaign, retry=retry, clock=self.means.clock
        )
        return self.show(record.id), count

    # Look

    def show(self, campaign: str) -> Campaign:
        """
        Return how *campaign* stands.

        Raises:
            StateError: There is none of that name.
        """
        with self.means.store.reading() as connection:
            return campaign_records.as_campaign(
                connection, campaign_records.read(connection, campaign)
            )

    def list(self) -> Sequence[Campaign]:
        """Return all campaigns, the newest first; copies sent to look at are none."""
        with self.means.store.reading() as connection:
            return [
                campaign_records.as_campaign(connection, record)
                for record in campaign_records.all_of(connection)
                if record.kind == "campaign"
            ]

    def records(self) -> Sequence[Record]:
        """Return all that was planned, copies sent to look at among them, the newest first."""
        with self.means.store.reading() as connection:
            return list(campaign_records.all_of(connection))

    def edition(self, digest: str) -> Edition:
        """
        Return the edition *digest* as it was planned, to the last octet.

        Raises:
            StoreError: It is gone or damaged.
        """
        with self.means.store.reading() as connection:
            return campaign_records.read_edition(connection, digest)

    def report(self, campaign: str) -> str:
        """Return a report of *campaign* that a person can print; see `reporting.report()`."""
        with self.means.store.reading() as connection:
            return reporting.report(connection, campaign)

    def rows(self, campaign: str) -> Iterator[Sequence[object]]:
        """Yield a table of the recipients of *campaign*, its headings first; see `reporting.rows()`."""
        with self.means.store.reading() as connection:
            found = reporting.rows(connection, campaign)
            yield reporting.HEADINGS
            yield from found

    def metrics(self) -> Iterator[str]:
        """Yield the lines of a page for Prometheus; see `reporting.metrics()`."""
        with self.means.store.reading() as connection:
            alive = list(processes.living(connection, self.means.store))
        yield from reporting.metrics(self.list(), alive)
