"""
An HTTP client whose every connection is made by a `Connector`.

The client never sees an address: it names a host, and the connection it gets leads to an address that was checked. So
the header Host, the name in the TLS handshake (SNI) and the name in the certificate stay those of the URL, and no way
of writing a host that two parsers read differently leads around the check.
"""

from __future__ import annotations

import logging
import re
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from requests import Response, Session
from urllib3.connection import HTTPConnection, HTTPSConnection

from pipeline.net.fetch_problem import FetchProblem
from pipeline.net.socket_adapter import SocketAdapter

Dial = Callable[[str, int], socket.socket]

#: The client's loggers that write URLs, queries included.
_LOGGERS = ("urllib3.connectionpool", "urllib3.connection", "urllib3.response")
_QUERY = re.compile(r"\?\S*")


class WebSession(Session):
    """
    A client for one fetch.

    Nothing of the environment counts (proxies, .netrc, certificate bundles), cookies live as long as the fetch, and a
    redirect is an answer like any other: whoever asked decides about it.
    """

    def __init__(self, dial: Dial, *, headers: dict[str, str], ca_bundle: Path | None) -> None:
        super().__init__()
        self.trust_env = False
        self.verify = True if ca_bundle is None else str(ca_bundle)
        self.headers.clear()
        self.headers.update(headers)
        for adapter in self.adapters.values():
            adapter.close()
        self.adapters.clear()
        for scheme in ("http://", "https://"):
            self.mount(
                scheme,
                SocketAdapter(
                    lambda connection: dial(connection._dns_host, connection.port),
                    check=_require_checked,
                    max_retries=0,
                ),
            )

    def get_redirect_target(self, resp: Response) -> str | None:
        """Follow nothing; the client would read the body of a redirect whole, whatever its size, to see the next."""
        return None


def _require_checked(connection: HTTPConnection, is_dialled: bool) -> None:
    """Refuse what another version of urllib3 might do: connect in a way that goes around the check of addresses."""
    is_secure = not isinstance(connection, HTTPSConnection) or connection.is_verified
    if not (is_dialled and is_secure):
        connection.close()
        raise FetchProblem(
            "the installed urllib3 goes around the check of addresses. Install the newest release of Handbill."
        )


@contextmanager
def quiet_urllib3_logs() -> Iterator[None]:
    """Keep queries out of what the client logs: they may hold tokens."""

    def redact(
        record: logging.LogRecord,
    ) -> bool:  # one for each fetch, so that none takes away another's
        if isinstance(record.args, tuple):
            record.args = tuple(_redacted(value) for value in record.args)
        return True

    loggers = [logging.getLogger(name) for name in _LOGGERS]
    for logger in loggers:
        logger.addFilter(redact)
    try:
        yield
    finally:
        for logger in loggers:
            logger.removeFilter(redact)


def _redacted(value: object) -> object:
    return _QUERY.sub("?…", value) if isinstance(value, str) else value
