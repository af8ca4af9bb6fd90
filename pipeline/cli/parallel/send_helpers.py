"""The helpers of a command that sends a campaign itself."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pipeline.campaigns import CampaignService
    from pipeline.campaigns.workers.processes import WorkerProcess
    from pipeline.cli.parallel.helper_processes import HelperProcesses
    from pipeline.cli.shared.progress import SendProgress
    from pipeline.models.campaign import Campaign
    from pipeline.project import Project


def limit_processes(requested: int, recipients: int) -> int:
    """Return how many of *requested* processes have *recipients* of their own."""
    from pipeline.campaigns.store.batches import BATCH_SIZE

    return max(1, min(requested, -(-recipients // BATCH_SIZE)))


@contextmanager
def open_helpers(
    project: Project,
    service: CampaignService,
    campaign_id: str,
    process: WorkerProcess,
    progress: SendProgress,
    *,
    processes: int,
) -> Iterator[HelperProcesses | None]:
    """
    Yield the helpers of *process* for a campaign, None if it is alone; *progress* shows what they send too.

    Args:
        processes: How many there are together with *process*.
    """
    if processes == 1:
        yield None
        return
    from pipeline.cli.parallel.helper_processes import HelperProcesses, HelperTask

    tasks = [
        HelperTask(
            root=str(project.root),
            index=index,
            count=processes,
            campaign=campaign_id,
            leader_id=process.id,
        )
        for index in range(1, processes)
    ]
    helpers = HelperProcesses(tasks)
    before = _count_settled(service.get(campaign_id))
    with progress.follow(
        lambda: _count_settled(service.get(campaign_id)) - before, on_stop=helpers.interrupt
    ):
        yield helpers


def _count_settled(campaign: Campaign) -> int:
    from pipeline.models.delivery import DeliveryState

    waiting = (DeliveryState.PENDING, DeliveryState.CLAIMED)
    return campaign.recipient_count - sum(map(campaign.count, waiting))
