"""`handbill subscribers`: one person, or the lists."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from pipeline.cli.options import json_option, open_project, project_option
from pipeline.cli.output import print_json, say
from pipeline.cli.subscribers.shared import list_option, meanings

if TYPE_CHECKING:
    from pipeline.models.subscriber import Subscriber
    from pipeline.subscribers.subscriber_store import SubscriberDetails


@click.command()
@click.argument("address")
@list_option
@click.option(
    "--attribute",
    "attributes",
    metavar="NAME=VALUE",
    multiple=True,
    help="Something known of them; repeatable.",
)
@project_option
@click.pass_context
def add(
    context: click.Context, address: str, list_name: str | None, attributes: tuple[str, ...]
) -> None:
    """
    Put one person on a list, by hand. Who left stays away.

    \b
    Example:
        handbill subscribers add "Ada Byron <ada@example.org>" --list weekly
    """
    from pipeline.models.address import parse_address

    if not list_name:
        raise click.UsageError("Say which list: --list NAME.")
    person = parse_address(address)
    with open_project(context).open_subscribers() as subscribers:
        outcome = subscribers.add(person, list_name=list_name, attributes=meanings(attributes))
    say(f"{person.email}: {outcome.value}.")
    context.exit(1 if outcome.value in ("unsubscribed", "suppressed") else 0)


@click.command(name="list")
@json_option
@project_option
@click.pass_context
def list_(context: click.Context, as_json: bool) -> None:
    """
    List the lists, and how many people each reaches.

    \b
    Example:
        handbill subscribers list
    """
    with open_project(context).open_subscribers() as subscribers:
        found = subscribers.count_lists()
    if as_json:
        print_json({"lists": [counts.to_json() for counts in found]})
        return
    if not found:
        say("There is no list yet. Make one: handbill subscribers import FILE --list NAME")
    for count in found:
        rest = [
            f"{number:,} {word}"
            for number, word in (
                (count.unconfirmed, "unconfirmed"),
                (count.unsubscribed, "unsubscribed"),
                (count.suppressed, "suppressed"),
            )
            if number
        ]
        click.echo(f"{count.name}: {', '.join([f'{count.active:,} active', *rest])}")


@click.command()
@click.argument("address")
@json_option
@project_option
@click.pass_context
def show(context: click.Context, address: str, as_json: bool) -> None:
    """
    Show all that is held about one person; with --json as a copy for them (GDPR Article 15).

    \b
    Example:
        handbill subscribers show ada@example.org --json
    """
    from pipeline.models.address import parse_address

    person = parse_address(address)
    with open_project(context).open_subscribers() as subscribers:
        details = subscribers.get_details(person)
    if as_json:
        print_json(details.to_json())
    else:
        _print_details(person.email, details)
    context.exit(0 if _has_details(details) else 1)


@click.command()
@click.argument("address")
@list_option
@project_option
@click.pass_context
def unsubscribe(context: click.Context, address: str, list_name: str | None) -> None:
    """
    Unsubscribe one person, from one list or from everything.

    \b
    Example:
        handbill subscribers unsubscribe ada@example.org --list weekly
    """
    from pipeline.models.address import parse_address

    person = parse_address(address)
    with open_project(context).open_subscribers() as subscribers:
        was_subscribed = subscribers.unsubscribe(person, list_name=list_name)
    place = f'the list "{list_name}"' if list_name else "all lists"
    say(f"{person.email}: {'unsubscribed from' if was_subscribed else 'was not on'} {place}.")
    context.exit(0 if was_subscribed else 1)


@click.command()
@click.argument("address")
@click.option("--reason", default="asked", help="Why, for whoever looks later.", show_default=True)
@project_option
@click.pass_context
def suppress(context: click.Context, address: str, reason: str) -> None:
    """
    Never write to one person again, whatever list they are on or will be put on.

    \b
    Example:
        handbill subscribers suppress ada@example.org --reason "asked by telephone"
    """
    from pipeline.models.address import parse_address

    person = parse_address(address)
    with open_project(context).open_subscribers() as subscribers:
        is_new = subscribers.suppress(person, reason=reason)
    say(f"{person.email}: {'suppressed' if is_new else 'was suppressed already'}.")


@click.command()
@click.argument("address")
@click.option("--yes", is_flag=True, help="Do not ask.")
@project_option
@click.pass_context
def forget(context: click.Context, address: str, yes: bool) -> None:
    """
    Erase one person. A keyed hash stays, so that no import brings them back.

    \b
    Example:
        handbill subscribers forget ada@example.org
    """
    from pipeline.models.address import parse_address

    person = parse_address(address)
    project = open_project(context)
    if not yes:
        if not sys.stdin.isatty():
            raise click.UsageError(
                "There is no terminal to ask in. Add --yes to erase without asking."
            )
        click.confirm(f"Erase {person.email} for good?", abort=True, err=True)
    with project.open_subscribers() as subscribers:
        was_stored = subscribers.erase(person)
    say(f"{person.email}: {'erased' if was_stored else 'nothing was stored'}, and suppressed.")


def _has_details(details: SubscriberDetails) -> bool:
    return bool(details.subscriber or details.suppression or details.deliveries)


def _print_details(email: str, details: SubscriberDetails) -> None:
    if not _has_details(details):
        say(f"{email}: nothing is stored.")
    if subscriber := details.subscriber:
        consent = subscriber.consent
        click.echo(f"{subscriber.address}: {subscriber.state.value}")
        rows = {
            "Lists": ", ".join(subscriber.lists),
            "Unsubscribed": ", ".join(subscriber.unsubscribed_lists),
            "Tags": ", ".join(subscriber.tags),
            "Language": subscriber.language,
            "Time zone": subscriber.zone,
            "Consent": " ".join(filter(None, (consent.method, consent.source, _day(subscriber)))),
            **subscriber.attributes,
        }
        for name, value in rows.items():
            if value:
                click.echo(f"  {name + ':':<14} {value}")
    for sent in details.deliveries:
        click.echo(f"  sent {sent['at'][:10]}: {sent['subject']} ({sent['state']})")
    if suppression := details.suppression:
        day = suppression.created_at.date().isoformat()
        click.echo(f"  suppressed since {day}: {suppression.reason}")


def _day(person: Subscriber) -> str:
    return person.consent.at.date().isoformat() if person.consent.at else ""
