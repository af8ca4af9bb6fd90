"""Resend: JSON in batches with idempotency keys (resend.com/docs/api-reference/emails/send-batch-emails, 2026)."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import Any, ClassVar

from pipeline.models.message import Message
from pipeline.senders.http import Answer, HttpSender, Letter, Outcome, Request, Unreadable
from pipeline.senders.http.message_parts import read_letter
from pipeline.senders.http.service import Batch

_ANOTHER_UNDER_WAY = "concurrent_idempotent_requests"
_QUOTAS = {"daily_quota_exceeded", "monthly_quota_exceeded"}


@dataclass(kw_only=True, eq=False)
class ResendSender(HttpSender):
    """
    Send by Resend.

    A request whose answer is lost is made again with its key, by which Resend knows it. The key names the whole batch,
    so after a crash, when nobody knows how messages were batched, it helps no more: `idempotency_window` stays null.
    """

    service: ClassVar[str] = "Resend"
    address: ClassVar[str] = "https://api.resend.com"
    key_variable: ClassVar[str] = "RESEND_API_KEY"
    batch_size: ClassVar[int] = 16  # it takes 100; so many may be unanswered
    accepts_mime: ClassVar[bool] = False
    rewritten_headers: ClassVar[frozenset[str]] = frozenset({"date", "message-id"})
    # resend.com/docs/dashboard/emails/add-unsubscribe-to-transactional-emails gives both fields
    signs_list_unsubscribe: ClassVar[bool] = True

    def request(self, batch: Batch) -> Request:
        """Return the request that hands *batch* over; pictures go by themselves, the batch endpoint drops them."""
        forms = [self._form(read_letter(message, self.service)) for message in batch]
        is_single = len(forms) == 1
        body = json.dumps(forms[0] if is_single else forms).encode()
        once = hashlib.sha256(body).hexdigest()
        return Request(
            path="/emails" if is_single else "/emails/batch",
            body=body,
            headers={
                "Authorization": f"Bearer {self.key()}",
                "Content-Type": "application/json",
                "Idempotency-Key": once,
                # One bad message must not stop the others (changelog "Batch Validation Modes", 2025-09-19).
                "x-batch-validation": "permissive",
            },
            once=once,
        )

    def look(self) -> Request:
        """Return the request for the domains of the account."""
        return Request(path="/domains", headers={"Authorization": f"Bearer {self.key()}"})

    def knows_key(self, answer: Answer) -> bool:
        """Whether it knew the key; one for sending alone may see nothing (resend.com/docs/api-reference/errors)."""
        return answer.is_success or answer.found("name") == "restricted_api_key"

    def fits(self, batch: Batch, message: Message) -> bool:
        """Whether *message* may stand in one request with *batch*."""
        return not any(b"Content-ID:" in m.content for m in (*batch, message))

    def outcome(self, batch: Batch, answer: Answer) -> Outcome:
        """Return what *answer* says of each message: ids of those taken in their order, errors by index."""
        if len(batch) == 1:
            return Outcome(receipts=(self.accepted(batch[0], answer.needed("id")),))
        found = answer.json()
        errors = {int(e["index"]): str(e["message"]) for e in found.get("errors") or ()}
        ids = [str(item["id"]) for item in found["data"] if item and item.get("id")]
        if len(ids) + len(errors) != len(batch) or not set(errors) <= set(range(len(batch))):
            raise Unreadable("one answer for each message was expected")
        left = iter(ids)
        return Outcome(
            receipts=tuple(
                self.not_accepted(message, errors[index])
                if index in errors
                else self.accepted(message, next(left))
                for index, message in enumerate(batch)
            )
        )

    def told(self, answer: Answer) -> str:
        """Return its words, with the name of the error."""
        return ": ".join(filter(None, [answer.found("name"), answer.found("message")]))

    def is_lost(self, answer: Answer) -> bool:
        """Whether *answer* leaves open what became of the messages: the same request is still under way."""
        return super().is_lost(answer) or answer.found("name") == _ANOTHER_UNDER_WAY

    def is_for_later(self, answer: Answer) -> bool:
        """Whether *answer* says that too much was asked."""
        return super().is_for_later(answer) or answer.found("name") in _QUOTAS

    def _form(self, letter: Letter) -> dict[str, Any]:
        form = {
            "from": letter.sender,
            "to": [letter.to],
            "reply_to": letter.reply_to,
            "subject": letter.subject,
            "text": letter.text,
            "html": letter.html,
            "headers": letter.header_map(self.service),
            "attachments": [
                {
                    "content": image.base64,
                    "filename": image.filename,
                    "content_type": image.media_type,
                    "content_id": image.content_id,
                }
                for image in letter.images
            ],
        }
        return {name: value for name, value in form.items() if value}
