"""`handbill subscribers export`."""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

import click

from pipeline.cli.shared.command import command, option
from pipeline.cli.shared.options import json_option, list_option, segment_option
from pipeline.cli.shared.output import (
    TerminalOutput,
    format_json,
    pluralize,
    print_message,
)
from pipeline.cli.shared.project_option import open_project, project_option
from pipeline.errors import ConfigError
from pipeline.subscribers.imports.rows.import_values import join_tags
from pipeline.subscribers.spreadsheet_cells import escape_row

if TYPE_CHECKING:
    from pipeline.models.subscriber import Subscriber


@command()
@list_option("Only subscribers of this list.")
@segment_option()
@option(
    "-o",
    "--output",
    metavar="FILE",
    type=click.Path(path_type=Path, dir_okay=False),
    help="File to write to; default: standard output.",
)
@json_option
@project_option
@click.pass_context
def export(
    context: click.Context,
    list_name: str | None,
    segment: str | None,
    output: Path | None,
    as_json: bool,
) -> None:
    """
    Export subscribers as CSV, or with --json as one JSON object per line.

    Suppressed subscribers have the state "suppressed"; importing the file again suppresses them.

    \b
    Example:
        handbill subscribers export --list weekly --segment 'country in ("GB", "IE")' -o subscribers.csv
    """
    from pipeline.subscribers.segment import parse_segment

    wanted = parse_segment(segment) if segment is not None else None
    with open_project(context).open_subscribers() as subscribers, _open_output(output) as file:
        found = subscribers.list_subscribers(list_name=list_name, segment=wanted)
        count = (
            _write_json(file, found)
            if as_json
            else write_csv(file, found, subscribers.find_attribute_names())
        )
    print_message(f"{pluralize(count, 'subscriber')} exported.")


@contextmanager
def _open_output(path: Path | None) -> Iterator[TextIO]:
    if path is None:
        yield TerminalOutput() if sys.stdout.isatty() else sys.stdout
        return
    try:
        with path.open("w", encoding="utf-8", newline="") as file:
            yield file
    except OSError as error:
        raise ConfigError(f"{path}: cannot write the file ({error.strerror}).") from error


#: Named and filled so that `subscribers import` reads them again unchanged.
_COLUMNS = (
    *("email", "name", "state", "language", "zone", "tags", "lists", "unsubscribed_lists"),
    *("consent_at", "unsubscribed_at", "paused_until"),
)


def write_csv(file: TextIO, found: Iterator[Subscriber], attributes: list[str]) -> int:
    """Write the subscribers *found* to *file* with their *attributes*; return their number."""
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow((*_COLUMNS, *attributes))
    count = 0
    for subscriber in found:
        count += 1
        values = _list_values(subscriber)
        writer.writerow(
            escape_row((*values, *(subscriber.attributes.get(name) for name in attributes)))
        )
    return count


def _list_values(subscriber: Subscriber) -> tuple[str | None, ...]:
    times = (subscriber.consent.at, subscriber.unsubscribed_at, subscriber.paused_until)
    return (
        subscriber.address.email,
        subscriber.address.name,
        "suppressed" if subscriber.is_suppressed else subscriber.state.value,
        subscriber.language,
        subscriber.zone,
        join_tags(subscriber.tags),
        join_tags(subscriber.lists),
        join_tags(subscriber.unsubscribed_lists),
        *(at.isoformat() if at else None for at in times),
    )


def _write_json(file: TextIO, found: Iterator[Subscriber]) -> int:
    count = 0
    for subscriber in found:
        count += 1
        file.write(format_json(subscriber.to_json()) + "\n")
    return count
