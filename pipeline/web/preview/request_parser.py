"""Refuse the body of a request without the keys before any of it is received."""

from __future__ import annotations

from typing import Any

from waitress.channel import HTTPChannel
from waitress.parser import HTTPRequestParser
from waitress.utilities import Error

from pipeline.web.preview.access import AccessGuard, Refusal


def create_channel_class(guard: AccessGuard) -> type[Any]:  # Any: waitress has no types
    """Return the class of connections on which only requests with the keys of *guard* may have a body."""

    class RequestParser(HTTPRequestParser):  # type: ignore[misc]  # waitress has no types
        """Reads the headers of a request, then its body if it has the keys."""

        body_rcv: Any = None

        def parse_header(self, header_plus: bytes) -> None:
            """Parse the headers; a refused request is answered at once, and its connection closed."""
            super().parse_header(header_plus)
            if self.body_rcv is None:
                return
            if refusal := guard.check_action(self.headers):
                self.body_rcv, self.content_length, self.expect_continue = None, 0, False
                self.error = _to_error(refusal)

    class Channel(HTTPChannel):  # type: ignore[misc]  # waitress has no types
        """A connection."""

        parser_class = RequestParser

    return Channel


def _to_error(refusal: Refusal) -> Error:
    error = Error(refusal.message)
    error.code = refusal.status
    error.reason = "Forbidden" if refusal.status == 403 else "Misdirected Request"
    return error
