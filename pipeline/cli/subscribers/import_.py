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
from pipeline.subscribers.spreadsheet_cells import escape_row

if TYPE_CHECKING:
    from pipeline.subscribers.imports.import_report import ImportReport

#: Skipped rows and warnings printed; --report writes all of them.
_PRINTED = 20


@command(name="import")
@argument("file", type=click.Path(path_type=Path))
@list_option("Subscribe them to this list; a new list is created. Default: the lists in FILE.")
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

    Whoever unsubscribed, bounced or complained in the other system is recorded as such and never mailed.

    \b
    Example:
        handbill subscribers import subscribers.csv --list weekly
    """
    if list_name and suppress:
        raise click.UsageError("Give either --list NAME or --suppress, not both.")
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
            for status, problems in (("skipped", report.refused), ("warning", report.warnings)):
                writer.writerows(
                    escape_row((each.line, each.text, status, each.reason)) for each in problems
                )
    except OSError as error:
        raise ConfigError(f"{path}: cannot write the file ({error.strerror}).") from error


def _print_report(report: ImportReport, *, suppress: bool, dry_run: bool) -> None:
    print_message(_format_summary(report, suppress=suppress))
    for line in _describe_file(report):
        print_message(line)
    for problem in report.refused[:_PRINTED]:
        print_message(f"line {problem.line}: skipped: {problem.text}: {problem.reason}")
    for problem in report.warnings[:_PRINTED]:
        print_message(f"line {problem.line}: {problem.text}: {problem.reason}")
    rest = max(0, len(report.refused) - _PRINTED) + max(0, len(report.warnings) - _PRINTED)
    if rest:
        print_message(f"… and {rest:,} more; use --report FILE to write them all.")
    if dry_run:
        print_message("Dry run: nothing was saved.")


def _describe_file(report: ImportReport) -> Iterator[str]:
    """Yield what was assumed of the file and of its columns."""
    if report.assumed:
        yield (
            f"The encoding was assumed to be {report.assumed}. "
            "If names read wrong, import again with the right one, for example: --encoding cp1250"
        )
    if report.title_lines:
        lines = pluralize(report.title_lines, "line")
        yield f"{lines} above the column names ignored."
    if report.consent_columns:
        yield f"Who may be mailed was read from: {', '.join(report.consent_columns)}."
    if report.position_columns:
        first = report.position_columns[0]
        yield (
            f"Not stored, because they tell where somebody was: {', '.join(report.position_columns)}. "
            f'Ask for one if you need it: --column "{first}=NAME"'
        )
    others = [name for name in report.ignored_columns if name not in report.position_columns]
    if others:
        yield f"{pluralize(len(others), 'column')} ignored: {', '.join(others)}."
    for heading, name in report.renamed_columns.items():
        yield f'The column "{heading}" is the attribute {name}.'


def _format_summary(report: ImportReport, *, suppress: bool) -> str:
    """Return "190 subscribers imported: 190 added. Recorded and never mailed: 2 unsubscribed."."""
    outcomes = {outcome.value: count for outcome, count in report.counts.items() if count}
    if suppress:
        done = {name: outcomes.pop(name, 0) for name in ("suppressed", "unchanged")}
        text = f"{pluralize(done['suppressed'], 'address', 'addresses')} suppressed"
        text += f", {done['unchanged']:,} already suppressed." if done["unchanged"] else "."
    else:
        done = _pop(outcomes, "added", "updated", "unchanged")
        text = f"{pluralize(sum(done.values()), 'subscriber')} imported"
        text += f": {_format_counts(done)}." if done else "."
    if silent := _pop(outcomes, "unconfirmed", "unsubscribed", "suppressed"):
        text += f" Recorded and never mailed: {_format_counts(silent)}."
    if outcomes:
        text += f" {pluralize(sum(outcomes.values()), 'row')} skipped: {_format_counts(outcomes)}."
    return text


def _pop(counts: dict[str, int], *names: str) -> dict[str, int]:
    return {name: counts.pop(name) for name in names if name in counts}


def _format_counts(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{count:,} {name}" for name, count in counts.items())
