"""Request one URL at a time, from checked addresses only; redirects are returned, not followed."""

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
from pipeline.net.address_filter import AddressFilter, check_public
from pipeline.net.connect import Connector, Resolver, resolve_with_system
from pipeline.net.deadline import Deadline, Limits
from pipeline.net.explain_errors import explain, too_slow
from pipeline.net.fetch_problem import FetchProblem
from pipeline.net.transport import WebSession

USER_AGENT = f"Handbill/{__version__}"

#: What a request can raise; `explain()` turns it into a sentence.
REQUEST_ERRORS = (FetchProblem, RequestException, HTTPError, OSError, UnicodeError)

_REDIRECTS = frozenset({301, 302, 303, 307, 308})


@dataclass(frozen=True, kw_only=True, slots=True)
class Client:
    """
    Settings for requests to the web.

    Args:
        address_filter: Which addresses are refused.
        resolve: Returns the addresses of a host name.
        ca_bundle: A PEM file of authorities to trust instead of the default ones.
    """

    address_filter: AddressFilter = check_public
    resolve: Resolver = resolve_with_system
    limits: Limits = field(default_factory=Limits)
    ca_bundle: Path | None = None

    def session(self, deadline: Deadline, headers: Mapping[str, str]) -> WebSession:
        """Return a session whose connections end at *deadline*; each serves one request."""
        connector = Connector(
            resolve=self.resolve,
            address_filter=self.address_filter,
            limits=self.limits,
            deadline=deadline,
        )
        defaults = {
            "User-Agent": USER_AGENT,
            "Accept-Encoding": body.accept_encoding(),
            "Connection": "close",
        }
        return WebSession(
            connector.connect, headers={**defaults, **headers}, ca_bundle=self.ca_bundle
        )

    def send(self, session: WebSession, request: PreparedRequest, deadline: Deadline) -> Response:
        """Send *request* and return the response as soon as its headers arrive."""
        left_s = max(deadline.left_s, 0.001)
        limits = self.limits
        return session.send(
            request,
            stream=True,
            allow_redirects=False,
            timeout=(min(limits.connect_s, left_s), min(limits.read_s, left_s)),
        )

    def explain(self, error: BaseException, deadline: Deadline | None) -> str:
        """
        Return what *error*, one of `REQUEST_ERRORS`, means and what to do next, without the address.

        The HTTP client's own message is not used: it quotes the whole URL, with any token in it.
        """
        if deadline and deadline.is_over:
            return too_slow(self.limits.total_s)
        return str(error) if isinstance(error, FetchProblem) else explain(error, self.limits)


def prepare(session: WebSession, url: str, method: str = "GET") -> PreparedRequest:
    """Return the request for *url*, read by the parser that will connect; refuse other schemes and passwords."""
    scheme, separator, _ = url.partition("://")
    if not separator or scheme.lower() not in ("http", "https"):
        raise FetchProblem("only http:// and https:// addresses can be fetched. Check the address.")
    try:
        request = session.prepare_request(Request(method, url))
        parsed = parse_url(request.url or "")
    except (RequestException, HTTPError, ValueError):  # ValueError: UnicodeError too
        raise FetchProblem("this is not a web address. Check the spelling.") from None
    if parsed.auth is not None:
        raise FetchProblem("the address contains a user name or a password. Remove them.")
    return request


def strip_fragment(request: PreparedRequest) -> str:
    """Return the URL of *request* without its fragment."""
    return urldefrag(request.url or "").url


def redirect_target(response: Response) -> str | None:
    """Return where *response* redirects to, None if it does not."""
    location = response.headers.get("location", "").strip()
    if response.status_code not in _REDIRECTS or not location:
        return None
    with suppress(UnicodeError):  # headers are read as Latin-1
        location = location.encode("latin-1").decode("utf-8")
    try:
        return urljoin(response.url, location)
    except ValueError:
        raise FetchProblem(
            "the server redirects to an invalid address. Open it in a browser."
        ) from None
