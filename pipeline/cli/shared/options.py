"""Options that several commands share, each declared once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields
from functools import wraps
from typing import TYPE_CHECKING, Any, cast

import click

from pipeline.cli.shared import completion
from pipeline.cli.shared.command import ARTICLE, GENERAL, argument, option
from pipeline.errors import shorten_value

if TYPE_CHECKING:
    from pipeline.models.article import Article
    from pipeline.project import Project

# Headings in the help of commands with many options.
RECIPIENTS = "To whom"
SENDING = "How and when"
SAFETY = "Before sending"

_MAX_PROCESSES = 64

json_option = option("--json", "as_json", is_flag=True, help="Print JSON.")

strict_option = option("--strict", is_flag=True, help="Treat warnings as errors.")

repeat_option = option(
    "--allow-repeat",
    is_flag=True,
    section=RECIPIENTS,
    help="Send even to recipients who already received this article.",
)

_sender = {
    "metavar": "NAME",
    "envvar": "HANDBILL_SENDER",
    "show_envvar": True,
    "shell_complete": completion.complete_senders,
}

sender_option = option(
    "--sender", section=SENDING, help="Sender to use; default: the configured one.", **_sender
)

required_sender_option = option("--sender", required=True, help="Sender to use.", **_sender)

subject_option = option(
    "--subject", metavar="TEXT", section=SENDING, help="Subject; default: the article's."
)

first_option = option(
    "--first",
    metavar="2%",
    section=SENDING,
    help="Send to the first 2% (or 500) recipients, then pause.",
)

yes_option = option("--yes", is_flag=True, section=SAFETY, help="Do not ask for confirmation.")


def list_option(
    text: str, *, required: bool = False, section: str = GENERAL
) -> Callable[..., Any]:  # Any: a decorator
    """Add --list, described by *text*."""
    return option(
        "--list",
        "list_name",
        metavar="NAME",
        section=section,
        required=required,
        shell_complete=completion.complete_lists,
        help=text,
    )


def segment_option(*, section: str = GENERAL) -> Callable[..., Any]:  # Any: a decorator
    """Add --segment."""
    text = 'Only subscribers who match: \'country in ("GB", "IE")\'.'
    return option("--segment", metavar="EXPR", section=section, help=text)


def limit_option(text: str) -> Callable[..., Any]:  # Any: a decorator
    """Add --limit, described by *text*."""
    return option("--limit", metavar="N", section=RECIPIENTS, type=click.IntRange(min=1), help=text)


def delay_option(text: str) -> Callable[..., Any]:  # Any: a decorator
    """Add --delay, described by *text*."""
    return option("--delay", metavar="5m", section=SENDING, help=text)


@dataclass(frozen=True, kw_only=True, slots=True)
class SourceOptions:
    """SOURCE, and how to load it."""

    source: str
    format: str | None
    entry: str | None
    allow_private: bool
    title: str | None
    keep_unplaced: bool

    def load(self, project: Project) -> Article:
        """Load the article."""
        return project.load(
            self.source,
            format=self.format,
            entry=self.entry,
            allow_private=self.allow_private,
            title=self.title,
            keep_unplaced=self.keep_unplaced,
        )


_SOURCE_OPTIONS = (
    option("--title", metavar="TEXT", section=ARTICLE, help="Title; default: the article's."),
    option(
        "--format",
        metavar="FORMAT",
        section=ARTICLE,
        shell_complete=completion.complete_formats,
        help="Format: markdown, text, html, feed, word, pandoc; default: by file extension.",
    ),
    option(
        "--entry",
        metavar="ENTRY",
        section=ARTICLE,
        help="Feed entry by number, guid or link; default: the newest.",
    ),
    option(
        "--keep-unplaced",
        is_flag=True,
        section=ARTICLE,
        help="Append text that could not be placed, instead of failing.",
    ),
    option(
        "--allow-private",
        is_flag=True,
        section=ARTICLE,
        help="Allow fetching from private network addresses.",
    ),
)


def source_options(command: Callable[..., None]) -> Callable[..., None]:
    """Add SOURCE and the options for loading it; the command receives them as `source`."""
    return _add_source_options(command, required=True)


def optional_source_options(command: Callable[..., None]) -> Callable[..., None]:
    """Add the same for a command that works without SOURCE, which is then ""."""
    return _add_source_options(command, required=False)


def _add_source_options(command: Callable[..., None], *, required: bool) -> Callable[..., None]:
    names = [field.name for field in fields(SourceOptions)]

    @wraps(command)
    def with_source(*args: Any, **values: Any) -> None:  # Any: whatever click parsed
        source = SourceOptions(**{name: values.pop(name) for name in names})
        command(*args, source=source, **values)

    decorated: Callable[..., None] = with_source
    for add in reversed(_SOURCE_OPTIONS):
        decorated = add(decorated)
    # A default, even None, counts as a value: then click 8.5.1 does not report a missing argument.
    settings: dict[str, Any] = {} if required else {"default": ""}  # Any: as click has it
    add_source = argument("source", shell_complete=completion.complete_files, **settings)
    return cast("Callable[..., None]", add_source(decorated))


def processes_option(text: str) -> Callable[..., Any]:  # Any: a decorator
    """Add --processes, described by *text*."""
    return option(
        "--processes",
        metavar="N",
        type=click.IntRange(1, _MAX_PROCESSES),
        default=1,
        section=SENDING,
        help=text,
    )


def parse_pairs(values: tuple[str, ...]) -> dict[str, str]:
    """
    Return `NAME=VALUE` options as a dictionary.

    Raises:
        click.UsageError: One has no name, no "=" or no value.
    """
    pairs = {}
    for text in values:
        name, separator, value = text.partition("=")
        if not (separator and name.strip() and value.strip()):
            raise click.UsageError(f'"{shorten_value(text)}": write it as NAME=VALUE.')
        pairs[name.strip()] = value.strip()
    return pairs
