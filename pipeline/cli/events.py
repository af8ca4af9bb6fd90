"""`handbill events`: what came back after the send, and what it changed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from pipeline.cli.shared.command import SectionCommand, argument, option
from pipeline.cli.shared.options import json_option
from pipeline.cli.shared.output import pluralize, print_json, print_message, print_text
from pipeline.cli.shared.project_option import open_project, project_option
from pipeline.errors import StateError

if TYPE_CHECKING:
    from pipeline.models.event import StoredEvent
    from pipeline.project import Project

#: The values of `EventKind`, without the import that `--help` would wait for.
_KINDS = (
    "delivered", "bounced", "complained", "unsubscribed", "subscribed", "resubscribed",
    "unsuppressed", "paused", "resumed", "readdressed", "replied", "auto-replied",
)  # fmt: skip
#: The email services with webhooks, likewise.
_SERVICES = (
    "ses", "mailgun", "sparkpost", "postmark", "sendgrid", "resend", "brevo", "mailjet",
)  # fmt: skip


@click.group()
@project_option
def events() -> None:
    """
    List, show and import what came back.

    \b
    Example:
        handbill events list --kind bounced
    """


@events.command(name="list", cls=SectionCommand)
@option("--kind", type=click.Choice(_KINDS), metavar="KIND", help="Only events of this kind.")
@option("--campaign", metavar="ID", help="Only events of this campaign.")
@option("--address", metavar="ADDRESS", help="Only events of this recipient.")
@option(
    "--limit",
    metavar="N",
    type=click.IntRange(min=1),
    default=50,
    show_default=True,
    help="Newest events to list.",
)
@json_option
@project_option
@click.pass_context
def list_(
    context: click.Context,
    kind: str | None,
    campaign: str | None,
    address: str | None,
    limit: int,
    as_json: bool,
) -> None:
    """
    List events, newest first.

    \b
    Example:
        handbill events list --kind complained
    """
    from pipeline.models.address import parse_address
    from pipeline.models.event import EventKind

    with open_project(context).open_events() as ledger:
        found = list(
            ledger.list_events(
                kind=EventKind(kind) if kind else None,
                campaign=campaign,
                mailbox=parse_address(address).key if address else None,
                limit=limit,
            )
        )
    if as_json:
        print_json({"events": [each.to_json() for each in found]})
        return
    if not found:
        print_message("No events yet.")
    for each in found:
        print_text(_format_line(each))


@events.command(cls=SectionCommand)
@argument("number", type=click.IntRange(min=1))
@json_option
@project_option
@click.pass_context
def show(context: click.Context, number: int, as_json: bool) -> None:
    """
    Show the event NUMBER.

    \b
    Example:
        handbill events show 12
    """
    with open_project(context).open_events() as ledger:
        found = ledger.get_event(number)
    if found is None:
        raise StateError(f"There is no event {number}. List them: handbill events list")
    if as_json:
        print_json(found.to_json())
        return
    for name, value in found.to_json().items():
        if value not in (None, ""):
            print_text(f"{name.replace('_', ' ').capitalize() + ':':<15}{value}")


@events.command(name="import", cls=SectionCommand)
@argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@option(
    "--service",
    type=click.Choice(_SERVICES),
    metavar="SERVICE",
    help="Email service whose reports FILE holds, one body of a webhook request a line.",
)
@json_option
@project_option
@click.pass_context
def import_(context: click.Context, file: Path, service: str | None, as_json: bool) -> None:
    """
    Record the events in FILE, one JSON object a line, as `events list --json` prints them.

    Events that are known already change nothing, so a file may be imported again.

    \b
    Example:
        handbill events import bounces.jsonl
        handbill events import saved.jsonl --service postmark
    """
    from pipeline.events.event_file import read_events

    project = open_project(context)
    if service:
        _import_reports(project, file, service, as_json=as_json)
        return
    with project.open_events() as ledger:
        report = ledger.record(read_events(file, ledger.find_campaign_number))
    if as_json:
        print_json({"recorded": len(report.recorded), "repeated": report.repeated})
        return
    known = f", {report.repeated:,} known already" if report.repeated else ""
    print_message(f"{pluralize(len(report.recorded), 'event')} recorded{known}.")


def _import_reports(project: Project, file: Path, service: str, *, as_json: bool) -> None:
    from pipeline.events.provider_events import record_provider_events
    from pipeline.senders import SENDERS
    from pipeline.senders.webhooks.report_file import read_report_file

    webhook = SENDERS.get_class(service).webhook_class
    assert webhook
    report = read_report_file(file, webhook)
    with project.open_events() as ledger:
        counts = record_provider_events(
            ledger, webhook.source, report.events, now=project.clock.now()
        )
    found = {
        "recorded": counts.recorded,
        "repeated": counts.repeated,
        "unmatched": counts.unmatched,
        "tests": counts.tests,
        "ignored": report.ignored,
        "unreadable": report.unreadable,
    }
    if as_json:
        print_json(found)
        return
    names = {
        "repeated": "known already",
        "unmatched": "of other messages",
        "tests": "of test messages",
        "ignored": "that change nothing",
        "unreadable": "not in the documented form",
    }
    others = [f"{found[name]:,} {text}" for name, text in names.items() if found[name]]
    print_message(", ".join([f"{pluralize(counts.recorded, 'event')} recorded", *others]) + ".")


def _format_line(each: StoredEvent) -> str:
    event = each.event
    detail = event.bounce_class.value if event.bounce_class else ""
    parts = (
        f"{each.number:>6}",
        f"{event.at:%Y-%m-%d %H:%M}",
        f"{event.kind.value:<12}",
        f"{detail:<9}",
        event.mailbox or "(unknown)",
        f"→ {each.effect}" if each.effect else "",
    )
    return "  ".join(filter(None, parts)).rstrip()
