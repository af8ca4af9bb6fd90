"""`handbill gifts`: which issue and which button brought how much."""

from __future__ import annotations

import csv
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pipeline.cli.shared.command import SectionCommand, argument, option
from pipeline.cli.shared.options import json_option, parse_pairs
from pipeline.cli.shared.output import pluralize, print_json, print_message, print_text
from pipeline.cli.shared.project_option import open_project, project_option
from pipeline.subscribers.spreadsheet_cells import escape_row

if TYPE_CHECKING:
    from pipeline.gifts import GiftImport, GiftReport
    from pipeline.gifts.gift_report import GiftTotals, IssueGifts
    from pipeline.gifts.splits.split_report import SplitReport

#: Refused rows and unknown codes printed; --json has all of them.
_PRINTED = 20


@click.group()
@project_option
def gifts() -> None:
    """
    Import gifts, and show what each issue brought.

    \b
    Example:
        handbill gifts show
    """


@gifts.command(name="import", cls=SectionCommand)
@argument("file", type=click.Path(path_type=Path))
@option("--dry-run", is_flag=True, help="Read FILE without saving anything.")
@option(
    "--column",
    "columns",
    metavar="HEADING=MEANING",
    multiple=True,
    help='Meaning of a column: "Campaign Code=code"; "Notes=-" ignores it (repeatable).',
)
@option("--currency", metavar="CODE", help="Currency of a file without such a column: EUR.")
@option("--encoding", metavar="NAME", help="Encoding of FILE; default: detected.")
@json_option
@project_option
@click.pass_context
def import_(
    context: click.Context,
    file: Path,
    dry_run: bool,
    columns: tuple[str, ...],
    currency: str | None,
    encoding: str | None,
    as_json: bool,
) -> None:
    """
    Import gifts from FILE, the CSV export of a donation processor.

    Gifts that are known already change nothing, so files may overlap and be imported again. Who gave is not
    stored, unless [gifts] match_subscribers is set.

    \b
    Example:
        handbill gifts import payments.csv
    """
    with open_project(context).open_gifts() as store:
        done = store.import_file(
            file,
            columns=parse_pairs(columns),
            currency=currency,
            encoding=encoding,
            dry_run=dry_run,
        )
    if as_json:
        print_json(done.to_json())
    _print_import(done)
    if dry_run:
        print_message("Dry run: nothing was saved.")


@gifts.command(cls=SectionCommand)
@argument("issue", required=False)
@option("--csv", "as_csv", is_flag=True, help="Print a CSV table, one row for each button.")
@json_option
@project_option
@click.pass_context
def show(context: click.Context, issue: str | None, as_csv: bool, as_json: bool) -> None:
    """
    Show what each issue brought, or what each button of ISSUE did.

    ISSUE is the code of an issue, such as lantern_k7qz or k7qz, or a campaign.

    \b
    Example:
        handbill gifts show
    """
    if as_csv and as_json:
        raise click.UsageError("Give either --csv or --json, not both.")
    with open_project(context).open_gifts() as store:
        report = store.report(issue)
    if as_json:
        print_json(report.to_json())
    elif as_csv:
        csv.writer(sys.stdout).writerows(map(escape_row, report.list_rows()))
    else:
        _print_report(report, with_buttons=issue is not None)


def _print_import(done: GiftImport) -> None:
    counts = {name: count for name, count in done.to_json().items() if isinstance(count, int)}
    rows = counts.pop("rows")
    text = ", ".join(f"{count:,} {name}" for name, count in counts.items() if count)
    print_message(f"{done.format}: {pluralize(rows, 'row')}{': ' + text if text else ''}.")
    for problem in done.problems[:_PRINTED]:
        print_message(f"line {problem.line}: refused: {problem.reason}")
    if len(done.problems) > _PRINTED:
        print_message(f"… and {len(done.problems) - _PRINTED:,} more; --json lists them all.")
    without = done.unknown_codes.get("", 0)
    if without:
        print_message(f"{pluralize(without, 'gift')} without a reference code.")
    named = {code: count for code, count in done.unknown_codes.most_common() if code}
    for code, count in list(named.items())[:_PRINTED]:
        print_message(f'unknown code "{code}": {pluralize(count, "gift")}')
    if len(named) > _PRINTED:
        print_message(f"… and {len(named) - _PRINTED:,} more codes; --json lists them all.")


def _print_report(report: GiftReport, *, with_buttons: bool) -> None:
    if not report.issues:
        print_message("No issue with donation links has been sent yet.")
    for issue in report.issues:
        print_text(
            f"{issue.at:%Y-%m-%d}  {issue.title or '(untitled)'}  {issue.prefixes[0]}  "
            f"{issue.accepted:,} accepted"
        )
        for currency, totals in issue.sum_up().items():
            print_text(f"    {_format_totals(totals, currency)}{_format_rate(issue, currency)}")
            if earlier := report.average_earlier(currency):
                print_text(
                    f"    {pluralize(earlier[0], 'earlier issue')}: "
                    f"{_format_money(earlier[1], currency)} per 1,000 on average"
                )
        if not issue.buttons:
            print_text("    no gifts yet")
        if issue.split is not None:
            _print_split(issue.split)
        if with_buttons:
            _print_buttons(report)
    for (code, currency), totals in sorted(report.unknown.items()):
        name = f'unknown code "{code}"' if code else "no code"
        print_text(f"{name}: {_format_totals(totals, currency)}")


def _print_split(split: SplitReport) -> None:
    for each in split.variants:
        share = f"{each.name} ({each.percent} %, {each.accepted:,} accepted)"
        print_text(f"    {share:<45}  {each.describe()}")
    for sentence in split.list_conclusions():
        print_text(f"    {sentence}")


def _print_buttons(report: GiftReport) -> None:
    from pipeline.gifts.disclosure import FEWEST

    for row in list(report.list_rows())[1:]:
        _, _, _, variant, place, frequency, minor, currency, number, *_, net = map(str, row)
        button = _format_money(int(minor), currency) if minor else "no amount"
        where = " ".join(filter(None, (place or "unknown button", variant, frequency)))
        if number.isdigit():
            brought = f"{pluralize(int(number), 'gift')}, {_format_money(int(net), currency)} net"
        elif number == "hidden":
            brought = "not shown: the rest of the total would be few gifts"
        else:
            brought = f"fewer than {FEWEST} gifts"
        print_text(f"    {where:<24} {button:>14}  {brought}")


def _format_totals(totals: GiftTotals, currency: str) -> str:
    from pipeline.gifts.disclosure import FEWEST, is_few, round_sum

    if is_few(totals.gifts):
        return f"fewer than {FEWEST} gifts, about {_format_money(round_sum(totals.net), currency)}"
    parts = [pluralize(totals.gifts, "gift"), _format_money(totals.gross, currency)]
    if totals.renewals:
        parts.append(f"of which {pluralize(totals.renewals, 'renewal')}")
    if totals.monthly:
        parts.append(f"{_format_money(totals.monthly, currency)} a month")
    if totals.refunds:
        parts.append(f"{_format_money(totals.refunds, currency)} given back")
    return ", ".join(parts)


def _format_rate(issue: IssueGifts, currency: str) -> str:
    rate = issue.compute_net_per_1000(currency)
    return f", {_format_money(rate, currency)} per 1,000 accepted" if rate is not None else ""


def _format_money(minor: int, currency: str) -> str:
    from pipeline.gifts.amounts import format_minor

    return format_minor(minor, currency)
