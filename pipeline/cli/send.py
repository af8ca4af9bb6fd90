"""`handbill send`: to people, or into the outbox."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import click

from pipeline.cli.options import (
    Given,
    article_options,
    first_option,
    json_option,
    open_project,
    project_option,
    repeat_option,
    segment_option,
    sender_option,
    subject_option,
    yes_option,
)
from pipeline.cli.output import ask, counted, print_json, say
from pipeline.cli.prepare import make_letter
from pipeline.cli.progress_bar import Watch, watching
from pipeline.cli.summary import exit_code, tell

if TYPE_CHECKING:
    from pipeline.campaigns import Desk, Plan
    from pipeline.models.campaign import Campaign
    from pipeline.project import Project
    from pipeline.senders import Sender


@click.command()
@article_options
@click.option(
    "--to", "addresses", metavar="ADDR", multiple=True, help="Whom to send to; repeatable."
)
@click.option("--list", "list_name", metavar="NAME", help="Send to everybody on this list.")
@segment_option
@click.option(
    "--test", metavar="ADDR", help="Send one copy, marked as a test; findings do not stop it."
)
@sender_option
@subject_option
@click.option(
    "--delay",
    "delay",
    metavar="5m",
    help="Wait so long before the first message leaves; it can be stopped until then.",
)
@first_option
@click.option(
    "--limit",
    "most",
    type=click.IntRange(min=1),
    metavar="N",
    help="Send to the first N of the list at most.",
)
@click.option(
    "--dry-run",
    is_flag=True,
    help="Compose every message, hand over none, write nothing.",
)
@yes_option
@repeat_option
@json_option
@project_option
@click.pass_context
def send(
    context: click.Context,
    given: Given,
    addresses: tuple[str, ...],
    list_name: str | None,
    segment: str | None,
    test: str | None,
    sender: str | None,
    subject: str | None,
    delay: str | None,
    first: str | None,
    most: int | None,
    dry_run: bool,
    yes: bool,
    allow_repeat: bool,
    as_json: bool,
) -> None:
    """
    Send SOURCE. Exit 0 if every message was accepted or refused for good.

    \b
    Example:
        handbill send seeds/rain-gauges.md --to ada@example.org --sender outbox
    """
    from pipeline.campaigns import read_portion, read_span

    _check_usage(addresses, list_name, test, segment=segment, most=most)
    project = open_project(context)
    people = project.parse_recipients(addresses or ((test,) if test else ()))
    if repeats := max(0, len(addresses) - len(people)):
        say(f"{counted(repeats, 'repeated address', 'repeated addresses')}: each is mailed once.")
    wait = read_span(delay) if delay else timedelta()
    portion = read_portion(first) if first else None
    way = project.open_sender(sender)  # an unknown one is told before anything is done
    letter = make_letter(project, given, subject, way, people=people, is_test=bool(test))
    edition, written = letter.edition, letter.subject
    if dry_run and list_name is None:
        campaign = project.dry_run(edition, people, sender=way)
        _finish(context, campaign, as_json=as_json)
    with project.open_campaigns() as desk:
        if list_name is not None:
            desk.check_audience(list_name, segment)
        if dry_run:
            readers = desk.audience(list_name or "", segment, most)
            campaign = project.dry_run(edition, readers, sender=way)
            _finish(context, campaign, as_json=as_json)
        from pipeline.campaigns import Kind, Plan

        wish = Plan(
            edition=edition,
            subject=written,
            canonical_url=letter.canonical_url,
            kind=Kind.TEST if test else Kind.CAMPAIGN,
            sender=project.senders.join_names(sender),
            delivers_mail=way.delivers_mail,
            people=None if list_name else people,
            list=list_name,
            segment=segment,
            most=most,
            first=portion,
            at=project.clock.now() + wait,
            zone=edition.publication.timezone,
        )
        total = desk.count(wish)
        desk.check_new(wish, again=allow_repeat)
        if way.delivers_mail and not yes:
            who = counted(total, "person", "people")
            ask(f'Send "{written}" to {who} by {project.senders.describe(sender)}?')
        project.dry_run(
            edition, people or desk.audience(list_name or "", segment, most), sender=way
        )
        with way, watching(total) as watch:
            campaign = _send(project, desk, wish, way, watch, allow_repeat=allow_repeat)
    _finish(context, campaign, as_json=as_json)


def _check_usage(
    addresses: tuple[str, ...],
    list_name: str | None,
    test: str | None,
    *,
    segment: str | None,
    most: int | None,
) -> None:
    if sum(map(bool, (addresses, list_name, test))) != 1:
        raise click.UsageError(
            "Say whom to send to: --to ADDR (repeatable), --list NAME, or --test ADDR."
        )
    if list_name is None and (segment or most):
        raise click.UsageError("--segment and --limit choose among a list. Add --list NAME.")


def _send(
    project: Project, desk: Desk, wish: Plan, way: Sender, watch: Watch, *, allow_repeat: bool
) -> Campaign:
    with desk.run() as run:
        record = desk.plan(wish, again=allow_repeat, run=run)
        if wish.at > project.clock.now():
            say(
                f"{record.id} begins at {wish.at:%H:%M:%S} UTC. Stop it with Ctrl-C, or from elsewhere: "
                f"handbill campaigns cancel {record.id}"
            )
            if not watch.wait_until(wish.at, project.clock):
                return desk.pause(record.id, reason="interrupted")
        return desk.send(record.id, sender=way, progress=watch, run=run)


def _finish(context: click.Context, campaign: Campaign, *, as_json: bool) -> None:
    if as_json:
        print_json(campaign.to_json())
    tell(campaign, is_quiet=as_json)
    context.exit(exit_code(campaign))
