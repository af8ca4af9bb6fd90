"""Postmark: JSON in batches (postmarkapp.com/developer/api/email-api, 2026)."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, ClassVar

from pipeline.models.delivery import DeliveryState, Receipt
from pipeline.models.message import Message
from pipeline.senders.http import Answer, HttpSender, Letter, Outcome, Request, Unreadable
from pipeline.senders.http.message_parts import read_letter
from pipeline.senders.http.service import Batch

# Error codes of single messages (postmarkapp.com/developer/api/overview#error-codes).
_OF_THE_SENDER = {
    10,  # bad or missing token
    400,  # sender signature not found
    401,  # sender signature not confirmed
    405,  # not allowed to send: no credits
    412,  # the account is pending approval
    413,  # the account may not send
    1226,  # the message stream is not there
    1235,  # so too
}
_INACTIVE = 406  # it holds a hard bounce, a complaint or a wish against the address
_FOR_LATER = {100, 429, 500}  # maintenance; too many requests; an error of its own


@dataclass(kw_only=True, eq=False)
class PostmarkSender(HttpSender):
    """
    Send by Postmark.

    Args:
        message_stream: `"broadcast"` is its stream for newsletters; another that you made there.
    """

    service: ClassVar[str] = "Postmark"
    address: ClassVar[str] = "https://api.postmarkapp.com"
    key_variable: ClassVar[str] = "POSTMARK_SERVER_TOKEN"
    batch_size: ClassVar[int] = 16  # it takes 500; so many may be unanswered
    accepts_mime: ClassVar[bool] = False
    rewritten_headers: ClassVar[frozenset[str]] = frozenset({"date", "message-id"})
    signs_list_unsubscribe: ClassVar[bool] = (
        True  # its h= names both; hexdocs.pm/mailglass/dkim-setup.html
    )

    message_stream: str = "broadcast"

    def words(self) -> tuple[str, ...]:
        """Return the names of the options that are texts without spaces."""
        return ("message_stream",)

    def request(self, batch: Batch) -> Request:
        """Return the request that hands *batch* over."""
        messages = [self._form(read_letter(message, self.service)) for message in batch]
        return Request(
            path="/email/batch",
            body=json.dumps(messages).encode(),
            headers={"Content-Type": "application/json", **self._headers()},
        )

    def look(self) -> Request:
        """Return the request for what the server of the token is called."""
        return Request(path="/server", headers=self._headers())

    def outcome(self, batch: Batch, answer: Answer) -> Outcome:
        """Return what *answer* says of each message, in their order."""
        items = answer.json()
        if not isinstance(items, list) or len(items) != len(batch):
            raise Unreadable("one answer for each message was expected")
        receipts = tuple(
            self._receipt(message, item)
            for message, item in zip(batch, items, strict=True)
            if item.get("ErrorCode") not in _OF_THE_SENDER
        )
        closing = [item for item in items if item.get("ErrorCode") in _OF_THE_SENDER]
        error = self.closed(self.clean(_words(closing[0]))) if closing else None
        return Outcome(receipts=receipts, error=error)

    def told(self, answer: Answer) -> str:
        """Return its words."""
        return answer.found("Message")

    def _headers(self) -> dict[str, str]:
        return {"Accept": "application/json", "X-Postmark-Server-Token": self.key()}

    def _receipt(self, message: Message, item: Any) -> Receipt:  # Any: what the service answered
        code, words = int(item.get("ErrorCode", 0)), _words(item)
        if code == 0:
            return self.accepted(message, str(item.get("MessageID", "")), str(item["Message"]))
        if code in _FOR_LATER:
            return self.all_of((message,), DeliveryState.DEFERRED, self.clean(words))[0]
        return self.not_accepted(message, words, is_address_failure=code == _INACTIVE)

    def _form(self, letter: Letter) -> dict[str, Any]:
        form = {
            "From": letter.sender,
            "To": letter.to,
            "ReplyTo": letter.reply_to,
            "Subject": letter.subject,
            "TextBody": letter.text,
            "HtmlBody": letter.html,
            "Headers": [{"Name": name, "Value": value} for name, value in letter.headers],
            "Attachments": [
                {
                    "Name": image.filename,
                    "Content": image.base64,
                    "ContentType": image.media_type,
                    "ContentID": f"cid:{image.content_id}",
                }
                for image in letter.images
            ],
            "MessageStream": self.message_stream,
            "TrackOpens": False,
            "TrackLinks": "None",
        }
        return {name: value for name, value in form.items() if value not in ("", [])}


def _words(item: Any) -> str:  # Any: what the service answered
    return f"{item.get('ErrorCode', 0)}: {item['Message']}"
