"""Resend: JSON in batches with idempotency keys (resend.com/docs/api-reference/emails/send-batch-emails, 2026)."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import Any, ClassVar

from pipeline.models.delivery import Receipt
from pipeline.models.message import Message
from pipeline.senders.http import Batch, BatchResult, HttpSender, ServiceRequest, ServiceResponse
from pipeline.senders.http.api_message import ApiMessage, encode_image, read_api_message
from pipeline.senders.http.batch_results import accepted, build_each, rejected
from pipeline.senders.http.service_response import UnexpectedResponse, require_id
from pipeline.senders.providers.resend.webhook import ResendWebhook
from pipeline.senders.webhooks.payload import TOKEN_FIELD
from pipeline.senders.webhooks.provider_webhook import ProviderWebhook

_REQUEST_IN_PROGRESS = "concurrent_idempotent_requests"
_QUOTA_ERRORS = {"daily_quota_exceeded", "monthly_quota_exceeded"}


@dataclass(kw_only=True, eq=False)
class ResendSender(HttpSender):
    """
    Send through Resend.

    A request without a response is repeated with its idempotency key. The key belongs to the whole batch; after a crash
    nobody knows how messages were batched, so it cannot help then, and `idempotency_window` stays None.
    """

    service_name: ClassVar[str] = "Resend"
    api_url: ClassVar[str] = "https://api.resend.com"
    api_key_variable: ClassVar[str] = "RESEND_API_KEY"
    health_path: ClassVar[str] = "/domains"
    webhook_class: ClassVar[type[ProviderWebhook] | None] = ResendWebhook
    webhook_secret_variable: ClassVar[str] = "RESEND_WEBHOOK_SECRET"
    error_keys: ClassVar[tuple[str, ...]] = ("name", "message")
    batch_size: ClassVar[int] = 16  # it accepts 100; limited by MAX_IN_FLIGHT
    accepts_mime: ClassVar[bool] = False
    rewritten_headers: ClassVar[frozenset[str]] = frozenset({"date", "message-id"})
    # resend.com/docs/dashboard/emails/add-unsubscribe-to-transactional-emails passes both fields
    signs_list_unsubscribe: ClassVar[bool] = True

    def build_request(self, batch: Batch) -> ServiceRequest:
        """Return the request that sends *batch*; a message with images is sent alone, since batches drop them."""
        payloads = [
            self._payload(read_api_message(message, self.service_name)) for message in batch
        ]
        is_single = len(payloads) == 1
        payload = payloads[0] if is_single else payloads
        idempotency_key = hashlib.sha256(json.dumps(payload).encode()).hexdigest()
        return self.post_json(
            "/emails" if is_single else "/emails/batch",
            payload,
            headers={
                "Idempotency-Key": idempotency_key,
                # One invalid message must not stop the others (changelog "Batch Validation Modes", 2025-09-19).
                "x-batch-validation": "permissive",
            },
            idempotency_key=idempotency_key,
        )

    def is_key_valid(self, response: ServiceResponse) -> bool:
        """Whether the key is valid; one for sending alone may see nothing (resend.com/docs/api-reference/errors)."""
        return response.is_success or response.get("name") == "restricted_api_key"

    def fits_batch(self, batch: Batch, message: Message) -> bool:
        """Whether *message* can be sent in one request with *batch*: none of them has images."""
        return not any(b"Content-ID:" in each.content for each in (*batch, message))

    def parse_response(self, batch: Batch, response: ServiceResponse) -> BatchResult:
        """Return the result of each message: ids of the accepted ones in order, errors by index."""
        if len(batch) == 1:
            return BatchResult(receipts=(accepted(batch[0], require_id(response.require("id"))),))
        results = response.json()
        errors = _read_errors(results.get("errors") or (), len(batch))
        items = results["data"]
        if not isinstance(items, list):
            raise UnexpectedResponse("the results are no list")
        if len(items) == len(batch):  # refused messages may have an empty place in it
            items = [item for index, item in enumerate(items) if item or index not in errors]
        if len(items) + len(errors) != len(batch):
            raise UnexpectedResponse("the number of results is wrong")
        data = iter(items)
        each = [errors[index] if index in errors else next(data) for index in range(len(batch))]
        return BatchResult(receipts=build_each(batch, each, _build_receipt))

    def is_uncertain(self, response: ServiceResponse) -> bool:
        """Whether the result is unknown, for example because the same request is still in progress."""
        return super().is_uncertain(response) or response.get("name") == _REQUEST_IN_PROGRESS

    def is_temporary(self, response: ServiceResponse) -> bool:
        """Whether a quota was exceeded, or the request may succeed later for another reason."""
        return super().is_temporary(response) or response.get("name") in _QUOTA_ERRORS

    def _payload(self, content: ApiMessage) -> dict[str, Any]:
        payload = {
            "from": content.sender,
            "to": [content.to],
            "reply_to": content.reply_to,
            "subject": content.subject,
            "text": content.text,
            "html": content.html,
            "headers": content.get_headers(self.service_name),
            "tags": [{"name": TOKEN_FIELD, "value": content.token}] if content.token else [],
            "attachments": [
                {
                    "content": encode_image(image),
                    "filename": image.filename,
                    "content_type": image.media_type,
                    "content_id": image.content_id,
                }
                for image in content.images
            ],
        }
        return {name: value for name, value in payload.items() if value}


def _read_errors(errors: Any, count: int) -> dict[int, str]:  # Any: the provider's response
    """Return the messages of *errors* by the index of the message that each is about."""
    by_index = {error["index"]: str(error["message"]) for error in errors}
    if len(by_index) != len(errors) or not all(
        type(index) is int and 0 <= index < count for index in by_index
    ):
        raise UnexpectedResponse("the errors name no message")
    return by_index


def _build_receipt(
    message: Message, item: Any
) -> Receipt:  # Any: an error, or the provider's result
    if isinstance(item, str):
        return rejected(message, item)
    return accepted(message, require_id(item["id"]))
