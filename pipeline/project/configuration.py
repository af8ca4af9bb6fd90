"""Whether what is configured beside the article can be used: senders, rate limits, store, schedule."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from pipeline.errors import PipelineError, suggest_name
from pipeline.models.finding import Finding, Severity
from pipeline.senders import SENDERS

if TYPE_CHECKING:
    from pipeline.project.project import Project


def check_configuration(project: Project) -> list[Finding]:
    """
    Return a finding for each table of the configuration that cannot be used.

    The default sender, the store and the schedule prevent sending; another sender does not, until it is used.
    """
    findings: list[Finding] = []
    default = project.config.sender.default
    defaults = (default,) if isinstance(default, str) else default
    for name in dict.fromkeys((*defaults, *project.config.senders)):
        severity = Severity.ERROR if name in defaults else Severity.WARNING
        with _report(findings, f"[senders.{name}]", severity):
            project.open_sender(name)
    findings += _check_pacing(project)
    findings += _check_lists(project)
    with _report(findings, "[schedule] stale_after"):
        _ = project.stale_after
    if project.storage.has_store:
        with _report(findings, "[store]"), project.storage.open_store():
            pass
    return findings


@contextmanager
def _report(
    findings: list[Finding], where: str, severity: Severity = Severity.ERROR
) -> Iterator[None]:
    """Add an error of the block to *findings*."""
    try:
        yield
    except PipelineError as error:
        findings.append(_describe(where, str(error), severity))


def _describe(where: str, message: str, severity: Severity) -> Finding:
    return Finding(
        code="config.unusable",
        severity=severity,
        where=where,
        message=message,
        hint="Correct it in the configuration: handbill docs configuration.",
    )


def _check_lists(project: Project) -> Iterator[Finding]:
    """Yield a finding for a list that cannot be joined, or whose welcome issue is missing."""
    for name, table in project.config.lists.items():
        if table.signup and not project.config.publication.public_url:
            message = (
                "Nobody can sign up: [publication] public_url is missing, where the links lead."
            )
            yield _describe(f"[lists.{name}] signup", message, Severity.WARNING)
        if table.welcome and not (project.root / table.welcome).is_file():
            message = f"{table.welcome}: the welcome issue does not exist, so nobody gets it."
            yield _describe(f"[lists.{name}] welcome", message, Severity.WARNING)


def _check_pacing(project: Project) -> Iterator[Finding]:
    """Yield a finding for limits of senders that do not exist: they would limit nothing."""
    known = [*project.config.senders, *SENDERS.list_names()]
    for name in project.config.pacing.senders:
        if name not in known:
            near = suggest_name(name, known)
            yield _describe(
                f"[pacing.senders.{name}]",
                f'No sender is called "{name}", so nothing is limited.{near}',
                Severity.ERROR,
            )
