"""
Send messages from the outbox by another sender.

The log `deliveries.jsonl`, next to the messages, has one line of JSON per change. A claim is on the disk before its
message is sent, a receipt as soon as it comes. What a crash leaves claimed is uncertain, and is sent again only on
request.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from pipeline.clock import Clock
from pipeline.errors import AddressError, SendError
from pipeline.files import fsync_folder
from pipeline.models.address import parse_address
from pipeline.models.campaign import CampaignState
from pipeline.models.delivery import DeliveryState, Receipt
from pipeline.models.message import Message
from pipeline.senders.base import Sender
from pipeline.senders.outbox.delivery_log import (
    CLAIMED,
    DELIVERY_LOG,
    DeliveryLog,
    OutboxEntry,
    read_entry_file,
    read_outbox,
)
from pipeline.senders.outbox.manifest import MANIFEST, Manifest, ManifestEntry

_UNSENT = {DeliveryState.PENDING, DeliveryState.DEFERRED, DeliveryState.SKIPPED}


class DeliveryListener(Protocol):
    """Follows a delivery, and may stop it."""

    def on_receipt(self, receipt: Receipt) -> None:
        """Called for each receipt."""
        ...

    def should_stop(self) -> bool:
        """Whether no further message should be sent."""
        ...


class MessageLimiter(Protocol):
    """Limits how many messages may be sent."""

    @property
    def is_blocked(self) -> bool:
        """Whether no further message may be sent for now, to whatever recipient."""
        ...

    @property
    def reason(self) -> str:
        """Why messages were not sent, "" if none were held back."""
        ...

    def acquire(self, email: str) -> bool:
        """Whether the message to *email* may be sent now; if so, it is counted."""
        ...

    def record(self, receipt: Receipt) -> None:
        """Count a receipt."""
        ...


class Unlimited:
    """A `MessageLimiter` without limits."""

    is_blocked = False
    reason = ""

    def acquire(self, email: str) -> bool:
        """Allow every message."""
        return True

    def record(self, receipt: Receipt) -> None:
        """Count nothing."""


@dataclass(frozen=True, kw_only=True, slots=True)
class OutboxDeliveryResult:
    """
    The result of a delivery.

    Args:
        counts: The messages in the folder, by state.
        limit_reason: Why messages were not sent for now, "" if none were held back.
        error: Why the sender could not continue, None if it could.
        is_interrupted: Whether the listener asked to stop.
        sent: How many messages this delivery claimed.
    """

    counts: Mapping[DeliveryState, int]
    limit_reason: str = ""
    error: SendError | None = None
    is_interrupted: bool = False
    sent: int = 0

    @property
    def state(self) -> CampaignState:
        """`failed` if somebody has to fix something, `sent` if no message is waiting, else `paused`."""
        if self.error and not self.error.temporary:
            return CampaignState.FAILED
        waiting = (DeliveryState.PENDING, DeliveryState.DEFERRED)
        is_unfinished = any(self.counts.get(state) for state in waiting)
        return CampaignState.PAUSED if is_unfinished or self.error else CampaignState.SENT

    @property
    def reason(self) -> str | None:
        """Why the state is not `sent`, None if it is."""
        if self.error:
            return str(self.error)
        if self.state is CampaignState.SENT:
            return None
        return "interrupted" if self.is_interrupted else self.limit_reason or "more messages remain"


class OutboxDelivery:
    """
    Sends the messages in a campaign's folder; one process at a time, while nobody writes to it.

    Attributes:
        entries: All messages in the folder, by sequence.

    Raises:
        SendError: Another process writes to the folder or sends it, or it is damaged.
        OSError: The log cannot be opened.
    """

    def __init__(self, folder: Path, *, clock: Clock) -> None:
        self.folder = folder
        self._clock = clock
        self._manifest = Manifest(folder / MANIFEST)
        try:
            self._log = DeliveryLog(folder / DELIVERY_LOG)
        except BaseException:
            self._manifest.close()
            raise
        try:
            fsync_folder(folder)  # a log lost in a power failure would let messages be sent twice
            self.entries = _index_entries(read_outbox(folder), folder)
        except BaseException:
            self.close()
            raise

    def list_unsent(self, *, include_uncertain: bool = False) -> list[OutboxEntry]:
        """Return the messages that were neither accepted nor refused; uncertain ones only on request."""
        states = _UNSENT | ({DeliveryState.UNCERTAIN} if include_uncertain else set())
        return [entry for entry in self.entries.values() if entry.state in states]

    def send(
        self,
        entries: Iterable[OutboxEntry],
        *,
        sender: Sender,
        name: str,
        suppression_reason: Callable[[str], str],
        sign: Callable[[bytes], bytes],
        listener: DeliveryListener,
        limiter: MessageLimiter,
    ) -> OutboxDeliveryResult:
        """
        Send *entries* by *sender*.

        Args:
            name: The sender's name, for the log.
            suppression_reason: Returns why an address is suppressed, "" if it is not.
            sign: Returns the bytes of a file as *sender* should send them, signed now.
            limiter: Asked before each message; a message over the limit stays as it is.

        Raises:
            OSError: The log cannot be written; messages that were claimed and not settled are uncertain.
        """
        in_flight: set[int] = set()
        error: SendError | None = None
        claimed = 0

        def messages() -> Iterator[Message]:
            nonlocal claimed
            for each in entries:
                if listener.should_stop() or limiter.is_blocked:
                    return
                if reason := suppression_reason(each.entry.recipient):
                    self._settle(each, DeliveryState.SKIPPED, response=reason)
                    continue
                message = self._read_message(each.entry, sign)
                if not limiter.acquire(each.entry.recipient):
                    continue
                self._append(each.entry.file, CLAIMED, sender=name)
                in_flight.add(each.entry.sequence)
                claimed += 1
                yield message

        try:
            for receipt in sender.send(messages()):
                in_flight.discard(receipt.sequence)
                self._settle_receipt(receipt)
                limiter.record(receipt)
                listener.on_receipt(receipt)
        except SendError as raised:
            error = raised
            self._release(in_flight, raised)
        return OutboxDeliveryResult(
            counts=Counter(entry.state for entry in self.entries.values()),
            limit_reason=limiter.reason,
            error=error,
            is_interrupted=listener.should_stop(),
            sent=claimed,
        )

    def close(self) -> None:
        """Close the log and the manifest."""
        self._log.close()
        self._manifest.close()

    def __enter__(self) -> OutboxDelivery:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _read_message(self, entry: ManifestEntry, sign: Callable[[bytes], bytes]) -> Message:
        content = read_entry_file(self.folder, entry)
        if content is None:
            raise SendError(
                f"{self.folder / entry.file}: changed while the campaign was being sent. Restore the file."
            )
        try:
            return Message(
                campaign_id=entry.campaign_id,
                sequence=entry.sequence,
                sender=parse_address(entry.sender),
                recipient=parse_address(entry.recipient),
                message_id=entry.message_id,
                chunks=(sign(content),),
            )
        except AddressError as error:
            raise SendError(f"{self.folder / MANIFEST}: {error}") from error

    def _settle_receipt(self, receipt: Receipt) -> None:
        self._settle(
            self.entries[receipt.sequence],
            receipt.state,
            response=receipt.response,
            code=receipt.code,
            enhanced_code=receipt.enhanced_code,
            provider_id=receipt.provider_id,
        )

    def _release(self, in_flight: Iterable[int], error: SendError) -> None:
        """Settle claims without a receipt: uncertain if the error is, else as if they were never claimed."""
        state = DeliveryState.UNCERTAIN if error.uncertain else DeliveryState.PENDING
        response = str(error) if error.uncertain else ""
        for sequence in sorted(in_flight):
            self._settle(self.entries[sequence], state, response=response)

    def _settle(self, entry: OutboxEntry, state: DeliveryState, **details: object) -> None:
        self._append(entry.entry.file, state.value, **details)
        response = str(details.get("response") or "")
        self.entries[entry.entry.sequence] = OutboxEntry(
            entry=entry.entry, state=state, response=response
        )

    def _append(self, file: str, state: str, **details: object) -> None:
        values = {
            "file": file,
            "state": state,
            "at": self._clock.now().isoformat(timespec="seconds"),
            **{name: value for name, value in details.items() if value},
        }
        self._log.append_line(json.dumps(values, ensure_ascii=False).encode() + b"\n")
        self._log.sync()


def _index_entries(entries: Iterable[OutboxEntry], folder: Path) -> dict[int, OutboxEntry]:
    """Return *entries* by sequence, which identifies them in receipts."""
    by_sequence: dict[int, OutboxEntry] = {}
    for entry in entries:
        other = by_sequence.setdefault(entry.entry.sequence, entry)
        if other is not entry:
            raise SendError(
                f"{folder}: {other.entry.file} and {entry.entry.file} have the same sequence. Move one of them away, "
                "and remove its line from the manifest."
            )
    return by_sequence
