"""`handbill plugins`: list loaders, senders and themes."""

from __future__ import annotations

import click

from pipeline.cli.shared.command import command
from pipeline.cli.shared.options import json_option
from pipeline.cli.shared.output import print_json, print_text
from pipeline.cli.shared.project_option import find_root_folder, project_option


@command()
@json_option
@project_option
@click.pass_context
def plugins(context: click.Context, as_json: bool) -> None:
    """
    List loaders, senders and themes, including plug-ins.

    \b
    Example:
        handbill plugins
    """
    from pipeline.loaders import LOADERS
    from pipeline.project.assets import list_known_names

    known = list_known_names(find_root_folder(context))
    names = {"loaders": LOADERS.list_names(), "senders": known.senders, "themes": known.themes}
    if as_json:
        print_json(names)
        return
    for kind, found in names.items():
        print_text(f"{kind}: {', '.join(found)}")
