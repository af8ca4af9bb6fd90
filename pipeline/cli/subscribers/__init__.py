"""`handbill audience`: who is written to."""

from __future__ import annotations

import click

from pipeline.cli.options import project_option
from pipeline.cli.subscribers.export import export
from pipeline.cli.subscribers.import_ import import_
from pipeline.cli.subscribers.manage import add, forget, leave, list_, show, suppress


@click.group()
@project_option
def audience() -> None:
    """
    Keep the roll: import, add, show, export, suppress, forget.

    \b
    Example:
        handbill audience import seeds/subscribers.csv --list weekly --dry-run
    """


for command in (import_, add, list_, show, leave, suppress, forget, export):
    audience.add_command(command)
