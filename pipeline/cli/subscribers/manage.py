"""`handbill subscribers`: one subscriber, or the lists."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from pipeline.cli.shared.command import argument, command, option
from pipeline.cli.shared.options import json_option, list_option, parse_pairs, yes_option
from pipeline.cli.shared.output import confirm, print_json, print_message, print_text
from pipeline.cli.shared.project_option import open_project, project_option

if TYPE_CHECKING:
    from datetime import datetime

    from pipeline.models.address import Address
    from pipeline.subscribers.subscriber_details import SubscriberDetails


def _parse_address(_: click.Context, __: click.Parameter, text: str) -> Address:
    from pipeline.models.address import parse_typed_address

    return parse_typed_address(text)


_address = argument("address", callback=_parse_address)


@command()
@_address
@list_option("List to subscribe to.", required=True)
@option(
    "--attribute",
    "attributes",
    metavar="NAME=VALUE",
    multiple=True,
    help='Attribute to set: "donor=monthly" (repeatable).',
)
@option(
    "--confirm",
    "is_invited",
    is_flag=True,
    help="Ask them first: they get one email, and are subscribed once they confirm it.",
)
@project_option
@click.pass_context
def add(
    context: click.Context,
    address: Address,
    list_name: str,
    attributes: tuple[str, ...],
    is_invited: bool,
) -> None:
    """
    Add one subscriber to a list. Exits 1 if they unsubscribed or are suppressed.

    \b
    Example:
        handbill subscribers add "Ada Byron <ada@example.org>" --list weekly
        handbill subscribers add ada@example.org --list weekly --confirm
    """
    if is_invited:
        from pipeline.web.public.mailing.invitation import invite_subscriber

        project = open_project(context)
        answer = invite_subscriber(project, address, list_name, parse_pairs(attributes))
        print_message(f"{address.email}: {answer.text}.")
        context.exit(0 if answer.is_invited else 1)
    with open_project(context).open_subscribers() as subscribers:
        outcome = subscribers.add(address, list_name=list_name, attributes=parse_pairs(attributes))
    print_message(f"{address.email}: {outcome.value}.")
    context.exit(1 if outcome.value in ("unsubscribed", "suppressed") else 0)


@command(name="list")
@json_option
@project_option
@click.pass_context
def list_(context: click.Context, as_json: bool) -> None:
    """
    List all lists with their numbers of subscribers.

    \b
    Example:
        handbill subscribers list
    """
    from pipeline.project.signups import find_refusal

    project = open_project(context)
    with project.open_subscribers() as subscribers:
        found = subscribers.count_lists()
    if refusal := find_refusal(project):
        print_message(f"{refusal} See: handbill doctor")
    if as_json:
        print_json({"lists": [counts.to_json() for counts in found]})
        return
    if not found:
        print_message("No lists yet. Create one: handbill subscribers import FILE --list NAME")
    for count in found:
        rest = [
            f"{number:,} {word}"
            for number, word in (
                (count.paused, "paused"),
                (count.unconfirmed, "unconfirmed"),
                (count.unsubscribed, "unsubscribed"),
                (count.suppressed, "suppressed"),
            )
            if number
        ]
        print_text(f"{count.name}: {', '.join([f'{count.reachable:,} reachable', *rest])}")


@command()
@_address
@json_option
@project_option
@click.pass_context
def show(context: click.Context, address: Address, as_json: bool) -> None:
    """
    Show everything stored about one subscriber; with --json, a copy to give them (GDPR Article 15).

    \b
    Example:
        handbill subscribers show ada@example.org --json
    """
    with open_project(context).open_subscribers() as subscribers:
        details = subscribers.get_details(address)
    if as_json:
        print_json(details.to_json())
    else:
        _print_details(address.email, details)
    context.exit(0 if _has_details(details) else 1)


@command()
@_address
@list_option("List to unsubscribe from; default: all lists.")
@project_option
@click.pass_context
def unsubscribe(context: click.Context, address: Address, list_name: str | None) -> None:
    """
    Unsubscribe one address from a list, or from all lists. Exits 1 if it was not subscribed.

    \b
    Example:
        handbill subscribers unsubscribe ada@example.org --list weekly
    """
    with open_project(context).open_subscribers() as subscribers:
        was_subscribed = subscribers.unsubscribe(address, list_name=list_name)
    place = f'the list "{list_name}"' if list_name else "all lists"
    print_message(
        f"{address.email}: {'unsubscribed from' if was_subscribed else 'was not on'} {place}."
    )
    context.exit(0 if was_subscribed else 1)


@command()
@_address
@option("--reason", metavar="TEXT", default="requested", show_default=True, help="Reason to store.")
@project_option
@click.pass_context
def suppress(context: click.Context, address: Address, reason: str) -> None:
    """
    Suppress one address: never mail it again, whatever list it is on.

    \b
    Example:
        handbill subscribers suppress ada@example.org --reason "requested by phone"
    """
    with open_project(context).open_subscribers() as subscribers:
        is_new = subscribers.suppress(address, reason=reason)
    print_message(f"{address.email}: {'suppressed' if is_new else 'already suppressed'}.")


_reason_option = option(
    "--reason",
    metavar="TEXT",
    required=True,
    help="How they asked for it, for example in which email; it is stored.",
)


@command()
@_address
@list_option("List to subscribe to again.", required=True)
@_reason_option
@yes_option
@project_option
@click.pass_context
def resubscribe(
    context: click.Context, address: Address, list_name: str, reason: str, yes: bool
) -> None:
    """
    Subscribe one address to a list again, if its owner asked for it. Exits 1 if it had not unsubscribed.

    \b
    Example:
        handbill subscribers resubscribe ada@example.org --list weekly --reason "her email of 2 March"
    """
    project = open_project(context)
    if not yes:
        confirm(f'Did the owner of {address.email} ask to be on the list "{list_name}" again?')
    with project.open_subscribers() as subscribers:
        had_left = subscribers.resubscribe(address, list_name=list_name, reason=reason)
    place = f'the list "{list_name}"'
    print_message(
        f"{address.email}: subscribed to {place} again."
        if had_left
        else f"{address.email}: had not unsubscribed from {place}; nothing was changed."
    )
    context.exit(0 if had_left else 1)


@command()
@_address
@_reason_option
@yes_option
@project_option
@click.pass_context
def unsuppress(context: click.Context, address: Address, reason: str, yes: bool) -> None:
    """
    Allow mailing a suppressed address again. Exits 1 if it was not suppressed; erased addresses stay so.

    \b
    Example:
        handbill subscribers unsuppress ada@example.org --reason "her mailbox works again"
    """
    project = open_project(context)
    if not yes:
        confirm(f"May {address.email} be mailed again?")
    with project.open_subscribers() as subscribers:
        was_suppressed = subscribers.unsuppress(address, reason=reason)
        details = subscribers.get_details(address)
    print_message(
        f"{address.email}: {'no longer suppressed' if was_suppressed else 'was not suppressed'}."
    )
    if details.subscriber and details.subscriber.state.value == "unsubscribed":
        print_message(
            "They are unsubscribed. If they asked to be mailed again: "
            f'handbill subscribers resubscribe {address.email} --list NAME --reason "…"'
        )
    context.exit(0 if was_suppressed else 1)


@command()
@_address
@yes_option
@project_option
@click.pass_context
def forget(context: click.Context, address: Address, yes: bool) -> None:
    """
    Erase one subscriber. A keyed hash of the address is kept, so that no import adds it again.

    \b
    Example:
        handbill subscribers forget ada@example.org
    """
    project = open_project(context)
    if not yes:
        confirm(f"Erase {address.email} permanently?", declined="Nothing was erased.")
    with project.open_subscribers() as subscribers:
        was_stored = subscribers.erase(address)
    print_message(
        f"{address.email}: {'erased' if was_stored else 'nothing was stored'}, and suppressed."
    )


def _has_details(details: SubscriberDetails) -> bool:
    return bool(details.subscriber or details.suppression or details.deliveries or details.events)


def _print_details(email: str, details: SubscriberDetails) -> None:
    from pipeline.cli.subscribers.history import format_history

    if not _has_details(details):
        print_message(f"{email}: nothing is stored.")
    if subscriber := details.subscriber:
        consent = subscriber.consent
        print_text(f"{subscriber.address}: {subscriber.state.value}")
        rows = {
            "Lists": ", ".join(subscriber.lists),
            "Unsubscribed": ", ".join(subscriber.unsubscribed_lists),
            "Tags": ", ".join(subscriber.tags),
            "Language": subscriber.language,
            "Time zone": subscriber.zone,
            "Paused until": _format_day(subscriber.paused_until),
            "Earlier": ", ".join(details.former_addresses),
            "Consent": " ".join(
                filter(None, (consent.method, consent.source, _format_day(consent.at)))
            ),
            **subscriber.attributes,
        }
        for name, value in rows.items():
            if value:
                print_text(f"  {name + ':':<14} {value}")
    for line in format_history(details):
        print_text(f"  {line}")
    if suppression := details.suppression:
        day = suppression.created_at.date().isoformat()
        print_text(f"  suppressed since {day}, never written to: {suppression.reason}")


def _format_day(at: datetime | None) -> str:
    return at.date().isoformat() if at else ""
