"""`handbill subscribers import`."""

from __future__ import annotations

import csv
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pipeline.cli.shared.command import argument, command, option
from pipeline.cli.shared.options import json_option, list_option, parse_pairs
from pipeline.cli.shared.output import pluralize, print_json, print_message
from pipeline.cli.shared.project_option import open_project, project_option
from pipeline.errors import ConfigError

if TYPE_CHECKING:
    from pipeline.subscribers.imports.import_report import ImportReport

#: Skipped rows and warnings printed; --report writes all of them.
_PRINTED = 20


@command(name="import")
@argument("file", type=click.Path(path_type=Path))
@list_option("Subscribe them to this list; a new list is created.")
@option("--suppress", is_flag=True, help="Suppress every address in FILE: never mail it again.")
@option("--dry-run", is_flag=True, help="Import without saving anything.")
@option(
    "--column",
    "columns",
    metavar="HEADING=MEANING",
    multiple=True,
    help='Meaning of a column: "Contact=email"; "Notes=-" ignores it (repeatable).',
)
@option("--encoding", metavar="NAME", help="Encoding of FILE; default: detected.")
@option(
    "--report",
    metavar="FILE",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write every skipped row and every warning to this CSV file.",
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
    Import subscribers from FILE, a CSV or TSV file with a header row.

    Addresses that unsubscribed or are suppressed are skipped.

    \b
    Example:
        handbill subscribers import subscribers.csv --list weekly
    """
    if bool(list_name) == suppress:
        raise click.UsageError("Give either --list NAME or --suppress.")
    with open_project(context).open_subscribers() as subscribers, _progress() as progress:
        done = subscribers.import_file(
            file,
            list_name=list_name,
            suppress=suppress,
            columns=parse_pairs(columns),
            encoding=encoding,
            dry_run=dry_run,
            progress=progress,
        )
    if report:
        _write_report(report, done)
    if as_json:
        print_json(done.to_json())
    _print_report(done, suppress=suppress, dry_run=dry_run)


@contextmanager
def _progress() -> Iterator[Callable[[int], None] | None]:
    """Show the number of imported rows, on a terminal."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console

    with Console(stderr=True).status("Importing …") as status:
        yield lambda count: status.update(f"Importing … {count:,} rows")


def _write_report(path: Path, report: ImportReport) -> None:
    try:
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(("line", "row", "status", "reason"))
            for status, problems in (("skipped", report.invalid), ("warning", report.warnings)):
                writer.writerows((each.line, each.text, status, each.reason) for each in problems)
    except OSError as error:
        raise ConfigError(f"{path}: cannot write the file ({error.strerror}).") from error


def _print_report(report: ImportReport, *, suppress: bool, dry_run: bool) -> None:
    print_message(_format_summary(report, suppress=suppress))
    if report.assumed:
        print_message(
            f"The file is not UTF-8; windows-1252 was assumed, which reads “{report.assumed}”. "
            "If that is wrong, import it again with the right encoding, for example: --encoding cp1250"
        )
    if report.ignored_columns:
        count = pluralize(len(report.ignored_columns), "column")
        print_message(f"{count} ignored: {', '.join(report.ignored_columns)}.")
    for problem in report.invalid[:_PRINTED]:
        print_message(f"line {problem.line}: skipped: {problem.text}: {problem.reason}")
    for problem in report.warnings[:_PRINTED]:
        print_message(f"line {problem.line}: {problem.text}: {problem.reason}")
    rest = max(0, len(report.invalid) - _PRINTED) + max(0, len(report.warnings) - _PRINTED)
    if rest:
        print_message(f"… and {rest:,} more; use --report FILE to write them all.")
    if dry_run:
        print_message("Dry run: nothing was saved.")


def _format_summary(report: ImportReport, *, suppress: bool) -> str:
    """Return "200 subscribers imported: 190 added, 10 updated. 3 rows skipped: 2 unsubscribed, 1 invalid."."""
    outcomes = {outcome.value: count for outcome, count in report.counts.items() if count}
    if suppress:
        done = {name: outcomes.pop(name, 0) for name in ("suppressed", "unchanged")}
        text = f"{pluralize(done['suppressed'], 'address', 'addresses')} suppressed"
        text += f", {done['unchanged']:,} already suppressed." if done["unchanged"] else "."
    else:
        names = ("added", "updated", "unchanged")
        done = {name: outcomes.pop(name) for name in names if name in outcomes}
        text = f"{pluralize(sum(done.values()), 'subscriber')} imported"
        text += f": {_format_counts(done)}." if done else "."
    if outcomes:
        text += f" {pluralize(sum(outcomes.values()), 'row')} skipped: {_format_counts(outcomes)}."
    return text


def _format_counts(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{count:,} {name}" for name, count in counts.items())
