"""How commands print, and write files."""

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


def say(words: str) -> None:
    """Print words on standard error; in colour on a terminal, unless NO_COLOR is set (no-color.org)."""
    click.echo(words, err=True, color=False if os.environ.get("NO_COLOR") else None)


_COLOURS = {Severity.ERROR: "red", Severity.WARNING: "yellow", Severity.NOTE: "cyan"}


def ask(question: str) -> None:
    """
    Ask, and go on only if the answer is yes.

    Raises:
        click.UsageError: There is nobody to ask.
        click.Abort: The answer is no.
    """
    if not sys.stdin.isatty():
        raise click.UsageError("There is no terminal to ask in. Add --yes to send without asking.")
    click.confirm(question, abort=True, err=True)


def say_findings(findings: Iterable[Finding]) -> None:
    """Print findings on standard error, each with its hint on a second line, an empty line where they get milder."""
    before = None
    for finding in findings:
        if before not in (None, finding.severity):
            say("")
        before = finding.severity
        label = click.style(finding.severity.value, fg=_COLOURS[finding.severity], bold=True)
        say(f"{label} {finding.code}: {finding.where}: {finding.message}\n    {finding.hint}")


def tally(findings: Iterable[Finding]) -> str:
    """Return `1 error, 2 warnings`, or that there is nothing to mend."""
    counts = Counter(finding.severity for finding in findings)
    said = [counted(counts[severity], severity.value) for severity in Severity if counts[severity]]
    return ", ".join(said) or "nothing to mend"


def counted(count: int, one: str, many: str | None = None) -> str:
    """Return `1 note`, `2 notes`."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def write_files(folder: Path, files: Mapping[str, bytes]) -> None:
    """
    Write *files*, by their names below *folder*, all of them or, if one cannot be written, none.

    Raises:
        OSError: One cannot be written; *folder* may have been made.
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
