"""The base class of the webhooks of donation processors."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from pipeline.gifts.payment import Payment
from pipeline.senders.webhooks.provider_webhook import WebhookRequest


@dataclass(frozen=True, kw_only=True, slots=True)
class ReportedPayments:
    """
    What a request reports.

    Args:
        ignored: Whether it is about nothing that is a gift or changes one.
    """

    payments: tuple[Payment, ...] = ()
    ignored: bool = False


class GiftWebhook(ABC):
    """Receives what one donation processor reports."""

    #: As payments of its exports have it.
    processor: ClassVar[str]
    title: ClassVar[str]
    #: A larger request is refused before it is read.
    max_bytes: ClassVar[int] = 1 << 20

    def check_headers(self, headers: Mapping[str, str]) -> None:  # noqa: B027 (Stripe signs the body)
        """
        Check what can be checked before the body is read.

        Raises:
            RejectedRequest: The request is not genuine.
        """

    @abstractmethod
    def verify(self, request: WebhookRequest, *, now: datetime) -> None:
        """
        Require that *request* is genuine, by its bytes.

        Raises:
            RejectedRequest: It is not.
        """

    @abstractmethod
    def read(self, request: WebhookRequest, hash_address: Callable[[str], str]) -> ReportedPayments:
        """
        Return what a genuine *request* reports.

        Args:
            hash_address: Returns what `Payment.giver` has for an address.

        Raises:
            UnreadableRequest: Its body does not have the documented structure.
        """
