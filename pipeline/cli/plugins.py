"""`handbill plugins`: what can be chosen by name."""

from __future__ import annotations

import click

from pipeline.cli.options import json_option
from pipeline.cli.output import print_json


@click.command()
@json_option
def plugins(as_json: bool) -> None:
    """
    List the loaders and senders that can be chosen by name.

    \b
    Example:
        handbill plugins
    """
    from pipeline.loaders import LOADERS
    from pipeline.senders import SENDERS

    names = {"loaders": LOADERS.list_names(), "senders": SENDERS.list_names()}
    if as_json:
        print_json(names)
        return
    for kind, found in names.items():
        click.echo(f"{kind}: {', '.join(found)}")
