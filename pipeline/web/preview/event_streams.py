"""The streams of events that open pages listen to; each occupies a thread of the server."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from time import monotonic
from typing import TYPE_CHECKING

from pipeline.web.preview.sources.live_article import LiveArticle

if TYPE_CHECKING:
    from pipeline.web.preview.session import Document

#: A browser opens six connections to a server at most: those left load the frames and panels.
MAX_STREAMS = 4
#: Without a change, a stream sends a comment this often, so that the connection is kept open.
_KEEPALIVE_S = 20.0
#: How often a stream looks whether its page is closed, or another page needs its place.
_POLL_S = 0.5
#: Tells a page to connect again later; see `preview.js`.
_LATER = "event: later\ndata: \n\n"


class EventStreams:
    """Streams of events, `MAX_STREAMS` at most: a new one ends the oldest, whose page connects again later."""

    def __init__(self, session_id: str) -> None:
        self._session_id = session_id
        self._lock = threading.Lock()
        self._open: list[object] = []

    def listen(self, document: Document, is_closed: Callable[[], bool]) -> Iterator[str]:
        """
        Yield the events of *document* until it is closed, the page is closed, or a newer page needs the place.

        Args:
            is_closed: Tells whether the browser has closed the connection.
        """
        ticket = object()
        with self._lock:
            self._open = [*self._open, ticket][-MAX_STREAMS:]
        try:
            yield from self._stream(document, lambda: ticket in self._open and not is_closed())
            if ticket not in self._open:
                yield _LATER
        finally:
            with self._lock:
                self._open = [each for each in self._open if each is not ticket]

    def _stream(self, document: Document, is_needed: Callable[[], bool]) -> Iterator[str]:
        revision = document.revision
        yield self._format_event(document)
        silent_since = monotonic()
        while is_needed() and not document.is_closed:
            current = document.wait_for_change(revision, timeout_s=_POLL_S)
            if current != revision:
                yield self._format_event(document)
            elif monotonic() - silent_since >= _KEEPALIVE_S:
                yield ": keep-alive\n\n"
            else:
                continue
            revision, silent_since = current, monotonic()

    def _format_event(self, document: Document) -> str:
        """Return revision, version and session: the page reloads the frames at once when the version is new."""
        version = 1
        if isinstance(document, LiveArticle):
            version = document.rendering.version if document.rendering else 0
        return f"data: {document.revision} {version} {self._session_id}\n\n"
