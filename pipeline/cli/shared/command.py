"""Commands whose help lists options under headings: "To whom", "When", …"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import click

#: The heading of options without a section.
GENERAL = "Options"

#: The heading of the options for loading an article, listed apart in every command that has them.
ARTICLE = "The article"

#: A command with no more options than this lists them, but for those of the article, under one heading.
_FEW = 15


class SectionOption(click.Option):
    """An option listed under the heading *section*."""

    def __init__(self, *args: Any, section: str = GENERAL, **kwargs: Any) -> None:  # Any: click's
        super().__init__(*args, **kwargs)
        self.section = section


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
