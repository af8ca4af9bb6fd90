"""A connection to a provider's API: one request, and its response or what is certain without one."""

from __future__ import annotations

import base64
import socket
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING

from pipeline.errors import SendError
from pipeline.net.deadline import Deadline
from pipeline.senders.http.service_response import ServiceResponse

if TYPE_CHECKING:
    import requests
    from urllib3.connection import HTTPConnection

_MAX_RESPONSE_BYTES = 1 << 20  # far more than any provider sends; a fault must not exhaust memory
_CONNECT_S = 20.0
_MIN_BYTES_PER_S = 16 * 1024  # a slow mobile connection


@dataclass(frozen=True, kw_only=True, slots=True)
class ServiceRequest:
    """
    A request to a provider: a POST with messages, or a GET without any.

    Args:
        path: Below the API's URL, with the slash before it.
        headers: May hold keys, so they are not shown.
        idempotency_key: By which the provider recognises a repeated request; "" if it does not.
    """

    path: str
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(default=b"", repr=False)
    method: str = "POST"
    idempotency_key: str = ""


class ServiceConnection:
    """
    A connection that stays open between requests.

    For https, proxies and certificates come from the environment as usual (HTTPS_PROXY, NO_PROXY, REQUESTS_CA_BUNDLE).
    Plain http stays on this machine and ignores them.

    Args:
        service: The provider's name, for messages.
        timeout_s: How long to wait for a response once the request is sent.
    """

    def __init__(self, service: str, base_url: str, *, timeout_s: float) -> None:
        import requests

        from pipeline.net.socket_adapter import SocketAdapter

        self._service = service
        self._base_url = base_url
        self._timeout_s = timeout_s
        self._socket = _WatchedSocket()
        self._session = requests.Session()
        for scheme in ("http://", "https://"):
            adapter = SocketAdapter(self._socket.open, pool_connections=1, pool_maxsize=1)
            self._session.mount(scheme, adapter)
        self._session.trust_env = base_url.startswith("https:")

    def send(self, request: ServiceRequest) -> ServiceResponse:
        """
        Send *request* and return the response.

        Raises:
            SendError: There is no response. It is `uncertain` if the provider may have read messages to their end.
        """
        import requests

        body = _RequestBody(request.body)
        has_messages = request.method == "POST"
        connect_s = min(_CONNECT_S, self._timeout_s)
        total_s = connect_s + len(body) / _MIN_BYTES_PER_S + self._timeout_s
        with self._socket.limit_time(total_s) as deadline:
            try:
                response = self._exchange(request, body, connect_s)
            except requests.RequestException as error:
                cause = TimeoutError() if deadline.is_over else error
                is_sent = has_messages and body.is_read
                raise self._connection_error(cause, is_sent=is_sent) from error
            if deadline.is_over:  # the response is cut off
                raise self._connection_error(TimeoutError(), is_sent=has_messages)
        return response

    def close(self) -> None:
        """Close the connection."""
        self._session.close()
        self._socket.close()

    def _exchange(
        self, request: ServiceRequest, body: _RequestBody, connect_s: float
    ) -> ServiceResponse:
        with self._session.request(
            request.method,
            self._base_url + request.path,
            data=body if request.body else None,
            headers=dict(request.headers),
            auth=_keep_headers,
            timeout=(connect_s, self._timeout_s),
            allow_redirects=False,
            stream=True,
        ) as response:
            return ServiceResponse(
                status=response.status_code,
                headers={name.lower(): value for name, value in response.headers.items()},
                body=_read_body(response),
            )

    def _connection_error(self, error: Exception, *, is_sent: bool) -> SendError:
        if is_sent:
            return SendError(
                f"{self._service} did not respond: {explain_error(error)}. Check its log for what it accepted.",
                temporary=True,
                uncertain=True,
            )
        if is_certificate_error(error):
            return SendError(
                f"{self._base_url} has no trusted certificate, so it may not be {self._service}. Nothing was sent. "
                "Check base_url, the clock of this machine and its proxy."
            )
        return SendError(
            f"Cannot connect to {self._service} at {self._base_url}: {explain_error(error)}. Nothing was sent. "
            "Try again later.",
            temporary=True,
        )


