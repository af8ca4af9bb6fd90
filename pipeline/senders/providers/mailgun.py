"""Mailgun: the octets as composed (documentation.mailgun.com, "Send an email in MIME format", 2026)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import ClassVar
from urllib.parse import quote

from pipeline.senders.http import Answer, HttpSender, Outcome, Request, Unreadable
from pipeline.senders.http.sender_options import check_choice
from pipeline.senders.http.service import Batch
from pipeline.senders.http.service_connection import basic

_REGIONS = {"us": "https://api.mailgun.net", "eu": "https://api.eu.mailgun.net"}
_WRONG_ADDRESS = b"Mailgun Magnificent API"  # what it answers, with 200, where nothing is


@dataclass(kw_only=True, eq=False)
class MailgunSender(HttpSender):
    """
    Send by Mailgun.

    Args:
        domain: As it is called there; by default that of the sender's address.
        region: `"us"` or `"eu"`: where the domain was made.
    """

    service: ClassVar[str] = "Mailgun"
    address: ClassVar[str] = _REGIONS["us"]
    key_variable: ClassVar[str] = "MAILGUN_API_KEY"
    # help.mailgun.com 203306610: it writes both fields itself where it is told to, as the receivers require
    signs_list_unsubscribe: ClassVar[bool] = True

    domain: str | None = None
    region: str = "us"
    connections: int = 4

    def words(self) -> tuple[str, ...]:
        """Return the names of the options that are texts without spaces."""
        return ("domain",)

    def default_url(self) -> str:
        """Return the address of the region."""
        check_choice(self.region, _REGIONS, option="region", of="The sender for Mailgun")
        return _REGIONS[self.region]

    def request(self, batch: Batch) -> Request:
        """Return the request that hands the one message of *batch* over."""
        from urllib3 import encode_multipart_formdata

        (message,) = batch
        fields: dict[str, str | tuple[str, bytes, str]] = {
            "to": message.recipient.email,
            "message": ("message.eml", message.content, "message/rfc822"),
            "o:tracking": "no",
            "o:tracking-clicks": "no",
            "o:tracking-opens": "no",
        }
        body, content_type = encode_multipart_formdata(fields)
        domain = self.domain or message.sender.domain
        return Request(
            path=f"/v3/{quote(domain, safe='')}/messages.mime",
            body=body,
            headers={"Content-Type": content_type, "Authorization": basic("api", self.key())},
        )

    def outcome(self, batch: Batch, answer: Answer) -> Outcome:
        """Return that the message was queued."""
        if _WRONG_ADDRESS in answer.body:
            words = f"there is nothing at {self._base_url}; see domain and base_url"
            return Outcome(receipts=(), error=self.closed(words))
        words = answer.needed("message")
        if not words.startswith("Queued"):
            raise Unreadable("the message was expected to be queued")
        return Outcome(receipts=(self.accepted(batch[0], answer.needed("id").strip("<>"), words),))

    def told(self, answer: Answer) -> str:
        """Return its words."""
        return answer.found("message")

    def is_address_failure(self, answer: Answer) -> bool:
        """Whether *answer* says that the reader's address is none."""
        return self.told(answer).replace("'", "").startswith("to parameter is not a valid address")

    def is_closed(self, answer: Answer) -> bool:
        """Whether *answer* concerns the account or its domain."""
        is_domain = answer.status == 400 and bool(
            re.search(
                r"domain .* (?:is not allowed|not verified|disabled)", self.told(answer), re.I
            )
        )
        return super().is_closed(answer) or is_domain
