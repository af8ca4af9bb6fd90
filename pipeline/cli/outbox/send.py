"""`handbill outbox send`: send the messages of a campaign that was written to the outbox."""

from __future__ import annotations

from pathlib import Path

import click

from pipeline.cli.outbox.folders import find_folder
from pipeline.cli.shared import completion
from pipeline.cli.shared.campaign_summary import get_exit_code, print_summary
from pipeline.cli.shared.command import argument, command, option
from pipeline.cli.shared.options import (
    json_option,
    limit_option,
    repeat_option,
    required_sender_option,
    yes_option,
)
from pipeline.cli.shared.output import confirm, pluralize, print_json, print_message
from pipeline.cli.shared.progress import show_progress
from pipeline.cli.shared.project_option import open_project, project_option
from pipeline.errors import ConfigError


@command()
@argument("campaign", shell_complete=completion.complete_outbox_folders)
@required_sender_option
@limit_option("Send at most N messages; run again to continue.")
@option(
    "--retry-uncertain",
    is_flag=True,
    help="Also send again where delivery is uncertain; some may receive it twice.",
)
@repeat_option
@yes_option
@json_option
@project_option
@click.pass_context
def send(
    context: click.Context,
    campaign: str,
    sender: str,
    limit: int | None,
    retry_uncertain: bool,
    allow_repeat: bool,
    yes: bool,
    as_json: bool,
) -> None:
    """
    Send the messages of CAMPAIGN with another sender, each once.

    Run it again to send the rest. Exits 0 if they are sent, 1 if nobody was accepted or you must decide, 3 if the rest
    is sent later or was stopped.

    \b
    Example:
        handbill outbox send 2026-03-02-the-tide-clock-1a2b --sender relay
    """
    from pipeline.campaigns import OutboxPlan, describe_limit
    from pipeline.models.campaign import CampaignState
    from pipeline.models.delivery import DeliveryState

    project = open_project(context)
    folder = find_folder(project, campaign)
    opened = project.open_sender(sender)
    if not opened.delivers_mail:
        raise ConfigError(
            f'"{sender}" does not send mail. Choose a sender that does: handbill docs sending.'
        )
    project.get_signing(opened)  # invalid keys are reported before anything is sent
    plan = OutboxPlan(
        folder=folder,
        limit=limit,
        retry_uncertain=retry_uncertain,
        allow_repeat=allow_repeat,
        unsubscribe_by_hand=project.publication.unsubscribe_by_hand,
    )
    with project.open_campaigns(folder) as service:
        count = service.check_outbox(plan)
        if count and not yes:
            confirm(
                f"Send it to {pluralize(count, 'recipient')} now?",
                details=_describe(folder, count, project.senders.describe(sender)),
                declined="Nothing was sent.",
            )
        with opened, show_progress(count) as progress:
            sent = service.send_outbox(
                plan,
                sender=opened,
                sender_name=project.senders.join_names(sender),
                progress=progress,
            )
        failures = service.format_failures(sent.id)
    if as_json:
        print_json(sent.to_json())
    if failures:
        print_message(failures)
    next_step = "" if sent.state is CampaignState.SENT else "Run the command again to continue."
    if sent.count(DeliveryState.UNCERTAIN):
        next_step = (
            "Uncertain messages may have been delivered. --retry-uncertain sends them again."
        )
    is_unfinished = sent.count(DeliveryState.DEFERRED) or sent.count(DeliveryState.UNCERTAIN)
    if limit is not None and sent.reason == describe_limit(limit) and not is_unfinished:
        print_message(f"{sent.count(DeliveryState.ACCEPTED):,} accepted so far. {next_step}")
        return
    print_summary(sent, as_json=True, next_step=next_step)
    context.exit(get_exit_code(sent))


def _describe(folder: Path, count: int, sender: str) -> dict[str, str]:
    """Return what a person should know before the messages in *folder* are sent."""
    from email.parser import BytesHeaderParser
    from email.policy import default

    from pipeline.senders.outbox.manifest import list_messages

    with (folder / list_messages(folder)[0].file).open("rb") as file:
        message = BytesHeaderParser(policy=default).parse(file)
    return {
        "Campaign": folder.name,
        "Subject": str(message["Subject"]),
        "From": str(message["From"]),
        "To": pluralize(count, "recipient"),
        "Sender": sender,
    }
