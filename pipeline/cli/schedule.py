"""`handbill schedule`: a letter at a time, by a worker."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from pipeline.cli.options import (
    Given,
    first_option,
    json_option,
    open_project,
    optional_article_options,
    project_option,
    repeat_option,
    segment_option,
    sender_option,
    subject_option,
    yes_option,
)
from pipeline.cli.output import counted, print_json, say
from pipeline.cli.prepare import make_letter

if TYPE_CHECKING:
    from pipeline.campaigns import Desk, Plan
    from pipeline.campaigns.planning.schedule import Moment
    from pipeline.project import Project

_NOBODY = "NO WORKER IS ALIVE: nothing will be sent until one runs. Start it: handbill worker"


@click.command()
@optional_article_options
@click.option("--list", "list_name", metavar="NAME", required=True, help="Whom to send to.")
@segment_option
@click.option(
    "--feed",
    metavar="URL",
    help="Instead of SOURCE: what is new in this feed, each entry once.",
)
@click.option(
    "--every",
    metavar="WHEN",
    help='With --feed: when, "sunday 09:00" or "day 07:00".',
)
@click.option("--stop", is_flag=True, help="With --feed: mail it no more.")
@click.option(
    "--at",
    metavar="WHEN",
    help='When, as a clock on the wall shows it: "2026-12-01 09:00".',
)
@click.option(
    "--delay",
    "delay",
    metavar="5m",
    help="After so long, instead of --at.",
)
@click.option(
    "--zone",
    metavar="ZONE",
    help="Where that clock hangs, Europe/London; by default where the publication is.",
)
@click.option(
    "--local",
    is_flag=True,
    help="When the clock shows it where each reader lives.",
)
@click.option(
    "--late",
    type=click.Choice(["send", "skip"]),
    help="With --local: what becomes of readers whose time is past.",
)
@click.option(
    "--expires",
    metavar="WHEN",
    help="Who has not had it by then gets it no more.",
)
@first_option
@sender_option
@subject_option
@yes_option
@repeat_option
@json_option
@project_option
@click.pass_context
def schedule(
    context: click.Context,
    given: Given,
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
    Send SOURCE to a list at a time, by the worker. It can be cancelled until then.

    \b
    Example:
        handbill schedule seeds/rain-gauges.md --list weekly --at "2026-12-01 09:00"
    """
    from pipeline.campaigns import Late, Plan, read_portion

    if feed:
        if given.source or at or delay or bool(every) == stop:
            raise click.UsageError('A feed is mailed again and again: --every "sunday 09:00".')
        _feed(open_project(context), feed, list_name, segment, every, zone, sender, as_json=as_json)
        return
    if every or stop or not given.source:
        raise click.UsageError("Say what to send: SOURCE, or --feed URL with --every.")
    if bool(at) == bool(delay):
        raise click.UsageError('Say when: --at "2026-12-01 09:00", or --delay 5m.')
    if (local and delay) or (late and not local):
        raise click.UsageError("--local goes with --at, and --late with --local.")
    project = open_project(context)
    when = _moment(project, at, delay, zone)
    ends = _moment(project, expires, None, zone).instant if expires else None
    way = project.open_sender(sender)
    letter = make_letter(project, given, subject, way, at=when.instant)
    with project.open_campaigns() as desk:
        desk.check_audience(list_name, segment)
        wish = Plan(
            edition=letter.edition,
            subject=letter.subject,
            canonical_url=letter.canonical_url,
            sender=project.senders.join_names(sender),
            delivers_mail=way.delivers_mail,
            list=list_name,
            segment=segment,
            first=read_portion(first) if first else None,
            at=when.instant,
            wall=when.wall if at else None,
            zone=when.zone,
            is_local=local,
            late=Late(late) if late else None,
            expires_at=ends,
            needs_approval=project.config.schedule.approval,
        )
        wish = desk.check_time(wish)
        desk.check_new(wish, again=allow_repeat)
        project.dry_run(letter.edition, desk.audience(list_name, segment), sender=way)
        _say_when(desk, wish, when)
        if way.delivers_mail and not yes and sys.stdin.isatty():
            who = counted(desk.count(wish), "person", "people")
            name = project.senders.describe(sender)
            click.confirm(f'Schedule "{letter.subject}" for {who} by {name}?', abort=True, err=True)
        found = desk.show(desk.plan(wish, again=allow_repeat).id)
        workers = desk.workers()
    if as_json:
        print_json(found.to_json())
    else:
        click.echo(found.id)
    say(f"{found.id} is {found.state.value}. Call it off: handbill campaigns cancel {found.id}")
    if found.state.value == "draft":
        say(
            f"Somebody must approve: handbill campaigns approve {found.id} --digest {found.digest[:12]}"
        )
    if not workers:
        say(_NOBODY)


def _moment(project: Project, at: str | None, delay: str | None, zone: str | None) -> Moment:
    from pipeline.campaigns.planning.schedule import (
        check_zone,
        moment,
        read_span,
        read_wall,
        seen_in,
    )

    place = check_zone(zone) if zone else project.publication.timezone
    if delay:
        return seen_in(place, project.clock.now() + read_span(delay))
    return moment(read_wall(at or ""), place)


def _say_when(desk: Desk, wish: Plan, when: Moment) -> None:
    """Say when it is, and for whom, so that a slip shows before it matters."""
    from datetime import UTC

    if when.note:
        say(when.note)
    if not wish.is_local:
        say(f"When:  {when}")
        return
    say(f"When:  {when.wall:%A %d %B %Y, %H:%M}, where each reader lives:")
    for turn in desk.timeline(wish):
        readers = counted(turn.readers, "reader")
        say(f"       {turn.instant.astimezone(UTC):%Y-%m-%d %H:%M} UTC  {turn.zone}: {readers}")


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
    from pipeline.campaigns.planning.schedule import check_zone, seen_in
    from pipeline.campaigns.workers.feeds import follow, leave

    place = check_zone(zone) if zone else project.publication.timezone
    if sender:
        project.open_sender(sender)  # an unknown one is told at once
    with project.open_campaigns() as desk:
        if every is None:
            leave(desk.means, url=url, list=list_name)
            say(f'{url}: it is mailed to "{list_name}" no more.')
            return
        desk.check_audience(list_name, segment)
        found, there = follow(
            desk.means,
            project.campaigns.feed_source,
            url=url,
            list=list_name,
            segment=segment,
            every=every,
            zone=place,
            sender=sender,
        )
        workers = desk.workers()
    if as_json:
        shown = {"feed": found.url, "list": found.list, "every": found.every, "zone": found.zone}
        print_json({**shown, "next_at": found.next_at.isoformat()})
    say(f"Next:  {seen_in(place, found.next_at)}")
    entries = counted(there, "entry", "entries")
    say(f"The {entries} it has now are not mailed; whatever is new is, each once.")
    if not workers:
        say(_NOBODY)
