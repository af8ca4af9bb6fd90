"""`handbill subscribers rekey`: use the database with a new secret."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from pipeline.cli.shared.command import command
from pipeline.cli.shared.options import yes_option
from pipeline.cli.shared.output import confirm, pluralize, print_message
from pipeline.cli.shared.project_option import open_project, project_option

if TYPE_CHECKING:
    from pipeline.subscribers.store_secret import RekeyReport


@command()
@yes_option
@project_option
@click.pass_context
def rekey(context: click.Context, yes: bool) -> None:
    """
    Use the database with a new secret, after the old one was lost.

    \b
    Example:
        handbill subscribers rekey
    """
    storage = open_project(context).storage
    if not yes:
        report = storage.rekey(dry_run=True)
        if report is not None:
            print_message(
                "If a backup or another machine still has the old secret, copy that instead."
            )
            _print_losses(report)
            confirm("Use the new secret?")
    report = storage.rekey()
    if report is None:
        print_message("The database already belongs to this secret. Nothing was changed.")
        return
    subscribers = pluralize(report.subscribers, "subscriber")
    addresses = pluralize(report.suppressions, "suppressed address", "suppressed addresses")
    print_message(f"{subscribers} and {addresses} belong to the new secret.")
    if yes:
        _print_losses(report)


def _print_losses(report: RekeyReport) -> None:
    print_message("Without the old secret, this is lost:")
    if report.unrecognized:
        addresses = pluralize(report.unrecognized, "erased address", "erased addresses")
        print_message(
            f"- {addresses} of which only a hash is stored will not be recognised: check every import for people who "
            "asked to be erased."
        )
    print_message("- Unsubscribe links in emails already sent do not work any more.")
    print_message("- Other machines that use this database need the new secret.")
