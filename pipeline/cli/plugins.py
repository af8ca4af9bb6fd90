"""`handbill plugins`: list loaders and senders."""

from __future__ import annotations

from pipeline.cli.shared.command import command
from pipeline.cli.shared.options import json_option
from pipeline.cli.shared.output import print_json, print_text


@command()
@json_option
def plugins(as_json: bool) -> None:
    """
    List loaders and senders, including plug-ins.

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
        print_text(f"{kind}: {', '.join(found)}")