class _WatchedSocket:
    """
    The one socket that a session has open at a time, closed when a request takes too long.

    A socket's own timeout restarts with each byte: a service that sends one byte a second would block a request, and
    every message after it, forever.
    """

    def __init__(self) -> None:
        self._socket: socket.socket | None = None
        self._deadline: Deadline | None = None

    def open(self, connection: HTTPConnection) -> socket.socket:
        """Open the socket of *connection*, and keep a duplicate, since TLS takes the socket over."""
        from pipeline.net.socket_adapter import default_socket

        opened = default_socket(connection)
        self.close()
        self._socket = opened.dup()
        if self._deadline:
            self._deadline.watch(self._socket)
        return opened

    @contextmanager
    def limit_time(self, seconds: float) -> Iterator[Deadline]:
        """Shut the socket down if the block takes longer."""
        with Deadline(seconds) as deadline:
            self._deadline = deadline
            if self._socket:
                deadline.watch(self._socket)
            try:
                yield deadline
            finally:
                self._deadline = None

    def close(self) -> None:
        """Close the duplicate."""
        duplicate, self._socket = self._socket, None
        if duplicate:
            duplicate.close()


class _RequestBody:
    """
    The body of a request, which knows how much of it was read.

    Until its last byte is passed to the connection, the service cannot have accepted the request.
    """

    def __init__(self, content: bytes) -> None:
        self._content = content
        self._position = 0

    @property
    def is_read(self) -> bool:
        return self._position >= len(self._content)

    def read(self, size: int = -1) -> bytes:
        end = len(self._content) if size < 0 else self._position + size
        start, self._position = self._position, min(end, len(self._content))
        return self._content[start : self._position]

    def __len__(self) -> int:
        return len(self._content)

    def __iter__(self) -> Iterator[bytes]:
        while chunk := self.read(1 << 16):
            yield chunk


def basic_auth(user: str, password: str) -> str:
    """Return the value of Authorization for a user name and a password (RFC 7617)."""
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode("ascii")


def _keep_headers(request: requests.PreparedRequest) -> requests.PreparedRequest:
    """Change nothing; without an auth callable, `requests` would replace our key by what ~/.netrc holds."""
    return request


def _read_body(response: requests.Response) -> bytes:
    body = b""
    for chunk in response.iter_content(1 << 16):
        body += chunk
        if len(body) > _MAX_RESPONSE_BYTES:
            break
    return body


def is_certificate_error(error: BaseException) -> bool:
    """Whether the cause of *error* is a certificate that is not trusted."""
    from pipeline.net.explain_errors import list_causes

    return any(isinstance(cause, ssl.SSLCertVerificationError) for cause in list_causes(error))


def explain_error(error: BaseException) -> str:
    """Return what failed, without URLs or headers, which may hold secrets."""
    from pipeline.net.explain_errors import list_causes

    causes = list_causes(error)
    for kind, reason in _reasons().items():
        if any(isinstance(cause, kind) for cause in causes):
            return reason
    return "the connection was lost"


@cache
def _reasons() -> dict[type[BaseException], str]:
    """Return reasons by type of cause, the most specific first."""
    import requests
    from urllib3 import exceptions

    return {
        requests.exceptions.ProxyError: "the proxy refused the connection",
        exceptions.NameResolutionError: "its host name cannot be resolved",
        ConnectionRefusedError: "the connection was refused",
        ConnectionResetError: "the connection was reset",
        ssl.SSLError: "TLS failed",
        exceptions.ReadTimeoutError: "the request timed out",
        exceptions.ConnectTimeoutError: "connecting timed out",
        TimeoutError: "the request timed out",
    }
