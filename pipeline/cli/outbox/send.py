"""`handbill outbox send`: send the messages of a campaign that was written to the outbox."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

import click

from pipeline.cli.outbox.folders import find_folder
from pipeline.cli.shared import completion
from pipeline.cli.shared.command import command, option
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

if TYPE_CHECKING:
    from pathlib import Path

    from pipeline.cli.shared.progress import SendProgress
    from pipeline.models.delivery import Receipt
    from pipeline.project import Project
    from pipeline.senders import Sender
    from pipeline.senders.outbox.delivery_log import OutboxEntry
    from pipeline.senders.outbox.outbox_delivery import OutboxDeliveryResult

STATES = ("accepted", "refused", "deferred", "uncertain", "skipped")
#: Refused and uncertain messages printed; the log has all of them.
_PRINTED = 5


@command()
@click.argument("campaign", shell_complete=completion.complete_outbox_folders)
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

    Run it again to send the rest. Exits 0 if every message was accepted or permanently refused.

    \b
    Example:
        handbill outbox send 2026-03-02-the-tide-clock-1a2b --sender relay
    """
    from pipeline.senders.outbox.delivery_log import check_entry_files
    from pipeline.senders.outbox.outbox_delivery import OutboxDelivery

    project = open_project(context)
    folder = find_folder(project, campaign)
    opened = project.open_sender(sender)
    if not opened.delivers_mail:
        raise ConfigError(
            f'"{sender}" does not send mail. Choose a sender that does: handbill docs sending.'
        )
    with OutboxDelivery(folder, clock=project.clock) as delivery:
        unsent = delivery.list_unsent(include_uncertain=retry_uncertain)[:limit]
        check_entry_files(folder, unsent)
        sign = _build_signer(project, opened)
        if unsent and not yes:
            count = pluralize(len(unsent), "recipient")
            confirm(f"Send {folder.name} to {count} with {project.senders.describe(sender)}?")
        _mark_sent(project, unsent, allow_repeat=allow_repeat)
        with (
            opened,
            project.storage.open_suppression_check() as suppression_reason,
            project.campaigns.open_rate_limiter(sender) as limiter,
            show_progress(len(unsent)) as progress,
        ):
            result = delivery.send(
                unsent,
                sender=opened,
                name=sender,
                suppression_reason=suppression_reason,
                sign=sign,
                listener=(log := ReceiptLog(progress)),
                limiter=limiter,
            )
        _suppress_refused(project, log.refused, delivery.entries)
        entries = list(delivery.entries.values())
    _print_result(folder, result, entries, as_json=as_json)
    context.exit(_get_exit_code(result, is_limited=limit is not None and len(unsent) == limit))


def _build_signer(project: Project, sender: Sender) -> Callable[[bytes], bytes]:
    """
    Return a function that signs a message for *sender* when it is sent.

    Raises:
        ConfigError: The keys of `[dkim]` are invalid.
    """
    from pipeline.mail import replace_signatures

    signing = project.get_signing(sender)
    preserves_bytes = sender.accepts_mime and not sender.rewritten_headers

    def sign(content: bytes) -> bytes:
        now = project.clock.now()
        return replace_signatures(content, signing, preserves_bytes=preserves_bytes, at=now)

    return sign


def _mark_sent(project: Project, unsent: list[OutboxEntry], *, allow_repeat: bool) -> None:
    """
    Record that the campaigns of *unsent* are sent from the outbox.

    Raises:
        StateError: Some of the recipients already received the article from another campaign.
    """
    from pipeline.models.address import parse_address

    mailboxes: dict[str, set[str]] = {}
    for each in unsent:
        keys = mailboxes.setdefault(each.entry.campaign_id, set())
        keys.add(parse_address(each.entry.recipient).key)
    with project.open_campaigns() as service:
        for campaign, keys in mailboxes.items():
            service.mark_sent_from_outbox(campaign, keys, allow_repeat=allow_repeat)


class ReceiptLog:
    """Collects the receipts of rejected addresses, and passes all receipts on."""

    def __init__(self, progress: SendProgress) -> None:
        self._progress = progress
        self.refused: list[Receipt] = []

    def on_receipt(self, receipt: Receipt) -> None:
        """Called for each receipt."""
        from pipeline.campaigns import is_address_failure

        if is_address_failure(receipt):
            self.refused.append(receipt)
        self._progress.on_receipt(receipt)

    def should_stop(self) -> bool:
        """Whether sending should stop."""
        return self._progress.should_stop()


def _suppress_refused(
    project: Project, refused: list[Receipt], entries: Mapping[int, OutboxEntry]
) -> None:
    """Suppress rejected addresses, as campaigns do."""
    from pipeline.models.address import parse_address

    if not (refused and project.is_configured):
        return
    with project.open_subscribers() as subscribers:
        for receipt in refused:
            address = parse_address(entries[receipt.sequence].entry.recipient)
            source = f"{receipt.enhanced_code or ''} {receipt.response}".strip()[:200]
            subscribers.suppress(address, reason="refused", source=source)


def _print_result(
    folder: Path, result: OutboxDeliveryResult, entries: list[OutboxEntry], *, as_json: bool
) -> None:
    from pipeline.senders.outbox.delivery_log import DELIVERY_LOG

    counts = {state.value: count for state, count in result.counts.items()}
    total = sum(counts.values())
    if as_json:
        print_json(
            {
                "campaign": folder.name,
                "state": result.state.value,
                "reason": result.reason,
                "recipients": total,
                "pending": counts.get("pending", 0),
                **{state: counts.get(state, 0) for state in STATES},
                "outbox": str(folder),
            }
        )
    summary = [f"{counts[state]:,} {state}" for state in STATES if counts.get(state)]
    print_message(f"Of {pluralize(total, 'message')}: {', '.join(summary) or 'none sent'}.")
    for state in ("refused", "uncertain"):
        found = [entry for entry in entries if entry.state.value == state]
        for entry in found[:_PRINTED]:
            print_message(f"{state.capitalize()}: {entry.entry.file}: {entry.response}")
        if len(found) > _PRINTED:
            rest = len(found) - _PRINTED
            print_message(f"{state.capitalize()}: {rest:,} more, see {folder / DELIVERY_LOG}")
    if counts.get("uncertain"):
        print_message(
            "Uncertain messages may have been delivered. Check the sender's log; --retry-uncertain sends them again."
        )
    if result.limit_reason:
        print_message(f"Not everything was sent: {result.limit_reason}. Run the same command then.")
    if result.error:
        print_message(f"Error: {result.error}")


def _get_exit_code(result: OutboxDeliveryResult, *, is_limited: bool) -> int:
    """Return the exit code; to reach --limit is not a failure."""
    from pipeline.models.campaign import CampaignState
    from pipeline.models.delivery import DeliveryState

    if result.reason == "interrupted":
        return 130
    is_done = result.state is CampaignState.SENT or (
        is_limited and not result.error and not result.limit_reason
    )
    unfinished = (DeliveryState.DEFERRED, DeliveryState.UNCERTAIN)
    return 0 if is_done and not any(result.counts.get(state) for state in unfinished) else 1
