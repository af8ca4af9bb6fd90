"""The campaign service: create, send, pause, resume and report campaigns."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from datetime import timedelta
from pathlib import Path
from types import TracebackType
from typing import Self

from pipeline.campaigns import actions, report
from pipeline.campaigns.actions import RetryScope
from pipeline.campaigns.context import CampaignContext
from pipeline.campaigns.delivery import send as sending
from pipeline.campaigns.delivery.freeze import add_new_recipients
from pipeline.campaigns.delivery.progress import Helpers, ProgressListener
from pipeline.campaigns.planning import create, outbox
from pipeline.campaigns.planning.outbox import OutboxPlan
from pipeline.campaigns.planning.plan import CampaignKind, CampaignPlan
from pipeline.campaigns.planning.schedule import ZoneSendTime
from pipeline.campaigns.store import campaign_records
from pipeline.campaigns.store import recipients as recipient_queries
from pipeline.campaigns.store.campaign_records import CampaignRecord
from pipeline.campaigns.workers import due, feeds, processes, reaping
from pipeline.campaigns.workers.due import UnfinishedCampaign
from pipeline.campaigns.workers.feeds import FeedReader, FollowedFeed
from pipeline.campaigns.workers.processes import WorkerProcess
from pipeline.campaigns.workers.tickets import Engine, make_campaign_ticket
from pipeline.campaigns.workers.worker import PolledMailbox, Worker
from pipeline.database import TransactionLock
from pipeline.errors import ConfigError
from pipeline.models.campaign import REQUESTED, Campaign, CampaignState
from pipeline.models.edition import Edition
from pipeline.models.recipient import Recipient
from pipeline.senders import Sender
from pipeline.subscribers.segment_sql import check_list_exists


class CampaignService:
    """
    The campaigns of a project.

    Args:
        context: Its store is closed at the end of the `with` block.
    """

    def __init__(self, context: CampaignContext) -> None:
        self.context = context

    def __enter__(self) -> Self:
        """Reap processes that died while sending: what they had claimed is uncertain."""
        reaping.reap_dead(self.context.store, clock=self.context.clock)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.context.store.close()

    # Plan

    def check_list(self, list_name: str, segment: str | None) -> None:
        """
        Check that a list, or a *segment* of it, has recipients.

        Raises:
            ConfigError: The list does not exist or has no recipients, or the segment cannot be parsed.
        """
        with self.context.store.reading() as connection:
            check_list_exists(connection, list_name)
        if not self._count(list_name, segment, limit=1):
            raise ConfigError(
                f'The list "{list_name}" has no recipients{" in that segment" if segment else ""}. '
                "Show all lists: handbill subscribers list"
            )

    def list_recipients(
        self, list_name: str, segment: str | None = None, limit: int | None = None
    ) -> Iterator[Recipient]:
        """Yield the recipients of a list, or of a *segment* of it, who would be sent to now."""
        with self.context.store.reading() as connection:
            for each in recipient_queries.list_recipients(connection, list_name, segment, limit):
                yield each.recipient

    def count_recipients(self, plan: CampaignPlan) -> int:
        """Return how many recipients *plan* has now."""
        if plan.recipients is not None:
            return len(plan.recipients)
        return self._count(plan.list_name or "", plan.segment, limit=plan.limit)

    def _count(self, list_name: str, segment: str | None, *, limit: int | None) -> int:
        with self.context.store.reading() as connection:
            return recipient_queries.count_recipients(connection, list_name, segment, limit)

    def check_not_repeated(self, plan: CampaignPlan, *, allow_repeat: bool) -> None:
        """
        Check that no recipient of *plan* already received the same; see `planning.create`.

        Raises:
            StateError: Some did; the message names the other campaign.
        """
        with self.context.store.reading() as connection:
            create.check_not_repeated(self.context, connection, plan, allow_repeat=allow_repeat)

    def check_schedule(self, plan: CampaignPlan) -> CampaignPlan:
        """
        Check that the time of *plan* is ahead, and return it due when its first recipients are.

        Raises:
            ScheduleError: It is past for some recipients, or *plan* expires before it.
        """
        with self.context.store.reading() as connection:
            return create.check_schedule(self.context, connection, plan)

    def list_send_times(self, plan: CampaignPlan) -> tuple[ZoneSendTime, ...]:
        """Return when each time zone receives *plan*, earliest first."""
        with self.context.store.reading() as connection:
            return create.list_send_times(connection, plan)

    def create(
        self,
        plan: CampaignPlan,
        *,
        allow_repeat: bool = False,
        process: WorkerProcess | None = None,
    ) -> CampaignRecord:
        """
        Store a campaign; *process* sends it at once, otherwise a worker does.

        Raises:
            StateError: Some of its recipients already received it; the message names the other campaign.
        """
        return create.create_campaign(
            self.context,
            plan,
            allow_repeat=allow_repeat,
            process_id=process.id if process else None,
        )

    def check_outbox(self, plan: OutboxPlan) -> int:
        """Check that the messages of *plan* may be sent, and return how many; see `planning.outbox`."""
        return outbox.check_outbox(self.context, plan)

    # Send

    def start_process(self, *, leader_id: str | None = None) -> WorkerProcess:
        """Register this process as a foreground process, or as a helper of another; use it in a `with` block."""
        return processes.start_process(
            self.context.store,
            kind="foreground",
            name=None,
            clock=self.context.clock,
            leader_id=leader_id,
        )

    def send(
        self,
        campaign_id: str,
        *,
        sender: Sender | None = None,
        progress: ProgressListener | None = None,
        process: WorkerProcess | None = None,
        helpers: Helpers | None = None,
    ) -> Campaign:
        """
        Send a campaign in this process and its *helpers*, as far as it can be sent now; see `delivery.send`.

        Raises:
            StateError: Its state does not allow sending, or another process is sending it.
        """
        with self.start_process() if process is None else nullcontext(process) as process:
            return sending.send(
                self.context,
                campaign_id,
                process=process,
                sender=sender,
                progress=progress,
                is_attended=True,
                helpers=helpers,
            )

    def help_send(
        self, campaign_id: str, *, progress: ProgressListener, process: WorkerProcess
    ) -> None:
        """
        Send what is free of a campaign that is reserved for the leader of *process*.

        Raises:
            StateError: It is not being sent (any more).
        """
        sending.send(
            self.context, campaign_id, process=process, progress=progress, is_attended=False
        )

    def send_outbox(
        self,
        plan: OutboxPlan,
        *,
        sender: Sender,
        sender_name: str,
        progress: ProgressListener | None = None,
    ) -> Campaign:
        """
        Send the messages of *plan* in this process, as far as they can be sent now.

        Raises:
            StateError: Another process is sending them, or the campaign is cancelled.
        """
        with self.start_process() as process:
            record = outbox.open_outbox_campaign(
                self.context, plan, sender=sender_name, process_id=process.id
            )
            if record.state is CampaignState.SENT:
                return self.get(record.id)
            return self.send(record.id, sender=sender, progress=progress, process=process)

    def find_outbox_campaign(self, folder: Path) -> Campaign | None:
        """Return the campaign that sends the messages in *folder*, None if nothing was sent from there."""
        with self.context.store.reading() as connection:
            record = outbox.find_outbox_campaign(connection, folder)
            return campaign_records.to_campaign(connection, record) if record else None

    def resume(
        self,
        campaign_id: str,
        *,
        scope: RetryScope | None = None,
        progress: ProgressListener | None = None,
        process: WorkerProcess | None = None,
        helpers: Helpers | None = None,
    ) -> Campaign:
        """
        Resume a campaign: in a worker if one is alive, otherwise as `send()` does; what is not due yet is scheduled.

        Args:
            scope: Which recipients to resume a finished campaign for.

        Raises:
            StateError: It cannot be resumed.
        """
        with self.context.store.writing(TransactionLock.COPYING) as connection:
            record = campaign_records.read(connection, campaign_id, for_update=True)
            if scope is RetryScope.ADDED:
                add_new_recipients(connection, record)
            now = self.context.clock.now()
            record = actions.prepare_resume(connection, record, scope=scope, now=now)
            at = record.scheduled_at if record.state is CampaignState.SCHEDULED else None
            self.context.engine.add(make_campaign_ticket(record.id, at), connection)
        if record.state is CampaignState.SCHEDULED or self.list_workers():
            return self.get(record.id)
        return self.send(record.id, progress=progress, process=process, helpers=helpers)

    @contextmanager
    def start_worker(
        self,
        name: str | None,
        *,
        stop: threading.Event,
        stale_after: timedelta,
        engine: Engine | None = None,
        feed_reader: FeedReader | None = None,
        mailbox: PolledMailbox | None = None,
    ) -> Iterator[Worker]:
        """
        Register this process as the worker *name* for the block; see `Worker` for the other arguments.

        Raises:
            StateError: A worker with that name is alive.
        """
        with processes.start_process(
            self.context.store, kind="worker", name=name, clock=self.context.clock
        ) as process:
            yield Worker(
                self.context,
                process,
                stop=stop,
                stale_after=stale_after,
                engine=engine,
                feed_reader=feed_reader,
                mailbox=mailbox,
            )

    def list_workers(self) -> list[str]:
        """Return the names of living workers."""
        with self.context.store.reading() as connection:
            alive = list(processes.list_alive(connection, self.context.store))
        return [name for kind, name in alive if kind == "worker"]

    def list_feeds(self) -> Sequence[FollowedFeed]:
        """Return the followed feeds, the next one due first."""
        return feeds.list_feeds(self.context)

    # Control

    def pause(self, campaign_id: str, *, reason: str = REQUESTED) -> Campaign:
        """Pause a campaign; see `actions.pause()`."""
        return actions.pause(self.context, campaign_id, reason=reason)

    def cancel(self, campaign_id: str) -> Campaign:
        """Cancel a campaign; see `actions.cancel()`."""
        return actions.cancel(self.context, campaign_id)

    def approve(self, campaign_id: str, *, digest: str) -> Campaign:
        """Approve the edition *digest* of a draft; see `actions.approve()`."""
        return actions.approve(self.context, campaign_id, digest=digest)

    def resolve(self, campaign_id: str, *, retry: bool) -> tuple[Campaign, int]:
        """Retry or skip uncertain deliveries; see `actions.resolve()`."""
        return actions.resolve(self.context, campaign_id, retry=retry)

    # Read

    def get(self, campaign_id: str) -> Campaign:
        """
        Return a campaign with its counts.

        Raises:
            StateError: No campaign has that ID.
        """
        with self.context.store.reading() as connection:
            record = campaign_records.read(connection, campaign_id)
            return campaign_records.to_campaign(connection, record)

    def list_campaigns(self) -> Sequence[Campaign]:
        """Return all campaigns without tests and welcome issues, newest first."""
        with self.context.store.reading() as connection:
            return [
                campaign_records.to_campaign(connection, record)
                for record in campaign_records.list_by_state(connection)
                if record.kind not in (CampaignKind.TEST.value, CampaignKind.WELCOME.value)
            ]

    def list_records(self) -> Sequence[CampaignRecord]:
        """Return all campaigns as stored, tests included, newest first."""
        with self.context.store.reading() as connection:
            return list(campaign_records.list_by_state(connection))

    def list_unfinished(self) -> list[UnfinishedCampaign]:
        """Return the campaigns that are not finished, with what they wait for."""
        return due.list_unfinished(self.context)

    def read_edition(self, digest: str) -> Edition:
        """
        Return the edition *digest*, byte for byte as it was stored.

        Raises:
            StoreError: It is missing or damaged.
        """
        with self.context.store.reading() as connection:
            return campaign_records.read_edition(connection, digest)

    def format_report(self, campaign_id: str) -> str:
        """Return a report on a campaign for people."""
        with self.context.store.reading() as connection:
            return report.format_report(connection, campaign_id)

    def format_failures(self, campaign_id: str) -> str:
        """Return who did not receive a campaign, and why."""
        with self.context.store.reading() as connection:
            return "\n".join(report.format_failures(connection, campaign_id)).strip()

    def list_deliveries(self, campaign_id: str) -> Iterator[Sequence[object]]:
        """Yield the table of the recipients of a campaign, its column names first."""
        with self.context.store.reading() as connection:
            rows = report.list_rows(connection, campaign_id)
            yield report.TABLE_COLUMNS
            yield from rows

    def format_metrics(self) -> Iterator[str]:
        """Yield the lines of a page for Prometheus."""
        with self.context.store.reading() as connection:
            alive = list(processes.list_alive(connection, self.context.store))
        yield from report.format_metrics(self.list_campaigns(), alive)
