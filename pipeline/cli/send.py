"""`handbill send`: to people, or into the outbox."""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

from pipeline.cli.options import Given, article_options, json_option, open_project, project_option
from pipeline.cli.output import counted, print_json, say, say_findings
from pipeline.errors import ConfigError, PipelineError
from pipeline.finding import Finding, Severity

if TYPE_CHECKING:
    from rich.progress import Progress as Bar

    from pipeline.campaign import Campaign
    from pipeline.delivery import Receipt

#: Fewer recipients are done before a bar is read.
_BAR_FROM = 20


@click.command()
@article_options
@click.option(
    "--to", "addresses", metavar="ADDR", multiple=True, help="Whom to send to; repeatable."
)
@click.option(
    "--test", metavar="ADDR", help="Send one copy, marked as a test; findings do not stop it."
)
@click.option(
    "--sender", metavar="NAME", envvar="HANDBILL_SENDER", show_envvar=True, help="What to send by."
)
@click.option(
    "--subject",
    envvar="HANDBILL_SUBJECT",
    show_envvar=True,
    help="The subject, whatever the article says.",
)
@click.option(
    "--dry-run",
    is_flag=True,
    envvar="HANDBILL_DRY_RUN",
    show_envvar=True,
    help="Compose every message, hand over none, write nothing.",
)
@click.option("--yes", is_flag=True, help="Do not ask.")
@json_option
@project_option
@click.pass_context
def send(
    context: click.Context,
    given: Given,
    addresses: tuple[str, ...],
    test: str | None,
    sender: str | None,
    subject: str | None,
    dry_run: bool,
    yes: bool,
    as_json: bool,
) -> None:
    """
    Send SOURCE. Exit 0 if every message was accepted or refused for good.

    \b
    Example:
        handbill send seeds/rain-gauges.md --to ada@example.org --sender outbox
    """
    from pipeline.checks import check

    if bool(addresses) == bool(test):
        raise click.UsageError("Say whom to send to: --to ADDR (repeatable), or --test ADDR.")
    project = open_project(context)
    recipients = project.recipients(addresses or (test or "",))
    if repeats := max(len(addresses), 1) - len(recipients):
        say(f"{counted(repeats, 'repeated address', 'repeated addresses')}: each is mailed once.")
    way = project.open_sender(sender)  # an unknown one is told before anything is done
    article = given.load(project)
    issue = project.edit(article, subject=subject)
    if not issue.subject:
        raise ConfigError(
            f'{given.source}: it has no title to serve as subject. Add --subject "…".'
        )
    edition = project.render(issue)
    now = project.clock.now()
    findings = check(
        edition,
        message=project.sample(edition, sender=way).message,
        first=now,
        last=now,
        known_fields=project.known_fields(recipients),
    )
    findings = [*project.signing_findings(way), *findings]
    say_findings(findings)
    if not test:
        _stop_on_errors(given.source, findings, reaches_people=way.reaches_people)
    if way.reaches_people and not (dry_run or yes):
        name = project.sender_name(sender)
        _ask(f'Send "{issue.subject}" to {counted(len(recipients), "person", "people")} by {name}?')
    with way, _watch(len(recipients)) as watch:
        campaign = project.send(
            edition,
            recipients,
            sender=way,
            is_test=bool(test),
            is_dry_run=dry_run,
            progress=watch,
        )
    if as_json:
        print_json(campaign.to_json())
    _tell(campaign, is_quiet=as_json)
    context.exit(_exit_code(campaign))


def _stop_on_errors(source: str, findings: list[Finding], *, reaches_people: bool) -> None:
    """Stop on errors, and on what `init` left to be filled in where people would read it."""
    errors = [
        finding
        for finding in findings
        if finding.severity is Severity.ERROR
        or (reaches_people and finding.code == "publication.placeholder")
    ]
    if errors:
        raise PipelineError(
            f"{source}: {counted(len(errors), 'error')} to mend before it can be sent."
        )


def _ask(question: str) -> None:
    if not sys.stdin.isatty():
        raise click.UsageError("There is no terminal to ask in. Add --yes to send without asking.")
    click.confirm(question, abort=True, err=True)


class _Watch:
    """Shows progress, and notes the wish to stop."""

    def __init__(self, bar: Bar | None, total: int) -> None:
        self._bar = bar
        self._task = bar.add_task("Sending", total=total) if bar else None
        self._is_stopped = False

    def received(self, receipt: Receipt) -> None:
        if self._bar is not None and self._task is not None:
            self._bar.advance(self._task)

    def wants_stop(self) -> bool:
        return self._is_stopped

    def stop(self, *_: Any) -> None:  # Any: a signal's number and frame
        self._is_stopped = True


@contextmanager
def _watch(total: int) -> Iterator[_Watch]:
    """Watch a campaign; Ctrl-C and SIGTERM let the message on the wire finish."""
    bar = _bar() if total >= _BAR_FROM and sys.stderr.isatty() else None
    watch = _Watch(bar, total)
    signals = (signal.SIGINT, signal.SIGTERM)
    before = {number: signal.signal(number, watch.stop) for number in signals}
    try:
        if bar is None:
            yield watch
        else:
            with bar:
                yield watch
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _bar() -> Bar:
    from rich.console import Console
    from rich.progress import MofNCompleteColumn, Progress, TimeRemainingColumn

    console = Console(stderr=True)
    return Progress(
        *Progress.get_default_columns()[:2],
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=console,
    )


def _tell(campaign: Campaign, *, is_quiet: bool) -> None:
    """Say what became of *campaign*; the outbox's folder goes to standard output unless JSON stands there."""
    from pipeline.campaign import CampaignState
    from pipeline.delivery import DeliveryState

    messages = counted(campaign.recipients, "message")
    if campaign.state is CampaignState.DRY_RUN:
        say(f"{messages} composed; nothing was handed over and nothing written.")
        return
    accepted = campaign.counts.get(DeliveryState.ACCEPTED, 0)
    if campaign.outbox and accepted:
        say(f"{counted(accepted, 'message')} written to {campaign.outbox}, nobody was mailed.")
        if not is_quiet:
            click.echo(campaign.outbox)
    if campaign.state is not CampaignState.SENT:
        why = (campaign.reason or "").rstrip(".")
        say(f"Error: {campaign.state.value}: {why}. {accepted:,} of {messages} had been accepted.")
    rest = [
        f"{count:,} {state.value}"
        for state, count in campaign.counts.items()
        if count and state is not DeliveryState.ACCEPTED
    ]
    if rest:
        say(f"Not accepted: {', '.join(rest)}.")


def _exit_code(campaign: Campaign) -> int:
    from pipeline.campaign import CampaignState
    from pipeline.delivery import DeliveryState

    if campaign.reason == "interrupted":
        return 130
    is_done = campaign.state in (CampaignState.SENT, CampaignState.DRY_RUN)
    return 0 if is_done and not campaign.counts.get(DeliveryState.UNCERTAIN) else 1
