"""One connection to a service: one request, one answer, or the certainty that can be had without one."""

from __future__ import annotations

import base64
import ssl
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING

from pipeline.errors import SendError
from pipeline.senders.http.adapter import mount_line
from pipeline.senders.http.response import Answer

if TYPE_CHECKING:
    import requests

_ANSWER_BYTES = 1 << 20  # far beyond what any service answers; a fault must not fill the memory
_CONNECT_S = 20.0
_SLOWEST_LINE = 16 * 1024  # octets a second: a mobile line at its worst


@dataclass(frozen=True, kw_only=True, slots=True)
class Request:
    """
    What is asked of a service: a POST with messages, or a GET without any.

    Args:
        path: Below the service's address, with the slash before it.
        headers: May hold keys: they are not shown.
        once: A key by which the service knows the same request again; "" if it knows none.
    """

    path: str
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(default=b"", repr=False)
    once: str = ""


class Connection:
    """
    A connection, kept open between requests.

    Proxies and certificates come from the environment as usual (HTTPS_PROXY, NO_PROXY, REQUESTS_CA_BUNDLE), but nothing
    does for plain http, which stays on this machine.

    Args:
        service: Its name, for sentences.
        timeout_s: How long to wait for an answer once the request is sent.
    """

    def __init__(self, service: str, base_url: str, *, timeout_s: float) -> None:
        import requests

        self._service = service
        self._base_url = base_url
        self._timeout_s = timeout_s
        self._session = requests.Session()
        self._line = mount_line(self._session)
        self._session.trust_env = base_url.startswith("https:")

    def post(self, request: Request) -> Answer:
        """
        Send *request* and return the answer.

        Raises:
            SendError: There is none. It is `uncertain` if the service can have read the request to its end.
        """
        return self._answer("POST", request)

    def get(self, request: Request) -> Answer:
        """
        Ask for what is at the path of *request*, and return the answer.

        Raises:
            SendError: There is none; nothing was sent.
        """
        return self._answer("GET", request)

    def _answer(self, method: str, request: Request) -> Answer:
        import requests

        body = _Body(request.body)
        hands_over = method == "POST"
        connect_s = min(_CONNECT_S, self._timeout_s)
        total_s = connect_s + len(body) / _SLOWEST_LINE + self._timeout_s
        with self._line.ending_after(total_s) as deadline:
            try:
                answer = self._exchange(method, request, body, connect_s)
            except requests.RequestException as error:
                why = TimeoutError() if deadline.is_over else error
                raise self._failure(why, is_sent=hands_over and body.is_read) from error
            if deadline.is_over:  # what there is of it was cut off
                raise self._failure(TimeoutError(), is_sent=hands_over)
        return answer

    def _exchange(self, method: str, request: Request, body: _Body, connect_s: float) -> Answer:
        with self._session.request(
            method,
            self._base_url + request.path,
            data=body if method == "POST" else None,
            headers=dict(request.headers),
            auth=_leave_headers_alone,
            timeout=(connect_s, self._timeout_s),
            allow_redirects=False,
            stream=True,
        ) as response:
            return Answer(
                status=response.status_code,
                headers={name.lower(): value for name, value in response.headers.items()},
                body=_read(response),
            )

    def close(self) -> None:
        """Let go of it."""
        self._session.close()
        self._line.close()

    def _failure(self, error: Exception, *, is_sent: bool) -> SendError:
        if is_sent:
            return SendError(
                f"{self._service} did not answer: {reason(error)}. Look into its log for what it took.",
                temporary=True,
                uncertain=True,
            )
        if is_untrusted(error):
            return SendError(
                f"{self._base_url} has no certificate that can be trusted, so it may not be {self._service}. "
                "Nothing was sent. Check base_url, the clock of this machine and its proxy."
            )
        return SendError(
            f"{self._service} cannot be reached at {self._base_url}: {reason(error)}. Nothing was sent. "
            "Try again later.",
            temporary=True,
        )


class _Body:
    """
    The body of a request, which knows how far it was read.

    While its last octet has not been handed to the connection, the service cannot have taken the request, whatever
    breaks.
    """

    def __init__(self, content: bytes) -> None:
        self._content = content
        self._at = 0

    @property
    def is_read(self) -> bool:
        return self._at >= len(self._content)

    def read(self, size: int = -1) -> bytes:
        end = len(self._content) if size < 0 else self._at + size
        start, self._at = self._at, min(end, len(self._content))
        return self._content[start : self._at]

    def __len__(self) -> int:
        return len(self._content)

    def __iter__(self) -> Iterator[bytes]:
        while chunk := self.read(1 << 16):
            yield chunk


def basic(user: str, password: str) -> str:
    """Return the header Authorization of a name and a password (RFC 7617)."""
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode("ascii")


def _leave_headers_alone(request: requests.PreparedRequest) -> requests.PreparedRequest:
    """Take the place of what `requests` would find in ~/.netrc and put over our own key."""
    return request


def _read(response: requests.Response) -> bytes:
    body = b""
    for chunk in response.iter_content(1 << 16):
        body += chunk
        if len(body) > _ANSWER_BYTES:
            break
    return body


def is_untrusted(error: BaseException) -> bool:
    """Whether *error* is about a certificate that cannot be trusted."""
    return any(isinstance(cause, ssl.SSLCertVerificationError) for cause in causes(error))


def reason(error: BaseException) -> str:
    """Say what broke in words without addresses or headers, which may hold secrets."""
    found = list(causes(error))
    for kind, words in _reasons().items():
        if any(isinstance(cause, kind) for cause in found):
            return words
    return "the connection broke"


@cache
def _reasons() -> dict[type[BaseException], str]:
    """Return words for what may be among the causes, the most telling first."""
    import requests
    from urllib3 import exceptions

    return {
        requests.exceptions.ProxyError: "its proxy does not let us through",
        exceptions.NameResolutionError: "its name is not known here",
        ConnectionRefusedError: "the connection was refused",
        ConnectionResetError: "the connection was cut",
        ssl.SSLError: "TLS failed",
        exceptions.ReadTimeoutError: "it took too long",
        exceptions.ConnectTimeoutError: "it took too long to connect",
        TimeoutError: "it took too long",
    }


def causes(error: BaseException) -> Iterator[BaseException]:
    """Yield *error* and all it was made of: requests and urllib3 keep causes in three places."""
    seen: set[int] = set()
    waiting: list[object] = [error]
    while waiting:
        found = waiting.pop(0)
        if not isinstance(found, BaseException) or id(found) in seen:
            continue
        seen.add(id(found))
        yield found
        waiting += [*found.args, getattr(found, "reason", None), found.__cause__, found.__context__]
