"""From SOURCE to a letter that may be sent: loaded, edited, rendered, checked."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from pipeline.cli.options import Given
from pipeline.cli.output import counted, say_findings
from pipeline.errors import ConfigError, PipelineError
from pipeline.models.finding import Finding

if TYPE_CHECKING:
    from pipeline.models.edition import Edition
    from pipeline.models.recipient import Recipient
    from pipeline.project import Project
    from pipeline.senders import Sender


@dataclass(frozen=True, kw_only=True, slots=True)
class Letter:
    """An edition to be sent, its subject as it was written, and where its article lives on the web."""

    edition: Edition
    subject: str
    canonical_url: str | None


def make_letter(
    project: Project,
    given: Given,
    subject: str | None,
    way: Sender,
    *,
    people: Iterable[Recipient] = (),
    is_test: bool = False,
    at: datetime | None = None,
) -> Letter:
    """
    Make the letter and say what was found in it.

    Args:
        is_test: Findings do not stop it.
        at: When it will be sent, by default now.

    Raises:
        PipelineError: It cannot be loaded or rendered, or has errors.
    """
    from pipeline.checks import check

    article = given.load(project)
    issue = project.edit(article, subject=subject)
    if not issue.subject:
        raise ConfigError(
            f'{given.source}: it has no title to serve as subject. Add --subject "…".'
        )
    edition = project.render(issue)
    when = at or project.clock.now()
    findings = check(
        edition,
        message=project.compose_sample(edition, sender=way).message,
        first_send_at=when,
        last_send_at=when,
        known_fields=project.find_known_fields(edition, people),
    )
    findings = [*project.check_signing(way), *findings]
    say_findings(findings)
    if not is_test:
        _stop_on_errors(given.source, findings, delivers_mail=way.delivers_mail)
    return Letter(edition=edition, subject=issue.subject, canonical_url=article.canonical_url)


def _stop_on_errors(source: str, findings: list[Finding], *, delivers_mail: bool) -> None:
    from pipeline.checks import find_blocking

    errors = find_blocking(findings, delivers_mail=delivers_mail)
    if errors:
        raise PipelineError(
            f"{source}: {counted(len(errors), 'error')} to mend before it can be sent."
        )
