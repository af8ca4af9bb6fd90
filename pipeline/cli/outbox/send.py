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
from pipeline.cli.shared.progress import watching
from pipeline.cli.shared.project_option import open_project, project_option
from pipeline.errors import ConfigError

if TYPE_CHECKING:
    from pathlib import Path

    from pipeline.cli.shared.progress import Watch
    from pipeline.models.delivery import Receipt
    from pipeline.project import Project
    from pipeline.senders import Sender
    from pipeline.senders.outbox.delivery_log import OutboxEntry
    from pipeline.senders.outbox.outbox_delivery import OutboxDeliveryResult

STATES = ("accepted", "refused", "deferred", "uncertain", "skipped")
_SHOWN = 5


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
    way = project.open_sender(sender)
    if not way.delivers_mail:
        raise ConfigError(
            f'"{sender}" does not send mail. Choose a sender that does: handbill docs sending.'
        )
    with OutboxDelivery(folder, clock=project.clock) as replay:
        due = replay.list_unsent(include_uncertain=retry_uncertain)[:limit]
        check_entry_files(folder, due)
        finish = finisher(project, way)
        if due and not yes:
            people = pluralize(len(due), "person", "people")
            confirm(f"Send {folder.name} to {people} by {project.senders.describe(sender)}?")
        mark_mailed(project, due, allow_repeat=allow_repeat)
        with (
            way,
            project.storage.open_suppression_check() as reason_against,
            project.campaigns.open_rate_limiter(sender) as gate,
            watching(len(due)) as watch,
        ):
            done = replay.send(
                due,
                sender=way,
                name=sender,
                suppression_reason=reason_against,
                sign=finish,
                listener=(noting := ReceiptLog(watch)),
                limiter=gate,
            )
        suppress_refused(project, noting.refused, replay.entries)
        lying = list(replay.entries.values())
    tell(folder, done, lying, as_json=as_json)
    context.exit(exit_code(done, is_limited=limit is not None and len(due) == limit))


def finisher(project: Project, way: Sender) -> Callable[[bytes], bytes]:
    """Return what signs a message for *way*, at the moment it leaves; keys that cannot be used are told now."""
    from pipeline.mail import replace_signatures

    signing = project.get_signing(way)
    is_kept = way.accepts_mime and not way.rewritten_headers

    def finish(content: bytes) -> bytes:
        return replace_signatures(content, signing, preserves_bytes=is_kept, at=project.clock.now())

    return finish


def mark_mailed(project: Project, due: list[OutboxEntry], *, allow_repeat: bool) -> None:
    """Tell the store that *due* are mailed, unless some of their readers have had the letter otherwise."""
    from pipeline.models.address import parse_address

    mailboxes: dict[str, set[str]] = {}
    for one in due:
        found = mailboxes.setdefault(one.entry.campaign_id, set())
        found.add(parse_address(one.entry.recipient).key)
    with project.open_campaigns() as service:
        for campaign, keys in mailboxes.items():
            service.mark_sent_from_outbox(campaign, keys, allow_repeat=allow_repeat)


class ReceiptLog:
    """Collects the receipts of refused addresses, and passes all receipts on."""

    def __init__(self, watch: Watch) -> None:
        self._watch = watch
        self.refused: list[Receipt] = []

    def on_receipt(self, receipt: Receipt) -> None:
        """Called for each receipt."""
        from pipeline.campaigns import is_address_failure

        if is_address_failure(receipt):
            self.refused.append(receipt)
        self._watch.on_receipt(receipt)

    def should_stop(self) -> bool:
        """Whether no further message should be sent."""
        return self._watch.should_stop()


def suppress_refused(
    project: Project, refused: list[Receipt], lying: Mapping[int, OutboxEntry]
) -> None:
    """Never write again where nobody is, as after any other sending."""
    from pipeline.models.address import parse_address

    if not (refused and project.is_configured):
        return
    with project.open_subscribers() as subscribers:
        for receipt in refused:
            address = parse_address(lying[receipt.sequence].entry.recipient)
            source = f"{receipt.enhanced_code or ''} {receipt.response}".strip()[:200]
            subscribers.suppress(address, reason="refused", source=source)


def tell(
    folder: Path, done: OutboxDeliveryResult, lying: list[OutboxEntry], *, as_json: bool
) -> None:
    """Say what became of the messages of *folder*, all of which are *lying*."""
    from pipeline.senders.outbox.delivery_log import DELIVERY_LOG

    counts = {state.value: count for state, count in done.counts.items()}
    total = sum(counts.values())
    if as_json:
        print_json(
            {
                "campaign": folder.name,
                "state": done.state.value,
                "reason": done.reason,
                "recipients": total,
                "pending": counts.get("pending", 0),
                **{state: counts.get(state, 0) for state in STATES},
                "outbox": str(folder),
            }
        )
    told = [f"{counts[state]:,} {state}" for state in STATES if counts.get(state)]
    print_message(f"Of {pluralize(total, 'message')}: {', '.join(told) or 'none handed over'}.")
    doubtful = [one for one in lying if one.state.value == "uncertain"]
    refused = [one for one in lying if one.state.value == "refused"]
    for word, some in (("Refused", refused), ("In doubt", doubtful)):
        for one in some[:_SHOWN]:
            print_message(f"{word}: {one.entry.file}: {one.response}")
        if len(some) > _SHOWN:
            print_message(f"{word}: {len(some) - _SHOWN:,} more, see {folder / DELIVERY_LOG}")
    if doubtful:
        print_message(
            "What is in doubt may have reached its reader. Look into the log of the sender; --retry-uncertain sends it "
            "again."
        )
    if done.limit_reason:
        print_message(f"Held back: {done.limit_reason}. The same command goes on then.")
    if done.error:
        print_message(f"Error: {done.error}")


def exit_code(done: OutboxDeliveryResult, *, is_limited: bool) -> int:
    """Return the exit code; a limit that was reached is no failure."""
    from pipeline.models.campaign import CampaignState
    from pipeline.models.delivery import DeliveryState

    if done.reason == "interrupted":
        return 130
    is_done = done.state is CampaignState.SENT or (
        is_limited and not done.error and not done.limit_reason
    )
    unfinished = (DeliveryState.DEFERRED, DeliveryState.UNCERTAIN)
    return 0 if is_done and not any(done.counts.get(state) for state in unfinished) else 1
