"""What the processes of a race do: each is another command on the same store, started at the same moment."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Sequence
from dataclasses import replace
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from pipeline.campaigns import CampaignService
from pipeline.clock import SystemClock
from pipeline.database import open_store
from pipeline.errors import PipelineError
from pipeline.models.address import Address
from pipeline.subscribers.subscriber_store import SubscriberStore
from pipeline.testing import RecordingSender
from tests.campaigns.support import (
    SECRET,
    list_sent_emails,
    make_plan,
    make_recipients,
    make_service,
)
from tests.mail.samples import edition

PROCESSES = 6
#: What one process did in each round: the result of its work, or a sentence.
Results = list[Any]  # Any: each race has its own results


def race(work: Callable[..., Any], url: str, folder: Path, *, rounds: int) -> list[Results]:
    """Run *work* in `PROCESSES` processes, *rounds* times at the same moment; return the results by round."""
    context = get_context("forkserver")
    context.set_forkserver_preload([__name__])
    barrier, queue = context.Barrier(PROCESSES), context.Queue()
    processes = [
        context.Process(target=_run, args=(work, url, folder, rounds, number, barrier, queue))
        for number in range(PROCESSES)
    ]
    for process in processes:
        process.start()
    found = [queue.get(timeout=120) for _ in processes]
    for process in processes:
        process.join()
    return [list(results) for results in zip(*found, strict=True)]


def _run(
    work: Callable[..., Any],
    url: str,
    folder: Path,
    rounds: int,
    number: int,
    barrier: Any,  # Any: of another process's context
    queue: Any,
) -> None:
    results: Results = []
    for turn in range(rounds):
        barrier.wait(60)
        try:
            results.append(work(url, folder, turn, number))
        except PipelineError as error:
            results.append(str(error))
        except BaseException:
            results.append(traceback.format_exc())
    queue.put(results)


def send_once(url: str, folder: Path, turn: int, number: int) -> Sequence[str]:
    """Send the edition of *turn* to the same list as all others; return who was mailed."""
    sender = RecordingSender()
    with open_store(url, root=folder) as store:
        service = make_service(store, sender=sender)
        plan = make_plan(list_name="weekly", edition=replace(edition(), title=f"News {turn}"))
        _send(service, plan)
    return list_sent_emails(sender)


def send_to_named(url: str, folder: Path, turn: int, number: int) -> Sequence[str]:
    """Send the same article, each in its own edition, to overlapping recipients; return who was mailed."""
    sender = RecordingSender()
    with open_store(url, root=folder) as store:
        service = make_service(store, sender=sender)
        plan = make_plan(
            make_recipients(20, start=number + 1),
            edition=replace(edition(), title=f"News {turn}.{number}"),
            canonical_url=f"https://ferry.example.org/{turn}",
        )
        _send(service, plan)
    return list_sent_emails(sender)


def _send(service: CampaignService, plan: Any) -> None:
    with service, service.start_process() as process:
        record = service.create(plan, process=process)
        service.send(record.id, process=process)


def import_and_leave(url: str, folder: Path, turn: int, number: int) -> str:
    """Import the same new people into the same new list, while one of them is erased and one unsubscribes."""
    with open_store(url, root=folder) as store:
        subscribers = SubscriberStore(store, secret=SECRET, clock=SystemClock())
        if number == 0:
            subscribers.erase(Address(email=f"erased{turn}@example.org"))
        elif number == 1:
            subscribers.unsubscribe(Address(email=f"known{turn}@example.org"))
        else:
            path = folder / f"people{turn}.csv"
            report = subscribers.import_file(path, list_name=f"list{turn}")
            return f"imported {report.row_count}"
    return "done"
