"""`handbill archive`: the pages and feeds of issues that were sent to lists."""

from __future__ import annotations

import click

from pipeline.cli.archive.build import build
from pipeline.cli.archive.correct import correct
from pipeline.cli.archive.import_export import import_
from pipeline.cli.archive.issues import add, remove, show
from pipeline.cli.shared.project_option import project_option


@click.group()
@project_option
def archive() -> None:
    """
    Publish your issues as pages and feeds.

    \b
    Example:
        handbill archive show
    """


for command in (add, build, correct, import_, remove, show):
    archive.add_command(command)
