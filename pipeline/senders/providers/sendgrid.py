"""SendGrid v3: JSON, one message in a request (twilio.com/docs/sendgrid/api-reference/mail-send, 2026)."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, ClassVar

from pipeline.senders.http import Answer, HttpSender, Letter, Outcome, Request, Unreadable
from pipeline.senders.http.message_parts import mailbox, read_letter
from pipeline.senders.http.sender_options import check_choice
from pipeline.senders.http.service import Batch

_REGIONS = {"global": "https://api.sendgrid.com", "eu": "https://api.eu.sendgrid.com"}

_TO = ("to", "personalizations.0.to.0.email")  # what it calls the reader's address


@dataclass(kw_only=True, eq=False)
class SendgridSender(HttpSender):
    """
    Send by SendGrid.

    One request can hold many readers, but one text for all of them: a letter with a link for each reader to leave by is
    a request of its own.

    Args:
        region: `"global"` or `"eu"`: where the subuser was made.
    """

    service: ClassVar[str] = "SendGrid"
    address: ClassVar[str] = _REGIONS["global"]
    key_variable: ClassVar[str] = "SENDGRID_API_KEY"
    accepts_mime: ClassVar[bool] = False
    rewritten_headers: ClassVar[frozenset[str]] = frozenset({"date", "message-id"})
    # support.sendgrid.com 20631133325467: both fields may be given, as the receivers require
    signs_list_unsubscribe: ClassVar[bool] = True

    region: str = "global"
    connections: int = 4

    def default_url(self) -> str:
        """Return the address of the region."""
        check_choice(self.region, _REGIONS, option="region", of="The sender for SendGrid")
        return _REGIONS[self.region]

    def request(self, batch: Batch) -> Request:
        """Return the request that hands the one message of *batch* over."""
        (message,) = batch
        return Request(
            path="/v3/mail/send",
            body=json.dumps(self._form(read_letter(message, self.service))).encode(),
            headers={"Content-Type": "application/json", "Authorization": f"Bearer {self.key()}"},
        )

    def look(self) -> Request:
        """Return the request for what the key may do."""
        return Request(path="/v3/scopes", headers={"Authorization": f"Bearer {self.key()}"})

    def outcome(self, batch: Batch, answer: Answer) -> Outcome:
        """Return that the message was queued; the answer is empty but for a header."""
        if answer.status != 202:
            raise Unreadable("202 was expected")
        provider_id = answer.headers.get("x-message-id", "")
        return Outcome(receipts=(self.accepted(batch[0], provider_id),))

    def told(self, answer: Answer) -> str:
        """Return its words, each with the field it is about."""
        errors = answer.json()["errors"]
        return "; ".join(
            ": ".join(filter(None, [error.get("field"), error["message"]])) for error in errors
        )

    def is_address_failure(self, answer: Answer) -> bool:
        """Whether the one thing wrong is that the reader's address is none (api-reference/mail-send/errors)."""
        field, words = (answer.found("errors", 0, name) for name in ("field", "message"))
        is_alone = not answer.found("errors", 1, "message")
        return is_alone and field in _TO and words.startswith("Does not contain a valid address")

    def _form(self, letter: Letter) -> dict[str, Any]:
        content = [
            {"type": kind, "value": value}
            for kind, value in (("text/plain", letter.text), ("text/html", letter.html))
            if value
        ]
        form: dict[str, Any] = {
            "from": _address(letter.sender),
            "personalizations": [{"to": [_address(letter.to)]}],
            "subject": letter.subject,
            "content": content,
            "tracking_settings": {
                "click_tracking": {"enable": False},
                "open_tracking": {"enable": False},
                "subscription_tracking": {"enable": False},
            },
        }
        if letter.reply_to:
            form["reply_to"] = _address(letter.reply_to)
        if letter.headers:
            form["headers"] = letter.header_map(self.service)
        if letter.images:
            form["attachments"] = [
                {
                    "content": image.base64,
                    "type": image.media_type,
                    "filename": image.filename,
                    "disposition": "inline",
                    "content_id": image.content_id,
                }
                for image in letter.images
            ]
        return form


def _address(field: str) -> dict[str, str]:
    address = mailbox(field)
    return {"email": address.email, **({"name": address.name} if address.name else {})}
