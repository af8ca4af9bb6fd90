"""Batches of messages: their results, and several of them sent at a time."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from pipeline.errors import SendError
from pipeline.models.delivery import DeliveryState, Receipt
from pipeline.models.message import Message
from pipeline.senders.http.service_response import UNEXPECTED_STRUCTURE, is_temporary_status

_MAX_BATCH_BYTES = (
    4 << 20
)  # providers accept from 10 MB (Postmark, per message) to 50 MB in a request
#: Sending stops after this many uncertain batches in a row: another would only add uncertain messages.
MAX_UNCERTAIN_IN_A_ROW = 2

Batch = tuple[Message, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class BatchResult:
    """
    What happened to a batch.

    Args:
        receipts: In the order of the messages; for all of them unless there is an error.
        error: Why the sender cannot continue; messages without a receipt were not accepted.
    """

    receipts: tuple[Receipt, ...] = ()
    error: SendError | None = None

    @property
    def is_uncertain(self) -> bool:
        """Whether the state of every message is unknown."""
        states = {receipt.state for receipt in self.receipts}
        return self.error is None and states == {DeliveryState.UNCERTAIN}


def accepted(message: Message, provider_id: str, response: str = "") -> Receipt:
    """Return the receipt of a message that was accepted."""
    return Receipt(
        sequence=message.sequence,
        state=DeliveryState.ACCEPTED,
        response=response,
        provider_id=provider_id or None,
    )


def rejected(
    message: Message, response: str, *, status: int = 400, is_address_failure: bool = False
) -> Receipt:
    """Return the receipt of a message that was not accepted: deferred or refused, by its *status*."""
    is_temporary = is_temporary_status(status)
    return Receipt(
        sequence=message.sequence,
        state=DeliveryState.DEFERRED if is_temporary else DeliveryState.REFUSED,
        response=response,
        is_address_failure=is_address_failure and not is_temporary,
    )


def build_receipts(
    batch: Batch, state: DeliveryState, response: str, *, retry_after: timedelta | None = None
) -> tuple[Receipt, ...]:
    """Return the same receipt for each message of *batch*."""
    return tuple(
        Receipt(sequence=each.sequence, state=state, response=response, retry_after=retry_after)
        for each in batch
    )


def build_each(
    batch: Batch,
    items: Sequence[Any],  # Any: each provider has its own structure
    build: Callable[[Message, Any], Receipt],
) -> tuple[Receipt, ...]:
    """
    Return a receipt for each message of *batch*, built from its result in *items*.

    One that proves neither acceptance nor refusal makes its own message uncertain, not the others.
    """
    return tuple(
        _build_receipt(message, item, build) for message, item in zip(batch, items, strict=True)
    )


def _build_receipt(
    message: Message, item: Any, build: Callable[[Message, Any], Receipt]
) -> Receipt:
    try:
        return build(message, item)
    except UNEXPECTED_STRUCTURE:
        response = f"Unexpected result: {json.dumps(item)[:200]}"
        return build_receipts((message,), DeliveryState.UNCERTAIN, response)[0]


def uncertain(batch: Batch, message: str) -> BatchResult:
    """Return the result of a batch when nobody knows whether it was accepted."""
    return BatchResult(receipts=build_receipts(batch, DeliveryState.UNCERTAIN, message))


def group_batches(
    messages: Iterable[Message], *, size: int, fits_batch: Callable[[Batch, Message], bool]
) -> Iterator[Batch]:
    """Yield *messages* in batches; if they end in an error, the messages before it come first."""
    batch: list[Message] = []
    size_bytes = 0
    error: Exception | None = None
    source = iter(messages)
    while True:
        try:
            message = next(source)
        except StopIteration:
            break
        except Exception as raised:
            error = raised
            break
        is_alone = message.needs_smtputf8  # it gets its receipt without a request
        if batch and (is_alone or not fits_batch(tuple(batch), message)):
            yield tuple(batch)
            batch, size_bytes = [], 0
        batch.append(message)
        size_bytes += message.size
        if is_alone or len(batch) == size or size_bytes >= _MAX_BATCH_BYTES:
            yield tuple(batch)
            batch, size_bytes = [], 0
    if batch:
        yield tuple(batch)
    if error:
        raise error


def send_batches(
    batches: Iterator[Batch],
    send_batch: Callable[[Batch], BatchResult],
    *,
    connections: int,
    service: str,
) -> Iterator[Receipt]:
    """
    Call *send_batch* in up to *connections* threads, and yield the receipts as they come.

    Raises:
        SendError: A batch has one, or too many in a row are uncertain; raised after the receipts of the batches that
            are being sent. So are errors of *batches*.
    """
    with ThreadPoolExecutor(connections, thread_name_prefix=service) as pool:
        running: set[Future[BatchResult]] = set()
        error: BaseException | None = None
        uncertain_in_a_row = 0
        while True:
            try:
                while error is None and len(running) < connections:
                    if not (batch := next(batches, ())):
                        break
                    running.add(pool.submit(send_batch, batch))
            except Exception as raised:  # from the source of the messages
                error = raised
            if not running:
                break
            done, running = wait(running, return_when=FIRST_COMPLETED)
            for result in [future.result() for future in done]:
                uncertain_in_a_row = uncertain_in_a_row + 1 if result.is_uncertain else 0
                if uncertain_in_a_row >= MAX_UNCERTAIN_IN_A_ROW:
                    error = error or no_response_error(service)
                error = error or result.error
                yield from result.receipts
    if error:
        raise error


def no_response_error(service: str) -> SendError:
    """Return the error for a service that did not respond to `MAX_UNCERTAIN_IN_A_ROW` requests."""
    return SendError(
        f"{service} did not respond {MAX_UNCERTAIN_IN_A_ROW} times in a row. Check its log, and send again once it "
        "responds.",
        temporary=True,
    )
