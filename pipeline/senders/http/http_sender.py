"""
The base class of senders that call a provider's HTTP API.

What happens after a request:

    response 2xx                                the receipts that the provider gives
    429, 5xx                                    deferred, by Retry-After
    401, 402, 403, 404, 3xx                     the sender stops: the key, the plan or a URL is wrong
    another 4xx, for several messages           nothing was accepted: each message is sent by itself
    413, for one message                        the sender stops: every other message is as large
    another 4xx, for one message                refused
    no response, request not sent completely    the sender stops for now; nothing was accepted
    no response after that, or a gateway error  uncertain; repeated first if the provider supports idempotency keys
"""

from __future__ import annotations

import json
import os
from abc import abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, ClassVar, cast

from pipeline.errors import SendError
from pipeline.models.delivery import DeliveryState, Receipt
from pipeline.models.message import Message
from pipeline.senders.base import MAX_IN_FLIGHT, Sender, refuse_smtputf8
from pipeline.senders.http import sender_options as options
from pipeline.senders.http.api_key import ApiKeys
from pipeline.senders.http.batch_results import (
    Batch,
    BatchResult,
    accepted,
    build_receipts,
    group_batches,
    rejected,
    send_batches,
    uncertain,
)
from pipeline.senders.http.service_connection import ServiceConnection, ServiceRequest
from pipeline.senders.http.service_response import UNEXPECTED_STRUCTURE, ServiceResponse
from pipeline.senders.server_text import clean_server_id, clean_server_text
from pipeline.senders.webhooks.webhook_secret import read_webhook_secret

if TYPE_CHECKING:
    from pipeline.senders.webhooks.provider_webhook import ProviderWebhook

_ACCOUNT_STATUSES = {401, 402, 403, 404, 405, 407, 410}


