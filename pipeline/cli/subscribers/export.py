"""`handbill subscribers export`."""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

import click

from pipeline.cli.options import json_option, open_project, project_option
from pipeline.cli.output import counted, say
from pipeline.cli.subscribers.shared import list_option
from pipeline.errors import ConfigError

if TYPE_CHECKING:
    from pipeline.models.subscriber import Subscriber


@click.command()
@list_option
@click.option(
    "--segment",
    metavar="EXPR",
    help="Who of them: 'donor != \"monthly\"'.",
)
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write to this file instead of standard output.",
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
    Print subscribers as CSV, or as JSON a line each; all of them, or those of a list or segment.

    \b
    Example:
        handbill subscribers export --list weekly --segment 'country in ("GB", "IE")' -o readers.csv
    """
    from pipeline.subscribers.segment import parse_segment

    wanted = parse_segment(segment) if segment else None
    with open_project(context).open_subscribers() as subscribers, _out(output) as file:
        found = subscribers.list_subscribers(list_name=list_name, segment=wanted)
        count = (
            _write_json(file, found)
            if as_json
            else _write_csv(file, found, subscribers.find_attribute_names())
        )
    say(f"{counted(count, 'subscriber')}.")


@contextmanager
def _out(path: Path | None) -> Iterator[TextIO]:
    if path is None:
        yield sys.stdout
        return
    try:
        with path.open("w", encoding="utf-8", newline="") as file:
            yield file
    except OSError as error:
        raise ConfigError(f"{path}: it cannot be written ({error.strerror}).") from error


def _write_csv(file: TextIO, found: Iterator[Subscriber], attributes: list[str]) -> int:
    writer = csv.writer(file, lineterminator="\n")
    own = ("email", "name", "state", "language", "zone", "tags", "lists", "consent_at")
    writer.writerow((*own, *attributes))
    count = 0
    for person in found:
        count += 1
        at = person.consent.at
        writer.writerow(
            (
                person.address.email,
                person.address.name,
                person.state.value,
                person.language or "",
                person.zone or "",
                ", ".join(person.tags),
                ", ".join(person.lists),
                at.isoformat() if at else "",
                *(person.attributes.get(name, "") for name in attributes),
            )
        )
    return count


def _write_json(file: TextIO, found: Iterator[Subscriber]) -> int:
    count = 0
    for person in found:
        count += 1
        file.write(json.dumps(person.to_json(), ensure_ascii=False) + "\n")
    return count
