"""`handbill subscribers`: who is written to."""

from __future__ import annotations

import click

from pipeline.cli.options import project_option
from pipeline.cli.subscribers.export import export
from pipeline.cli.subscribers.import_ import import_
from pipeline.cli.subscribers.manage import add, forget, list_, show, suppress, unsubscribe


@click.group()
@project_option
def subscribers() -> None:
    """
    Keep the roll: import, add, show, export, suppress, forget.

    \b
    Example:
        handbill subscribers import seeds/subscribers.csv --list weekly --dry-run
    """


for command in (import_, add, list_, show, unsubscribe, suppress, forget, export):
    subscribers.add_command(command)
