"""How commands print."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

import click

from pipeline.finding import Finding, Severity


def print_json(value: Any) -> None:  # Any: whatever JSON can hold
    """Print *value* as JSON on standard output."""
    click.echo(json.dumps(value, ensure_ascii=False, indent=2))


def say(words: str) -> None:
    """Print words on standard error."""
    click.echo(words, err=True)


def say_findings(findings: Iterable[Finding]) -> None:
    """Print findings on standard error, each with its hint on a second line."""
    for finding in findings:
        colour = "red" if finding.severity is Severity.ERROR else "yellow"
        label = click.style(finding.severity.value, fg=colour, bold=True)
        say(f"{label} {finding.code}: {finding.where}: {finding.message}\n    {finding.hint}")


def counted(count: int, one: str, many: str | None = None) -> str:
    """Return `1 note`, `2 notes`."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"
