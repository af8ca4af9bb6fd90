"""`handbill send`: send an article now, to recipients or to the outbox."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import click

from pipeline.cli.parallel.send_helpers import limit_processes, open_helpers
from pipeline.cli.shared import options
from pipeline.cli.shared.campaign_summary import get_exit_code, print_summary
from pipeline.cli.shared.command import command, option
from pipeline.cli.shared.options import SourceOptions
from pipeline.cli.shared.output import confirm, pluralize, print_json, print_message
from pipeline.cli.shared.prepare import describe_sending, prepare_edition
from pipeline.cli.shared.progress import SendProgress, show_progress, track
from pipeline.cli.shared.project_option import open_project, project_option

if TYPE_CHECKING:
    from pipeline.campaigns import CampaignPlan, CampaignService
    from pipeline.models.campaign import Campaign
    from pipeline.project import Project
    from pipeline.senders import Sender


@command()
@option(
    "--to",
    "addresses",
    metavar="ADDR",
    multiple=True,
    section=options.RECIPIENTS,
    help="Send to this address (repeatable).",
)
@options.list_option("Send to the subscribers of this list.", section=options.RECIPIENTS)
@options.segment_option(section=options.RECIPIENTS)
@options.limit_option("Only the first N subscribers.")
@option(
    "--test",
    metavar="ADDR",
    section=options.RECIPIENTS,
    help="Send one copy, marked as a test, even if there are errors.",
)
@options.repeat_option
@options.sender_option
@options.subject_option
@options.delay_option("Wait before the first message is sent; Ctrl-C stops it until then.")
@options.first_option
@options.processes_option("Processes for a large campaign; they share the sender's connections.")
@option(
    "--dry-run",
    is_flag=True,
    section=options.SAFETY,
    help="Compose every message, send and save nothing.",
)
@options.yes_option
@options.source_options
@options.json_option
@project_option
@click.pass_context
def send(
    context: click.Context,
    source: SourceOptions,
    addresses: tuple[str, ...],
    list_name: str | None,
    segment: str | None,
    test: str | None,
    sender: str | None,
    subject: str | None,
    delay: str | None,
    first: str | None,
    limit: int | None,
    processes: int,
    dry_run: bool,
    yes: bool,
    allow_repeat: bool,
    as_json: bool,
) -> None:
    """
    Send SOURCE now.

    Exits 0 if it is sent, 1 if nobody was accepted or you must decide, 3 if the rest is sent later or was stopped.

    \b
    Example:
        handbill send seeds/rain-gauges.md --to ada@example.org --sender outbox
    """
    from pipeline.campaigns import (
        CampaignKind,
        CampaignPlan,
        parse_first_batch,
        require_unsubscribe_answer,
    )
    from pipeline.clock import parse_duration

    _check_usage(addresses, list_name, test, segment=segment, limit=limit)
    project = open_project(context)
    people = project.parse_recipients(addresses or ((test,) if test else ()))
    if repeated := max(0, len(addresses) - len(people)):
        count = pluralize(repeated, "repeated address", "repeated addresses")
        print_message(f"{count}: each receives the message once.")
    wait = parse_duration(delay) if delay else timedelta()
    first_batch = parse_first_batch(first) if first else None
    opened = project.open_sender(sender)
    prepared = prepare_edition(
        project, source, subject, opened, recipients=people, is_test=bool(test)
    )
    edition = prepared.edition
    if dry_run and list_name is None:
        _finish(context, project.dry_run(edition, people, sender=opened), as_json=as_json)
    with project.open_campaigns() as service:
        if list_name is not None:
            service.check_list(list_name, segment)
            require_unsubscribe_answer(
                edition.publication, list_name, delivers_mail=opened.delivers_mail
            )
        if dry_run:
            recipients = service.list_recipients(list_name or "", segment, limit)
            _finish(context, project.dry_run(edition, recipients, sender=opened), as_json=as_json)
        plan = CampaignPlan(
            edition=edition,
            subject=prepared.subject,
            canonical_url=prepared.canonical_url,
            kind=CampaignKind.TEST if test else CampaignKind.CAMPAIGN,
            sender=project.senders.join_names(sender),
            delivers_mail=opened.delivers_mail,
            recipients=None if list_name else people,
            list_name=list_name,
            segment=segment,
            limit=limit,
            first_batch=first_batch,
            at=project.clock.now() + wait,
            zone=edition.publication.timezone,
        )
        total = service.count_recipients(plan)
        service.check_not_repeated(plan, allow_repeat=allow_repeat)
        if opened.delivers_mail and not yes:
            confirm(
                f"Send it to {pluralize(total, 'recipient')} now?",
                details=describe_sending(project, prepared, plan, total, sender),
                declined="Nothing was sent.",
            )
        project.check_messages(
            edition,
            track(
                people or service.list_recipients(list_name or "", segment, limit),
                "Checking messages",
                total=total,
            ),
            sender=opened,
        )
        processes = _limit_processes(project, processes, opened, total)
        with opened, show_progress(total) as progress:
            campaign = _send(
                project,
                service,
                plan,
                opened,
                progress,
                allow_repeat=allow_repeat,
                processes=processes,
            )
    _finish(context, campaign, as_json=as_json, is_stored=project.is_configured)


def _check_usage(
    addresses: tuple[str, ...],
    list_name: str | None,
    test: str | None,
    *,
    segment: str | None,
    limit: int | None,
) -> None:
    if sum(map(bool, (addresses, list_name, test))) != 1:
        raise click.UsageError(
            "Give recipients: --to ADDR (repeatable), --list NAME or --test ADDR."
        )
    if list_name is None and (segment is not None or limit):
        raise click.UsageError("--segment and --limit need --list NAME.")


def _send(
    project: Project,
    service: CampaignService,
    plan: CampaignPlan,
    sender: Sender,
    progress: SendProgress,
    *,
    allow_repeat: bool,
    processes: int,
) -> Campaign:
    from pipeline.models.campaign import INTERRUPTED

    with service.start_process() as process:
        campaign = service.create(plan, allow_repeat=allow_repeat, process=process)
        if plan.at > project.clock.now():
            print_message(
                f"{campaign.id} starts at {plan.at:%H:%M:%S} UTC. Stop it with Ctrl-C, or elsewhere with: "
                f"handbill campaigns cancel {campaign.id}"
            )
            if not progress.wait_until(plan.at, project.clock):
                return service.pause(campaign.id, reason=INTERRUPTED)
        with open_helpers(
            project, service, campaign.id, process, progress, processes=processes
        ) as helpers:
            return service.send(
                campaign.id, sender=sender, progress=progress, process=process, helpers=helpers
            )


def _limit_processes(project: Project, requested: int, sender: Sender, total: int) -> int:
    """Return how many of *requested* processes have a connection and recipients of their own."""
    if not (project.is_configured and sender.delivers_mail):
        return 1
    return limit_processes(min(requested, sender.connections), total)


def _finish(
    context: click.Context, campaign: Campaign, *, as_json: bool, is_stored: bool = True
) -> None:
    if as_json:
        print_json(campaign.to_json())
    print_summary(campaign, as_json=as_json, is_stored=is_stored)
    context.exit(get_exit_code(campaign))
