"""Short ways to tell a finding."""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.models.finding import Finding, Severity


def error(*, code: str, where: str, message: str, hint: str) -> Finding:
    """Return what stops a send to people."""
    return Finding(code=code, severity=Severity.ERROR, where=where, message=message, hint=hint)


def warning(*, code: str, where: str, message: str, hint: str) -> Finding:
    """Return what somebody should mend."""
    return Finding(code=code, severity=Severity.WARNING, where=where, message=message, hint=hint)


def note(*, code: str, where: str, message: str, hint: str) -> Finding:
    """Return what is good to know."""
    return Finding(code=code, severity=Severity.NOTE, where=where, message=message, hint=hint)


def join_first(items: Sequence[str], *, limit: int = 3) -> str:
    """Return the first of *items*, and how many more there are: `a, b, c and 4 more`."""
    rest = len(items) - limit
    return ", ".join(items[:limit]) + (f" and {rest} more" if rest > 0 else "")


def shorten(words: str, length: int = 60) -> str:
    """Return *words* on one line, at most so many signs of them."""
    words = " ".join(words.split())
    return f"{words[:length]}…" if len(words) > length else words
