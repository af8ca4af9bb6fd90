"""`handbill worker`: the process that sends scheduled campaigns."""

from __future__ import annotations

import logging
import signal
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pipeline.cli.shared.command import command, option
from pipeline.cli.shared.output import print_message
from pipeline.cli.shared.project_option import open_project, project_option

if TYPE_CHECKING:
    from pipeline.campaigns import CampaignService
    from pipeline.project import Project

_UNIT = """\
[Unit]
Description=Handbill worker {name}
After=network-online.target
Wants=network-online.target

[Service]
ExecStart={program} --project {root} worker --name {name}
WorkingDirectory={root}
Restart=always
RestartSec=2
# SIGTERM lets the messages on the wire finish; a server may take ten minutes for the last of them.
KillSignal=SIGTERM
TimeoutStopSec=660
NoNewPrivileges=yes
PrivateTmp=yes

[Install]
WantedBy=multi-user.target
"""


@command()
@option("--name", metavar="NAME", help="Name of this worker; must be unique among running workers.")
@option("--once", is_flag=True, help="Send everything due, report what remains, and exit.")
@option("--print-unit", is_flag=True, help="Print a systemd unit for this worker, and exit.")
@project_option
@click.pass_context
def worker(context: click.Context, name: str | None, once: bool, print_unit: bool) -> None:
    """
    Send scheduled campaigns when they are due, until stopped.

    \b
    Example:
        handbill worker --name desk
    """
    project = open_project(context)
    if print_unit:
        click.echo(_unit(project, name or "1"), nl=False)
        return
    with project.open_campaigns() as service:
        _work(project, service, name, once=once)
        if once:
            _remains(service)


def _unit(project: Project, name: str) -> str:
    return _UNIT.format(program=Path(sys.argv[0]).resolve(), root=project.root, name=name)


def _work(project: Project, service: CampaignService, name: str | None, *, once: bool) -> None:
    stop = threading.Event()

    def told(*_: Any) -> None:  # Any: a signal's number and frame
        stop.set()

    signals = (signal.SIGINT, signal.SIGTERM)
    before = {number: signal.signal(number, told) for number in signals}
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", stream=sys.stderr)
    try:
        stale_after = project.campaigns.stale_after
        with service.start_worker(
            name, stop=stop, stale_after=stale_after, feed_reader=project.campaigns
        ) as at_work:
            at_work.run(once=once)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _remains(service: CampaignService) -> None:
    waiting = service.list_unfinished()
    for each in waiting:
        when = f", due {each.at:%Y-%m-%d %H:%M} UTC" if each.at else ""
        if not each.at and not each.reason.startswith("sending"):
            when = ", waits for you"
        print_message(f"{each.campaign_id}: {each.reason}{when}")
    feeds = service.list_feeds()
    for feed in feeds:
        trouble = f" ({feed.last_error})" if feed.last_error else ""
        print_message(
            f"{feed.url}: every {feed.recurrence}, due {feed.next_at:%Y-%m-%d %H:%M} UTC{trouble}"
        )
    if not (waiting or feeds):
        print_message("Nothing remains.")
