"""
Hand over what lies in the outbox, by another sender.

Beside the messages stands a record, `handed-over.jsonl`, one line of JSON per change. A claim is durable before its
message is offered, a receipt as soon as it comes; so what a crash leaves claimed is in doubt, and is not offered again
unasked.
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
    RECORD,
    OutboxEntry,
    Record,
    read_entry_file,
    read_outbox,
)
from pipeline.senders.outbox.manifest import MANIFEST, Entry, Manifest

_OPEN = {DeliveryState.PENDING, DeliveryState.DEFERRED, DeliveryState.SKIPPED}


class Watcher(Protocol):
    """Whoever watches a replay."""

    def received(self, receipt: Receipt) -> None:
        """Learn of one receipt."""
        ...

    def wants_stop(self) -> bool:
        """Whether no further message should be begun."""
        ...


class Gate(Protocol):
    """Whoever says how fast messages may leave."""

    @property
    def is_shut(self) -> bool:
        """Whether no further message may leave for a while, whomever it is for."""
        ...

    @property
    def why(self) -> str:
        """Why messages were held back, "" if none was."""
        ...

    def take(self, email: str) -> bool:
        """Whether the message to *email* may leave now; then it is counted."""
        ...

    def hear(self, receipt: Receipt) -> None:
        """Learn what became of one."""
        ...


class Unlimited:
    """Holds nothing back."""

    is_shut = False
    why = ""

    def take(self, email: str) -> bool:
        """Let it through."""
        return True

    def hear(self, receipt: Receipt) -> None:
        """Take no notice."""


@dataclass(frozen=True, kw_only=True, slots=True)
class OutboxDeliveryResult:
    """
    What a replay came to.

    Args:
        counts: All messages of the folder by state.
        held: Why messages were held back, "" if none was.
        error: Why the sender could not go on, null if it could.
        is_interrupted: Whether somebody asked to stop.
        handed_over: How many messages this replay claimed.
    """

    counts: Mapping[DeliveryState, int]
    held: str = ""
    error: SendError | None = None
    is_interrupted: bool = False
    handed_over: int = 0

    @property
    def state(self) -> CampaignState:
        """Return `failed` if something must be mended, `sent` if nobody is left who waits, else `paused`."""
        if self.error and not self.error.temporary:
            return CampaignState.FAILED
        waiting = (DeliveryState.PENDING, DeliveryState.DEFERRED)
        is_left = any(self.counts.get(state) for state in waiting)
        return CampaignState.PAUSED if is_left or self.error else CampaignState.SENT

    @property
    def reason(self) -> str | None:
        """Return why it is not `sent`, null if it is."""
        if self.error:
            return str(self.error)
        if self.state is CampaignState.SENT:
            return None
        return "interrupted" if self.is_interrupted else self.held or "more is left"


class OutboxDelivery:
    """
    A campaign's folder being handed over, by one process at a time, while nobody writes to it.

    Raises:
        SendError: Another process writes it or hands it over, or it is damaged.
        OSError: The record cannot be opened.
    """

    def __init__(self, folder: Path, *, clock: Clock) -> None:
        self.folder = folder
        self._clock = clock
        self._manifest = Manifest(folder / MANIFEST)
        try:
            self._record = Record(folder / RECORD)
        except BaseException:
            self._manifest.close()
            raise
        try:
            fsync_folder(
                folder
            )  # a record that a power cut takes away would have people mailed twice
            self.lying = _by_number(read_outbox(folder), folder)
        except BaseException:
            self.close()
            raise

    def due(self, *, with_uncertain: bool = False) -> list[OutboxEntry]:
        """Return what is to be handed over: neither accepted nor refused, and in doubt only if that is asked for."""
        wanted = _OPEN | ({DeliveryState.UNCERTAIN} if with_uncertain else set())
        return [one for one in self.lying.values() if one.state in wanted]

    def hand_over(
        self,
        due: Iterable[OutboxEntry],
        *,
        sender: Sender,
        name: str,
        reason_against: Callable[[str], str],
        finish: Callable[[bytes], bytes],
        watcher: Watcher,
        gate: Gate,
    ) -> OutboxDeliveryResult:
        """
        Hand *due* over by *sender*.

        Args:
            name: What the sender is called, for the record.
            reason_against: Says for an address why it must not be written to any more, "" if it may.
            finish: Returns a message as written for *sender*: signed for it, now.
            gate: Asked before each; what it holds back stays where it is.

        Raises:
            OSError: The record cannot be written; what was claimed and not settled is in doubt.
        """
        under_way: set[int] = set()
        error: SendError | None = None
        claimed = 0

        def messages() -> Iterator[Message]:
            nonlocal claimed
            for one in due:
                if watcher.wants_stop() or gate.is_shut:
                    return
                if reason := reason_against(one.entry.recipient):
                    self._settle(one, DeliveryState.SKIPPED, words=reason)
                    continue
                message = self._message(one.entry, finish)
                if not gate.take(one.entry.recipient):
                    continue
                self._write(one.entry.file, CLAIMED, sender=name)
                under_way.add(one.entry.sequence)
                claimed += 1
                yield message

        try:
            for receipt in sender.send(messages()):
                under_way.discard(receipt.sequence)
                self._receive(receipt)
                gate.hear(receipt)
                watcher.received(receipt)
        except SendError as raised:
            error = raised
            self._release(under_way, raised)
        return OutboxDeliveryResult(
            counts=Counter(one.state for one in self.lying.values()),
            held=gate.why,
            error=error,
            is_interrupted=watcher.wants_stop(),
            handed_over=claimed,
        )

    def close(self) -> None:
        """Let go of the folder."""
        self._record.close()
        self._manifest.close()

    def __enter__(self) -> OutboxDelivery:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _message(self, entry: Entry, finish: Callable[[bytes], bytes]) -> Message:
        content = read_entry_file(self.folder, entry)
        if content is None:
            raise SendError(
                f"{self.folder / entry.file}: it has changed since the sending began. Bring it back as it was."
            )
        try:
            return Message(
                campaign_id=entry.campaign,
                sequence=entry.sequence,
                sender=parse_address(entry.sender),
                recipient=parse_address(entry.recipient),
                message_id=entry.message_id,
                chunks=(finish(content),),
            )
        except AddressError as error:
            raise SendError(f"{self.folder / MANIFEST}: {error}") from error

    def _receive(self, receipt: Receipt) -> None:
        self._settle(
            self.lying[receipt.sequence],
            receipt.state,
            words=receipt.response,
            code=receipt.code,
            enhanced_code=receipt.enhanced_code,
            provider_id=receipt.provider_id,
        )

    def _release(self, under_way: Iterable[int], error: SendError) -> None:
        """Settle what was claimed and has no receipt: in doubt if the error says so, else as if never claimed."""
        state = DeliveryState.UNCERTAIN if error.uncertain else DeliveryState.PENDING
        for sequence in sorted(under_way):
            self._settle(self.lying[sequence], state, words=str(error) if error.uncertain else "")

    def _settle(self, one: OutboxEntry, state: DeliveryState, **told: object) -> None:
        self._write(one.entry.file, state.value, **told)
        words = str(told.get("words") or "")
        self.lying[one.entry.sequence] = OutboxEntry(entry=one.entry, state=state, words=words)

    def _write(self, file: str, state: str, **told: object) -> None:
        line = {
            "file": file,
            "state": state,
            "at": self._clock.now().isoformat(timespec="seconds"),
            **{name: value for name, value in told.items() if value},
        }
        self._record.append_line(json.dumps(line, ensure_ascii=False).encode() + b"\n")
        self._record.sync()


def _by_number(lying: Iterable[OutboxEntry], folder: Path) -> dict[int, OutboxEntry]:
    """Return *lying* by the number of the message, by which receipts name it."""
    found: dict[int, OutboxEntry] = {}
    for one in lying:
        other = found.setdefault(one.entry.sequence, one)
        if other is not one:
            raise SendError(
                f"{folder}: {other.entry.file} and {one.entry.file} have the same number. Move one of them away, with "
                "its line of the manifest."
            )
    return found
