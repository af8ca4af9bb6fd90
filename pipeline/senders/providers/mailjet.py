"""Mailjet v3.1: JSON in batches (dev.mailjet.com/email/guides/send-api-v31, 2026)."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, ClassVar

from pipeline.models.delivery import Receipt
from pipeline.models.message import Message
from pipeline.senders.http import Answer, HttpSender, Letter, Outcome, Request, Unreadable
from pipeline.senders.http.message_parts import mailbox, read_letter
from pipeline.senders.http.sender_options import check_variable
from pipeline.senders.http.service import Batch
from pipeline.senders.http.service_connection import basic

# It answers send-0011, "cannot be customized", to these (symfony/mailjet-mailer, FORBIDDEN_HEADERS).
_ITS_OWN = frozenset(
    {"list-id", "sender", "user-agent", "x-mailer", "x-csa-complaints", "x-feedback-id"}
)
_NO_ADDRESS = ("mj-0013", ["To[0].Email"])  # dev.mailjet.com, "Send API v3.1", "Send with errors"
_OF_THE_SENDER = {401, 403}


@dataclass(kw_only=True, eq=False)
class MailjetSender(HttpSender):
    """
    Send by Mailjet; its key has two halves.

    Args:
        access_key_env: The variable with the public half; *api_key_env* names that of the secret one.
    """

    service: ClassVar[str] = "Mailjet"
    address: ClassVar[str] = "https://api.mailjet.com"
    key_variable: ClassVar[str] = "MAILJET_SECRET_KEY"
    batch_size: ClassVar[int] = 16  # it takes 50; so many may be unanswered
    accepts_mime: ClassVar[bool] = False
    rewritten_headers: ClassVar[frozenset[str]] = _ITS_OWN | {"date", "message-id"}

    access_key_env: str = "MAILJET_API_KEY"

    def __post_init__(self) -> None:
        """Check the options; nothing outside is touched."""
        super().__post_init__()
        check_variable(self.access_key_env, option="access_key_env", of="The sender for Mailjet")

    def request(self, batch: Batch) -> Request:
        """Return the request that hands *batch* over."""
        messages = [self._form(read_letter(message, self.service)) for message in batch]
        return Request(
            path="/v3.1/send",
            # Without this it tells of a sender that may not send only later, by an event.
            body=json.dumps({"Messages": messages, "AdvanceErrorHandling": True}).encode(),
            headers={"Content-Type": "application/json", **self._headers()},
        )

    def look(self) -> Request:
        """Return the request for the senders of the account."""
        return Request(path="/v3/REST/sender", headers=self._headers())

    def has_outcome(self, answer: Answer) -> bool:
        """Whether *answer* speaks of each message: in part refused, it comes as 400."""
        return super().has_outcome(answer) or (
            400 <= answer.status < 500 and bool(answer.found("Messages", 0, "Status"))
        )

    def outcome(self, batch: Batch, answer: Answer) -> Outcome:
        """Return what *answer* says of each message, in their order."""
        items = answer.json()["Messages"]
        if len(items) != len(batch):
            raise Unreadable("one answer for each message was expected")
        receipts = tuple(
            self._receipt(message, item)
            for message, item in zip(batch, items, strict=True)
            if _status(item) not in _OF_THE_SENDER
        )
        closing = [item for item in items if _status(item) in _OF_THE_SENDER]
        error = self.closed(self.clean(_words(closing[0]))) if closing else None
        return Outcome(receipts=receipts, error=error)

    def told(self, answer: Answer) -> str:
        """Return its words, with the code of the error."""
        return ": ".join(filter(None, [answer.found("ErrorCode"), answer.found("ErrorMessage")]))

    def _headers(self) -> dict[str, str]:
        user = self.secret(self.access_key_env, option="access_key_env")
        return {"Authorization": basic(user, self.key())}

    def _receipt(self, message: Message, item: Any) -> Receipt:  # Any: what the service answered
        if item["Status"] == "success":
            return self.accepted(message, str(item["To"][0]["MessageID"]))
        error = item["Errors"][0]
        is_no_address = (error.get("ErrorCode"), error.get("ErrorRelatedTo")) == _NO_ADDRESS
        return self.not_accepted(
            message, _words(item), status=_status(item), is_address_failure=is_no_address
        )

    def _form(self, letter: Letter) -> dict[str, Any]:
        headers = letter.header_map(self.service)
        form = {
            "From": _address(letter.sender),
            "To": [_address(letter.to)],
            "ReplyTo": _address(letter.reply_to) if letter.reply_to else None,
            "Subject": letter.subject,
            "TextPart": letter.text,
            "HTMLPart": letter.html,
            "Headers": {n: value for n, value in headers.items() if n.lower() not in _ITS_OWN},
            "InlinedAttachments": [
                {
                    "ContentType": image.media_type,
                    "Filename": image.filename,
                    "ContentID": image.content_id,
                    "Base64Content": image.base64,
                }
                for image in letter.images
            ],
            "TrackOpens": "disabled",
            "TrackClicks": "disabled",
        }
        return {name: value for name, value in form.items() if value}


def _status(item: Any) -> int:  # Any: what the service answered
    return int(item["Errors"][0].get("StatusCode", 400)) if item.get("Errors") else 0


def _words(item: Any) -> str:  # Any: what the service answered
    error = item["Errors"][0]
    about = ", ".join(map(str, error.get("ErrorRelatedTo") or ()))
    return ": ".join(filter(None, [error.get("ErrorCode"), error.get("ErrorMessage"), about]))


def _address(field: str) -> dict[str, str]:
    address = mailbox(field)
    return {"Email": address.email, **({"Name": address.name} if address.name else {})}
