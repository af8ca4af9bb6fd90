"""Ask for one URL at a time, of checked addresses only; a redirect is an answer like any other."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urldefrag, urljoin

from requests import PreparedRequest, Request, RequestException, Response
from urllib3.exceptions import HTTPError
from urllib3.util import parse_url

from pipeline._version import __version__
from pipeline.net import body
from pipeline.net.address_filter import Refusal, refuse_private
from pipeline.net.connect import Dialer, Resolver, ask_system
from pipeline.net.deadline import Deadline, Limits
from pipeline.net.explain_errors import explain, too_slow
from pipeline.net.fetch_problem import Obstacle
from pipeline.net.transport import WebSession

USER_AGENT = f"Handbill/{__version__}"

#: What can go wrong while a server is asked; `reason()` puts it into words.
TROUBLES = (Obstacle, RequestException, HTTPError, OSError, UnicodeError)

_REDIRECTS = frozenset({301, 302, 303, 307, 308})


@dataclass(frozen=True, kw_only=True, slots=True)
class Client:
    """
    How the web is spoken to.

    Args:
        refuses: Which addresses are not spoken to.
        resolve: Gives the addresses of a name.
        ca_bundle: Authorities to trust in place of the shipped ones, a PEM file.
    """

    refuses: Refusal = refuse_private
    resolve: Resolver = ask_system
    limits: Limits = field(default_factory=Limits)
    ca_bundle: Path | None = None

    def session(self, deadline: Deadline, headers: Mapping[str, str]) -> WebSession:
        """Return a session whose connections end with *deadline*; each serves one request."""
        dialer = Dialer(
            resolve=self.resolve, refuses=self.refuses, limits=self.limits, deadline=deadline
        )
        common = {
            "User-Agent": USER_AGENT,
            "Accept-Encoding": body.accepted(),
            "Connection": "close",
        }
        return WebSession(dialer.dial, headers={**common, **headers}, ca_bundle=self.ca_bundle)

    def answer(self, session: WebSession, request: PreparedRequest, deadline: Deadline) -> Response:
        """Return the answer to *request* as soon as its headers are there."""
        left_s = max(deadline.left_s, 0.001)
        limits = self.limits
        return session.send(
            request,
            stream=True,
            allow_redirects=False,
            timeout=(min(limits.connect_s, left_s), min(limits.read_s, left_s)),
        )

    def reason(self, error: BaseException, deadline: Deadline | None) -> str:
        """
        Return what *error*, one of `TROUBLES`, means and what to try next, without the address.

        The client's own words are not used: they quote the URL whole, and with it whatever token it holds.
        """
        if deadline and deadline.is_over:
            return too_slow(self.limits.total_s)
        return str(error) if isinstance(error, Obstacle) else explain(error, self.limits)


def prepare(session: WebSession, url: str, method: str = "GET") -> PreparedRequest:
    """
    Return the request for *url*, read by the very parser that will connect.

    Raises:
        Obstacle: It is no web address, or one with a password.
    """
    scheme, separator, _ = url.partition("://")
    if not separator or scheme.lower() not in ("http", "https"):
        raise Obstacle("only http:// and https:// are fetched. Check the address.")
    try:
        request = session.prepare_request(Request(method, url))
        parsed = parse_url(request.url or "")
    except (RequestException, HTTPError, ValueError):  # ValueError: UnicodeError too
        raise Obstacle("this is no web address. Check how it is written.") from None
    if parsed.auth is not None:
        raise Obstacle("the address holds a user name or a password. Take them out of it.")
    return request


def bare(request: PreparedRequest) -> str:
    """Return the URL of *request* without its fragment."""
    return urldefrag(request.url or "").url


def target(response: Response) -> str | None:
    """
    Return where *response* redirects to, or nothing.

    Raises:
        Obstacle: It redirects to what is no web address.
    """
    location = response.headers.get("location", "").strip()
    if response.status_code not in _REDIRECTS or not location:
        return None
    with suppress(UnicodeError):  # headers are read as Latin-1
        location = location.encode("latin-1").decode("utf-8")
    try:
        return urljoin(response.url, location)
    except ValueError:
        raise Obstacle(
            "the server redirects to what is no web address. Open it in a browser."
        ) from None
