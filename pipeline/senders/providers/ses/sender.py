"""Amazon SES v2: messages as composed (docs.aws.amazon.com/ses/latest/APIReference-V2/API_SendEmail.html, 2026)."""

from __future__ import annotations

import base64
import json
import os
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import ClassVar

from pipeline.errors import ConfigError
from pipeline.senders.http import Batch, BatchResult, HttpSender, ServiceRequest, ServiceResponse
from pipeline.senders.http.batch_results import accepted
from pipeline.senders.http.service_response import require_id
from pipeline.senders.http.sigv4 import AwsCredentials, sign_request
from pipeline.senders.providers.ses.sns_topic import SnsTopic
from pipeline.senders.providers.ses.webhook import SesWebhook
from pipeline.senders.webhooks.payload import TOKEN_FIELD
from pipeline.senders.webhooks.provider_webhook import ProviderWebhook
from pipeline.senders.webhooks.webhook_secret import not_heard_error

_SEND_PATH = "/v2/email/outbound-emails"
_ACCOUNT_PATH = "/v2/email/account"
_REGION = re.compile(r"[a-z]{2,4}(?:-[a-z]+)+-[0-9]{1,2}")

# Errors with status 400 that concern the account (API_SendEmail, "Errors", and "Common errors").
_ACCOUNT_ERRORS = {
    "AccountSuspendedException",
    "MailFromDomainNotVerifiedException",
    "SendingPausedException",
}
_TEMPORARY_ERRORS = {"LimitExceededException", "ThrottlingException", "TooManyRequestsException"}


@dataclass(kw_only=True, eq=False)
class SesSender(HttpSender):
    """
    Send through Amazon SES; the key is that of an IAM user or role with `ses:SendEmail`.

    Args:
        region: `"eu-central-1"`; by default AWS_REGION or AWS_DEFAULT_REGION.
        configuration_set: The name of a configuration set, for events.
        access_key_env: The variable with the key's id; *api_key_env* names the variable with the secret key.
        session_token_env: The variable with the token of temporary credentials; it may be unset.
        webhook_topic: The ARN of the SNS topic that posts its notifications to the webhook.
    """

    service_name: ClassVar[str] = "Amazon SES"
    api_url: ClassVar[str] = ""  # one for each region
    api_key_variable: ClassVar[str] = "AWS_SECRET_ACCESS_KEY"
    variable_options: ClassVar[tuple[str, ...]] = (
        "api_key_env",
        "access_key_env",
        "session_token_env",
    )
    webhook_class: ClassVar[type[ProviderWebhook] | None] = SesWebhook
    string_options: ClassVar[tuple[str, ...]] = ("region", "configuration_set", "webhook_topic")
    # docs.aws.amazon.com/ses/latest/dg/header-fields.html
    rewritten_headers: ClassVar[frozenset[str]] = frozenset({"date", "message-id", "return-path"})
    # aws.amazon.com/blogs: "Using one-click unsubscribe with Amazon SES"
    signs_list_unsubscribe: ClassVar[bool] = True

    region: str | None = None
    configuration_set: str | None = None
    access_key_env: str = "AWS_ACCESS_KEY_ID"
    session_token_env: str = "AWS_SESSION_TOKEN"
    webhook_topic: str | None = None
    connections: int = 4

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.webhook_secret_env or self.webhook_secret_file:
            raise ConfigError(
                "The sender for Amazon SES has no webhook secret: SNS signs its messages. Set webhook_topic instead."
            )
        if self.webhook_topic:
            self._topic = SnsTopic(self.webhook_topic)

    def get_default_url(self) -> str:
        return f"https://email.{self._get_region()}.amazonaws.com"

    def build_request(self, batch: Batch) -> ServiceRequest:
        (message,) = batch
        payload: dict[str, object] = {
            "Destination": {"ToAddresses": [message.recipient.email]},
            "Content": {"Raw": {"Data": base64.b64encode(message.content).decode("ascii")}},
        }
        if message.token:
            payload["EmailTags"] = [{"Name": TOKEN_FIELD, "Value": message.token}]
        if self.configuration_set:
            payload["ConfigurationSetName"] = self.configuration_set
        body = json.dumps(payload).encode()
        headers = self._sign_headers("POST", _SEND_PATH, body)
        return ServiceRequest(path=_SEND_PATH, body=body, headers=headers)

    def open_webhook(self) -> SesWebhook:
        if not self.webhook_topic:
            raise not_heard_error(self.service_name, "webhook_topic is not set")
        return SesWebhook(self._topic)

    def health_request(self) -> ServiceRequest:
        return ServiceRequest(
            method="GET", path=_ACCOUNT_PATH, headers=self._sign_headers("GET", _ACCOUNT_PATH)
        )

    def is_key_valid(self, response: ServiceResponse) -> bool:
        """Whether the key is valid: a key for sending alone is denied the account, an invalid one is no token."""
        return response.is_success or _error_type(response) == "AccessDeniedException"

    def parse_response(self, batch: Batch, response: ServiceResponse) -> BatchResult:
        return BatchResult(
            receipts=(accepted(batch[0], require_id(response.require("MessageId"))),)
        )

    def error_message(self, response: ServiceResponse) -> str:
        """Return the error message, with the type of the error."""
        message = response.get("message") or response.get("Message")
        return ": ".join(filter(None, [_error_type(response), message]))

    def is_account_error(self, response: ServiceResponse) -> bool:
        """Whether *response* rejects the account; "not verified" is about From, or about all addresses (sandbox)."""
        if self.is_temporary(response):
            return False
        error_type = _error_type(response)
        is_unverified = error_type == "MessageRejected" and "not verified" in response.get(
            "message"
        )
        return super().is_account_error(response) or error_type in _ACCOUNT_ERRORS or is_unverified

    def is_temporary(self, response: ServiceResponse) -> bool:
        """Whether a limit was exceeded (some such errors have status 400), or the request may succeed later."""
        return super().is_temporary(response) or _error_type(response) in _TEMPORARY_ERRORS

    def _sign_headers(self, method: str, path: str, body: bytes = b"") -> dict[str, str]:
        return sign_request(
            method,
            self._base_url + path,
            body,
            {"Content-Type": "application/json"},
            credentials=self._get_credentials(),
            region=self._get_region(),
            service="ses",
            at=datetime.now(UTC),
        )

    def _get_region(self) -> str:
        region = (
            self.region
            or os.environ.get("AWS_REGION")
            or os.environ.get("AWS_DEFAULT_REGION")
            or _region_from_url(self.base_url or "")
        )
        if not region:
            raise ConfigError(
                'The sender for Amazon SES needs "region". Add region = "eu-central-1", or set AWS_REGION.'
            )
        if not _REGION.fullmatch(region):
            raise ConfigError(
                f'The sender for Amazon SES, region: {region!r} is not a region. Use one like "eu-central-1".'
            )
        return region

    def _get_credentials(self) -> AwsCredentials:
        token = ""
        if os.environ.get(self.session_token_env):
            token = self.keys.get(self.session_token_env, option="session_token_env")
        return AwsCredentials(
            access_key=self.keys.get(self.access_key_env, option="access_key_env"),
            secret_key=self.get_api_key(),
            token=token,
        )


def _error_type(response: ServiceResponse) -> str:
    """Return `MessageRejected` from the header `x-amzn-errortype: MessageRejected:http://…`."""
    return response.headers.get("x-amzn-errortype", "").partition(":")[0]


def _region_from_url(url: str) -> str:
    found = re.match(r"https://email(?:-fips)?\.([a-z0-9-]+)\.amazonaws\.com", url)
    return found[1] if found else ""
