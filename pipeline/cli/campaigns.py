"""`handbill campaigns`: look at campaigns, stop them, let them go on, decide."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from typing import TYPE_CHECKING

import click

from pipeline.cli.follow import follow, line_of
from pipeline.cli.options import json_option, open_project, project_option
from pipeline.cli.output import counted, print_json, say
from pipeline.cli.progress_bar import watching
from pipeline.cli.summary import exit_code, tell

if TYPE_CHECKING:
    from pipeline.models.campaign import Campaign


@click.group(invoke_without_command=True)
@project_option
@click.pass_context
def campaigns(context: click.Context) -> None:
    """
    Look at campaigns, stop them, let them go on. Without a subcommand: list them.

    \b
    Example:
        handbill campaigns show 2026-03-02-the-tide-clock-a1b2
    """
    if context.invoked_subcommand is None:
        context.invoke(list_)


def _one(command: Callable[..., None]) -> Callable[..., None]:
    """Add ID and what every subcommand for one campaign takes."""
    for add in (
        click.pass_context,
        project_option,
        json_option,
        click.argument("campaign", metavar="ID"),
    ):
        command = add(command)
    return command


@campaigns.command("list")
@json_option
@project_option
@click.pass_context
def list_(context: click.Context, as_json: bool = False) -> None:
    """
    List all campaigns, the newest first.

    \b
    Example:
        handbill campaigns list --json
    """
    with open_project(context).open_campaigns() as desk:
        found = desk.list()
    if as_json:
        print_json({"campaigns": [campaign.to_json() for campaign in found]})
        return
    for campaign in found:
        click.echo(line_of(campaign))
    if not found:
        say("There are no campaigns yet.")


@campaigns.command()
@click.option(
    "--csv",
    "as_csv",
    is_flag=True,
    help="Print a row for each recipient: who got it, who did not, why.",
)
@click.option(
    "--watch",
    is_flag=True,
    help="Show it again each second, with its rate and the time it needs, until it stands still.",
)
@_one
def show(context: click.Context, campaign: str, as_csv: bool, watch: bool, as_json: bool) -> None:
    """
    Show how a campaign stands, and who did not get it.

    \b
    Example:
        handbill campaigns show 2026-03-02-the-tide-clock-a1b2 --csv
    """
    with open_project(context).open_campaigns() as desk:
        if as_csv:
            for row in desk.rows(campaign):
                click.echo(_csv(row), nl=False)
        elif watch:
            follow(desk.show, campaign, as_json=as_json)
        elif as_json:
            print_json(desk.show(campaign).to_json())
        else:
            click.echo(desk.report(campaign))


def _csv(row: object) -> str:
    line = io.StringIO()
    csv.writer(line).writerow(row)  # type: ignore[arg-type]  # a sequence of what csv writes
    return line.getvalue()


def _shown(campaign: Campaign, words: str, *, as_json: bool) -> None:
    if as_json:
        print_json(campaign.to_json())
    say(words)


@campaigns.command()
@_one
def pause(context: click.Context, campaign: str, as_json: bool) -> None:
    """
    Pause a campaign; whoever sends it stops within a second or two.

    \b
    Example:
        handbill campaigns pause 2026-03-02-the-tide-clock-a1b2
    """
    with open_project(context).open_campaigns() as desk:
        found = desk.pause(campaign)
    _shown(found, f"{found.id} is paused. {_gone_out(found)}", as_json=as_json)


def _gone_out(campaign: Campaign) -> str:
    from pipeline.models.delivery import DeliveryState

    accepted = campaign.count(DeliveryState.ACCEPTED)
    return f"{accepted:,} of {counted(campaign.recipients, 'message')} had gone out."


@campaigns.command()
@click.option(
    "--only",
    type=click.Choice(["failed", "added"]),
    help="Take it up again for those who were refused, or who came to its list since.",
)
@_one
def resume(context: click.Context, campaign: str, only: str | None, as_json: bool) -> None:
    """
    Go on with a campaign that is paused, failed or was left behind by a process that died.

    \b
    Example:
        handbill campaigns resume 2026-03-02-the-tide-clock-a1b2
    """
    from pipeline.campaigns import Only
    from pipeline.models.campaign import CampaignState
    from pipeline.models.delivery import DeliveryState

    with open_project(context).open_campaigns() as desk:
        left = desk.show(campaign).count(DeliveryState.PENDING)
        with watching(left) as watch:
            found = desk.resume(campaign, only=Only(only) if only else None, progress=watch)
        workers = desk.workers()
    if found.state is CampaignState.SCHEDULED:
        _shown(found, f"{found.id} is scheduled again.", as_json=as_json)
        return
    if found.state is CampaignState.SENDING and workers:
        words = f"{found.id} is gone on with by the worker {', '.join(workers)}."
        _shown(
            found, f"{words} Look on: handbill campaigns show {found.id} --watch", as_json=as_json
        )
        return
    if as_json:
        print_json(found.to_json())
    tell(found, is_quiet=as_json)
    context.exit(exit_code(found))


@campaigns.command()
@_one
def cancel(context: click.Context, campaign: str, as_json: bool) -> None:
    """
    Cancel a campaign: whoever has not had it gets it no more.

    \b
    Example:
        handbill campaigns cancel 2026-03-02-the-tide-clock-a1b2
    """
    with open_project(context).open_campaigns() as desk:
        found = desk.cancel(campaign)
    _shown(found, f"{found.id} is cancelled. {_gone_out(found)}", as_json=as_json)


@campaigns.command()
@click.option(
    "--digest",
    required=True,
    metavar="D",
    help="The digest of the edition that was looked at, its first eight digits at least.",
)
@_one
def approve(context: click.Context, campaign: str, digest: str, as_json: bool) -> None:
    """
    Approve of a draft: of the very edition that was looked at.

    \b
    Example:
        handbill campaigns approve 2026-03-02-the-tide-clock-a1b2 --digest 6f1ed002
    """
    with open_project(context).open_campaigns() as desk:
        found = desk.approve(campaign, digest=digest)
    _shown(found, f"{found.id} is approved and scheduled.", as_json=as_json)


@campaigns.command()
@click.option("--skip", "decision", flag_value="skip", help="Leave them: they may have had it.")
@click.option("--retry", "decision", flag_value="retry", help="Send again: some may get it twice.")
@_one
def resolve(context: click.Context, campaign: str, decision: str | None, as_json: bool) -> None:
    """
    Decide about those of whom nobody knows whether they got it.

    \b
    Example:
        handbill campaigns resolve 2026-03-02-the-tide-clock-a1b2 --skip
    """
    if decision is None:
        raise click.UsageError("Say what to do with them: --skip or --retry.")
    with open_project(context).open_campaigns() as desk:
        found, count = desk.resolve(campaign, retry=decision == "retry")
    words = f"{counted(count, 'recipient')} in doubt: "
    if decision == "skip":
        words += "left as they are."
    else:
        words += f"to be sent again. Go on: handbill campaigns resume {found.id}"
    _shown(found, words, as_json=as_json)


@campaigns.command()
@json_option
@project_option
@click.pass_context
def metrics(context: click.Context, as_json: bool) -> None:
    """
    Print figures for Prometheus, or as JSON.

    \b
    Example:
        handbill campaigns metrics > /var/lib/node_exporter/handbill.prom
    """
    with open_project(context).open_campaigns() as desk:
        if as_json:
            print_json({"campaigns": [found.to_json() for found in desk.list()]})
            return
        for line in desk.metrics():
            click.echo(line)
