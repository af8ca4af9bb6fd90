"""Build, sort and filter findings."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from pipeline.models.finding import Finding, Severity


def error(*, code: str, where: str, message: str, hint: str) -> Finding:
    """Return a finding that blocks sending."""
    return Finding(code=code, severity=Severity.ERROR, where=where, message=message, hint=hint)


def warning(*, code: str, where: str, message: str, hint: str) -> Finding:
    """Return a finding that somebody should fix."""
    return Finding(code=code, severity=Severity.WARNING, where=where, message=message, hint=hint)


def note(*, code: str, where: str, message: str, hint: str) -> Finding:
    """Return a finding that is good to know."""
    return Finding(code=code, severity=Severity.NOTE, where=where, message=message, hint=hint)


def sort_findings(findings: Iterable[Finding]) -> list[Finding]:
    """Return *findings* without duplicates, errors first."""
    ranks = list(Severity)
    return sorted(dict.fromkeys(findings), key=lambda finding: ranks.index(finding.severity))


def find_blocking(findings: Iterable[Finding], *, delivers_mail: bool) -> list[Finding]:
    """
    Return those of *findings* that block sending: errors and, if real recipients would get them, placeholders.

    Args:
        delivers_mail: Whether the sender delivers to real mailboxes.
    """
    return [
        finding
        for finding in findings
        if finding.severity is Severity.ERROR
        or (delivers_mail and finding.code == "publication.placeholder")
    ]


def join_first(items: Sequence[str], *, limit: int = 3) -> str:
    """Return the first of *items* and how many more there are: `a, b, c and 4 more`."""
    rest = len(items) - limit
    return ", ".join(items[:limit]) + (f" and {rest} more" if rest > 0 else "")


def shorten(text: str, length: int = 60) -> str:
    """Return *text* on one line, cut after *length* characters."""
    text = " ".join(text.split())
    return f"{text[:length]}…" if len(text) > length else text
