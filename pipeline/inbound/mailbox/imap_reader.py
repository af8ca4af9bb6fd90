"""
Read a mailbox by IMAP, without deleting anything.

What becomes an event (a bounce, a complaint, an automatic reply, an unsubscribe) moves to another folder. Replies,
requests in words and private mail stay where they are, unread: people may use the same mailbox. What was seen is
remembered by UIDVALIDITY and UID. After a crash, or with a second reader, a message is read again, and recorded once.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from pipeline.files import write_atomically
from pipeline.inbound.inbound_message import InboundKind
from pipeline.inbound.inbound_service import InboundService
from pipeline.inbound.mailbox.imap_connection import ImapMailbox, open_mailbox
from pipeline.inbound.mailbox.imap_settings import ImapSettings
from pipeline.inbound.record_message import RecordedMessage

log = logging.getLogger(__name__)

_BATCH = 50
_STAYING = frozenset({InboundKind.REPLY, InboundKind.UNKNOWN})


class ImapReader:
    """
    Records the new messages of a mailbox.

    Args:
        position_file: Remembers what was read.
    """

    def __init__(
        self, settings: ImapSettings, service: InboundService, *, position_file: Path
    ) -> None:
        self.settings = settings
        self._service = service
        self._position_file = position_file

    def poll(self) -> Iterator[RecordedMessage]:
        """
        Record what is new, and yield each.

        Raises:
            MailboxError: The mailbox cannot be read, or goes away; what was recorded counts.
            StoreError, OSError: Something cannot be recorded; it stays where it is.
        """
        with open_mailbox(self.settings) as mailbox:
            uids = iter(mailbox.list_uids(self._read_position(mailbox.uid_validity)))
            while batch := list(islice(uids, _BATCH)):
                yield from self._record_batch(mailbox, batch)

    def _record_batch(self, mailbox: ImapMailbox, batch: list[int]) -> Iterator[RecordedMessage]:
        done = []
        for uid in batch:
            content = mailbox.read(uid)
            if content is None:
                continue
            recorded = self._service.record(content, keeps_unmatched=False)
            log.debug("UID %d, UIDVALIDITY %d", uid, mailbox.uid_validity)
            if _is_done(recorded):
                done.append(uid)
            yield recorded
        mailbox.move(done)
        self._write_position(mailbox.uid_validity, batch[-1] + 1)

    def _read_position(self, uid_validity: int) -> int:
        """Return the first UID that was not read yet; 1 if the mailbox is new, or was created again."""
        found = self._read_positions().get(self.settings.name, {})
        return int(found["next_uid"]) if found.get("uid_validity") == uid_validity else 1

    def _write_position(self, uid_validity: int, next_uid: int) -> None:
        positions = self._read_positions()
        positions[self.settings.name] = {"uid_validity": uid_validity, "next_uid": next_uid}
        self._position_file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        content = json.dumps(positions, indent=2).encode()
        write_atomically(self._position_file, content, mode=0o600)

    def _read_positions(self) -> dict[str, dict[str, int]]:
        try:
            found = json.loads(self._position_file.read_bytes())
        except (FileNotFoundError, ValueError):
            return {}  # everything is read again, and nothing counts twice
        return found if isinstance(found, dict) else {}


def _is_done(recorded: RecordedMessage) -> bool:
    """Whether nobody needs to see the message any more."""
    if recorded.target is None or recorded.message.is_in_words:
        return False
    return recorded.is_outgoing or recorded.message.kind not in _STAYING
