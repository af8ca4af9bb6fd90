"""Take in what comes back, whatever way it comes: record it, log it in one line, forward replies."""

from __future__ import annotations

import logging
from threading import Lock

from pipeline.inbound.forward_replies import ReplyForwarder
from pipeline.inbound.record_message import InboundRecorder, RecordedMessage

log = logging.getLogger(__name__)


class InboundService:
    """
    Records messages and forwards replies; any number of threads may use it.

    Args:
        forwarder: Forwards replies to the editor; None: they are kept.
    """

    def __init__(self, recorder: InboundRecorder, forwarder: ReplyForwarder | None) -> None:
        self.recorder = recorder
        self._forwarder = forwarder

    def record(
        self, content: bytes, *, envelope_to: tuple[str, ...] = (), keeps_unmatched: bool = True
    ) -> RecordedMessage:
        """
        Record a message, and log it in one line; see `InboundRecorder.record()`.

        Raises:
            StoreError, OSError: It is not recorded; deliver it again later.
        """
        recorded = self.recorder.record(
            content, envelope_to=envelope_to, keeps_unmatched=keeps_unmatched
        )
        log.info("%s", recorded.describe(), extra={"action": "inbound.recorded"})
        return recorded

    def forward_replies(self) -> None:
        """Forward the replies that wait for it; what cannot be forwarded now, waits."""
        if self._forwarder:
            self._forwarder.forward_all()


class RepeatedProblem:
    """Logs a problem when it begins and when it ends, not each time it is met."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._text = ""
        self._count = 0

    def report(self, error: Exception) -> None:
        """Log *error*, unless it is the last one again."""
        text = _describe(error)
        with self._lock:
            self._count += 1
            if text == self._text:
                return
            self._text = text
        log.error(
            "Messages are not recorded: %s They stay where they are, and are tried again.", text,
            extra={"action": "inbound.failed"},
        )  # fmt: skip

    def end(self) -> None:
        """Log that the problem is over, if there was one."""
        with self._lock:
            count, self._text, self._count = self._count, "", 0
        if count:
            log.info(
                "Messages are recorded again, after %d failed attempts.", count,
                extra={"action": "inbound.recovered"},
            )  # fmt: skip


def _describe(error: Exception) -> str:
    if isinstance(error, OSError) and error.strerror:
        text = f"{error.filename}: {error.strerror}" if error.filename else error.strerror
    else:
        text = str(error) or type(error).__name__
    return text if text.endswith((".", "!", "?")) else f"{text}."
