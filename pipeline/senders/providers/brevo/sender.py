"""Brevo: JSON in batches (developers.brevo.com/docs/batch-send-transactional-emails, 2026)."""

from __future__ import annotations

import hashlib
import json
import uuid
from dataclasses import dataclass
from typing import Any, ClassVar

from pipeline.errors import UnsupportedFeature
from pipeline.models.message import Message
from pipeline.senders.http import Batch, BatchResult, HttpSender, ServiceRequest, ServiceResponse
from pipeline.senders.http.api_message import ApiMessage, parse_mailbox, read_api_message
from pipeline.senders.http.batch_results import accepted, build_each
from pipeline.senders.http.service_response import UnexpectedResponse, require_id
from pipeline.senders.providers.brevo.webhook import TOKEN_HEADER, BrevoWebhook
from pipeline.senders.webhooks.provider_webhook import ProviderWebhook

_SPECIAL_CHARACTERS = set('()<>[]:;@\\,."')
_ALREADY_ACCEPTED = "duplicate_parameter"
_ACCOUNT_CODES = {
    "not_enough_credits",
    "permission_denied",
    "unauthorized",
    "account_under_validation",
}


@dataclass(kw_only=True, eq=False)
class BrevoSender(HttpSender):
    """
    Send through Brevo.

    A request without a response is repeated with its idempotency key, which Brevo remembers for 30 minutes. The key
    belongs to the whole batch; after a crash nobody knows how messages were batched, so it cannot help then, and
    `idempotency_window` stays None.
    """

    service_name: ClassVar[str] = "Brevo"
    api_url: ClassVar[str] = "https://api.brevo.com"
    api_key_variable: ClassVar[str] = "BREVO_API_KEY"
    health_path: ClassVar[str] = "/v3/account"
    webhook_class: ClassVar[type[ProviderWebhook] | None] = BrevoWebhook
    webhook_secret_variable: ClassVar[str] = "BREVO_WEBHOOK_SECRET"
    error_keys: ClassVar[tuple[str, ...]] = ("code", "message")
    batch_size: ClassVar[int] = 16  # it accepts 1,000; limited by MAX_IN_FLIGHT
    accepts_mime: ClassVar[bool] = False
    rewritten_headers: ClassVar[frozenset[str]] = frozenset({"date", "message-id"})

    def build_request(self, batch: Batch) -> ServiceRequest:
        messages = [read_api_message(message, self.service_name) for message in batch]
        for content in messages:
            _require_supported(content)
        first = messages[0]
        payload: dict[str, Any] = {
            "sender": _format_address(first.sender),
            "subject": first.subject,
            "messageVersions": [self._message_version(content) for content in messages],
            **_texts(first),
        }
        digest = hashlib.sha256(json.dumps(payload).encode()).digest()
        idempotency_key = str(uuid.UUID(bytes=digest[:16], version=4))
        payload["headers"] = {"idempotencyKey": idempotency_key}
        return self.post_json("/v3/smtp/email", payload, idempotency_key=idempotency_key)

    def auth_headers(self) -> dict[str, str]:
        return {"api-key": self.get_api_key(), "Accept": "application/json"}

    def fits_batch(self, batch: Batch, message: Message) -> bool:
        """Whether *message* can be sent in one request with *batch*: they have the same From."""
        return _from_line(batch[0].content) == _from_line(message.content)

    def is_known_request(self, response: ServiceResponse) -> bool:
        """Whether Brevo received a request with the same idempotency key before."""
        return not response.is_success and response.get("code") == _ALREADY_ACCEPTED

    def parse_response(self, batch: Batch, response: ServiceResponse) -> BatchResult:
        """Return that each message was queued; ids come in order."""
        ids = response.json().get("messageIds")
        if ids is None and len(batch) == 1:
            ids = [response.json()["messageId"]]
        if not isinstance(ids, list) or len(ids) != len(batch):
            raise UnexpectedResponse("the number of ids is wrong")
        receipts = build_each(batch, ids, lambda message, item: accepted(message, require_id(item)))
        return BatchResult(receipts=receipts)

    def is_account_error(self, response: ServiceResponse) -> bool:
        """Whether *response* rejects the account or its sender."""
        is_sender_error = response.status == 400 and "sender" in response.get("message").lower()
        is_account_code = response.get("code") in _ACCOUNT_CODES
        return super().is_account_error(response) or is_account_code or is_sender_error

    def _message_version(self, content: ApiMessage) -> dict[str, Any]:
        token = {TOKEN_HEADER: content.token} if content.token else {}
        version: dict[str, Any] = {
            "to": [_format_address(content.to)],
            "subject": content.subject,
            "headers": {**content.get_headers(self.service_name), **token},
            **_texts(content),
        }
        if content.reply_to:
            version["replyTo"] = _format_address(content.reply_to)
        return version


def _texts(content: ApiMessage) -> dict[str, str]:
    texts = {"textContent": content.text, "htmlContent": content.html}
    return {name: text for name, text in texts.items() if text}


def _from_line(content: bytes) -> bytes:
    header = content.partition(b"\r\n\r\n")[0]
    lines = (b"\r\n" + header).replace(b"\r\n ", b" ").split(b"\r\n")
    return next((line for line in lines if line.lower().startswith(b"from:")), b"")


def _require_supported(content: ApiMessage) -> None:
    if content.images:
        raise UnsupportedFeature(
            "Brevo does not support inline images. Link to images on the web, or send by its SMTP."
        )
    if any(not value.isascii() for _, value in content.headers):
        raise UnsupportedFeature(
            "Brevo does not encode non-ASCII header fields. Send by its SMTP, or write them in ASCII."
        )
    texts = (content.subject, content.text, content.html)
    if any(placeholder in text for placeholder in ("{{", "{%") for text in texts):
        raise UnsupportedFeature(
            'Brevo reads "{{" and "{%" in a message as placeholders and would change the text. Send by its SMTP, or '
            "write the braces differently."
        )


def _format_address(value: str) -> dict[str, str]:
    """
    Return an address in Brevo's format.

    Brevo drops a non-ASCII name with a comma or another special character, but keeps it as an encoded-word (anymail,
    2026).
    """
    address = parse_mailbox(value)
    name = address.name
    if not name.isascii() and _SPECIAL_CHARACTERS & set(name):
        from email.header import Header

        name = Header(name, "utf-8", maxlinelen=10_000).encode()
    return {"email": address.email, **({"name": name} if name else {})}
