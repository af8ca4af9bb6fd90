"""`handbill campaigns`: list, pause, resume, cancel, approve and resolve campaigns."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING

import click

from pipeline.cli.parallel.send_helpers import limit_processes, open_helpers
from pipeline.cli.shared import completion
from pipeline.cli.shared.campaign_summary import (
    follow_campaign,
    format_status_line,
    get_exit_code,
    print_summary,
)
from pipeline.cli.shared.command import SectionCommand, argument, option
from pipeline.cli.shared.options import json_option, processes_option
from pipeline.cli.shared.output import pluralize, print_json, print_message, print_text
from pipeline.cli.shared.progress import show_progress
from pipeline.cli.shared.project_option import open_project, project_option
from pipeline.subscribers.spreadsheet_cells import escape_row

if TYPE_CHECKING:
    from pipeline.events.response_counts import ResponseCounts
    from pipeline.models.campaign import Campaign


@click.group(invoke_without_command=True)
@project_option
@click.pass_context
def campaigns(context: click.Context) -> None:
    """
    List, pause, resume and cancel campaigns. Without a subcommand: list them.

    \b
    Example:
        handbill campaigns show 2026-03-02-the-tide-clock-a1b2
    """
    if context.invoked_subcommand is None:
        context.invoke(list_)


def _one(command: Callable[..., None]) -> Callable[..., None]:
    """Add ID and the options of every subcommand for one campaign."""
    for add in (
        click.pass_context,
        project_option,
        json_option,
        argument("campaign", metavar="ID", shell_complete=completion.complete_campaigns),
    ):
        command = add(command)
    return command


@campaigns.command("list", cls=SectionCommand)
@json_option
@project_option
@click.pass_context
def list_(context: click.Context, as_json: bool = False) -> None:
    """
    List all campaigns, newest first.

    \b
    Example:
        handbill campaigns list --json
    """
    with open_project(context).open_campaigns() as service:
        found = service.list_campaigns()
    if as_json:
        print_json({"campaigns": [campaign.to_json() for campaign in found]})
        return
    for campaign in found:
        print_text(format_status_line(campaign))
        print_text(f"    {_describe(campaign)}")
    if not found:
        print_message("No campaigns yet. Start one: handbill send")


def _describe(campaign: Campaign) -> str:
    """Return `2026-12-01 09:00 Europe/London: "The tide clock" to 412 recipients of the list "weekly", with relay`."""
    from zoneinfo import ZoneInfo

    count = campaign.recipient_count
    to = pluralize(count, "recipient") if count else "recipients selected when it is due"
    if campaign.list_name:
        to += f' of the list "{campaign.list_name}"'
    at = f"{campaign.at.astimezone(ZoneInfo(campaign.zone)):%Y-%m-%d %H:%M} {campaign.zone}"
    return f'{at}: "{campaign.subject}" to {to}, with {campaign.sender}'


@campaigns.command(cls=SectionCommand)
@option("--csv", "as_csv", is_flag=True, help="Print one CSV row per recipient.")
@option(
    "--watch",
    is_flag=True,
    help="Refresh every second, with rate and remaining time, until sending stops.",
)
@_one
def show(context: click.Context, campaign: str, as_csv: bool, watch: bool, as_json: bool) -> None:
    """
    Show the state of a campaign, who did not receive it, and what came back.

    \b
    Example:
        handbill campaigns show 2026-03-02-the-tide-clock-a1b2 --csv
    """
    project = open_project(context)
    with project.open_campaigns() as service:
        if as_csv:
            for row in service.list_deliveries(campaign):
                print_text(_format_csv_row(row), end="")
        elif watch:
            follow_campaign(service.get, campaign, as_json=as_json)
        else:
            found = service.get(campaign)
            with project.open_events() as ledger:
                responses = ledger.count_responses(found.id)
            if as_json:
                print_json(found.to_json() | {"responses": responses.to_json()})
                return
            print_text(service.format_report(campaign))
            for line in _format_responses(responses):
                print_text(line)


def _format_responses(responses: ResponseCounts) -> Iterator[str]:
    lines = [f"{count:>9,} {text}" for count, text in responses.describe()]
    if lines:
        yield from ("", "What came back:", *lines)


def _format_csv_row(row: Iterable[object]) -> str:
    line = io.StringIO()
    csv.writer(line).writerow(escape_row(row))
    return line.getvalue()


def _print_result(campaign: Campaign, message: str, *, as_json: bool) -> None:
    if as_json:
        print_json(campaign.to_json())
    print_message(message)


@campaigns.command(cls=SectionCommand)
@_one
def pause(context: click.Context, campaign: str, as_json: bool) -> None:
    """
    Pause a campaign. Sending stops within a second or two.

    \b
    Example:
        handbill campaigns pause 2026-03-02-the-tide-clock-a1b2
    """
    with open_project(context).open_campaigns() as service:
        found = service.pause(campaign)
    _print_result(found, f"{found.id} is paused. {_format_progress(found)}", as_json=as_json)


def _format_progress(campaign: Campaign) -> str:
    from pipeline.models.delivery import DeliveryState

    accepted = campaign.count(DeliveryState.ACCEPTED)
    word = campaign.describe(DeliveryState.ACCEPTED)
    return f"{accepted:,} of {pluralize(campaign.recipient_count, 'message')} were {word} before."


@campaigns.command(cls=SectionCommand)
@option(
    "--only",
    type=click.Choice(["failed", "added"]),
    help="After it ended, send only to refused recipients, or to subscribers added since.",
)
@processes_option("Processes for a large campaign; they share the sender's connections.")
@_one
def resume(
    context: click.Context, campaign: str, only: str | None, processes: int, as_json: bool
) -> None:
    """
    Resume a campaign that is paused, failed, or was interrupted by a crash.

    \b
    Example:
        handbill campaigns resume 2026-03-02-the-tide-clock-a1b2
    """
    from pipeline.campaigns import RetryScope
    from pipeline.models.campaign import CampaignState
    from pipeline.models.delivery import DeliveryState

    project = open_project(context)
    scope = RetryScope(only) if only else None
    with project.open_campaigns() as service:
        found = service.get(campaign)
        pending = found.count(DeliveryState.PENDING)
        count = limit_processes(processes, pending) if found.delivers_mail else 1
        with (
            show_progress(pending) as progress,
            service.start_process() as process,
            open_helpers(project, service, found.id, process, progress, processes=count) as helpers,
        ):
            found = service.resume(
                campaign, scope=scope, progress=progress, process=process, helpers=helpers
            )
        workers = service.list_workers()
    if found.state is CampaignState.SCHEDULED:
        _print_result(found, f"{found.id} is scheduled again.", as_json=as_json)
        return
    if found.state is CampaignState.SENDING and workers:
        message = f"{found.id} is being sent by the worker {', '.join(workers)}."
        _print_result(
            found,
            f"{message} Follow it: handbill campaigns show {found.id} --watch",
            as_json=as_json,
        )
        return
    if as_json:
        print_json(found.to_json())
    print_summary(found, as_json=as_json)
    context.exit(get_exit_code(found))


@campaigns.command(cls=SectionCommand)
@_one
def cancel(context: click.Context, campaign: str, as_json: bool) -> None:
    """
    Cancel a campaign. Nothing more is sent.

    \b
    Example:
        handbill campaigns cancel 2026-03-02-the-tide-clock-a1b2
    """
    with open_project(context).open_campaigns() as service:
        found = service.cancel(campaign)
    _print_result(found, f"{found.id} is cancelled. {_format_progress(found)}", as_json=as_json)


@campaigns.command(cls=SectionCommand)
@option(
    "--digest",
    required=True,
    metavar="DIGEST",
    help="Digest of the edition you reviewed; at least its first eight digits.",
)
@_one
def approve(context: click.Context, campaign: str, digest: str, as_json: bool) -> None:
    """
    Approve a draft. Refused if its edition is not the one you reviewed.

    \b
    Example:
        handbill campaigns approve 2026-03-02-the-tide-clock-a1b2 --digest 6f1ed002
    """
    with open_project(context).open_campaigns() as service:
        found = service.approve(campaign, digest=digest)
    _print_result(found, f"{found.id} is approved and scheduled.", as_json=as_json)


@campaigns.command(cls=SectionCommand)
@option(
    "--skip",
    "decision",
    flag_value="skip",
    help="Skip them; they may already have received it.",
)
@option(
    "--retry",
    "decision",
    flag_value="retry",
    help="Send again; some may receive it twice.",
)
@_one
def resolve(context: click.Context, campaign: str, decision: str | None, as_json: bool) -> None:
    """
    Skip or retry recipients whose delivery is uncertain.

    \b
    Example:
        handbill campaigns resolve 2026-03-02-the-tide-clock-a1b2 --skip
    """
    if decision is None:
        raise click.UsageError("Give either --skip or --retry.")
    with open_project(context).open_campaigns() as service:
        found, count = service.resolve(campaign, retry=decision == "retry")
    recipients = pluralize(count, "recipient")
    message = f"{recipients} skipped."
    if decision == "retry":
        message = f"{recipients} will be retried. Resume it: handbill campaigns resume {found.id}"
    _print_result(found, message, as_json=as_json)


@campaigns.command(cls=SectionCommand)
@json_option
@project_option
@click.pass_context
def metrics(context: click.Context, as_json: bool) -> None:
    """
    Print metrics in Prometheus format, or as JSON.

    \b
    Example:
        handbill campaigns metrics > /var/lib/node_exporter/handbill.prom
    """
    with open_project(context).open_campaigns() as service:
        if as_json:
            print_json({"campaigns": [found.to_json() for found in service.list_campaigns()]})
            return
        for line in service.format_metrics():
            print_text(line)
