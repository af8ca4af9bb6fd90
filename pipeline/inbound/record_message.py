"""
Record a message that came back: as an event, if it leads to one of our messages by a token that only we can make.

Anybody can write a delivery report. One without a valid token is kept for a person, and changes nothing. Nothing is
answered, and nothing is lost: a message counts as received when its event and its file are on the disk. Recording it
again, after a crash or from a second copy, records nothing new.
"""

from __future__ import annotations

import hashlib
import logging
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from email.utils import parsedate_to_datetime

from pipeline.clock import Clock
from pipeline.errors import StateError
from pipeline.events import EventStore, TokenTarget
from pipeline.inbound.inbound_message import Feedback, InboundKind, InboundMessage
from pipeline.inbound.reading.foreign_header import HeaderFields, decode_bytes
from pipeline.inbound.reading.message_content import MAX_BYTES
from pipeline.inbound.reading.read_message import has_unsubscribe_name, read_message
from pipeline.inbound.stored_messages import MessageFolder, StorageReason, StoredMessage
from pipeline.models.event import Event, EventKind
from pipeline.recipient_tokens import TokenPurpose

log = logging.getLogger(__name__)

#: Of a message, no more is read or kept.
MAX_MESSAGE_BYTES = 50 * 1024 * 1024

_SOURCE = "mailbox"
_TOKEN = re.compile(r"(?<![A-Za-z0-9])[A-Za-z2-7]{16,40}(?![A-Za-z0-9])")
_MAX_TOKENS = 40
#: Header fields that differ between two copies of one message.
_IDENTITY_FIELDS = ("message-id", "date", "from", "subject")

_EVENTS = {
    InboundKind.BOUNCE: EventKind.BOUNCED,
    InboundKind.COMPLAINT: EventKind.COMPLAINED,
    InboundKind.AUTO_REPLY: EventKind.AUTO_REPLIED,
    InboundKind.DELIVERED: EventKind.DELIVERED,
    InboundKind.UNSUBSCRIBE: EventKind.UNSUBSCRIBED,
    InboundKind.REPLY: EventKind.REPLIED,
}


@dataclass(frozen=True, kw_only=True, slots=True)
class RecordedMessage:
    """
    What became of a message.

    Args:
        is_new: Whether its event was not known yet.
        effect: What its event changed, "" if nothing.
        stored_as: The name under which it is kept; None if it is not.
        stored_for: Why it is kept.
    """

    message: InboundMessage
    target: TokenTarget | None
    is_new: bool = False
    effect: str = ""
    stored_as: str | None = None
    stored_for: StorageReason | None = None

    @property
    def is_outgoing(self) -> bool:
        """Whether it is a reply that is about to be forwarded."""
        return self.stored_for is StorageReason.OUTGOING

    def describe(self) -> str:
        """Return what it was and what became of it, in one line."""
        kind, kept = self.message.kind.value, f"kept as {self.stored_as}" if self.stored_as else ""
        if self.target is None:
            return f"{kind}: leads to no message of this project{kept and f'; {kept}'}."
        notes = (self.effect, "" if self.is_new else "nothing new", kept)
        details = "; ".join(filter(None, notes))
        return f"{kind}: {self.target.campaign_id or 'test'}{f' ({details})' if details else ''}."


