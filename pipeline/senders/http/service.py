"""A service: its options and its keys, and the questions that each service answers in its own way."""

from __future__ import annotations

import os
from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import ClassVar

from pipeline.errors import SendError
from pipeline.models.delivery import DeliveryState, Receipt
from pipeline.models.message import Message
from pipeline.senders.base import Sender
from pipeline.senders.http.api_key import read_secret
from pipeline.senders.http.response import Answer
from pipeline.senders.http.sender_options import (
    check_count,
    check_path,
    check_variable,
    check_word,
    seconds,
    service_url,
)
from pipeline.senders.http.service_connection import Request
from pipeline.senders.redact import blot

_CLOSED = {401, 402, 403, 404, 405, 407, 410}

Batch = tuple[Message, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Outcome:
    """
    What became of a batch.

    Args:
        receipts: In the order of the messages; for all of them unless there is an error.
        error: Why the sender cannot go on; the messages without a receipt were not taken.
    """

    receipts: tuple[Receipt, ...]
    error: SendError | None = None

    @property
    def is_lost(self) -> bool:
        """Whether nobody knows what became of any of its messages."""
        states = {receipt.state for receipt in self.receipts}
        return self.error is None and states == {DeliveryState.UNCERTAIN}


@dataclass(kw_only=True, eq=False)
class Service(Sender):
    """
    A sender to a service by HTTP; each service says how a batch becomes a request, and an answer receipts.

    Args:
        api_key_env: The environment variable that holds the key.
        api_key_file: A file whose first line is the key; it wins.
        base_url: The service's address, for another region or a test.
        connections: How many requests are under way at once.
        timeout_s: For how long an answer is waited for.
    """

    #: The service's own name.
    service: ClassVar[str]
    #: Where it is asked, without a slash at the end.
    address: ClassVar[str]
    #: Which variable holds its key unless told otherwise: the name its own documentation uses.
    key_variable: ClassVar[str]
    path_options: ClassVar[frozenset[str]] = frozenset({"api_key_file"})
    #: How many messages one request may hold, at most `MAX_IN_FLIGHT`.
    batch_size: ClassVar[int] = 1

    api_key_env: str | None = None
    api_key_file: str | os.PathLike[str] | None = None
    base_url: str | None = None
    connections: int = 1
    timeout_s: float = 60

    _keys: dict[str, str] = field(default_factory=dict, init=False, repr=False)

    def __post_init__(self) -> None:
        """Check the options; nothing outside is touched."""
        of = f"The sender for {self.service}"
        check_variable(self.api_key_env, option="api_key_env", of=of)
        check_count(self.connections, option="connections", of=of)
        self.timeout_s = seconds(self.timeout_s, option="timeout_s", of=of)
        check_path(self.api_key_file, option="api_key_file", of=of)
        for option in self.words():
            check_word(getattr(self, option), option=option, of=of)
        default_url = self.default_url()
        self._base_url = service_url(self.base_url or default_url, of=of)

    @abstractmethod
    def request(self, batch: Batch) -> Request:
        """
        Return the request that hands *batch* over.

        Raises:
            UnsupportedFeature: The service cannot express something in it.
        """

    @abstractmethod
    def outcome(self, batch: Batch, answer: Answer) -> Outcome:
        """
        Return what a 2xx *answer* says of each message.

        Raises:
            Unreadable: It is not of the form the service documents.
        """

    @abstractmethod
    def told(self, answer: Answer) -> str:
        """Return the service's own words in *answer*; "" or an error of reading if there are none."""

    def look(self) -> Request | None:
        """Return a harmless request that needs the key, for `check_connection()`; None if the service has none."""
        return None

    def knows_key(self, answer: Answer) -> bool:
        """Whether the service knew the key, by its *answer* to `look()`: a key may be for sending alone."""
        return answer.is_success

    def words(self) -> tuple[str, ...]:
        """Return the names of the options that are texts without spaces."""
        return ()

    def default_url(self) -> str:
        """Return the service's address where none is configured."""
        return self.address

    def fits(self, batch: Batch, message: Message) -> bool:
        """Whether *message* may stand in one request with *batch*."""
        return True

    def is_lost(self, answer: Answer) -> bool:
        """Whether *answer* leaves open what became of the messages."""
        return answer.is_lost

    def is_closed(self, answer: Answer) -> bool:
        """Whether *answer* concerns the sender as a whole: no message would fare better."""
        return answer.status in _CLOSED or 300 <= answer.status < 400

    def is_for_later(self, answer: Answer) -> bool:
        """Whether *answer* says that nothing was taken and that another time may do."""
        return answer.is_for_later

    def has_outcome(self, answer: Answer) -> bool:
        """Whether *answer* speaks of each message; some services do so in a 4xx."""
        return answer.is_success

    def is_address_failure(self, answer: Answer) -> bool:
        """Whether *answer*, which refuses one message, is about its reader's address alone: see `Receipt`."""
        return False

    def key(self) -> str:
        """Return the service's key, read once."""
        return self.secret(
            self.api_key_env or self.key_variable, file=self.api_key_file, option="api_key_env"
        )

    def secret(
        self, variable: str, *, file: str | os.PathLike[str] | None = None, option: str
    ) -> str:
        """Return a key, read once and blotted out of all words from then on."""
        if option not in self._keys:
            self._keys[option] = read_secret(
                env=variable, file=file, option=option, of=self.service
            )
        return self._keys[option]

    # What services make their outcomes of

    def all_of(
        self,
        batch: Sequence[Message],
        state: DeliveryState,
        words: str,
        *,
        answer: Answer | None = None,
    ) -> tuple[Receipt, ...]:
        """Return the same receipt for each of *batch*."""
        wait = answer.retry_after(datetime.now(UTC)) if answer else None
        return tuple(
            Receipt(sequence=message.sequence, state=state, response=words, retry_after=wait)
            for message in batch
        )

    def accepted(self, message: Message, provider_id: str, words: str = "") -> Receipt:
        """Return the receipt of what was taken."""
        return Receipt(
            sequence=message.sequence,
            state=DeliveryState.ACCEPTED,
            response=words,
            provider_id=provider_id or None,
        )

    def not_accepted(
        self, message: Message, words: str, *, status: int = 400, is_address_failure: bool = False
    ) -> Receipt:
        """Return the receipt of what was not taken, by the status the service gives this one message."""
        later = status in (408, 425, 429) or status >= 500
        return Receipt(
            sequence=message.sequence,
            state=DeliveryState.DEFERRED if later else DeliveryState.REFUSED,
            response=self.clean(words),
            is_address_failure=is_address_failure and not later,
        )

    def lost(self, batch: Batch, words: str) -> Outcome:
        """Return that nobody knows what became of *batch*."""
        return Outcome(receipts=self.all_of(batch, DeliveryState.UNCERTAIN, self.clean(words)))

    def closed(self, words: str) -> SendError:
        """Return the error of a service that does not let us in."""
        return SendError(
            f"{self.service} does not let this sender in: {words.rstrip('.')}. Check its key, its plan and whether the "
            "sender's domain is verified there."
        )

    def words_of(self, answer: Answer) -> str:
        """Return what *answer* says in words, on one line and without the keys."""
        try:
            words = self.told(answer)
        except (AttributeError, LookupError, TypeError, ValueError):  # not of the documented form
            words = ""
        return answer.told(words, clean=self.clean)

    def clean(self, words: str) -> str:
        """Return *words* without the keys."""
        return blot(words, *self._keys.values())
