"""`handbill schedule`: a letter at a time, by a worker."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from pipeline.cli.shared.command import command, option
from pipeline.cli.shared.options import (
    RECIPIENTS,
    SENDING,
    SourceOptions,
    delay_option,
    first_option,
    json_option,
    list_option,
    optional_source_options,
    repeat_option,
    segment_option,
    sender_option,
    subject_option,
    yes_option,
)
from pipeline.cli.shared.output import pluralize, print_json, print_message
from pipeline.cli.shared.prepare import prepare_edition
from pipeline.cli.shared.project_option import open_project, project_option

if TYPE_CHECKING:
    from pipeline.campaigns import CampaignPlan, CampaignService
    from pipeline.campaigns.planning.schedule import ScheduledTime
    from pipeline.project import Project

FEED = "Feeds"

_NOBODY = "NO WORKER IS ALIVE: nothing will be sent until one runs. Start it: handbill worker"


@command()
@list_option("Send to the subscribers of this list.", required=True, section=RECIPIENTS)
@segment_option(section=RECIPIENTS)
@repeat_option
@option(
    "--at",
    metavar="TIME",
    section=SENDING,
    help='Date and time to send: "2026-12-01 09:00".',
)
@delay_option("Send after this delay, instead of --at.")
@option(
    "--zone",
    metavar="ZONE",
    section=SENDING,
    help="Time zone of --at; default: the publication's.",
)
@option(
    "--local",
    is_flag=True,
    section=SENDING,
    help="Send at that time in each subscriber's own time zone.",
)
@option(
    "--late",
    type=click.Choice(["send", "skip"]),
    section=SENDING,
    help="With --local: send to zones where the time has passed, or skip them.",
)
@option(
    "--expires",
    metavar="TIME",
    section=SENDING,
    help="Do not send to remaining recipients after this time.",
)
@first_option
@sender_option
@subject_option
@option(
    "--feed",
    metavar="URL",
    section=FEED,
    help="Send new entries of this feed, each once, instead of SOURCE.",
)
@option(
    "--every",
    metavar="WHEN",
    section=FEED,
    help='When to look for new entries: "sunday 09:00" or "day 07:00".',
)
@option("--stop", is_flag=True, section=FEED, help="Stop sending this feed.")
@yes_option
@optional_source_options
@json_option
@project_option
@click.pass_context
def schedule(
    context: click.Context,
    source: SourceOptions,
    list_name: str,
    segment: str | None,
    feed: str | None,
    every: str | None,
    stop: bool,
    at: str | None,
    delay: str | None,
    zone: str | None,
    local: bool,
    late: str | None,
    expires: str | None,
    first: str | None,
    sender: str | None,
    subject: str | None,
    yes: bool,
    allow_repeat: bool,
    as_json: bool,
) -> None:
    """
    Schedule SOURCE for a list; a worker sends it.

    SOURCE is rendered now. The campaign can be cancelled until it is sent, and while it is sent.

    \b
    Example:
        handbill schedule seeds/rain-gauges.md --list weekly --at "2026-12-01 09:00"
    """
    from pipeline.campaigns import CampaignPlan, LatePolicy, parse_first_batch

    if feed:
        if source.source or at or delay or bool(every) == stop:
            raise click.UsageError('A feed is mailed again and again: --every "sunday 09:00".')
        _feed(open_project(context), feed, list_name, segment, every, zone, sender, as_json=as_json)
        return
    if every or stop or not source.source:
        raise click.UsageError("Say what to send: SOURCE, or --feed URL with --every.")
    if bool(at) == bool(delay):
        raise click.UsageError('Say when: --at "2026-12-01 09:00", or --delay 5m.')
    if (local and delay) or (late and not local):
        raise click.UsageError("--local goes with --at, and --late with --local.")
    project = open_project(context)
    when = _moment(project, at, delay, zone)
    ends = _moment(project, expires, None, zone).utc if expires else None
    way = project.open_sender(sender)
    letter = prepare_edition(project, source, subject, way, at=when.utc)
    with project.open_campaigns() as service:
        service.check_list(list_name, segment)
        wish = CampaignPlan(
            edition=letter.edition,
            subject=letter.subject,
            canonical_url=letter.canonical_url,
            sender=project.senders.join_names(sender),
            delivers_mail=way.delivers_mail,
            list_name=list_name,
            segment=segment,
            first_batch=parse_first_batch(first) if first else None,
            at=when.utc,
            local_time=when.local_time if at else None,
            zone=when.zone,
            in_recipient_zone=local,
            late_policy=LatePolicy(late) if late else None,
            expires_at=ends,
            needs_approval=project.config.schedule.approval,
        )
        wish = service.check_schedule(wish)
        service.check_not_repeated(wish, allow_repeat=allow_repeat)
        project.dry_run(letter.edition, service.list_recipients(list_name, segment), sender=way)
        _say_when(service, wish, when)
        if way.delivers_mail and not yes and sys.stdin.isatty():
            who = pluralize(service.count_recipients(wish), "person", "people")
            name = project.senders.describe(sender)
            click.confirm(f'Schedule "{letter.subject}" for {who} by {name}?', abort=True, err=True)
        found = service.get(service.create(wish, allow_repeat=allow_repeat).id)
        workers = service.list_workers()
    if as_json:
        print_json(found.to_json())
    else:
        click.echo(found.id)
    print_message(
        f"{found.id} is {found.state.value}. Call it off: handbill campaigns cancel {found.id}"
    )
    if found.state.value == "draft":
        print_message(
            f"Somebody must approve: handbill campaigns approve {found.id} --digest {found.digest[:12]}"
        )
    if not workers:
        print_message(_NOBODY)


def _moment(project: Project, at: str | None, delay: str | None, zone: str | None) -> ScheduledTime:
    from pipeline.campaigns.planning.schedule import (
        check_time_zone,
        parse_duration,
        parse_local_time,
        resolve_local_time,
        to_local_time,
    )

    place = check_time_zone(zone) if zone else project.publication.timezone
    if delay:
        return to_local_time(place, project.clock.now() + parse_duration(delay))
    return resolve_local_time(parse_local_time(at or ""), place)


def _say_when(service: CampaignService, wish: CampaignPlan, when: ScheduledTime) -> None:
    """Say when it is, and for whom, so that a slip shows before it matters."""
    from datetime import UTC

    if when.note:
        print_message(when.note)
    if not wish.in_recipient_zone:
        print_message(f"When:  {when}")
        return
    print_message(f"When:  {when.local_time:%A %d %B %Y, %H:%M}, where each reader lives:")
    for turn in service.list_send_times(wish):
        readers = pluralize(turn.recipients, "reader")
        print_message(
            f"       {turn.at.astimezone(UTC):%Y-%m-%d %H:%M} UTC  {turn.zone}: {readers}"
        )


def _feed(
    project: Project,
    url: str,
    list_name: str,
    segment: str | None,
    every: str | None,
    zone: str | None,
    sender: str | None,
    *,
    as_json: bool,
) -> None:
    """Mail what is new in a feed from now on, or no more."""
    from pipeline.campaigns.planning.schedule import check_time_zone, to_local_time
    from pipeline.campaigns.workers.feeds import follow_feed, unfollow_feed

    place = check_time_zone(zone) if zone else project.publication.timezone
    if sender:
        project.open_sender(sender)  # an unknown one is told at once
    with project.open_campaigns() as service:
        if every is None:
            unfollow_feed(service.context, url, list_name=list_name)
            print_message(f'{url}: it is mailed to "{list_name}" no more.')
            return
        service.check_list(list_name, segment)
        found, there = follow_feed(
            service.context,
            project.campaigns,
            url,
            list_name=list_name,
            segment=segment,
            recurrence=every,
            zone=place,
            sender=sender,
        )
        workers = service.list_workers()
    if as_json:
        shown = {
            "feed": found.url,
            "list": found.list_name,
            "every": found.recurrence,
            "zone": found.zone,
        }
        print_json({**shown, "next_at": found.next_at.isoformat()})
    print_message(f"Next:  {to_local_time(place, found.next_at)}")
    entries = pluralize(there, "entry", "entries")
    print_message(f"The {entries} it has now are not mailed; whatever is new is, each once.")
    if not workers:
        print_message(_NOBODY)
