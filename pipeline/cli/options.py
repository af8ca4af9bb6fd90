"""Options that several commands share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from pipeline.models.article import Article
    from pipeline.project import Project

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

# Of every command that sends.
first_option = click.option(
    "--first",
    metavar="2%",
    help="Send to so many (2% or 500), then pause.",
)

segment_option = click.option(
    "--segment",
    metavar="EXPR",
    help='Only to those of the list, \'country in ("GB", "IE")\'.',
)

sender_option = click.option(
    "--sender", metavar="NAME", envvar="HANDBILL_SENDER", show_envvar=True, help="What to send by."
)

subject_option = click.option(
    "--subject",
    help="The subject, whatever the article says.",
)

yes_option = click.option("--yes", is_flag=True, help="Do not ask.")

repeat_option = click.option(
    "--allow-repeat", is_flag=True, help="Although some of these people have had it."
)

strict_option = click.option(
    "--strict",
    is_flag=True,
    help="Let warnings fail too.",
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Given:
    """The article a command was given: SOURCE and how to load it."""

    source: str
    format: str | None
    entry: str | None
    allow_private: bool
    title: str | None
    keep_unplaced: bool

    def load(self, project: Project) -> Article:
        """Load it."""
        return project.load(
            self.source,
            format=self.format,
            entry=self.entry,
            allow_private=self.allow_private,
            title=self.title,
            keep_unplaced=self.keep_unplaced,
        )


def article_options(command: Callable[..., None]) -> Callable[..., None]:
    """Add SOURCE and the options that settle how it is loaded; the command receives them as one `given`."""
    return _with_article(command, is_needed=True)


def optional_article_options(command: Callable[..., None]) -> Callable[..., None]:
    """Add the same, for a command that can do without SOURCE; its source is then ""."""
    return _with_article(command, is_needed=False)


def _with_article(command: Callable[..., None], *, is_needed: bool) -> Callable[..., None]:
    names = [f.name for f in fields(Given)]

    @wraps(command)
    def gathered(*args: Any, **values: Any) -> None:  # Any: whatever click parsed
        given = Given(**{name: values.pop(name) for name in names})
        command(*args, given=given, **values)

    gathering: Callable[..., None] = gathered
    for add in (
        click.option(
            "--keep-unplaced",
            is_flag=True,
            help="Set words that found no place in a last paragraph instead of failing.",
        ),
        click.option(
            "--allow-private",
            is_flag=True,
            help="Fetch from this machine and its network too.",
        ),
        click.option(
            "--entry",
            metavar="ENTRY",
            help="Which entry of a feed: its number, guid or link; by default the newest.",
        ),
        click.option(
            "--title",
            help="The title, whatever the source says.",
        ),
        click.option(
            "--format",
            metavar="FORMAT",
            help="What the source is, if its ending does not say: markdown, text, html, feed, word, pandoc.",
        ),
        # A default, null too, counts as given: then nothing is missing (click 8.5.1).
        click.argument("source") if is_needed else click.argument("source", default=""),
    ):
        gathering = add(gathering)
    return gathering


def open_project(context: click.Context) -> Project:
    """Open the project the command line names."""
    from pipeline.project import Project

    return Project.open(context.find_root().meta.get(_KEY))
