"""`handbill check`: what is wrong with the mail before anybody gets it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from pipeline.cli.options import (
    Given,
    article_options,
    json_option,
    open_project,
    project_option,
    strict_option,
)
from pipeline.cli.output import counted, print_json, say, say_findings, tally
from pipeline.errors import PipelineError

if TYPE_CHECKING:
    from pipeline.models.edition import Edition
    from pipeline.models.finding import Finding


@click.command()
@article_options
@json_option
@strict_option
@click.option(
    "--online",
    is_flag=True,
    help="Ask the web after links and remote pictures, slowly.",
)
@click.option(
    "--spam/--no-spam",
    default=True,
    help="Ask the spam filter of this machine, if there is one; by default it is asked.",
)
@project_option
@click.pass_context
def check(
    context: click.Context,
    given: Given,
    as_json: bool,
    strict: bool,
    online: bool,
    spam: bool,
) -> None:
    """
    Look for what would go wrong if SOURCE were sent. Exit 1 if a finding is an error.

    \b
    Example:
        handbill check seeds/rain-gauges.md
        handbill check seeds/rain-gauges.md --online
    """
    from pipeline.checks import Severity, sort_findings
    from pipeline.checks import check as run_checks
    from pipeline.checks.message.spam_score import check_spam

    project = open_project(context)
    article = given.load(project)
    edition = project.render(project.edit(article))
    message = project.compose_sample(edition).message
    findings = run_checks(edition, message=message, known_fields=project.find_known_fields(edition))
    findings = [*project.check_signing(), *findings]
    findings += check_spam(message) if spam else ()
    findings += _online(edition, given) if online else ()
    findings = sort_findings(findings)
    if as_json:
        found = [finding.to_json() for finding in findings]
        print_json({"findings": found, "fields": edition.field_names})
    else:
        say_findings(findings)
    grave = {Severity.ERROR, Severity.WARNING} if strict else {Severity.ERROR}
    if any(finding.severity in grave for finding in findings):
        raise PipelineError(f"{given.source}: {tally(findings)}. Mend them before it is sent.")
    if not as_json:
        click.echo(f"{given.source}: {tally(findings)}.")


def _online(edition: Edition, given: Given) -> list[Finding]:
    from pipeline.checks.online import LIMITS, check_online, list_urls
    from pipeline.net.address_filter import allow_all, check_public
    from pipeline.net.client import Client

    count = len(list(list_urls(edition)))
    say(
        f"Asking the web after {counted(count, 'address', 'addresses')}, one at a time for each host."
    )
    address_filter = allow_all if given.allow_private else check_public
    return check_online(edition, Client(address_filter=address_filter, limits=LIMITS))
