"""`--project`: the project a command works in."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from pipeline.cli.shared.command import option

if TYPE_CHECKING:
    from pipeline.project import Project

_KEY = "pipeline.project"


def _store_folder(context: click.Context, _: click.Parameter, folder: Path | None) -> None:
    """Store the folder for `open_project()`; the last --project on the command line wins."""
    if folder is not None:
        context.find_root().meta[_KEY] = folder


project_option = option(
    "--project",
    "folder",
    metavar="DIR",
    type=click.Path(path_type=Path, file_okay=False),
    envvar="HANDBILL_PROJECT",
    show_envvar=True,
    expose_value=False,
    callback=_store_folder,
    help="Project folder; default: the nearest one upward.",
)


def open_project(context: click.Context) -> Project:
    """Open the project named on the command line."""
    from pipeline.project import Project

    return Project.open(context.find_root().meta.get(_KEY))


def find_root_folder(context: click.Context) -> Path:
    """Return the folder of the project named on the command line, whatever its configuration says."""
    from pipeline.config import find_project_root

    folder: Path = context.find_root().meta.get(_KEY) or Path.cwd()
    return find_project_root(folder.resolve()) or folder
