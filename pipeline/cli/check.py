"""`handbill check`: what is wrong with the mail before anybody gets it."""

from __future__ import annotations

import click

from pipeline.cli.options import (
    Given,
    article_options,
    json_option,
    open_project,
    project_option,
    strict_option,
)
from pipeline.cli.output import print_json, say_findings, tally
from pipeline.errors import PipelineError


@click.command()
@article_options
@json_option
@strict_option
@project_option
@click.pass_context
def check(
    context: click.Context,
    given: Given,
    as_json: bool,
    strict: bool,
) -> None:
    """
    Look for what would go wrong if SOURCE were sent. Exit 1 if a finding is an error.

    \b
    Example:
        handbill check seeds/rain-gauges.md
    """
    from pipeline.checks import Severity
    from pipeline.checks import check as run_checks

    project = open_project(context)
    article = given.load(project)
    edition = project.render(project.edit(article))
    findings = run_checks(
        edition, message=project.sample(edition).message, known_fields=project.known_fields()
    )
    findings = [*project.signing_findings(), *findings]
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
