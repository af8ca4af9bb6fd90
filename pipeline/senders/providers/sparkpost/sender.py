"""SparkPost: messages as composed (developers.sparkpost.com/api/transmissions, `email_rfc822`, 2026)."""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, ClassVar

from pipeline.errors import UnsupportedFeature
from pipeline.models.message import Message
from pipeline.senders.http import Batch, BatchResult, HttpSender, ServiceRequest, ServiceResponse
from pipeline.senders.http.batch_results import accepted, rejected
from pipeline.senders.http.sender_options import check_choice, check_flag
from pipeline.senders.http.service_response import UnexpectedResponse, require_id, to_text
from pipeline.senders.providers.sparkpost.webhook import SparkpostWebhook
from pipeline.senders.webhooks.payload import TOKEN_FIELD
from pipeline.senders.webhooks.provider_webhook import ProviderWebhook

_REGIONS = {"us": "https://api.sparkpost.com", "eu": "https://api.eu.sparkpost.com"}
_PLACEHOLDERS = (b"{{", b"}}")
_GENERATION_REJECTED = "1902"  # "Message generation rejected", with the reason
_QUOTA_EXCEEDED = 420  # "Exceed Sending Limit": of the sandbox, the day or the month


@dataclass(kw_only=True, eq=False)
class SparkpostSender(HttpSender):
    """
    Send through SparkPost.

    Args:
        region: `"us"` or `"eu"`: where the account was created.
        transactional: If True, SparkPost adds no List-Unsubscribe of its own, and ignores its list of recipients who
            unsubscribed from newsletters.
    """

    service_name: ClassVar[str] = "SparkPost"
    api_url: ClassVar[str] = _REGIONS["us"]
    api_key_variable: ClassVar[str] = "SPARKPOST_API_KEY"
    health_path: ClassVar[str] = "/api/v1/account"
    webhook_class: ClassVar[type[ProviderWebhook] | None] = SparkpostWebhook
    webhook_secret_variable: ClassVar[str] = "SPARKPOST_WEBHOOK_SECRET"
    # support.sparkpost.com: every message that is not transactional gets a List-Unsubscribe of its own.
    rewritten_headers: ClassVar[frozenset[str]] = frozenset(
        {"list-unsubscribe", "message-id", "return-path"}
    )

    region: str = "us"
    transactional: bool = False
    connections: int = 4

    def __post_init__(self) -> None:
        check_flag(self.transactional, option="transactional", sender="The sender for SparkPost")
        super().__post_init__()
        if self.transactional:
            remaining = self.rewritten_headers - {"list-unsubscribe"}
            self.rewritten_headers = remaining  # type: ignore[misc]  # known only now

    def get_default_url(self) -> str:
        check_choice(self.region, _REGIONS, option="region", sender="The sender for SparkPost")
        return _REGIONS[self.region]

    def build_request(self, batch: Batch) -> ServiceRequest:
        (message,) = batch
        _require_no_placeholders(message)
        payload = {
            "options": {
                "open_tracking": False,
                "click_tracking": False,
                "transactional": self.transactional,
            },
            "recipients": [
                {
                    "address": {"email": message.recipient.email},
                    "metadata": {TOKEN_FIELD: message.token} if message.token else {},
                }
            ],
            "content": {"email_rfc822": message.content.decode("ascii")},
        }
        return self.post_json("/api/v1/transmissions", payload)

    def auth_headers(self) -> dict[str, str]:
        return {"Authorization": self.get_api_key()}

    def is_key_valid(self, response: ServiceResponse) -> bool:
        """Whether the key is valid: a key for sending alone gets 403 for the account, an invalid one 401."""
        return response.is_success or response.status == HTTPStatus.FORBIDDEN

    def parse_response(self, batch: Batch, response: ServiceResponse) -> BatchResult:
        """Return whether the one recipient was accepted."""
        (message,) = batch
        results = response.json()["results"]
        counts = tuple(results.get(f"total_{each}_recipients") for each in ("accepted", "rejected"))
        error = _join_errors(results.get("rcpt_to_errors") or results.get("errors"))
        if to_text(counts[0]) == "1":
            return BatchResult(receipts=(accepted(message, require_id(results["id"])),))
        if to_text(counts[0]) == "0" and (error or to_text(counts[1]) == "1"):
            return BatchResult(receipts=(rejected(message, error or "rejected"),))
        raise UnexpectedResponse("the number of accepted recipients is wrong")

    def error_message(self, response: ServiceResponse) -> str:
        """Return the error messages."""
        return _join_errors(response.json()["errors"])

    def is_account_error(self, response: ServiceResponse) -> bool:
        """Whether *response* rejects the account or its domain: codes 7000 to 7999 are about sending domains."""
        code = response.get("errors", 0, "code")
        return super().is_account_error(response) or (
            response.status == 400 and code.startswith("70")
        )

    def is_address_failure(self, response: ServiceResponse) -> bool:
        """Whether the recipient's address is on SparkPost's suppression list."""
        code, message = (response.get("errors", 0, key) for key in ("code", "description"))
        return code == _GENERATION_REJECTED and "address suppressed" in message

    def is_temporary(self, response: ServiceResponse) -> bool:
        """Whether a limit was exceeded, or the request may succeed later for another reason."""
        return super().is_temporary(response) or response.status == _QUOTA_EXCEEDED


def _require_no_placeholders(message: Message) -> None:
    """Reject *message* if it contains SparkPost's placeholders, which it replaces or fails at in MIME messages too."""
    content = message.content.replace(b"=\r\n", b"")
    if any(placeholder in content for placeholder in _PLACEHOLDERS):
        raise UnsupportedFeature(
            'SparkPost reads "{{" and "}}" in a message as placeholders and would change the text. '
            "Send by its SMTP, or write the braces differently."
        )


def _join_errors(errors: Any) -> str:  # Any: the provider's response
    if not isinstance(errors, list):
        return ""
    parts = [
        [str(error.get(key, "")) for key in ("code", "message", "description")]
        for error in errors
        if isinstance(error, dict)
    ]
    return "; ".join(" ".join(filter(None, part)) for part in parts)
