"""SparkPost: the octets as composed (developers.sparkpost.com/api/transmissions, `email_rfc822`, 2026)."""

from __future__ import annotations

import json
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, ClassVar

from pipeline.errors import UnsupportedFeature
from pipeline.models.message import Message
from pipeline.senders.http import Answer, HttpSender, Outcome, Request
from pipeline.senders.http.sender_options import check_choice, check_flag
from pipeline.senders.http.service import Batch

_REGIONS = {"us": "https://api.sparkpost.com", "eu": "https://api.eu.sparkpost.com"}
_MARKS = (b"{{", b"}}")
_NOT_GENERATED = "1902"  # "Message generation rejected", with the reason
_QUOTA = 420  # "Exceed Sending Limit": of the sandbox, the day or the month


@dataclass(kw_only=True, eq=False)
class SparkpostSender(HttpSender):
    """
    Send by SparkPost.

    Args:
        region: `"us"` or `"eu"`: where the account was made.
        transactional: True keeps it from writing a List-Unsubscribe of its own; its list of those who take no
            newsletters is then not looked at.
    """

    service: ClassVar[str] = "SparkPost"
    address: ClassVar[str] = _REGIONS["us"]
    key_variable: ClassVar[str] = "SPARKPOST_API_KEY"
    # support.sparkpost.com: every message that is not transactional gets a List-Unsubscribe of its own.
    rewritten_headers: ClassVar[frozenset[str]] = frozenset(
        {"list-unsubscribe", "message-id", "return-path"}
    )

    region: str = "us"
    transactional: bool = False
    connections: int = 4

    def __post_init__(self) -> None:
        """Check the options; nothing outside is touched."""
        check_flag(self.transactional, option="transactional", of="The sender for SparkPost")
        super().__post_init__()
        if self.transactional:
            left = self.rewritten_headers - {"list-unsubscribe"}
            self.rewritten_headers = left  # type: ignore[misc]  # known only now

    def default_url(self) -> str:
        """Return the address of the region."""
        check_choice(self.region, _REGIONS, option="region", of="The sender for SparkPost")
        return _REGIONS[self.region]

    def request(self, batch: Batch) -> Request:
        """Return the request that hands the one message of *batch* over."""
        (message,) = batch
        _expect_no_marks(message)
        form = {
            "options": {
                "open_tracking": False,
                "click_tracking": False,
                "transactional": self.transactional,
            },
            "recipients": [{"address": {"email": message.recipient.email}}],
            "content": {"email_rfc822": message.content.decode("ascii")},
        }
        return Request(
            path="/api/v1/transmissions",
            body=json.dumps(form).encode(),
            headers={"Content-Type": "application/json", "Authorization": self.key()},
        )

    def look(self) -> Request:
        """Return the request for the account."""
        return Request(path="/api/v1/account", headers={"Authorization": self.key()})

    def knows_key(self, answer: Answer) -> bool:
        """Whether it knew the key: one for transmissions alone may not see the account, an unknown one gets 401."""
        return answer.is_success or answer.status == HTTPStatus.FORBIDDEN

    def outcome(self, batch: Batch, answer: Answer) -> Outcome:
        """Return whether the one recipient was accepted."""
        (message,) = batch
        results = answer.json()["results"]
        if int(results["total_accepted_recipients"]):
            return Outcome(receipts=(self.accepted(message, str(results["id"])),))
        words = _words(results.get("rcpt_to_errors") or results.get("errors"))
        return Outcome(receipts=(self.not_accepted(message, words or "rejected"),))

    def told(self, answer: Answer) -> str:
        """Return its words."""
        return _words(answer.json()["errors"])

    def is_closed(self, answer: Answer) -> bool:
        """Whether *answer* concerns the account or its domain: codes 7000 to 7999 are about sending domains."""
        code = answer.found("errors", 0, "code")
        return super().is_closed(answer) or (answer.status == 400 and code.startswith("70"))

    def is_address_failure(self, answer: Answer) -> bool:
        """Whether *answer* says that the address is on its list of those not to be written to."""
        code, words = (answer.found("errors", 0, name) for name in ("code", "description"))
        return code == _NOT_GENERATED and "address suppressed" in words

    def is_for_later(self, answer: Answer) -> bool:
        """Whether *answer* says that too much was asked."""
        return super().is_for_later(answer) or answer.status == _QUOTA


def _expect_no_marks(message: Message) -> None:
    """See that nothing in *message* is one of its marks, which it would fill in or fail at, in raw messages too."""
    if any(mark in message.content.replace(b"=\r\n", b"") for mark in _MARKS):
        raise UnsupportedFeature(
            'SparkPost takes "{{" and "}}" in a message for its own marks and would change the text. '
            "Send by its SMTP, or write the braces differently."
        )


def _words(errors: Any) -> str:  # Any: what the service answered
    if not isinstance(errors, list):
        return ""
    parts = [
        [str(error.get(key, "")) for key in ("code", "message", "description")]
        for error in errors
        if isinstance(error, dict)
    ]
    return "; ".join(" ".join(filter(None, part)) for part in parts)
