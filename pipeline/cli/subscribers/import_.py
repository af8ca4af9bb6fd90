"""`handbill subscribers import`."""

from __future__ import annotations

import csv
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pipeline.cli.options import json_option, open_project, project_option
from pipeline.cli.output import counted, print_json, say
from pipeline.cli.subscribers.shared import list_option, meanings
from pipeline.errors import ConfigError

if TYPE_CHECKING:
    from pipeline.subscribers.imports.import_report import Report

#: So many refused rows are shown; the rest is in the report.
_SHOWN = 20


@click.command(name="import")
@click.argument("file", type=click.Path(path_type=Path))
@list_option
@click.option("--suppress", is_flag=True, help="Never write to anybody in FILE again.")
@click.option(
    "--dry-run",
    is_flag=True,
    help="Do it all and keep nothing.",
)
@click.option(
    "--column",
    "columns",
    metavar="HEADING=MEANING",
    multiple=True,
    help='What a column holds: "Contact=email"; "-" leaves it out. Repeatable.',
)
@click.option(
    "--encoding",
    help="The file's encoding, if it is not found by itself.",
)
@click.option(
    "--report",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write every refused row, with the reason, to this CSV file.",
)
@json_option
@project_option
@click.pass_context
def import_(
    context: click.Context,
    file: Path,
    list_name: str | None,
    suppress: bool,
    dry_run: bool,
    columns: tuple[str, ...],
    encoding: str | None,
    report: Path | None,
    as_json: bool,
) -> None:
    """
    Import subscribers from FILE, a CSV or TSV table with a line of headings. Who left stays away.

    \b
    Example:
        handbill subscribers import readers.csv --list weekly
    """
    if bool(list_name) == suppress:
        raise click.UsageError("Say where they belong: --list NAME, or --suppress.")
    with open_project(context).open_subscribers() as roll, _progress() as progress:
        done = roll.import_table(
            file,
            list_name=list_name,
            is_suppressing=suppress,
            columns=meanings(columns),
            encoding=encoding,
            is_dry=dry_run,
            progress=progress,
        )
    if report:
        _write_report(report, done)
    if as_json:
        print_json(done.to_json())
    _tell_import(done, is_dry=dry_run)


@contextmanager
def _progress() -> Iterator[Callable[[int], None] | None]:
    """Show how many rows are done, on a terminal."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console

    with Console(stderr=True).status("Importing …") as status:
        yield lambda count: status.update(f"Importing … {count:,} rows")


def _write_report(path: Path, report: Report) -> None:
    try:
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(("line", "row", "refused", "why"))
            for kind, items in (("yes", report.refused), ("no", report.remarks)):
                writer.writerows((item.line, item.written, kind, item.why) for item in items)
    except OSError as error:
        raise ConfigError(f"{path}: it cannot be written ({error.strerror}).") from error


def _tell_import(report: Report, *, is_dry: bool) -> None:
    counts = ", ".join(
        f"{count:,} {outcome.value}" for outcome, count in report.counts.items() if count
    )
    say(f"{counted(report.rows, 'row')}: {counts or 'nothing'}.")
    if report.left_out:
        say(f"Left out: {counted(len(report.left_out), 'column')}: {', '.join(report.left_out)}.")
    for refusal in report.refused[:_SHOWN]:
        say(f"line {refusal.line}: refused: {refusal.written}: {refusal.why}")
    for remark in report.remarks[:_SHOWN]:
        say(f"line {remark.line}: {remark.written}: {remark.why}")
    hidden = max(0, len(report.refused) - _SHOWN) + max(0, len(report.remarks) - _SHOWN)
    if hidden:
        say(f"… and {hidden:,} more; --report FILE writes them all.")
    if is_dry:
        say("Nothing was kept.")
