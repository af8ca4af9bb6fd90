"""Prepare SOURCE for sending: load, edit, render, check."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from pipeline.cli.shared.options import SourceOptions
from pipeline.cli.shared.output import pluralize, print_findings, summarize_findings
from pipeline.errors import ConfigError, PipelineError

if TYPE_CHECKING:
    from pipeline.campaigns import CampaignPlan
    from pipeline.models.edition import Edition
    from pipeline.models.finding import Finding
    from pipeline.models.recipient import Recipient
    from pipeline.project import Project
    from pipeline.senders import Sender

#: Recipients given one by one that are named before sending.
_MAX_NAMED = 5


@dataclass(frozen=True, kw_only=True, slots=True)
class PreparedEdition:
    """An edition that may be sent, its subject as written, the article's URL on the web, and what was found."""

    edition: Edition
    subject: str
    canonical_url: str | None
    findings: Sequence[Finding] = ()


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
    from pipeline.checks.finding_report import prepare_report

    article = source.load(project)
    recipients = list(recipients)
    issue = project.edit(article, subject=subject, has_page=is_test or not recipients)
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
    findings = prepare_report(
        [*project.check_signing(sender), *project.goals.check(edition), *findings], article
    )
    print_findings(findings)
    errors = find_blocking(findings, delivers_mail=sender.delivers_mail)
    if errors and not is_test:
        count = pluralize(len(errors), "error")
        raise PipelineError(f"{source.source}: {count}. Fix before sending.")
    return PreparedEdition(
        edition=edition,
        subject=issue.subject,
        canonical_url=article.canonical_url,
        findings=findings,
    )


def describe_sending(
    project: Project, prepared: PreparedEdition, plan: CampaignPlan, count: int, sender: str | None
) -> dict[str, str]:
    """Return what a person should know before *prepared* is sent as in *plan*, to *count* recipients."""
    recipients = pluralize(count, "recipient")
    to = f'{recipients} of the list "{plan.list_name}"' if plan.list_name else recipients
    if plan.recipients is not None and len(plan.recipients) <= _MAX_NAMED:
        to += f": {', '.join(each.address.email for each in plan.recipients)}"
    return {
        "Subject": prepared.subject,
        "From": str(prepared.edition.publication.sender),
        "To": to + (f", segment {plan.segment}" if plan.segment else ""),
        "Sender": project.senders.describe(sender),
        "Findings": summarize_findings(prepared.findings),
    }
