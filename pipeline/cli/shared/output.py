"""Print messages and findings, ask for confirmation, write files."""

from __future__ import annotations

import json
import os
import sys
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import click

from pipeline.models.finding import Finding, Severity


def print_json(value: Any) -> None:  # Any: whatever JSON can hold
    """Print *value* as JSON on standard output."""
    click.echo(json.dumps(value, ensure_ascii=False, indent=2))


def print_message(text: str) -> None:
    """Print *text* on standard error; in colour on a terminal, unless NO_COLOR is set (no-color.org)."""
    click.echo(text, err=True, color=False if os.environ.get("NO_COLOR") else None)


def confirm(question: str) -> None:
    """
    Ask *question* and return if the answer is yes.

    Raises:
        click.UsageError: There is no terminal.
        click.Abort: The answer is no.
    """
    if not sys.stdin.isatty():
        raise click.UsageError("Cannot ask for confirmation without a terminal. Add --yes.")
    click.confirm(question, abort=True, err=True)


_COLORS = {Severity.ERROR: "red", Severity.WARNING: "yellow", Severity.NOTE: "cyan"}


def print_findings(findings: Iterable[Finding]) -> None:
    """Print findings on standard error, each with its hint on a second line, an empty line between severities."""
    previous = None
    for finding in findings:
        if previous not in (None, finding.severity):
            print_message("")
        previous = finding.severity
        label = click.style(finding.severity.value, fg=_COLORS[finding.severity], bold=True)
        print_message(
            f"{label} {finding.code}: {finding.where}: {finding.message}\n    {finding.hint}"
        )


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
