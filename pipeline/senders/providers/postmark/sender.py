"""Postmark: JSON in batches (postmarkapp.com/developer/api/email-api, 2026)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from pipeline.models.delivery import DeliveryState, Receipt
from pipeline.models.message import Message
from pipeline.senders.http import Batch, BatchResult, HttpSender, ServiceRequest, ServiceResponse
from pipeline.senders.http.api_message import ApiMessage, encode_image, read_api_message
from pipeline.senders.http.batch_results import accepted, build_each, build_receipts, rejected
from pipeline.senders.http.service_response import UnexpectedResponse, require_id
from pipeline.senders.providers.postmark.webhook import PostmarkWebhook
from pipeline.senders.webhooks.payload import TOKEN_FIELD
from pipeline.senders.webhooks.provider_webhook import ProviderWebhook

# Error codes of single messages (postmarkapp.com/developer/api/overview#error-codes).
_ACCOUNT_CODES = {
    10,  # bad or missing token
    400,  # sender signature not found
    401,  # sender signature not confirmed
    405,  # not allowed to send: no credits
    412,  # the account is pending approval
    413,  # the account may not send
    1226,  # the message stream does not exist
    1235,  # likewise
}
_INACTIVE_RECIPIENT = 406  # after a hard bounce, a spam complaint or a manual suppression
_TEMPORARY_CODES = {100, 429, 500}  # maintenance; too many requests; internal error


@dataclass(kw_only=True, eq=False)
class PostmarkSender(HttpSender):
    """
    Send through Postmark.

    Args:
        message_stream: `"broadcast"`, its stream for newsletters, or another that you created there.
    """

    service_name: ClassVar[str] = "Postmark"
    api_url: ClassVar[str] = "https://api.postmarkapp.com"
    api_key_variable: ClassVar[str] = "POSTMARK_SERVER_TOKEN"
    string_options: ClassVar[tuple[str, ...]] = ("message_stream",)
    webhook_class: ClassVar[type[ProviderWebhook] | None] = PostmarkWebhook
    webhook_secret_variable: ClassVar[str] = "POSTMARK_WEBHOOK_SECRET"
    health_path: ClassVar[str] = "/server"
    error_keys: ClassVar[tuple[str, ...]] = ("Message",)
    batch_size: ClassVar[int] = 16  # it accepts 500; limited by MAX_IN_FLIGHT
    accepts_mime: ClassVar[bool] = False
    rewritten_headers: ClassVar[frozenset[str]] = frozenset({"date", "message-id"})
    signs_list_unsubscribe: ClassVar[bool] = (
        True  # h= names both; hexdocs.pm/mailglass/dkim-setup.html
    )

    message_stream: str = "broadcast"

    def build_request(self, batch: Batch) -> ServiceRequest:
        payload = [self._payload(read_api_message(message, self.service_name)) for message in batch]
        return self.post_json("/email/batch", payload)

    def auth_headers(self) -> dict[str, str]:
        return {"Accept": "application/json", "X-Postmark-Server-Token": self.get_api_key()}

    def parse_response(self, batch: Batch, response: ServiceResponse) -> BatchResult:
        """Return the result of each message; they come in order."""
        items = response.json()
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
        payload = {
            "From": content.sender,
            "To": content.to,
            "ReplyTo": content.reply_to,
            "Subject": content.subject,
            "TextBody": content.text,
            "HtmlBody": content.html,
            "Headers": [{"Name": name, "Value": value} for name, value in content.headers],
            "Attachments": [
                {
                    "Name": image.filename,
                    "Content": encode_image(image),
                    "ContentType": image.media_type,
                    "ContentID": f"cid:{image.content_id}",
                }
                for image in content.images
            ],
            "MessageStream": self.message_stream,
            "Metadata": {TOKEN_FIELD: content.token} if content.token else "",
            "TrackOpens": False,
            "TrackLinks": "None",
        }
        return {name: value for name, value in payload.items() if value not in ("", [])}


def _build_receipt(message: Message, item: Any) -> Receipt:  # Any: the provider's response
    code, response = item["ErrorCode"], _item_message(item)
    if not isinstance(code, int) or isinstance(code, bool):
        raise UnexpectedResponse("the error code is not a number")
    if code == 0:
        return accepted(message, require_id(item["MessageID"]), str(item["Message"]))
    if code in _TEMPORARY_CODES:
        return build_receipts((message,), DeliveryState.DEFERRED, response)[0]
    return rejected(message, response, is_address_failure=code == _INACTIVE_RECIPIENT)


def _item_message(item: Any) -> str:  # Any: the provider's response
    return f"{item['ErrorCode']}: {item['Message']}"


def _is_account_error(item: Any) -> bool:  # Any: the provider's response
    code = item.get("ErrorCode") if isinstance(item, dict) else None
    return isinstance(code, int) and code in _ACCOUNT_CODES and "Message" in item
