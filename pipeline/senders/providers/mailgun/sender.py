"""Mailgun: messages as composed (documentation.mailgun.com, "Send an email in MIME format", 2026)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import ClassVar
from urllib.parse import quote

from pipeline.senders.http import Batch, BatchResult, HttpSender, ServiceRequest, ServiceResponse
from pipeline.senders.http.batch_results import accepted
from pipeline.senders.http.sender_options import check_choice
from pipeline.senders.http.service_connection import basic_auth
from pipeline.senders.http.service_response import UnexpectedResponse, require_id
from pipeline.senders.providers.mailgun.webhook import MailgunWebhook
from pipeline.senders.webhooks.payload import TOKEN_FIELD
from pipeline.senders.webhooks.provider_webhook import ProviderWebhook

_REGIONS = {"us": "https://api.mailgun.net", "eu": "https://api.eu.mailgun.net"}
_WRONG_URL = b"Mailgun Magnificent API"  # its response, with status 200, to a wrong path


@dataclass(kw_only=True, eq=False)
class MailgunSender(HttpSender):
    """
    Send through Mailgun.

    Args:
        domain: The domain as registered there; by default the domain of From.
        region: `"us"` or `"eu"`: where the domain was created.
    """

    service_name: ClassVar[str] = "Mailgun"
    api_url: ClassVar[str] = _REGIONS["us"]
    api_key_variable: ClassVar[str] = "MAILGUN_API_KEY"
    webhook_class: ClassVar[type[ProviderWebhook] | None] = MailgunWebhook
    webhook_secret_variable: ClassVar[str] = "MAILGUN_WEBHOOK_SIGNING_KEY"
    string_options: ClassVar[tuple[str, ...]] = ("domain",)
    # help.mailgun.com 203306610: it can write both fields itself, as receivers require
    signs_list_unsubscribe: ClassVar[bool] = True

    domain: str | None = None
    region: str = "us"
    connections: int = 4

    def get_default_url(self) -> str:
        check_choice(self.region, _REGIONS, option="region", sender="The sender for Mailgun")
        return _REGIONS[self.region]

    def build_request(self, batch: Batch) -> ServiceRequest:
        from urllib3 import encode_multipart_formdata

        (message,) = batch
        fields: dict[str, str | tuple[str, bytes, str]] = {
            "to": message.recipient.email,
            "message": ("message.eml", message.content, "message/rfc822"),
            "o:tracking": "no",
            "o:tracking-clicks": "no",
            "o:tracking-opens": "no",
        }
        if message.token:
            fields[f"v:{TOKEN_FIELD}"] = message.token
        body, content_type = encode_multipart_formdata(fields)
        domain = self.domain or message.sender.domain
        authorization = basic_auth("api", self.get_api_key())
        return ServiceRequest(
            path=f"/v3/{quote(domain, safe='')}/messages.mime",
            body=body,
            headers={"Content-Type": content_type, "Authorization": authorization},
        )

    def parse_response(self, batch: Batch, response: ServiceResponse) -> BatchResult:
        if _WRONG_URL in response.body:
            error = self.account_error(f"no API at {self._base_url}; check domain and base_url")
            return BatchResult(error=error)
        message = response.require("message")
        if not message.startswith("Queued"):
            raise UnexpectedResponse("the message is not queued")
        provider_id = require_id(response.require("id"))
        return BatchResult(receipts=(accepted(batch[0], provider_id, message),))

    def is_address_failure(self, response: ServiceResponse) -> bool:
        """Whether the recipient's address is invalid."""
        message = self.error_message(response).replace("'", "")
        return message.startswith("to parameter is not a valid address")

    def is_account_error(self, response: ServiceResponse) -> bool:
        """Whether *response* rejects the account or its domain."""
        is_domain_error = response.status == 400 and re.search(
            r"domain .{0,300} (?:is not allowed|not verified|disabled)",
            self.error_message(response),
            re.IGNORECASE,
        )
        return super().is_account_error(response) or bool(is_domain_error)
