"""Mailjet v3.1: JSON in batches (dev.mailjet.com/email/guides/send-api-v31, 2026)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from pipeline.models.delivery import Receipt
from pipeline.models.message import Message
from pipeline.senders.http import Batch, BatchResult, HttpSender, ServiceRequest, ServiceResponse
from pipeline.senders.http.api_message import (
    ApiMessage,
    encode_image,
    parse_mailbox,
    read_api_message,
)
from pipeline.senders.http.batch_results import accepted, build_each, rejected
from pipeline.senders.http.service_connection import basic_auth
from pipeline.senders.http.service_response import (
    UNEXPECTED_STRUCTURE,
    UnexpectedResponse,
    require_id,
)
from pipeline.senders.providers.mailjet.webhook import MailjetWebhook
from pipeline.senders.webhooks.provider_webhook import ProviderWebhook

# Its response to these is send-0011, "cannot be customized" (symfony/mailjet-mailer, FORBIDDEN_HEADERS).
_RESERVED_HEADERS = frozenset(
    {"list-id", "sender", "user-agent", "x-mailer", "x-csa-complaints", "x-feedback-id"}
)
_INVALID_ADDRESS = (
    "mj-0013",
    ["To[0].Email"],
)  # dev.mailjet.com, "Send API v3.1", "Send with errors"
_ACCOUNT_STATUSES = {401, 403}


@dataclass(kw_only=True, eq=False)
class MailjetSender(HttpSender):
    """
    Send through Mailjet; its key has two parts.

    Args:
        access_key_env: The variable with the public key; *api_key_env* names the variable with the secret key.
    """

    service_name: ClassVar[str] = "Mailjet"
    api_url: ClassVar[str] = "https://api.mailjet.com"
    api_key_variable: ClassVar[str] = "MAILJET_SECRET_KEY"
    variable_options: ClassVar[tuple[str, ...]] = ("api_key_env", "access_key_env")
    health_path: ClassVar[str] = "/v3/REST/sender"
    webhook_class: ClassVar[type[ProviderWebhook] | None] = MailjetWebhook
    webhook_secret_variable: ClassVar[str] = "MAILJET_WEBHOOK_SECRET"
    error_keys: ClassVar[tuple[str, ...]] = ("ErrorCode", "ErrorMessage")
    batch_size: ClassVar[int] = 16  # it accepts 50; limited by MAX_IN_FLIGHT
    accepts_mime: ClassVar[bool] = False
    rewritten_headers: ClassVar[frozenset[str]] = _RESERVED_HEADERS | {"date", "message-id"}

    access_key_env: str = "MAILJET_API_KEY"

    def build_request(self, batch: Batch) -> ServiceRequest:
        messages = [
            self._payload(read_api_message(message, self.service_name)) for message in batch
        ]
        # Without AdvanceErrorHandling, a sender that may not send is reported only later, by an event.
        return self.post_json("/v3.1/send", {"Messages": messages, "AdvanceErrorHandling": True})

    def auth_headers(self) -> dict[str, str]:
        user = self.keys.get(self.access_key_env, option="access_key_env")
        return {"Authorization": basic_auth(user, self.get_api_key())}

    def has_results(self, response: ServiceResponse) -> bool:
        """Whether *response* gives results; if some messages were refused, they come with status 400."""
        return super().has_results(response) or (
            400 <= response.status < 500 and bool(response.get("Messages", 0, "Status"))
        )

    def parse_response(self, batch: Batch, response: ServiceResponse) -> BatchResult:
        """Return the result of each message; they come in order."""
        items = response.json()["Messages"]
        if not isinstance(items, list) or len(items) != len(batch):
            raise UnexpectedResponse("the number of results is wrong")
        errors = [item for item in items if _is_account_error(item)]
        pairs = [pair for pair in zip(batch, items, strict=True) if pair[1] not in errors]
        receipts = build_each(
            tuple(message for message, _ in pairs), [item for _, item in pairs], _build_receipt
        )
        error = self.account_error(_item_message(errors[0])) if errors else None
        return BatchResult(receipts=receipts, error=error)

    def _payload(self, content: ApiMessage) -> dict[str, Any]:
        headers = content.get_headers(self.service_name)
        payload = {
            "From": _format_address(content.sender),
            "To": [_format_address(content.to)],
            "ReplyTo": _format_address(content.reply_to) if content.reply_to else None,
            "Subject": content.subject,
            "TextPart": content.text,
            "HTMLPart": content.html,
            "Headers": {
                name: value
                for name, value in headers.items()
                if name.lower() not in _RESERVED_HEADERS
            },
            "InlinedAttachments": [
                {
                    "ContentType": image.media_type,
                    "Filename": image.filename,
                    "ContentID": image.content_id,
                    "Base64Content": encode_image(image),
                }
                for image in content.images
            ],
            "CustomID": content.token,
            "TrackOpens": "disabled",
            "TrackClicks": "disabled",
        }
        return {name: value for name, value in payload.items() if value}


def _build_receipt(message: Message, item: Any) -> Receipt:  # Any: the provider's response
    if item["Status"] == "success":
        return accepted(message, require_id(item["To"][0]["MessageID"]))
    if item["Status"] != "error":
        raise UnexpectedResponse("the status is unknown")
    error = item["Errors"][0]
    is_invalid = (error.get("ErrorCode"), error.get("ErrorRelatedTo")) == _INVALID_ADDRESS
    return rejected(
        message, _item_message(item), status=_item_status(item), is_address_failure=is_invalid
    )


def _item_status(item: Any) -> int:  # Any: the provider's response
    return int(item["Errors"][0].get("StatusCode", 400)) if item.get("Errors") else 0


def _is_account_error(item: Any) -> bool:  # Any: the provider's response
    try:
        return item["Status"] == "error" and _item_status(item) in _ACCOUNT_STATUSES
    except UNEXPECTED_STRUCTURE:
        return False


def _item_message(item: Any) -> str:  # Any: the provider's response
    error = item["Errors"][0]
    fields = ", ".join(map(str, error.get("ErrorRelatedTo") or ()))
    return ": ".join(filter(None, [error.get("ErrorCode"), error.get("ErrorMessage"), fields]))


def _format_address(value: str) -> dict[str, str]:
    address = parse_mailbox(value)
    return {"Email": address.email, **({"Name": address.name} if address.name else {})}
