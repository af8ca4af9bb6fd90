"""The composer of a campaign from the outbox: it reads each message from its file and signs it again."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from pipeline.errors import AddressError, SendError
from pipeline.mail import Signing, replace_signatures
from pipeline.models.address import parse_address
from pipeline.models.message import Message
from pipeline.models.recipient import Recipient
from pipeline.senders import Sender
from pipeline.senders.outbox.manifest import ManifestEntry, read_message_file


def to_values(entry: ManifestEntry) -> dict[str, str]:
    """Return what a delivery stores, as the values of its recipient, to find and check its file."""
    return {
        "campaign_id": entry.campaign_id,
        "file": entry.file,
        "digest": entry.digest,
        "sender": entry.sender,
        "message_id": entry.message_id,
    }


class FileComposer:
    """
    Reads the messages in *folder*, and signs them for *sender*.

    Args:
        signing: Who signs the messages of *sender*.
    """

    #: What a message says of its recipient is in its file.
    recipient_fields: frozenset[str] = frozenset()

    def __init__(self, folder: Path, *, sender: Sender, signing: Signing) -> None:
        self._folder = folder
        self._signing = signing
        self._preserves_bytes = sender.accepts_mime and not sender.rewritten_headers

    def compose(self, recipient: Recipient, *, sequence: int, at: datetime) -> Message:
        """
        Return the message to *recipient*, signed at the time *at*.

        Raises:
            SendError: Its file is missing or changed.
        """
        values = recipient.values
        path = self._folder / values["file"]
        content = read_message_file(path, values["digest"])
        if content is None:
            raise SendError(
                f"{path}: missing or changed since it was written. Restore the file, then send again."
            )
        signed = replace_signatures(
            content, self._signing, preserves_bytes=self._preserves_bytes, at=at
        )
        try:
            sender = parse_address(values["sender"])
        except AddressError as error:
            raise SendError(f"{path}: {error}") from error
        return Message(
            campaign_id=values["campaign_id"],
            sequence=sequence,
            sender=sender,
            recipient=recipient.address,
            message_id=values["message_id"],
            chunks=(signed,),
        )
