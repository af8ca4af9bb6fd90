"""SendGrid v3: JSON, one message in a request (twilio.com/docs/sendgrid/api-reference/mail-send, 2026)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from pipeline.senders.http import Batch, BatchResult, HttpSender, ServiceRequest, ServiceResponse
from pipeline.senders.http.api_message import (
    ApiMessage,
    encode_image,
    parse_mailbox,
    read_api_message,
)
from pipeline.senders.http.batch_results import accepted
from pipeline.senders.http.sender_options import check_choice
from pipeline.senders.http.service_response import UnexpectedResponse
from pipeline.senders.providers.sendgrid.webhook import SendgridWebhook
from pipeline.senders.webhooks.payload import TOKEN_FIELD
from pipeline.senders.webhooks.provider_webhook import ProviderWebhook

_REGIONS = {"global": "https://api.sendgrid.com", "eu": "https://api.eu.sendgrid.com"}

_TO_FIELDS = ("to", "personalizations.0.to.0.email")  # its names for the recipient's address


@dataclass(kw_only=True, eq=False)
class SendgridSender(HttpSender):
    """
    Send through SendGrid.

    A request can have many recipients, but one text for all of them. Each message has its own unsubscribe link, so it
    is a request of its own.

    Args:
        region: `"global"` or `"eu"`: where the subuser was created.
    """

    service_name: ClassVar[str] = "SendGrid"
    api_url: ClassVar[str] = _REGIONS["global"]
    api_key_variable: ClassVar[str] = "SENDGRID_API_KEY"
    health_path: ClassVar[str] = "/v3/scopes"
    webhook_class: ClassVar[type[ProviderWebhook] | None] = SendgridWebhook
    webhook_secret_variable: ClassVar[str] = "SENDGRID_WEBHOOK_KEY"
    accepts_mime: ClassVar[bool] = False
    rewritten_headers: ClassVar[frozenset[str]] = frozenset({"date", "message-id"})
    # support.sendgrid.com 20631133325467: both fields may be passed, as receivers require
    signs_list_unsubscribe: ClassVar[bool] = True

    region: str = "global"
    connections: int = 4

    def get_default_url(self) -> str:
        check_choice(self.region, _REGIONS, option="region", sender="The sender for SendGrid")
        return _REGIONS[self.region]

    def build_request(self, batch: Batch) -> ServiceRequest:
        (message,) = batch
        payload = self._payload(read_api_message(message, self.service_name))
        return self.post_json("/v3/mail/send", payload)

    def parse_response(self, batch: Batch, response: ServiceResponse) -> BatchResult:
        """Return that the message was queued; only a header of the response says more."""
        if response.status != 202:
            raise UnexpectedResponse("the status is not 202")
        if response.get("errors", 0, "message"):
            raise UnexpectedResponse("the response lists errors")
        provider_id = response.headers.get("x-message-id", "")
        return BatchResult(receipts=(accepted(batch[0], provider_id),))

    def error_message(self, response: ServiceResponse) -> str:
        """Return the error messages, each with the field it is about."""
        errors = response.json()["errors"]
        return "; ".join(
            ": ".join(filter(None, [error.get("field"), error["message"]])) for error in errors
        )

    def is_address_failure(self, response: ServiceResponse) -> bool:
        """Whether the only error is that the recipient's address is invalid (api-reference/mail-send/errors)."""
        field, message = (response.get("errors", 0, key) for key in ("field", "message"))
        is_only_error = not response.get("errors", 1, "message")
        is_invalid = message.startswith("Does not contain a valid address")
        return is_only_error and field in _TO_FIELDS and is_invalid

    def _payload(self, content: ApiMessage) -> dict[str, Any]:
        texts = [
            {"type": media_type, "value": value}
            for media_type, value in (("text/plain", content.text), ("text/html", content.html))
            if value
        ]
        # SendGrid keeps these for long, for its employees to see: never an address.
        arguments = {"custom_args": {TOKEN_FIELD: content.token}} if content.token else {}
        payload: dict[str, Any] = {
            "from": _format_address(content.sender),
            "personalizations": [{"to": [_format_address(content.to)], **arguments}],
            "subject": content.subject,
            "content": texts,
            "tracking_settings": {
                "click_tracking": {"enable": False},
                "open_tracking": {"enable": False},
                "subscription_tracking": {"enable": False},
            },
        }
        if content.reply_to:
            payload["reply_to"] = _format_address(content.reply_to)
        if content.headers:
            payload["headers"] = content.get_headers(self.service_name)
        if content.images:
            payload["attachments"] = [
                {
                    "content": encode_image(image),
                    "type": image.media_type,
                    "filename": image.filename,
                    "disposition": "inline",
                    "content_id": image.content_id,
                }
                for image in content.images
            ]
        return payload


def _format_address(value: str) -> dict[str, str]:
    address = parse_mailbox(value)
    return {"email": address.email, **({"name": address.name} if address.name else {})}
