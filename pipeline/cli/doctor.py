"""`handbill doctor`: check DNS and the relay."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from itertools import chain
from typing import TYPE_CHECKING

import click

from pipeline.cli.shared.command import command, option
from pipeline.cli.shared.options import json_option, sender_option
from pipeline.cli.shared.output import pluralize, print_json, print_text
from pipeline.cli.shared.project_option import open_project, project_option
from pipeline.errors import ConfigError, PipelineError

if TYPE_CHECKING:
    from pipeline.doctor import CheckResult, SendingSetup
    from pipeline.mail import DkimKey
    from pipeline.project import Project

_COLORS = {"ok": "green", "warn": "yellow", "fail": "red"}


@command()
@sender_option
@option(
    "--ip",
    "addresses",
    metavar="ADDRESS",
    multiple=True,
    help="IP address your relay sends from (repeatable): checks its reverse DNS and SPF.",
)
@option(
    "--nameserver",
    metavar="ADDRESS[:PORT]",
    help="Name server to query; default: the system's.",
)
@option(
    "--probe",
    is_flag=True,
    help="Also post a test token to the unsubscribe link, as a mailbox provider would.",
)
@json_option
@project_option
@click.pass_context
def doctor(
    context: click.Context,
    sender: str | None,
    addresses: tuple[str, ...],
    nameserver: str | None,
    probe: bool,
    as_json: bool,
) -> None:
    """
    Check DNS, the relay and the unsubscribe link.

    Checks SPF, DKIM, DMARC, MX and reverse DNS as receivers do, and sends nothing. Each line says what was found,
    what is wrong, and which record to publish. Exits 1 if a check fails.

    \b
    Example:
        handbill doctor
        handbill doctor --sender relay --ip 192.0.2.25
    """
    from pipeline.doctor import DnsResolver, Status, diagnose

    project = open_project(context)
    setup = _describe_setup(project, sender, addresses)
    results = []
    probed = _probe(project) if probe else ()
    checks = chain(diagnose(setup, DnsResolver(nameserver)), _check_sign_ups(project), probed)
    for result in checks:
        results.append(result)
        if not as_json:
            _print_result(result)
    if as_json:
        print_json(
            {
                "domain": setup.domain,
                "sender": project.senders.join_names(sender),
                "checks": [result.to_json() for result in results],
            }
        )
    failed = sum(result.status is Status.FAIL for result in results)
    if failed:
        raise PipelineError(
            f"{setup.domain}: {pluralize(failed, 'problem')} to fix before sending."
        )


def _probe(project: Project) -> Iterator[CheckResult]:
    from pipeline.doctor.public_service import probe_public_service
    from pipeline.recipient_tokens import TokenKeys

    with project.open_events() as ledger:
        yield from probe_public_service(
            project.publication.public_url,
            make_token=TokenKeys(b"probe").make_test_token,
            sign_nonce=ledger.sign_nonce,
        )


def _check_sign_ups(project: Project) -> Iterator[CheckResult]:
    from pipeline.doctor.sign_ups import check_sign_ups
    from pipeline.project.signups import find_refusal, read_open_lists

    if lists := read_open_lists(project.config).lists:
        yield check_sign_ups(len(lists), find_refusal(project))


def _describe_setup(
    project: Project, sender_name: str | None, addresses: tuple[str, ...]
) -> SendingSetup:
    from pipeline.doctor import SendingSetup
    from pipeline.mail import UNSIGNED

    sender = project.open_sender(sender_name)
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
        ip_addresses=tuple(map(_parse_ip, addresses)),
    )


def _parse_ip(text: str) -> str:
    try:
        return str(ipaddress.ip_address(text))
    except ValueError:
        raise click.UsageError(
            f'--ip "{text}": not an IP address. Write it like 192.0.2.25.'
        ) from None


def _print_result(result: CheckResult) -> None:
    label = click.style(f"{result.status.value:<4}", fg=_COLORS[result.status.value], bold=True)
    print_text(f" {result.check}: {result.message}", label=label)
    if result.hint:
        print_text(f"     {result.hint}")
    if result.dns_record:
        print_text(f"     Publish: {result.dns_record}")
