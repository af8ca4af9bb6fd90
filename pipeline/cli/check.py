"""`handbill check`: find problems before sending."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from pipeline.cli.shared.command import command, option
from pipeline.cli.shared.options import SourceOptions, json_option, source_options, strict_option
from pipeline.cli.shared.output import (
    format_finding_counts,
    pluralize,
    print_findings,
    print_json,
    print_message,
    print_text,
)
from pipeline.cli.shared.project_option import open_project, project_option
from pipeline.errors import PipelineError

if TYPE_CHECKING:
    from pipeline.models.edition import Edition
    from pipeline.models.finding import Finding


@command()
@option("--online", is_flag=True, help="Request every link and remote image (rate-limited).")
@option(
    "--spam/--no-spam",
    default=True,
    help="Run SpamAssassin or rspamd if installed; default: --spam.",
)
@strict_option
@source_options
@json_option
@project_option
@click.pass_context
def check(
    context: click.Context,
    source: SourceOptions,
    as_json: bool,
    strict: bool,
    online: bool,
    spam: bool,
) -> None:
    """
    Find problems in SOURCE; exits 1 if there are errors.

    \b
    Example:
        handbill check seeds/rain-gauges.md
        handbill check seeds/rain-gauges.md --online
    """
    from pipeline.checks import Severity
    from pipeline.checks import check as run_checks
    from pipeline.checks.finding_report import prepare_report
    from pipeline.checks.message.spam_score import check_spam
    from pipeline.project.configuration import check_configuration

    project = open_project(context)
    article = source.load(project)
    edition = project.render(project.edit(article))
    message = project.compose_sample(edition).message
    findings = run_checks(
        edition, message=message, known_fields=project.storage.find_known_fields(edition)
    )
    findings = [
        *check_configuration(project),
        *project.check_signing(),
        *project.goals.check(edition),
        *findings,
    ]
    findings += check_spam(message) if spam else ()
    findings += _check_online(edition, source) if online else ()
    findings = prepare_report(findings, article)
    if as_json:
        print_json(
            {
                "findings": [finding.to_json() for finding in findings],
                "fields": edition.field_names,
            }
        )
    else:
        print_findings(findings)
    failing = {Severity.ERROR, Severity.WARNING} if strict else {Severity.ERROR}
    summary = f"{source.source}: {format_finding_counts(findings)}."
    if any(finding.severity in failing for finding in findings):
        raise PipelineError(f"{summary} Fix before sending.")
    if not as_json:
        print_text(summary)


def _check_online(edition: Edition, source: SourceOptions) -> list[Finding]:
    from pipeline.checks.online import LIMITS, check_online, list_urls
    from pipeline.net.address_filter import allow_all, check_public
    from pipeline.net.client import Client

    count = len(list(list_urls(edition)))
    print_message(f"Requesting {pluralize(count, 'URL')}, one at a time per host.")
    address_filter = allow_all if source.allow_private else check_public
    return check_online(edition, Client(address_filter=address_filter, limits=LIMITS))
