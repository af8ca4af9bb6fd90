"""Options that several commands share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from pipeline.article import Article
    from pipeline.project import Project

F = TypeVar("F", bound=Callable[..., Any])

_KEY = "pipeline.project"


def _remember(context: click.Context, _: click.Parameter, folder: Path | None) -> None:
    """Keep the folder for `open_project()`; the option nearest to the end of the line wins."""
    if folder is not None:
        context.find_root().meta[_KEY] = folder


project_option = click.option(
    "--project",
    "folder",
    type=click.Path(path_type=Path, file_okay=False),
    envvar="HANDBILL_PROJECT",
    show_envvar=True,
    expose_value=False,
    callback=_remember,
    help="Folder of the project; by default the nearest one upward with a handbill.toml.",
)

json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON.")

strict_option = click.option(
    "--strict",
    is_flag=True,
    envvar="HANDBILL_STRICT",
    show_envvar=True,
    help="Let warnings fail too.",
)


def article_options(command: F) -> F:
    """Add SOURCE and the options that settle how it is loaded."""
    for add in (
        click.option(
            "--keep-unplaced",
            is_flag=True,
            envvar="HANDBILL_KEEP_UNPLACED",
            show_envvar=True,
            help="Set words that found no place in a last paragraph instead of failing.",
        ),
        click.option(
            "--title",
            envvar="HANDBILL_TITLE",
            show_envvar=True,
            help="The title, whatever the source says.",
        ),
        click.option(
            "--format",
            metavar="FORMAT",
            envvar="HANDBILL_FORMAT",
            show_envvar=True,
            help="What the source is, if its ending does not say: markdown, text.",
        ),
        click.argument("source"),
    ):
        command = add(command)
    return command


def open_project(context: click.Context) -> Project:
    """Open the project the command line names."""
    from pipeline.project import Project

    return Project.open(context.find_root().meta.get(_KEY))


def load_article(
    project: Project, source: str, format: str | None, title: str | None, keep: bool
) -> Article:
    """Load SOURCE and tell its warnings."""
    article = project.load(source, format=format, title=title, keep_unplaced=keep)
    return article
