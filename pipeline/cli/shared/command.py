"""
Commands, options and arguments: help under headings ("To whom", "When", …), and no empty values.

An empty value is nearly always a variable that a script did not set: `--segment "$SEGMENT"` would mail the whole list.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import click
from click.core import ParameterSource

#: The heading of options without a section.
GENERAL = "Options"

#: The heading of the options for loading an article, listed apart in every command that has them.
ARTICLE = "The article"

#: A command with no more options than this lists them, but for those of the article, under one heading.
_FEW = 15


class _FilledParameter(click.Parameter):
    """A parameter that refuses an empty value, wherever it comes from."""

    def consume_value(
        self, ctx: click.Context, opts: Mapping[str, Any]
    ) -> tuple[Any, ParameterSource]:  # Any: as click has it
        """
        Return the value and where it comes from.

        Raises:
            click.UsageError: It is empty, or has nothing but white space.
        """
        value, source = super().consume_value(ctx, opts)
        if ctx.resilient_parsing:  # completing what is typed
            return value, source
        if source is ParameterSource.COMMANDLINE:
            if any(map(_is_blank, value if isinstance(value, list | tuple) else [value])):
                raise click.BadParameter(
                    "the value is empty. Give one, or leave it out.", ctx=ctx, param=self
                )
        else:
            self._refuse_blank_variables(ctx)
        return value, source

    def _refuse_blank_variables(self, ctx: click.Context) -> None:
        names = [self.envvar] if isinstance(self.envvar, str) else self.envvar or ()
        for name in names:
            if _is_blank(os.environ.get(name)):
                raise click.UsageError(f"{name} is set but empty. Set a value, or unset it.", ctx)


def _is_blank(value: object) -> bool:
    """Whether *value* is text in which nothing can be seen."""
    return isinstance(value, str) and not any(
        character.isprintable() and not character.isspace() for character in value
    )


class SectionOption(_FilledParameter, click.Option):
    """An option listed under the heading *section*; an empty value is an error."""

    def __init__(self, *args: Any, section: str = GENERAL, **kwargs: Any) -> None:  # Any: click's
        super().__init__(*args, **kwargs)
        self.section = section


class FilledArgument(_FilledParameter, click.Argument):
    """An argument; an empty value is an error."""


class SectionCommand(click.Command):
    """A command that lists its options by section, in the order in which the sections first appear."""

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the options, section by section."""
        sections: dict[str, list[tuple[str, str]]] = {}
        options = [each for each in self.get_params(ctx) if isinstance(each, click.Option)]
        for each in options:
            section = getattr(each, "section", GENERAL)
            if section != ARTICLE and len(options) <= _FEW:
                section = GENERAL
            if record := each.get_help_record(ctx):
                sections.setdefault(section, []).append(record)
        for heading, records in sections.items():
            with formatter.section(heading):
                formatter.write_dl(records)


command = partial(click.command, cls=SectionCommand)


def option(*names: str, **settings: Any) -> Callable[..., Any]:  # Any: as click.option() has it
    """Add an option; `section` is its heading in the help."""
    return click.option(*names, cls=SectionOption, **settings)


def argument(*names: str, **settings: Any) -> Callable[..., Any]:  # Any: as click.argument() has it
    """Add an argument."""
    return click.argument(*names, cls=FilledArgument, **settings)