@dataclass(kw_only=True, eq=False)
class HttpSender(Sender):
    """
    Send through a provider's HTTP API; a subclass builds the request for a batch and reads its response.

    Args:
        api_key_env: The environment variable that holds the API key.
        api_key_file: A file whose first line is the key; it takes precedence.
        base_url: The API's URL, for another region or a test.
        connections: How many requests are sent at a time, by all processes together.
        timeout_s: How long to wait for a response.
        webhook_secret_env: The environment variable that holds the secret of the provider's webhook.
        webhook_secret_file: A file that holds it; it takes precedence.
    """

    #: The provider's name.
    service_name: ClassVar[str]
    #: The URL of its API, without a slash at the end.
    api_url: ClassVar[str]
    #: The environment variable that holds its key by default: the name in its own documentation.
    api_key_variable: ClassVar[str]
    path_options: ClassVar[frozenset[str]] = frozenset({"api_key_file", "webhook_secret_file"})
    #: The environment variable that holds the secret of its webhook by default.
    webhook_secret_variable: ClassVar[str] = ""
    #: Options that are strings without spaces, and options that name an environment variable.
    string_options: ClassVar[tuple[str, ...]] = ()
    variable_options: ClassVar[tuple[str, ...]] = ("api_key_env",)
    #: The path of a harmless request that needs the key, for `check_connection()`; "" without one.
    health_path: ClassVar[str] = ""
    #: The keys of the code, if there is one, and the message of an error in a response.
    error_keys: ClassVar[tuple[str, ...]] = ("message",)
    #: How many messages one request may hold, at most `MAX_IN_FLIGHT`.
    batch_size: ClassVar[int] = 1

    api_key_env: str | None = None
    api_key_file: str | os.PathLike[str] | None = None
    base_url: str | None = None
    connections: int = 1
    timeout_s: float = 60
    webhook_secret_env: str | None = None
    webhook_secret_file: str | os.PathLike[str] | None = None

    keys: ApiKeys = field(init=False, repr=False)
    _idle_connections: list[ServiceConnection] = field(default_factory=list, init=False, repr=False)

    def __post_init__(self) -> None:
        """Check the options; does no I/O."""
        self.keys = ApiKeys(self.service_name)
        sender = f"The sender for {self.service_name}"
        for option in (*self.variable_options, "webhook_secret_env"):
            options.check_variable(getattr(self, option), option=option, sender=sender)
        options.check_connections(self.connections, option="connections", sender=sender)
        self.connection_limit = self.connections
        self.timeout_s = options.parse_seconds(self.timeout_s, option="timeout_s", sender=sender)
        for option in ("api_key_file", "webhook_secret_file"):
            options.check_path(getattr(self, option), option=option, sender=sender)
        for option in self.string_options:
            options.check_string(getattr(self, option), option=option, sender=sender)
        default_url = self.get_default_url()
        self._base_url = options.parse_base_url(self.base_url or default_url, sender=sender)

    # What each provider defines

    @abstractmethod
    def build_request(self, batch: Batch) -> ServiceRequest:
        """
        Return the request that sends *batch*.

        Raises:
            UnsupportedFeature: The provider cannot express something in it.
        """

    @abstractmethod
    def parse_response(self, batch: Batch, response: ServiceResponse) -> BatchResult:
        """
        Return the result of *batch* from a successful *response*.

        Raises:
            UnexpectedResponse: It does not have the documented structure.
        """

    def auth_headers(self) -> dict[str, str]:
        """Return the headers that hold the key."""
        return {"Authorization": f"Bearer {self.get_api_key()}"}

    def error_message(self, response: ServiceResponse) -> str:
        """Return the provider's error message, or ""; may raise `UNEXPECTED_STRUCTURE`."""
        return ": ".join(filter(None, map(response.get, self.error_keys)))

    def get_default_url(self) -> str:
        """Return the URL of the API if `base_url` is not set."""
        return self.api_url

    def health_request(self) -> ServiceRequest | None:
        """Return the request for `health_path`."""
        if not self.health_path:
            return None
        return ServiceRequest(method="GET", path=self.health_path, headers=self.auth_headers())

    def is_key_valid(self, response: ServiceResponse) -> bool:
        """Whether *response* to `health_request()` shows that the key is valid, perhaps only for sending."""
        return response.is_success

    def fits_batch(self, batch: Batch, message: Message) -> bool:
        """Whether *message* can be sent in one request with *batch*."""
        return True

    def has_results(self, response: ServiceResponse) -> bool:
        """Whether *response* gives a result for each message; for some providers a 4xx does."""
        return response.is_success

    def is_uncertain(self, response: ServiceResponse) -> bool:
        """Whether *response* does not tell if the messages were accepted."""
        return response.is_gateway_error

    def is_known_request(self, response: ServiceResponse) -> bool:
        """
        Whether *response* says that the service received the same request before.

        That proves acceptance if we repeated it; otherwise nobody knows what became of the other one.
        """
        return False

    def is_account_error(self, response: ServiceResponse) -> bool:
        """Whether *response* rejects the account, so that every other message would be rejected too."""
        return response.status in _ACCOUNT_STATUSES or 300 <= response.status < 400

    def is_temporary(self, response: ServiceResponse) -> bool:
        """Whether nothing was accepted and the same request may succeed later."""
        return response.is_temporary

    def is_address_failure(self, response: ServiceResponse) -> bool:
        """Whether *response*, which rejects one message, is about the recipient's address alone: see `Receipt`."""
        return False

    # The sender

    def send(self, messages: Iterable[Message]) -> Iterator[Receipt]:
        """Send *messages*; see `Sender.send()`."""
        size = min(self.batch_size, MAX_IN_FLIGHT)
        yield from send_batches(
            group_batches(messages, size=size, fits_batch=self.fits_batch),
            self._send_batch,
            connections=self.connections,
            service=self.service_name,
        )

    def check_connection(self) -> str:
        """Check that the API responds and accepts the key; see `Sender.check_connection()`."""
        request = self.health_request()
        if request is None:
            return ""
        connection = self._get_connection()
        try:
            response = connection.send(request)
        finally:
            connection.close()
        message = self.describe(response)
        if self.is_key_valid(response):
            return f"{self.service_name} responds and accepts the API key."
        if self.is_account_error(response):
            raise self.account_error(message)
        raise SendError(
            f"{self.service_name} responds, but not as expected: {message}", temporary=True
        )

    def open_webhook(self) -> ProviderWebhook | None:
        """Return what receives the provider's reports; see `Sender.open_webhook()`."""
        if self.webhook_class is None:
            return None
        variable = self.webhook_secret_env or self.webhook_secret_variable
        secret = read_webhook_secret(self.service_name, variable, self.webhook_secret_file)
        return cast("Callable[[str], ProviderWebhook]", self.webhook_class)(secret)

    def limit_connections(self, count: int) -> None:
        """Close the idle connections beyond *count*; see `Sender.limit_connections()`."""
        self.connections = count
        while len(self._idle_connections) > count:
            self._idle_connections.pop().close()

    def close(self) -> None:
        """Close the connections and forget the keys."""
        while self._idle_connections:
            self._idle_connections.pop().close()
        self.keys.clear()

    def post_json(
        self,
        path: str,
        payload: Any,  # Any: each provider has its own structure
        *,
        headers: Mapping[str, str] | None = None,
        idempotency_key: str = "",
    ) -> ServiceRequest:
        """Return the request that posts *payload* as JSON."""
        return ServiceRequest(
            path=path,
            body=json.dumps(payload).encode(),
            headers={"Content-Type": "application/json", **self.auth_headers(), **(headers or {})},
            idempotency_key=idempotency_key,
        )

    def get_api_key(self) -> str:
        """Return the API key, read once."""
        variable = self.api_key_env or self.api_key_variable
        return self.keys.get(variable, file=self.api_key_file, option="api_key_env")

    def account_error(self, message: str) -> SendError:
        """Return the error for a provider that rejects the account."""
        return SendError(
            f"{self.service_name} rejected this account: {self._clean(message).rstrip('.')}. Check the API key, "
            "the plan, and that the sender's domain is verified there."
        )

    def describe(self, response: ServiceResponse) -> str:
        """Return the status and error message of *response* on one line, without keys."""
        try:
            message = self.error_message(response)
        except UNEXPECTED_STRUCTURE:
            message = ""
        return response.describe(message, redact=self.keys.redact)

    # One batch, in a thread of its own

    def _send_batch(self, batch: Batch) -> BatchResult:
        result = self._try_batch(batch)
        return replace(result, receipts=tuple(map(self._clean_receipt, result.receipts)))

    def _clean(self, text: str) -> str:
        return clean_server_text(self.keys.redact(text))

    def _clean_receipt(self, receipt: Receipt) -> Receipt:
        provider_id = clean_server_id(self.keys.redact(receipt.provider_id or "")) or None
        return replace(receipt, response=self._clean(receipt.response), provider_id=provider_id)

    def _try_batch(self, batch: Batch) -> BatchResult:
        if batch[0].needs_smtputf8:
            return BatchResult(receipts=tuple(map(refuse_smtputf8, batch)))
        try:
            request = self.build_request(batch)
            self.check_lease()
            response = self._post(request)
        except SendError as error:
            if error.uncertain:
                return uncertain(batch, str(error))
            return BatchResult(error=error)
        return self._read_response(batch, response)

    def _read_response(self, batch: Batch, response: ServiceResponse) -> BatchResult:
        message = self.describe(response)
        try:
            if response.is_known_request:
                return BatchResult(receipts=tuple(accepted(each, "", message) for each in batch))
            if self.has_results(response):
                return self.parse_response(batch, response)
        except UNEXPECTED_STRUCTURE:
            return uncertain(batch, f"Unexpected response from {self.service_name}: {message}")
        if self.is_uncertain(response):
            return uncertain(batch, message)
        if self.is_account_error(response):
            return BatchResult(error=self.account_error(message))
        if self.is_temporary(response):
            wait = response.retry_after(datetime.now(UTC))
            receipts = build_receipts(batch, DeliveryState.DEFERRED, message, retry_after=wait)
            return BatchResult(receipts=receipts)
        if len(batch) > 1:
            return self._send_one_by_one(batch)
        if response.status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
            return BatchResult(
                error=SendError(
                    f"{self.service_name} rejects messages of this size: {message.rstrip('.')}. Remove images from the "
                    "message, or link to them."
                )
            )
        is_address_failure = self.is_address_failure(response)
        return BatchResult(
            receipts=(rejected(batch[0], message, is_address_failure=is_address_failure),)
        )

    def _send_one_by_one(self, batch: Batch) -> BatchResult:
        receipts: list[Receipt] = []
        for message in batch:
            result = self._send_batch((message,))
            receipts += result.receipts
            if result.error:
                return replace(result, receipts=tuple(receipts))
        return BatchResult(receipts=tuple(receipts))

    def _post(self, request: ServiceRequest) -> ServiceResponse:
        """Post *request*, and once more if there is no response and the provider recognises repeated requests."""
        connection = self._get_connection()
        try:
            try:
                response = connection.send(request)
            except SendError as error:
                if not (error.uncertain and request.idempotency_key):
                    raise
            else:
                if self.is_known_request(response):
                    raise self._known_request_error(response)
                if not (self.is_uncertain(response) and request.idempotency_key):
                    return response
            return self._post_again(connection, request)
        finally:
            self._idle_connections.append(connection)

    def _post_again(
        self, connection: ServiceConnection, request: ServiceRequest
    ) -> ServiceResponse:
        try:
            self.check_lease()  # the machine may have slept until the idempotency key expired
            response = connection.send(request)
        except SendError as error:  # a failure now tells nothing about the first request
            raise SendError(str(error), temporary=True, uncertain=True) from error
        if self.is_known_request(response):
            return replace(response, is_known_request=True)
        if self.has_results(response):
            return response
        message = self.describe(response)
        raise SendError(
            f"{self.service_name} did not respond, and the repeated request failed: {message.rstrip('.')}. Check its "
            "log for what it accepted.",
            temporary=True,
            uncertain=True,
        )

    def _known_request_error(self, response: ServiceResponse) -> SendError:
        message = self.describe(response).rstrip(".")
        return SendError(
            f"{self.service_name} received the same request before: {message}. Check its log for what it accepted.",
            temporary=True,
            uncertain=True,
        )

    def _get_connection(self) -> ServiceConnection:
        try:
            return self._idle_connections.pop()
        except IndexError:  # pop and see: other threads take connections too
            return ServiceConnection(self.service_name, self._base_url, timeout_s=self.timeout_s)
