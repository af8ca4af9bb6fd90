"""The base classes of webhooks: a request in, what it reports out, after it is proven genuine."""

from __future__ import annotations

import hmac
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import ClassVar

from pipeline.models.provider_event import ProviderEvent
from pipeline.senders.http.service_connection import basic_auth

#: The user name that services give with the secret, for those that do not sign.
USER_NAME = "handbill"


class RejectedRequest(ValueError):
    """A request that is not proven genuine; the message says why, without secrets."""


class UnreadableRequest(ValueError):
    """A genuine request without the documented structure."""


class UnverifiableRequest(ValueError):
    """A request that cannot be checked now, for example because a certificate cannot be fetched."""


@dataclass(frozen=True, kw_only=True, slots=True)
class WebhookRequest:
    """
    A request as it arrived.

    Args:
        headers: By lower-case name.
        body: Its bytes, unchanged: signatures cover them.
    """

    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)


@dataclass(frozen=True, kw_only=True, slots=True)
class WebhookReport:
    """
    What a request reports.

    Args:
        ignored: The number of events that change nothing: opens, clicks, delays, unknown kinds.
        unreadable: The number of events without the documented structure.
        note: What else happened, for the log; "" if nothing.
    """

    events: tuple[ProviderEvent, ...] = ()
    ignored: int = 0
    unreadable: int = 0
    note: str = ""


class ProviderWebhook(ABC):
    """Receives the reports of one email service."""

    #: The kind of its sender, which is the source of its events.
    source: ClassVar[str]
    #: A larger request is refused before it is read.
    max_bytes: ClassVar[int] = 1 << 20

    def check_headers(self, headers: Mapping[str, str]) -> None:  # noqa: B027 (most sign the body)
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
            UnverifiableRequest: That cannot be said now.
        """

    @classmethod
    @abstractmethod
    def read(cls, request: WebhookRequest) -> WebhookReport:
        """
        Return what a genuine *request* reports.

        Raises:
            UnreadableRequest: Its body does not have the documented structure.
        """

    def receive(self, request: WebhookRequest, *, now: datetime) -> WebhookReport:
        """Verify and read *request*; raises what `verify()` and `read()` do."""
        self.verify(request, now=now)
        return self.read(request)


class PasswordWebhook(ProviderWebhook):
    """
    A webhook of a service that does not sign, but sends a user name and a password (RFC 7617).

    Args:
        secret: The password; the user name is `USER_NAME`.
    """

    def __init__(self, secret: str) -> None:
        self._authorization = basic_auth(USER_NAME, secret).encode()

    def check_headers(self, headers: Mapping[str, str]) -> None:
        given = headers.get("authorization", "")
        if not given:
            raise RejectedRequest("it has no password")
        if not hmac.compare_digest(given.encode("utf-8", "replace"), self._authorization):
            raise RejectedRequest("its user name or password is wrong")

    def verify(self, request: WebhookRequest, *, now: datetime) -> None:
        self.check_headers(request.headers)


def check_age(
    sent_at: datetime, *, now: datetime, max_age_s: float, max_ahead_s: float = 300
) -> None:
    """
    Require that a signed time is neither too old nor in the future.

    Raises:
        RejectedRequest: It is.
    """
    age_s = (now - sent_at).total_seconds()
    if age_s > max_age_s:
        raise RejectedRequest(f"it was signed {age_s / 60:.0f} minutes ago")
    if age_s < -max_ahead_s:
        raise RejectedRequest("it was signed in the future; check this machine's clock")
