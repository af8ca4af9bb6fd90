"""Amazon SES v2: the octets as composed (docs.aws.amazon.com/ses/latest/APIReference-V2/API_SendEmail.html, 2026)."""

from __future__ import annotations

import base64
import json
import os
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import ClassVar

from pipeline.errors import ConfigError
from pipeline.senders.http import Answer, HttpSender, Outcome, Request
from pipeline.senders.http.sender_options import check_variable
from pipeline.senders.http.service import Batch
from pipeline.senders.http.sigv4 import Credentials, sign

_PATH = "/v2/email/outbound-emails"
_ACCOUNT = "/v2/email/account"
_REGION = re.compile(r"[a-z]{2,4}(?:-[a-z]+)+-[0-9]{1,2}")

# Errors that come as 400 and concern the account (API_SendEmail, "Errors", and "Common errors").
_CLOSED = {
    "AccountSuspendedException",
    "MailFromDomainNotVerifiedException",
    "SendingPausedException",
}
_FOR_LATER = {"LimitExceededException", "ThrottlingException", "TooManyRequestsException"}


@dataclass(kw_only=True, eq=False)
class SesSender(HttpSender):
    """
    Send by Amazon SES; the key is that of an IAM user or role that may `ses:SendEmail`.

    Args:
        region: `"eu-central-1"`; by default what AWS_REGION or AWS_DEFAULT_REGION says.
        configuration_set: The name of one, for events.
        access_key_env: The variable with the id of the key; *api_key_env* names that of the secret itself.
        session_token_env: The variable with the token of credentials that expire; it may be unset.
    """

    service: ClassVar[str] = "Amazon SES"
    address: ClassVar[str] = ""  # one for each region
    key_variable: ClassVar[str] = "AWS_SECRET_ACCESS_KEY"
    # docs.aws.amazon.com/ses/latest/dg/header-fields.html
    rewritten_headers: ClassVar[frozenset[str]] = frozenset({"date", "message-id", "return-path"})
    signs_list_unsubscribe: ClassVar[bool] = (
        True  # aws.amazon.com/blogs: "Using one-click unsubscribe with Amazon SES"
    )

    region: str | None = None
    configuration_set: str | None = None
    access_key_env: str = "AWS_ACCESS_KEY_ID"
    session_token_env: str = "AWS_SESSION_TOKEN"
    connections: int = 4

    def __post_init__(self) -> None:
        """Check the options; nothing outside is touched."""
        super().__post_init__()
        for option in ("access_key_env", "session_token_env"):
            check_variable(getattr(self, option), option=option, of="The sender for Amazon SES")

    def words(self) -> tuple[str, ...]:
        """Return the names of the options that are texts without spaces."""
        return ("region", "configuration_set")

    def default_url(self) -> str:
        """Return the address of the region."""
        return f"https://email.{self._region()}.amazonaws.com"

    def request(self, batch: Batch) -> Request:
        """Return the request that hands the one message of *batch* over."""
        (message,) = batch
        form: dict[str, object] = {
            "Destination": {"ToAddresses": [message.recipient.email]},
            "Content": {"Raw": {"Data": base64.b64encode(message.content).decode("ascii")}},
        }
        if self.configuration_set:
            form["ConfigurationSetName"] = self.configuration_set
        body = json.dumps(form).encode()
        return Request(path=_PATH, body=body, headers=self._signed("POST", _PATH, body))

    def look(self) -> Request:
        """Return the request for the account."""
        return Request(path=_ACCOUNT, headers=self._signed("GET", _ACCOUNT))

    def knows_key(self, answer: Answer) -> bool:
        """Whether it knew the key: one that may only send is denied the account, an unknown one is no token."""
        return answer.is_success or _kind(answer) == "AccessDeniedException"

    def outcome(self, batch: Batch, answer: Answer) -> Outcome:
        """Return that the message was taken."""
        return Outcome(receipts=(self.accepted(batch[0], answer.needed("MessageId")),))

    def told(self, answer: Answer) -> str:
        """Return its words, with the kind of the error."""
        words = answer.found("message") or answer.found("Message")
        return ": ".join(filter(None, [_kind(answer), words]))

    def is_closed(self, answer: Answer) -> bool:
        """Whether *answer* concerns the account; an unverified address is the sender's, or all are (the sandbox)."""
        if self.is_for_later(answer):
            return False
        words = answer.found("message")
        is_unverified = _kind(answer) == "MessageRejected" and "not verified" in words
        return super().is_closed(answer) or _kind(answer) in _CLOSED or is_unverified

    def is_for_later(self, answer: Answer) -> bool:
        """Whether *answer* says that too much was asked: some such errors come as 400."""
        return super().is_for_later(answer) or _kind(answer) in _FOR_LATER

    def _signed(self, method: str, path: str, body: bytes = b"") -> dict[str, str]:
        return sign(
            method,
            self._base_url + path,
            body,
            {"Content-Type": "application/json"},
            credentials=self._credentials(),
            region=self._region(),
            service="ses",
            at=datetime.now(UTC),
        )

    def _region(self) -> str:
        found = (
            self.region
            or os.environ.get("AWS_REGION")
            or os.environ.get("AWS_DEFAULT_REGION")
            or _region_in(self.base_url or "")
        )
        if not found:
            raise ConfigError(
                'The sender for Amazon SES needs "region". Write it as region = "eu-central-1", or set AWS_REGION.'
            )
        if not _REGION.fullmatch(found):
            raise ConfigError(
                f'The sender for Amazon SES, region: {found!r} is none. Write it as "eu-central-1".'
            )
        return found

    def _credentials(self) -> Credentials:
        token = ""
        if os.environ.get(self.session_token_env):
            token = self.secret(self.session_token_env, option="session_token_env")
        return Credentials(
            access_key=self.secret(self.access_key_env, option="access_key_env"),
            secret_key=self.key(),
            token=token,
        )


def _kind(answer: Answer) -> str:
    """Return `MessageRejected` of the header `x-amzn-errortype: MessageRejected:http://…`."""
    return answer.headers.get("x-amzn-errortype", "").partition(":")[0]


def _region_in(url: str) -> str:
    found = re.match(r"https://email(?:-fips)?\.([a-z0-9-]+)\.amazonaws\.com", url)
    return found[1] if found else ""
