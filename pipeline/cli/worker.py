"""`handbill worker`: the process that sends scheduled campaigns."""

from __future__ import annotations

import logging
import os
import socket
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pipeline.cli.shared.command import command, option
from pipeline.cli.shared.options import processes_option
from pipeline.cli.shared.output import EscapingFormatter, print_error, print_message, print_text
from pipeline.cli.shared.progress import stop_on_signals
from pipeline.cli.shared.project_option import open_project, project_option

if TYPE_CHECKING:
    from pipeline.campaigns import CampaignService
    from pipeline.cli.parallel.helper_processes import HelperProcesses
    from pipeline.project import Project

_UNIT = """\
[Unit]
Description=Handbill worker {name}
After=network-online.target
Wants=network-online.target

[Service]
ExecStart={program} --project {root} worker --name {name}{processes}
WorkingDirectory={root}
Restart=always
RestartSec=2
# SIGTERM lets the messages in flight finish; a server may take ten minutes for the last one.
KillSignal=SIGTERM
TimeoutStopSec=660
NoNewPrivileges=yes
PrivateTmp=yes

[Install]
WantedBy=multi-user.target
"""


@command()
@option("--name", metavar="NAME", help="Name of this worker; must be unique among running workers.")
@processes_option("Number of processes; they share the connections of each sender.")
@option("--once", is_flag=True, help="Send everything due, report what remains, and exit.")
@option("--print-unit", is_flag=True, help="Print a systemd unit for this worker, and exit.")
@project_option
@click.pass_context
def worker(
    context: click.Context, name: str | None, processes: int, once: bool, print_unit: bool
) -> None:
    """
    Send scheduled campaigns when they are due, until stopped.

    With [bounces.imap], read that mailbox too.

    With --once, exits 1 if a campaign failed, reached nobody or has uncertain deliveries.

    \b
    Example:
        handbill worker --name office
    """
    project = open_project(context)
    if print_unit:
        print_text(_format_unit(project, name or "1", processes), end="")
        return
    exit_code = 0
    with project.open_campaigns() as service:
        if processes == 1:
            problems = run_worker(project, service, name, once=once)
        else:
            name = name or f"{socket.gethostname()}-{os.getpid()}"
            helpers = _open_helpers(project, name, processes, once=once)
            try:
                problems = run_worker(project, service, name, once=once, helpers=helpers)
                if once:
                    helpers.wait()
            finally:
                exit_code = helpers.stop()
        if once:
            _print_remaining(service)
    if once:
        print_problems(problems)
    context.exit(max(exit_code, 1 if problems and once else 0))


def print_problems(problems: dict[str, str]) -> None:
    """Print what happened to each campaign that needs somebody's decision."""
    for campaign_id, problem in problems.items():
        print_error(f"{campaign_id}: {problem}. See it: handbill campaigns show {campaign_id}")


def _format_unit(project: Project, name: str, processes: int) -> str:
    return _UNIT.format(
        program=Path(sys.argv[0]).resolve(),
        root=project.root,
        name=name,
        processes=f" --processes {processes}" if processes > 1 else "",
    )


def _open_helpers(project: Project, name: str, count: int, *, once: bool) -> HelperProcesses:
    """Return the other workers of *count*, NAME-2 and so on."""
    from pipeline.cli.parallel.helper_processes import HelperProcesses, HelperTask

    if not project.is_configured:  # its campaigns are in memory: no other process can see them
        return HelperProcesses([])
    tasks = [
        HelperTask(
            root=str(project.root), index=n, count=count, worker=f"{name}-{n + 1}", once=once
        )
        for n in range(1, count)
    ]
    return HelperProcesses(tasks, restarts=not once)


def run_worker(
    project: Project,
    service: CampaignService,
    name: str | None,
    *,
    once: bool,
    helpers: HelperProcesses | None = None,
) -> dict[str, str]:
    """
    Run a worker; return the campaigns that need somebody's decision, each with what happened.

    Args:
        helpers: Are started once it is registered, and interrupted with it.
    """
    from pipeline.campaigns.workers.embedded_engine import EmbeddedEngine
    from pipeline.project.feed_entries import ProjectFeedReader
    from pipeline.project.mailbox_poller import open_mailbox_poller

    stop = threading.Event()

    def stop_all(*_: object) -> None:
        stop.set()
        if helpers is not None:
            helpers.interrupt()

    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(EscapingFormatter("%(asctime)s %(message)s"))
    logging.basicConfig(level=logging.INFO, handlers=[handler])
    with (
        stop_on_signals(stop_all),
        open_mailbox_poller(project) as mailbox,
        service.start_worker(
            name,
            stop=stop,
            stale_after=project.stale_after,
            engine=EmbeddedEngine(concurrency=project.config.worker.concurrency) if once else None,
            feed_reader=ProjectFeedReader(project),
            mailbox=mailbox,
        ) as worker,
    ):
        if helpers is not None:
            helpers.start()
        worker.run(once=once)
    return worker.problems


def _print_remaining(service: CampaignService) -> None:
    unfinished = service.list_unfinished()
    for each in unfinished:
        when = f", due {each.at:%Y-%m-%d %H:%M} UTC" if each.at else ""
        if each.at and f"{each.at:%Y-%m-%d %H:%M}" in each.reason:
            when = ""
        if not each.at and not each.reason.startswith("sending"):
            when = ", waiting for your decision"
        print_message(f"{each.campaign_id}: {each.reason}{when}")
    feeds = service.list_feeds()
    for feed in feeds:
        problem = f" ({feed.last_error})" if feed.last_error else ""
        print_message(
            f"{feed.url}: every {feed.recurrence}, due {feed.next_at:%Y-%m-%d %H:%M} UTC{problem}"
        )
        if feed.held:
            print_message(f"{feed.url}: {feed.describe_held()}")
    if not (unfinished or feeds):
        print_message("Nothing remains.")
