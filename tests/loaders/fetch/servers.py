"""Real servers on loopback for the tests of fetching."""

from __future__ import annotations

import contextlib
import ssl
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread

from pipeline.loaders.fetch.web import FetchResult, PageFetcher
from pipeline.net.address_filter import Address, allow_all, check_public

PAGE = b"<!doctype html><title>Rain</title><article><p>It rained on the quay.</p></article>"


@dataclass(frozen=True)
class Answer:
    """What a path answers; with *chunks* sent in chunked transfer coding."""

    body: bytes = PAGE
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=lambda: {"Content-Type": "text/html"})
    chunks: Sequence[bytes] | None = None


@dataclass(frozen=True)
class Request:
    """A request as it came."""

    path: str
    headers: Message
    method: str = "GET"


class Handler(BaseHTTPRequestHandler):
    """Answers from the routes of the site."""

    protocol_version = "HTTP/1.1"
    server: Site

    def do_GET(self) -> None:
        """Answer by the path, the query aside."""
        self.server.requests.append(Request(self.path, self.headers, self.command))
        route = self.server.routes.get(self.path.partition("?")[0], Answer(status=404))
        if not isinstance(route, Answer):
            return route(self)
        self.send_response(route.status)
        for name, value in route.headers.items():
            self.send_header(name, value)
        if route.chunks is not None:
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            for chunk in (*route.chunks, b""):
                self.wfile.write(b"%x\r\n%s\r\n" % (len(chunk), chunk))
            return None
        if "Content-Length" not in route.headers and route.status != 304:
            self.send_header("Content-Length", str(len(route.body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(route.body)
        return None

    def do_HEAD(self) -> None:
        """Answer as to GET, without the body."""
        self.do_GET()

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


class Site(ThreadingHTTPServer):
    """A server with its routes, and the requests it has had."""

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.routes: dict[str, Answer | Callable[[Handler], None]] = {"/": Answer()}
        self.requests: list[Request] = []
        self.closing = Event()
        self.scheme = "http"
        if tls:
            self.socket = tls.wrap_socket(
                self.socket, server_side=True, do_handshake_on_connect=False
            )
            self.scheme = "https"

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing: clients break off here on purpose."""

    def url(self, path: str = "/", host: str = "127.0.0.1") -> str:
        """Return the URL of *path*."""
        return f"{self.scheme}://{host}:{self.server_port}{path}"

    def redirect(self, path: str, to: str, status: int = 302) -> None:
        """Let *path* lead elsewhere."""
        self.routes[path] = Answer(b"", status, {"Location": to})


@contextlib.contextmanager
def running(site: Site) -> Iterator[Site]:
    """Run *site* in a thread."""
    thread = Thread(target=site.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield site
    finally:
        site.closing.set()
        site.shutdown()
        thread.join()
        site.server_close()


def here(host: str) -> Sequence[str]:
    """Resolve every name to this machine."""
    return ["127.0.0.1"]


def only_one_is_public(address: Address) -> str | None:
    """Refuse what is private, but take 127.0.0.1 for a public address, so that a test can reach one."""
    return None if str(address) == "127.0.0.1" else check_public(address)


def fetch_here(url: str, **options: object) -> FetchResult:
    """Fetch with private addresses allowed and every name resolved to this machine."""
    web = PageFetcher(address_filter=allow_all, resolve=here)
    return web.fetch(url, **options)  # type: ignore[arg-type]  # passed on
