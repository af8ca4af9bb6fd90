"""
Forward what people answer to the editor, as it is.

The message stays unchanged, below fields that say who sent it on (RFC 5322 §3.6.6): so the reader's DKIM signature
stays valid, the conversation stays together, and the editor answers the reader. What a program wrote, or what was
forwarded before, is not forwarded: that could go round for ever.
"""

from __future__ import annotations

import fcntl
import logging
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email.utils import format_datetime, make_msgid

from pipeline.clock import Clock
from pipeline.errors import ConfigError, PipelineError, SendError
from pipeline.inbound.reading.foreign_header import HeaderFields
from pipeline.inbound.stored_messages import MessageFolder, StorageReason, StoredMessage
from pipeline.models.address import Address
from pipeline.models.delivery import DeliveryState, Receipt
from pipeline.models.message import Message
from pipeline.senders import Sender

log = logging.getLogger(__name__)

#: Says that we forwarded a message, so that it is not forwarded again.
_MARK = "X-Handbill-Forwarded"
#: A message with more of these has gone round; honest ones have about ten (RFC 5321 §6.3).
_MAX_HOPS = 30
#: Fields of the last delivery, which the next server writes again.
_RETURN_PATH = re.compile(rb"(?i)\A(?:From [^\n]*\n)?(?:return-path:[^\n]*\n(?:[ \t][^\n]*\n)*)?")


def can_forward(header: HeaderFields, editor: Address) -> bool:
    """Whether the reply with *header* may be forwarded to *editor*: a person wrote it, and it goes that way once."""
    is_ours = _MARK.lower() in header or "x-handbill-campaign" in header
    is_automatic = (
        header.get("auto-submitted").lower() not in {"", "no"}
        or header.get("precedence").lower() in {"bulk", "list", "junk"}
        or "list-id" in header
    )
    is_looping = len(header.get_all("received")) > _MAX_HOPS
    is_own = header.list_addresses("from") == [editor.email.lower()]
    return not (is_ours or is_automatic or is_looping or is_own)


class ReplyForwarder:
    """
    Forwards the kept replies that wait for it, each once.

    After a crash between sending and noting it, a reply is forwarded again: better twice than never.

    Args:
        editor: Who receives them.
        envelope_sender: Where a mail server returns what it cannot deliver to *editor*.
        open_sender: Opens the sender; only one that sends a message as it is will do.
    """

    def __init__(
        self,
        folder: MessageFolder,
        *,
        editor: Address,
        envelope_sender: Address,
        open_sender: Callable[[], Sender],
        clock: Clock,
    ) -> None:
        self.editor = editor
        self._folder = folder
        self._envelope_sender = envelope_sender
        self._open_sender = open_sender
        self._clock = clock
        self._last_problem = ""

    def accepts(self, header: HeaderFields) -> bool:
        """Whether a reply with *header* is to be forwarded."""
        return can_forward(header, self.editor)

    def forward_all(self) -> int:
        """Forward all that wait; return their number. What the server does not take now, waits for the next time."""
        if not any(self._folder.list_stored(StorageReason.OUTGOING)):
            return 0
        try:
            with self._only_one():
                count = sum(1 for _ in self._forward_waiting())
        except (PipelineError, OSError) as error:
            if str(error) != self._last_problem:
                self._last_problem = str(error)
                log.error(
                    "Replies are not forwarded: %s They wait, and are tried again.", error,
                    extra={"action": "inbound.not-forwarded"},
                )  # fmt: skip
            return 0
        self._last_problem = ""
        return count

    @contextmanager
    def _only_one(self) -> Iterator[None]:
        """Let one process forward at a time."""
        with (self._folder.root / ".forwarding").open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield

    def _forward_waiting(self) -> Iterator[StoredMessage]:
        with self._open_sender() as sender:
            _require_unchanged(sender)
            for stored in self._folder.list_stored(StorageReason.OUTGOING):
                receipt = self._send(sender, stored)
                if receipt.state is DeliveryState.ACCEPTED:
                    self._folder.move(stored, StorageReason.FORWARDED)
                    yield stored
                elif receipt.state is DeliveryState.REFUSED:
                    self._folder.move(stored, StorageReason.REPLY)
                    log.error(
                        "Reply %s cannot be forwarded: %s. Read it: handbill inbound list", stored.name,
                        receipt.response, extra={"action": "inbound.forward-refused"},
                    )  # fmt: skip
                else:
                    raise SendError(receipt.response or "The server does not take it now.")

    def _send(self, sender: Sender, stored: StoredMessage) -> Receipt:
        message_id = make_msgid(domain=self._envelope_sender.domain)
        message = Message(
            campaign_id="reply",
            sequence=1,
            sender=self._envelope_sender,
            recipient=self.editor,
            message_id=message_id,
            chunks=(self._resend(stored.path.read_bytes(), message_id),),
        )
        for receipt in sender.send([message]):
            return receipt
        raise SendError("The sender gave no receipt.")

    def _resend(self, content: bytes, message_id: str) -> bytes:
        """Return *content*, as it is, below the fields of the one who sends it on."""
        fields = (
            ("Resent-Date", format_datetime(self._clock.now())),
            ("Resent-From", self._envelope_sender.email),
            ("Resent-To", self.editor.email),
            ("Resent-Message-ID", message_id),
            (_MARK, "yes"),
        )
        content = _RETURN_PATH.sub(b"", content, count=1)
        content = content.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
        return "".join(f"{name}: {value}\r\n" for name, value in fields).encode() + content


def _require_unchanged(sender: Sender) -> None:
    for each in sender.get_senders():
        if not each.accepts_mime or "message-id" in each.rewritten_headers:
            raise ConfigError(
                f"{type(each).__name__} writes messages of its own. Set [bounces] forward_by to an SMTP sender."
            )
