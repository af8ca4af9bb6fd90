"""
Print results, messages and findings, ask for confirmation, write files.

No other module of the command line writes to the terminal: what is printed may quote an article, a row of an import, a
server's reply or the name of a file, and control characters in it are shown, never obeyed.
"""

from __future__ import annotations

import json
import logging
import os
import re
import sys
from collections import Counter
from collections.abc import Iterable, Mapping
from io import StringIO
from pathlib import Path
from typing import Any

import click

from pipeline.errors import MAX_QUOTED_CHARACTERS, shorten_quotations, shorten_value, suggest_name
from pipeline.models.finding import Finding, Severity

#: Control characters but for tab and line feed, and characters that turn the direction of the text around them: they
#: move the cursor, hide text or write into the title of the window.
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]")


def escape(text: str) -> str:
    """Return *text* with control characters as `\\x1b`: whatever it quotes, the terminal does nothing but show it."""
    return _CONTROL.sub(_escape_character, text)


def _escape_character(match: re.Match[str]) -> str:
    number = ord(match[0])
    return f"\\x{number:02x}" if number < 256 else f"\\u{number:04x}"


class EscapingFormatter(logging.Formatter):
    """Formats log records for the terminal."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the record as text without control characters."""
        return escape(super().format(record))


class TerminalOutput(StringIO):
    """Standard output for what writes to a file, such as `csv.writer()`, where that is a terminal."""

    def write(self, text: str) -> int:
        """Print *text* without control characters."""
        return sys.stdout.write(escape(text))


def print_text(text: object, *, label: str = "", end: str = "\n") -> None:
    """
    Print a result on standard output.

    Args:
        label: Printed before it as it is, so that it may be in colour.
    """
    click.echo(f"{label}{escape(str(text))}{end}", nl=False)


def print_document(text: str) -> None:
    """Print *text* on standard output: without control characters on a terminal, as it is into a file or a program."""
    click.echo(escape(text) if sys.stdout.isatty() else text, nl=False)


def print_message(text: str, *, label: str = "", end: str = "\n") -> None:
    """
    Print *text* on standard error; in colour on a terminal, unless NO_COLOR is set (no-color.org).

    Args:
        label: Printed before it as it is, so that it may be in colour.
    """
    color = False if os.environ.get("NO_COLOR") else None
    click.echo(f"{label}{escape(text)}{end}", nl=False, err=True, color=color)


def print_json(value: Any, *, indent: int | None = 2) -> None:  # Any: whatever JSON can hold
    """Print *value* as JSON on standard output."""
    click.echo(format_json(value, indent=indent))


def format_json(value: Any, *, indent: int | None = None) -> str:  # Any: whatever JSON can hold
    """Return *value* as JSON in which every control character is escaped (RFC 8259 §7 allows it for all of them)."""
    text = json.dumps(value, ensure_ascii=False, indent=indent)
    return _CONTROL.sub(lambda match: f"\\u{ord(match[0]):04x}", text)


#: The longest name of a file on Linux and macOS.
_MAX_NAME_CHARACTERS = 255


def print_error(error: str | click.ClickException) -> None:
    """Print an error, each of its lines as one; of wrong usage the usage too."""
    if isinstance(error, click.UsageError) and error.ctx is not None:
        print_message(error.ctx.get_usage())
        if error.ctx.command.get_help_option(error.ctx) is not None:
            print_message(f"Try '{error.ctx.command_path} --help' for help.\n")
    message = error if isinstance(error, str) else error.format_message()
    for value in sys.argv[1:]:
        # A path as long as a name may be is repeated whole.
        if len(value) > (_MAX_NAME_CHARACTERS if isinstance(error, str) else MAX_QUOTED_CHARACTERS):
            message = message.replace(value, shorten_value(value))
    message = shorten_quotations(message)
    for line in message.splitlines():
        print_message(f"Error: {line}{_suggest(error, line)}")


_NO_CHOICE = re.compile(r".{0,80}: '(.{1,80})' is not one of (.{1,500})\.")


def _suggest(error: str | click.ClickException, line: str) -> str:
    """Return the nearest value of an option, as click itself does for commands and options."""
    if not isinstance(error, click.UsageError) or error.ctx is None:
        return ""
    if found := _NO_CHOICE.fullmatch(line):
        return suggest_name(found[1], re.findall("'([^']+)'", found[2]))
    return ""


def confirm(
    question: str, *, details: Mapping[str, str] | None = None, declined: str = "Nothing was done."
) -> None:
    """
    Ask *question* and return if the answer is yes; if it is no, print *declined* and end with exit code 0.

    Args:
        details: What a person should know before they answer: `{"Subject": …}`.

    Raises:
        click.UsageError: There is no terminal.
        click.exceptions.Exit: The answer is no.
    """
    if not sys.stdin.isatty():
        raise click.UsageError("Cannot ask for confirmation without a terminal. Add --yes.")
    for name, value in (details or {}).items():
        print_message(f"{name + ':':<10} {value}")
    if not click.confirm(escape(question), err=True):
        print_message(declined)
        raise click.exceptions.Exit(0)


_COLORS = {Severity.ERROR: "red", Severity.WARNING: "yellow", Severity.NOTE: "cyan"}


def print_findings(findings: Iterable[Finding]) -> None:
    """Print findings on standard error, each with its hint on a second line, an empty line between severities."""
    previous = None
    for finding in findings:
        if previous not in (None, finding.severity):
            print_message("")
        previous = finding.severity
        label = f"{click.style(finding.severity.value, fg=_COLORS[finding.severity], bold=True)} "
        line = f"line {finding.line}, " if finding.line else ""
        print_message(
            f"{finding.code}: {line}{finding.where}: {finding.message}\n    {finding.hint}",
            label=label,
        )


def summarize_findings(findings: Iterable[Finding]) -> str:
    """Return `2 warnings: image.missing, link.unusable`: what is open when somebody must decide; notes are left out."""
    open_ = [each for each in findings if each.severity is not Severity.NOTE]
    codes = ", ".join(dict.fromkeys(each.code for each in open_))
    return format_finding_counts(open_) + (f": {codes}" if codes else "")


def format_finding_counts(findings: Iterable[Finding]) -> str:
    """Return `1 error, 2 warnings`, or `no problems found`."""
    counts = Counter(finding.severity for finding in findings)
    texts = [pluralize(counts[each], each.value) for each in Severity if counts[each]]
    return ", ".join(texts) or "no problems found"


def pluralize(count: int, singular: str, plural: str | None = None) -> str:
    """Return `1 note`, `2 notes`."""
    return f"{count:,} {singular if count == 1 else plural or singular + 's'}"


def write_files(folder: Path, files: Mapping[str, bytes]) -> None:
    """
    Write *files*, by name, into *folder*: all of them or, if one cannot be written, none.

    Raises:
        OSError: One cannot be written; *folder* may have been created.
    """
    from tempfile import TemporaryDirectory

    from pipeline.files import write_atomically

    folder.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=folder, prefix=".") as staging:
        for name, content in files.items():
            path = Path(staging, name)
            path.parent.mkdir(parents=True, exist_ok=True)
            write_atomically(path, content)
        for name in files:
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            Path(staging, name).replace(folder / name)
