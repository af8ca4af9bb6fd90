"""`handbill doctor`: what stands between a letter and its readers."""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING

import click

from pipeline.cli.options import json_option, open_project, project_option
from pipeline.cli.output import counted, print_json
from pipeline.errors import ConfigError, PipelineError

if TYPE_CHECKING:
    from pipeline.doctor import CheckResult, SendingSetup
    from pipeline.mail import DkimKey
    from pipeline.project import Project

_COLOURS = {"ok": "green", "warn": "yellow", "fail": "red"}


@click.command()
@click.option(
    "--sender",
    "name",
    metavar="NAME",
    envvar="HANDBILL_SENDER",
    show_envvar=True,
    help="The sender to examine; by default the configured one.",
)
@click.option(
    "--ip",
    "addresses",
    metavar="ADDRESS",
    multiple=True,
    help="From where your relay writes to receivers; repeatable. Its name and SPF are looked at.",
)
@click.option(
    "--nameserver",
    metavar="ADDRESS[:PORT]",
    help="Whom to ask; by default the name servers this machine is set to.",
)
@json_option
@project_option
@click.pass_context
def doctor(
    context: click.Context,
    name: str | None,
    addresses: tuple[str, ...],
    nameserver: str | None,
    as_json: bool,
) -> None:
    """
    Look at all that receivers look at: SPF, DKIM, DMARC, hosts, the relay, the way to leave.

    Nothing is sent. Each line says what was seen, what is wrong, and the record to publish. Exit 1 if something fails.

    \b
    Example:
        handbill doctor
        handbill doctor --sender relay --ip 192.0.2.25
    """
    from pipeline.doctor import DnsResolver, Status, diagnose

    project = open_project(context)
    setup = _build_setup(project, name, addresses)
    results = []
    for result in diagnose(setup, DnsResolver(nameserver)):
        results.append(result)
        if not as_json:
            _show(result)
    if as_json:
        chosen = project.config.sender.default
        kind = name or (chosen if isinstance(chosen, str) else ", ".join(chosen))
        checks = [result.to_json() for result in results]
        print_json({"domain": setup.domain, "sender": kind, "checks": checks})
    failed = sum(result.status is Status.FAIL for result in results)
    if failed:
        raise PipelineError(
            f"{setup.domain}: {counted(failed, 'thing')} to mend before you send to people."
        )


def _build_setup(project: Project, name: str | None, addresses: tuple[str, ...]) -> SendingSetup:
    from pipeline.doctor import SendingSetup
    from pipeline.mail import UNSIGNED

    sender = project.open_sender(name)
    keys: tuple[DkimKey, ...] = ()
    signing, key_error = UNSIGNED, ""
    try:
        keys, signing = project.dkim.keys, project.get_signing(sender)
    except ConfigError as error:
        key_error = str(error)
    return SendingSetup(
        publication=project.publication,
        sender=sender,
        dkim_domain=project.dkim.domain,
        keys=keys,
        signing=signing,
        key_error=key_error,
        ip_addresses=tuple(map(_address, addresses)),
    )


def _address(text: str) -> str:
    try:
        return str(ipaddress.ip_address(text))
    except ValueError:
        raise click.UsageError(
            f'--ip "{text}": this is no IP address. Write it as 192.0.2.25.'
        ) from None


def _show(result: CheckResult) -> None:
    label = click.style(f"{result.status.value:<4}", fg=_COLOURS[result.status.value], bold=True)
    click.echo(f"{label} {result.check}: {result.message}")
    if result.hint:
        click.echo(f"     {result.hint}")
    if result.dns_record:
        click.echo(f"     Publish: {result.dns_record}")
