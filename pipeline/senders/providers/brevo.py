"""Brevo: JSON in batches (developers.brevo.com/docs/batch-send-transactional-emails, 2026)."""

from __future__ import annotations

import hashlib
import json
import uuid
from dataclasses import dataclass
from typing import Any, ClassVar

from pipeline.errors import UnsupportedFeature
from pipeline.models.message import Message
from pipeline.senders.http import Answer, HttpSender, Letter, Outcome, Request, Unreadable
from pipeline.senders.http.message_parts import mailbox, read_letter
from pipeline.senders.http.service import Batch

_SPECIALS = set('()<>[]:;@\\,."')
_TAKEN_BEFORE = "duplicate_parameter"


@dataclass(kw_only=True, eq=False)
class BrevoSender(HttpSender):
    """
    Send by Brevo.

    A request whose answer is lost is made again with its key, by which Brevo knows it for 30 minutes. The key names the
    whole batch, so after a crash, when nobody knows how messages were batched, it helps no more: `idempotency_window`
    stays None.
    """

    service: ClassVar[str] = "Brevo"
    address: ClassVar[str] = "https://api.brevo.com"
    key_variable: ClassVar[str] = "BREVO_API_KEY"
    batch_size: ClassVar[int] = 16  # it takes 1,000; so many may be unanswered
    accepts_mime: ClassVar[bool] = False
    rewritten_headers: ClassVar[frozenset[str]] = frozenset({"date", "message-id"})

    def request(self, batch: Batch) -> Request:
        """Return the request that hands *batch* over."""
        letters = [read_letter(message, self.service) for message in batch]
        for letter in letters:
            _expect_expressible(letter)
        first = letters[0]
        form: dict[str, Any] = {
            "sender": _address(first.sender),
            "subject": first.subject,
            "messageVersions": [self._version(letter) for letter in letters],
            **_texts(first),
        }
        digest = hashlib.sha256(json.dumps(form).encode()).digest()
        once = str(uuid.UUID(bytes=digest[:16], version=4))
        form["headers"] = {"idempotencyKey": once}
        return Request(
            path="/v3/smtp/email",
            body=json.dumps(form).encode(),
            headers={"Content-Type": "application/json", **self._headers()},
            once=once,
        )

    def look(self) -> Request:
        """Return the request for the account."""
        return Request(path="/v3/account", headers=self._headers())

    def fits(self, batch: Batch, message: Message) -> bool:
        """Whether *message* may stand in one request with *batch*: they share a sender."""
        return _sender(batch[0].content) == _sender(message.content)

    def has_outcome(self, answer: Answer) -> bool:
        """Whether *answer* speaks of each message; it does so too when it knows the request's key already."""
        return super().has_outcome(answer) or answer.found("code") == _TAKEN_BEFORE

    def outcome(self, batch: Batch, answer: Answer) -> Outcome:
        """Return that each message was queued; ids come in their order."""
        if not answer.is_success:
            words = self.clean(answer.told(self.told(answer)))
            return Outcome(receipts=tuple(self.accepted(m, "", words) for m in batch))
        ids = answer.json().get("messageIds")
        if ids is None and len(batch) == 1:
            ids = [answer.needed("messageId")]
        if not isinstance(ids, list) or len(ids) != len(batch):
            raise Unreadable("an id for each message was expected")
        return Outcome(receipts=tuple(map(self.accepted, batch, map(str, ids))))

    def told(self, answer: Answer) -> str:
        """Return its words, with the code of the error."""
        return ": ".join(filter(None, [answer.found("code"), answer.found("message")]))

    def is_closed(self, answer: Answer) -> bool:
        """Whether *answer* concerns the account or its sender."""
        codes = {
            "not_enough_credits",
            "permission_denied",
            "unauthorized",
            "account_under_validation",
        }
        is_sender = "sender" in answer.found("message").lower() and answer.status == 400
        return super().is_closed(answer) or answer.found("code") in codes or is_sender

    def _headers(self) -> dict[str, str]:
        return {"api-key": self.key(), "Accept": "application/json"}

    def _version(self, letter: Letter) -> dict[str, Any]:
        version = {
            "to": [_address(letter.to)],
            "subject": letter.subject,
            "headers": letter.header_map(self.service),
            **_texts(letter),
        }
        if letter.reply_to:
            version["replyTo"] = _address(letter.reply_to)
        return version


def _texts(letter: Letter) -> dict[str, str]:
    texts = {"textContent": letter.text, "htmlContent": letter.html}
    return {name: text for name, text in texts.items() if text}


def _sender(content: bytes) -> bytes:
    head = content.partition(b"\r\n\r\n")[0]
    lines = (b"\r\n" + head).replace(b"\r\n ", b" ").split(b"\r\n")
    return next((line for line in lines if line.lower().startswith(b"from:")), b"")


def _expect_expressible(letter: Letter) -> None:
    if letter.images:
        raise UnsupportedFeature(
            "Brevo cannot set pictures inside a letter. Link to them on the web, or send by its SMTP."
        )
    if any(not value.isascii() for _, value in letter.headers):
        raise UnsupportedFeature(
            "Brevo sends header fields beyond ASCII unencoded. Send by its SMTP, or write them in ASCII."
        )
    if any(
        mark in text for mark in ("{{", "{%") for text in (letter.subject, letter.text, letter.html)
    ):
        raise UnsupportedFeature(
            'Brevo takes "{{" and "{%" in a letter for its own marks and would change the text. Send by its SMTP, or '
            "write the braces differently."
        )


def _address(field: str) -> dict[str, str]:
    """
    Return an address in its form.

    It drops a name that is beyond ASCII and holds a comma or the like; encoded as a word it is kept (anymail, 2026).
    """
    address = mailbox(field)
    name = address.name
    if not name.isascii() and _SPECIALS & set(name):
        from email.header import Header

        name = Header(name, "utf-8", maxlinelen=10_000).encode()
    return {"email": address.email, **({"name": name} if name else {})}
