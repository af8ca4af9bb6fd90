"""A Maildir, as mail servers deliver to it: new messages in new/, seen ones in cur/."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

from pipeline.inbound.inbound_service import InboundService
from pipeline.inbound.record_message import MAX_MESSAGE_BYTES, RecordedMessage


def record_maildir(folder: Path, service: InboundService) -> Iterator[RecordedMessage]:
    """
    Record each message in new/ and move it to cur/ as seen, never deleting any.

    A message is moved after it is recorded: after a crash it is read again, and recorded once. Of two readers of one
    Maildir, the second finds it gone, or records nothing new.
    """
    (folder / "cur").mkdir(exist_ok=True)
    for path in sorted((folder / "new").glob("*")):
        try:
            with path.open("rb") as file:
                content = file.read(MAX_MESSAGE_BYTES)
        except FileNotFoundError:
            continue  # another reader was faster
        recorded = service.record(content)
        with contextlib.suppress(FileNotFoundError):
            path.rename(folder / "cur" / f"{path.name}:2,S")
        yield recorded
