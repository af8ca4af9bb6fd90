"""What `handbill outbox send` prepares, and what it tells of a campaign that was handed over from the outbox."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from pipeline.cli.output import counted, print_json, say

if TYPE_CHECKING:
    from pathlib import Path

    from pipeline.cli.progress_bar import Watch
    from pipeline.models.delivery import Receipt
    from pipeline.project import Project
    from pipeline.senders import Sender
    from pipeline.senders.outbox.delivery_log import OutboxEntry
    from pipeline.senders.outbox.outbox_delivery import OutboxDeliveryResult

STATES = ("accepted", "refused", "deferred", "uncertain", "skipped")
_SHOWN = 5


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
    from pipeline.campaigns import take_out
    from pipeline.models.address import parse_address

    mailboxes: dict[str, set[str]] = {}
    for one in due:
        found = mailboxes.setdefault(one.entry.campaign_id, set())
        found.add(parse_address(one.entry.recipient).key)
    with project.open_campaigns() as desk:
        for campaign, keys in mailboxes.items():
            take_out(desk.means, campaign, keys, again=allow_repeat)


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
        self._watch.received(receipt)

    def should_stop(self) -> bool:
        """Whether no further message should be sent."""
        return self._watch.wants_stop()


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
    say(f"Of {counted(total, 'message')}: {', '.join(told) or 'none handed over'}.")
    doubtful = [one for one in lying if one.state.value == "uncertain"]
    refused = [one for one in lying if one.state.value == "refused"]
    for word, some in (("Refused", refused), ("In doubt", doubtful)):
        for one in some[:_SHOWN]:
            say(f"{word}: {one.entry.file}: {one.response}")
        if len(some) > _SHOWN:
            say(f"{word}: {len(some) - _SHOWN:,} more, see {folder / DELIVERY_LOG}")
    if doubtful:
        say(
            "What is in doubt may have reached its reader. Look into the log of the sender; --retry-uncertain sends it "
            "again."
        )
    if done.limit_reason:
        say(f"Held back: {done.limit_reason}. The same command goes on then.")
    if done.error:
        say(f"Error: {done.error}")


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
