"""`handbill schedule`: have a worker send an article later, or new entries of a feed."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pipeline.cli.shared import options
from pipeline.cli.shared.command import command, option
from pipeline.cli.shared.options import SourceOptions
from pipeline.cli.shared.output import (
    confirm,
    pluralize,
    print_json,
    print_message,
    print_text,
)
from pipeline.cli.shared.prepare import describe_sending, prepare_edition
from pipeline.cli.shared.progress import track
from pipeline.cli.shared.project_option import open_project, project_option

if TYPE_CHECKING:
    from pipeline.campaigns import CampaignPlan, CampaignService
    from pipeline.campaigns.planning.schedule import ScheduledTime
    from pipeline.project import Project

FEED = "Feeds"

_NO_WORKER = "No worker is running: nothing is sent until one does. Start one: handbill worker"


@command()
@options.list_option(
    "Send to the subscribers of this list.", required=True, section=options.RECIPIENTS
)
@options.segment_option(section=options.RECIPIENTS)
@options.repeat_option
@option(
    "--at",
    metavar="TIME",
    section=options.SENDING,
    help='Date and time to send: "2026-12-01 09:00".',
)
@options.delay_option("Send after this delay, instead of --at.")
@option(
    "--zone",
    metavar="ZONE",
    section=options.SENDING,
    help="Time zone of --at; default: the publication's.",
)
@option(
    "--local",
    is_flag=True,
    section=options.SENDING,
    help="Send at that time in each subscriber's own time zone.",
)
@option(
    "--late",
    type=click.Choice(["send", "skip"]),
    section=options.SENDING,
    help="With --local: send to zones where the time has passed, or skip them.",
)
@option(
    "--expires",
    metavar="TIME",
    section=options.SENDING,
    help="Do not send to remaining recipients after this time.",
)
@options.first_option
@options.sender_option
@options.subject_option
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
@option(
    "--held",
    type=click.Choice(["show", "send", "skip"]),
    section=FEED,
    help="Show, send or skip entries that were held; one of them with --entry.",
)
@options.yes_option
@options.optional_source_options
@options.json_option
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
    held: str | None,
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
    from pipeline.campaigns import (
        CampaignPlan,
        LatePolicy,
        parse_first_batch,
        require_unsubscribe_answer,
    )

    if feed:
        if source.source or at or delay or [bool(every), stop, bool(held)].count(True) != 1:
            raise click.UsageError('--feed needs --every "sunday 09:00", --held or --stop.')
        project = open_project(context)
        feed = _locate_feed(feed)
        if held:
            _decide_held(project, feed, list_name, held, source.entry, yes=yes, as_json=as_json)
            return
        _follow_feed(project, feed, list_name, segment, every, zone, sender, as_json=as_json)
        return
    if every or stop or held or not source.source:
        raise click.UsageError("Give SOURCE, or --feed URL with --every.")
    if bool(at) == bool(delay):
        raise click.UsageError('Give either --at "2026-12-01 09:00" or --delay 5m.')
    if (local and delay) or (late and not local):
        raise click.UsageError("--local needs --at, and --late needs --local.")
    project = open_project(context)
    send_at = _parse_time(project, at, delay, zone)
    opened = project.open_sender(sender)
    prepared = prepare_edition(project, source, subject, opened, at=send_at.utc)
    with project.open_campaigns() as service:
        service.check_list(list_name, segment)
        require_unsubscribe_answer(
            prepared.edition.publication, list_name, delivers_mail=opened.delivers_mail
        )
        plan = CampaignPlan(
            edition=prepared.edition,
            subject=prepared.subject,
            canonical_url=prepared.canonical_url,
            sender=project.senders.join_names(sender),
            delivers_mail=opened.delivers_mail,
            list_name=list_name,
            segment=segment,
            first_batch=parse_first_batch(first) if first else None,
            at=send_at.utc,
            local_time=send_at.local_time if at else None,
            zone=send_at.zone,
            in_recipient_zone=local,
            late_policy=LatePolicy(late) if late else None,
            expires_at=_parse_time(project, expires, None, zone).utc if expires else None,
            needs_approval=project.config.schedule.approval,
        )
        plan = service.check_schedule(plan)
        service.check_not_repeated(plan, allow_repeat=allow_repeat)
        total = service.count_recipients(plan)
        recipients = service.list_recipients(list_name, segment)
        project.check_messages(
            prepared.edition, track(recipients, "Checking messages", total=total), sender=opened
        )
        _print_time(service, plan, send_at)
        if opened.delivers_mail and not yes and sys.stdin.isatty():
            confirm(
                f"Schedule it for {pluralize(total, 'recipient')}?",
                details=describe_sending(project, prepared, plan, total, sender),
                declined="Nothing was scheduled.",
            )
        campaign = service.get(service.create(plan, allow_repeat=allow_repeat).id)
        workers = service.list_workers()
    if as_json:
        print_json(campaign.to_json())
    else:
        print_text(campaign.id)
    print_message(
        f"{campaign.id} is {campaign.state.value}. Cancel it with: handbill campaigns cancel {campaign.id}"
    )
    if campaign.state.value == "draft":
        print_message(
            f"It needs approval: handbill campaigns approve {campaign.id} --digest {campaign.digest[:12]}"
        )
    if not workers:
        print_message(_NO_WORKER)


def _parse_time(
    project: Project, at: str | None, delay: str | None, zone: str | None
) -> ScheduledTime:
    from pipeline.campaigns.planning.schedule import (
        check_time_zone,
        parse_local_time,
        resolve_local_time,
        to_local_time,
    )
    from pipeline.clock import parse_duration

    zone = check_time_zone(zone) if zone else project.publication.timezone
    if delay:
        return to_local_time(zone, project.clock.now() + parse_duration(delay))
    return resolve_local_time(parse_local_time(at or ""), zone)


def _print_time(service: CampaignService, plan: CampaignPlan, send_at: ScheduledTime) -> None:
    """Print when the campaign will be sent, so that a mistake shows in time."""
    from datetime import UTC

    if send_at.note:
        print_message(send_at.note)
    if not plan.in_recipient_zone:
        print_message(f"When:  {send_at}")
        return
    print_message(f"When:  {send_at.local_time:%A %d %B %Y, %H:%M}, in each recipient's time zone:")
    for each in service.list_send_times(plan):
        count = pluralize(each.recipients, "recipient")
        print_message(f"       {each.at.astimezone(UTC):%Y-%m-%d %H:%M} UTC  {each.zone}: {count}")


def _locate_feed(feed: str) -> str:
    """Return *feed*; of a file the absolute path, because a worker may run in another folder."""
    from pipeline.loaders.fetch import is_url

    if feed == "-":
        raise click.UsageError("A feed is read again and again: give its URL or a file.")
    return feed if is_url(feed) else str(Path(feed).absolute())


def _decide_held(
    project: Project,
    url: str,
    list_name: str,
    decision: str,
    entry: str | None,
    *,
    yes: bool,
    as_json: bool,
) -> None:
    """Show, send or skip the entries of a feed that were held."""
    from pipeline.campaigns.workers.feeds import list_feeds, list_held, release_held

    with project.open_campaigns() as service:
        held = list_held(service.context, url, list_name=list_name)
        held = [each for each in held if entry in (None, each.entry.id, each.entry.link)]
        if decision == "send" and held and not yes:
            feed = next(
                each
                for each in list_feeds(service.context)
                if (each.url, each.list_name) == (url, list_name)
            )
            if project.open_sender(feed.sender).delivers_mail:
                count = pluralize(len(held), "entry", "entries")
                confirm(
                    f'Send {count} of the feed to the list "{list_name}"?',
                    declined="Nothing was sent.",
                )
        if decision != "show":
            held = list(
                release_held(
                    service.context, url, list_name=list_name, entry=entry, send=decision == "send"
                )
            )
        workers = service.list_workers()
    if as_json:
        print_json({"entries": [each.to_json() for each in held]})
    else:
        for each in held:
            print_text(each)
    count = pluralize(len(held), "entry", "entries")
    result = {
        "show": f"{count} held.",
        "send": f"{count} will be sent by a worker.",
        "skip": f"{count} will not be sent.",
    }
    print_message(result[decision])
    if decision == "send" and not workers:
        print_message(_NO_WORKER)


def _follow_feed(
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
    """Send new entries of a feed from now on or, if *every* is None, no longer."""
    from pipeline.campaigns import require_unsubscribe_answer
    from pipeline.campaigns.planning.schedule import check_time_zone, to_local_time
    from pipeline.campaigns.workers.feeds import follow_feed, unfollow_feed
    from pipeline.project.feed_entries import ProjectFeedReader

    zone = check_time_zone(zone) if zone else project.publication.timezone
    opened = project.open_sender(sender)  # an unknown name is reported at once
    with project.open_campaigns() as service:
        if every is None:
            unfollow_feed(service.context, url, list_name=list_name)
            print_message(f'{url}: no longer sent to the list "{list_name}".')
            return
        service.check_list(list_name, segment)
        require_unsubscribe_answer(
            project.publication, list_name, delivers_mail=opened.delivers_mail
        )
        feed, entry_count = follow_feed(
            service.context,
            ProjectFeedReader(project),
            url,
            list_name=list_name,
            segment=segment,
            recurrence=every,
            zone=zone,
            sender=sender,
        )
        workers = service.list_workers()
    if as_json:
        print_json(
            {
                "feed": feed.url,
                "list": feed.list_name,
                "every": feed.recurrence,
                "zone": feed.zone,
                "next_at": feed.next_at.isoformat(),
            }
        )
    print_message(f"Next:  {to_local_time(zone, feed.next_at)}")
    entries = pluralize(entry_count, "existing entry", "existing entries")
    print_message(f"{entries} will not be sent; each new entry will be, once.")
    if not workers:
        print_message(_NO_WORKER)