class InboundRecorder:
    """
    Records messages in the ledger of a project, and keeps those that a person should see.

    Args:
        forwards: Whether a reply with a header is to be forwarded.
    """

    def __init__(
        self,
        ledger: EventStore,
        folder: MessageFolder,
        *,
        clock: Clock,
        forwards: Callable[[HeaderFields], bool] = lambda _: False,
    ) -> None:
        self._ledger = ledger
        self._folder = folder
        self._clock = clock
        self._forwards = forwards

    def record(
        self, content: bytes, *, envelope_to: tuple[str, ...] = (), keeps_unmatched: bool = True
    ) -> RecordedMessage:
        """
        Record the message *content*, durably.

        Args:
            envelope_to: The envelope recipients, where they are known.
            keeps_unmatched: Whether to keep a copy of a message that leads nowhere; a mailbox keeps it itself.

        Raises:
            StoreError: The database cannot be written to: deliver the message again later.
            OSError: The message cannot be stored: likewise.
        """
        message = read_message(
            content, envelope_to=envelope_to, is_unsubscribe_address=self._is_unsubscribe_address
        )
        target = self._find_target(message)
        if target and message.is_from_person:  # whoever writes to an address with a token, answers
            message = replace(message, kind=InboundKind.REPLY)
        digest = _identify(content)
        reason = _find_reason(message, target)
        if reason is StorageReason.REPLY and self._forwards(_read_header(content)):
            reason = StorageReason.OUTGOING
        if reason is StorageReason.UNMATCHED and not keeps_unmatched:
            reason = None
        stored_as = self._folder.keep(content, digest, reason) if reason else None
        if target is None:
            return RecordedMessage(
                message=message, target=None, stored_as=stored_as, stored_for=reason
            )
        kind = None if message.is_in_words or target.is_test else _find_event_kind(message)
        if kind is None:
            return RecordedMessage(
                message=message, target=target, stored_as=stored_as, stored_for=reason
            )
        event = self._make_event(message, kind, target, digest, content)
        recorded = self._ledger.record([event]).recorded
        return RecordedMessage(
            message=message,
            target=target,
            is_new=bool(recorded),
            effect=recorded[0].effect if recorded else "",
            stored_as=stored_as,
            stored_for=reason,
        )

    def confirm(self, stored: StoredMessage) -> str:
        """
        Unsubscribe who asked for it in the message *stored*; return what that changed.

        Raises:
            StateError: Nobody asks for that in it, or it is not known who.
        """
        content = stored.path.read_bytes()
        message = read_message(content)
        target = self._find_target(message)
        if target is None or target.is_test:
            raise StateError(
                f"It is not known who wrote message {stored.name}. Unsubscribe them by their address: "
                "handbill subscribers unsubscribe ADDRESS"
            )
        event = self._make_event(
            message, EventKind.UNSUBSCRIBED, target, _identify(content), content
        )
        recorded = self._ledger.record([event]).recorded
        self._folder.move(stored, StorageReason.DONE)
        return recorded[0].effect if recorded else ""

    def _is_unsubscribe_address(self, address: str) -> bool:
        """Whether *address* says whom to unsubscribe, by a token that was made for nothing else."""
        return has_unsubscribe_name(address) or any(
            self._ledger.find_target(token, TokenPurpose.UNSUBSCRIBE)
            for token in _list_tokens([address])
        )

    def _find_target(self, message: InboundMessage) -> TokenTarget | None:
        """Return our message that *message* is about: by the address it came to, else by what it returns."""
        is_leaving = message.kind is InboundKind.UNSUBSCRIBE and not message.is_in_words
        purposes = (
            (TokenPurpose.UNSUBSCRIBE,)
            if is_leaving
            else (TokenPurpose.BOUNCE, TokenPurpose.MESSAGE, TokenPurpose.UNSUBSCRIBE)
        )
        places = (
            message.delivered_to
            if is_leaving
            else (
                *message.delivered_to,
                *message.original_ids,
            )
        )
        for token in _list_tokens(places):
            for purpose in purposes:
                found = self._ledger.find_target(token, purpose)
                if found is not None:
                    return found
        return None

    def _make_event(
        self,
        message: InboundMessage,
        kind: EventKind,
        target: TokenTarget,
        digest: str,
        content: bytes,
    ) -> Event:
        # With a token it is certain whom a bounce concerns, whatever address it names.
        recipient = message.recipients[0] if message.recipients else None
        is_bounce = kind is EventKind.BOUNCED
        return Event(
            kind=kind,
            source=_SOURCE,
            source_key=digest,
            at=self._find_time(content),
            campaign=target.campaign,
            sequence=target.sequence,
            mailbox=target.mailbox,
            list_name=target.list_name if kind is EventKind.UNSUBSCRIBED else None,
            bounce_class=recipient.bounce_class if recipient and is_bounce else None,
            code=recipient.code if recipient else None,
            enhanced_code=recipient.status if recipient else None,
            text=recipient.text if recipient else message.subject,
        )

    def _find_time(self, content: bytes) -> datetime:
        """Return the time in the message's Date, unless it has none or lies in the future."""
        now = self._clock.now()
        try:
            at = parsedate_to_datetime(_read_header(content).get("date"))
        except (ValueError, TypeError, OverflowError):
            return now
        return at if at.tzinfo is not None and at <= now else now


def _find_reason(message: InboundMessage, target: TokenTarget | None) -> StorageReason | None:
    """Return why *message* is kept; None if its event says all of it."""
    if target is None:
        return StorageReason.UNMATCHED
    if message.kind is InboundKind.UNSUBSCRIBE and message.is_in_words:
        return StorageReason.REQUEST
    if message.kind in {InboundKind.OTHER, InboundKind.UNKNOWN}:
        return StorageReason.OTHER
    return StorageReason.REPLY if message.kind is InboundKind.REPLY else None


def _find_event_kind(message: InboundMessage) -> EventKind | None:
    if message.feedback is Feedback.AUTH_FAILURE:
        return None
    if message.feedback is Feedback.OPT_OUT:
        return EventKind.UNSUBSCRIBED
    return _EVENTS.get(message.kind)


def _list_tokens(places: Iterable[str]) -> Iterator[str]:
    found = (token.lower() for place in places for token in _TOKEN.findall(place))
    yield from list(dict.fromkeys(found))[:_MAX_TOKENS]


def _read_header(content: bytes) -> HeaderFields:
    head = content[:MAX_BYTES].replace(b"\r\n", b"\n").lstrip(b"\n").partition(b"\n\n")[0]
    return HeaderFields(decode_bytes(head))


def _identify(content: bytes) -> str:
    """Return a digest of *content* that is the same for all copies of one message, whatever way they came."""
    normal = content.replace(b"\r\n", b"\n").lstrip(b"\n")
    fields = _read_header(content).get_all(*_IDENTITY_FIELDS)
    body = normal.partition(b"\n\n")[2].rstrip(b"\n")
    return hashlib.sha256("\n".join(fields).encode() + b"\n\n" + body).hexdigest()
