"""Prepare SOURCE for sending: load, edit, render, check."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from pipeline.cli.shared.options import SourceOptions
from pipeline.cli.shared.output import pluralize, print_findings
from pipeline.errors import ConfigError, PipelineError

if TYPE_CHECKING:
    from pipeline.models.edition import Edition
    from pipeline.models.recipient import Recipient
    from pipeline.project import Project
    from pipeline.senders import Sender


@dataclass(frozen=True, kw_only=True, slots=True)
class PreparedEdition:
    """An edition that may be sent, its subject as written, and the article's URL on the web."""

    edition: Edition
    subject: str
    canonical_url: str | None


def prepare_edition(
    project: Project,
    source: SourceOptions,
    subject: str | None,
    sender: Sender,
    *,
    recipients: Iterable[Recipient] = (),
    is_test: bool = False,
    at: datetime | None = None,
) -> PreparedEdition:
    """
    Make an edition of *source* and print the findings about it.

    Args:
        is_test: Errors do not stop it.
        at: When it will be sent; default: now.

    Raises:
        PipelineError: It cannot be loaded or rendered, or has errors.
    """
    from pipeline.checks import check, find_blocking

    article = source.load(project)
    issue = project.edit(article, subject=subject)
    if not issue.subject:
        raise ConfigError(f'{source.source}: no title to use as the subject. Add --subject "…".')
    edition = project.render(issue)
    at = at or project.clock.now()
    findings = check(
        edition,
        message=project.compose_sample(edition, sender=sender).message,
        first_send_at=at,
        last_send_at=at,
        known_fields=project.storage.find_known_fields(edition, recipients),
    )
    findings = [*project.check_signing(sender), *findings]
    print_findings(findings)
    errors = find_blocking(findings, delivers_mail=sender.delivers_mail)
    if errors and not is_test:
        count = pluralize(len(errors), "error")
        raise PipelineError(f"{source.source}: {count}. Fix before sending.")
    return PreparedEdition(
        edition=edition, subject=issue.subject, canonical_url=article.canonical_url
    )
