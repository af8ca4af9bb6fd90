"""`handbill subscribers`: manage subscribers and lists."""

from __future__ import annotations

import click

from pipeline.cli.shared.project_option import project_option
from pipeline.cli.subscribers.export import export
from pipeline.cli.subscribers.import_ import import_
from pipeline.cli.subscribers.manage import (
    add,
    forget,
    list_,
    resubscribe,
    show,
    suppress,
    unsubscribe,
    unsuppress,
)
from pipeline.cli.subscribers.rekey import rekey
from pipeline.cli.subscribers.sign_ups import consents, form


@click.group()
@project_option
def subscribers() -> None:
    """
    Manage subscribers and lists.

    \b
    Example:
        handbill subscribers import seeds/subscribers.csv --list weekly --dry-run
    """


for command in (
    import_,
    export,
    add,
    list_,
    show,
    unsubscribe,
    resubscribe,
    suppress,
    unsuppress,
    forget,
    form,
    consents,
    rekey,
):
    subscribers.add_command(command)
