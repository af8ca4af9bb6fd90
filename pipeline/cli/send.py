"""`handbill send`: to people, or into the outbox."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import click

from pipeline.cli.shared.campaign_summary import exit_code, tell
from pipeline.cli.shared.command import command, option
from pipeline.cli.shared.options import (
    RECIPIENTS,
    SAFETY,
    SourceOptions,
    delay_option,
    first_option,
    json_option,
    limit_option,
    list_option,
    repeat_option,
    segment_option,
    sender_option,
    source_options,
    subject_option,
    yes_option,
)
from pipeline.cli.shared.output import confirm, pluralize, print_json, print_message
from pipeline.cli.shared.prepare import prepare_edition
from pipeline.cli.shared.progress import Watch, watching
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
    section=RECIPIENTS,
    help="Send to this address (repeatable).",
)
@list_option("Send to the subscribers of this list.", section=RECIPIENTS)
@segment_option(section=RECIPIENTS)
@limit_option("Only the first N subscribers.")
@option(
    "--test",
    metavar="ADDR",
    section=RECIPIENTS,
    help="Send one copy, marked as a test, even if there are errors.",
)
@repeat_option
@sender_option
@subject_option
@delay_option("Wait before the first message is sent; Ctrl-C stops it until then.")
@first_option
@option(
    "--dry-run",
    is_flag=True,
    section=SAFETY,
    help="Compose every message, send and save nothing.",
)
@yes_option
@source_options
@json_option
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
    dry_run: bool,
    yes: bool,
    allow_repeat: bool,
    as_json: bool,
) -> None:
    """
    Send SOURCE now.

    Exits 0 if every message was accepted or permanently refused.

    \b
    Example:
        handbill send seeds/rain-gauges.md --to ada@example.org --sender outbox
    """
    from pipeline.campaigns import parse_duration, parse_first_batch

    _check_usage(addresses, list_name, test, segment=segment, limit=limit)
    project = open_project(context)
    people = project.parse_recipients(addresses or ((test,) if test else ()))
    if repeats := max(0, len(addresses) - len(people)):
        print_message(
            f"{pluralize(repeats, 'repeated address', 'repeated addresses')}: each is mailed once."
        )
    wait = parse_duration(delay) if delay else timedelta()
    portion = parse_first_batch(first) if first else None
    way = project.open_sender(sender)  # an unknown one is told before anything is done
    letter = prepare_edition(project, source, subject, way, recipients=people, is_test=bool(test))
    edition, written = letter.edition, letter.subject
    if dry_run and list_name is None:
        campaign = project.dry_run(edition, people, sender=way)
        _finish(context, campaign, as_json=as_json)
    with project.open_campaigns() as service:
        if list_name is not None:
            service.check_list(list_name, segment)
        if dry_run:
            readers = service.list_recipients(list_name or "", segment, limit)
            campaign = project.dry_run(edition, readers, sender=way)
            _finish(context, campaign, as_json=as_json)
        from pipeline.campaigns import CampaignKind, CampaignPlan

        wish = CampaignPlan(
            edition=edition,
            subject=written,
            canonical_url=letter.canonical_url,
            kind=CampaignKind.TEST if test else CampaignKind.CAMPAIGN,
            sender=project.senders.join_names(sender),
            delivers_mail=way.delivers_mail,
            recipients=None if list_name else people,
            list_name=list_name,
            segment=segment,
            limit=limit,
            first_batch=portion,
            at=project.clock.now() + wait,
            zone=edition.publication.timezone,
        )
        total = service.count_recipients(wish)
        service.check_not_repeated(wish, allow_repeat=allow_repeat)
        if way.delivers_mail and not yes:
            who = pluralize(total, "person", "people")
            confirm(f'Send "{written}" to {who} by {project.senders.describe(sender)}?')
        project.dry_run(
            edition, people or service.list_recipients(list_name or "", segment, limit), sender=way
        )
        with way, watching(total) as watch:
            campaign = _send(project, service, wish, way, watch, allow_repeat=allow_repeat)
    _finish(context, campaign, as_json=as_json)


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
            "Say whom to send to: --to ADDR (repeatable), --list NAME, or --test ADDR."
        )
    if list_name is None and (segment or limit):
        raise click.UsageError("--segment and --limit choose among a list. Add --list NAME.")


def _send(
    project: Project,
    service: CampaignService,
    wish: CampaignPlan,
    way: Sender,
    watch: Watch,
    *,
    allow_repeat: bool,
) -> Campaign:
    with service.start_process() as process:
        record = service.create(wish, allow_repeat=allow_repeat, process=process)
        if wish.at > project.clock.now():
            print_message(
                f"{record.id} begins at {wish.at:%H:%M:%S} UTC. Stop it with Ctrl-C, or from elsewhere: "
                f"handbill campaigns cancel {record.id}"
            )
            if not watch.wait_until(wish.at, project.clock):
                return service.pause(record.id, reason="interrupted")
        return service.send(record.id, sender=way, progress=watch, process=process)


def _finish(context: click.Context, campaign: Campaign, *, as_json: bool) -> None:
    if as_json:
        print_json(campaign.to_json())
    tell(campaign, is_quiet=as_json)
    context.exit(exit_code(campaign))
