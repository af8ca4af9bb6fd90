"""An HTTP service on loopback that records requests and responds as a test says."""

from __future__ import annotations

import json
import ssl
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import Any


@dataclass(frozen=True)
class RecordedRequest:
    """A request as it came; header names in lower case."""

    path: str
    headers: Mapping[str, str]
    body: bytes
    method: str = "POST"

    @property
    def json(self) -> Any:  # Any: each service has its own form
        """The body, parsed as JSON."""
        return json.loads(self.body)


@dataclass(frozen=True)
class Reply:
    """A response: JSON or bytes."""

    body: object = b""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def content(self) -> bytes:
        """Its body."""
        return self.body if isinstance(self.body, bytes) else json.dumps(self.body).encode()


class Fault(Exception):
    """What happens instead of a response."""


class Drop(Fault):
    """Read the request, then close the connection."""


class Cut(Fault):
    """Close the connection in the middle of the response."""


class Hang(Fault):
    """Do not respond until the service is closed."""


class Drip(Fault):
    """Send the response byte by byte, without end."""


Answering = Callable[[RecordedRequest], Reply]


class Handler(BaseHTTPRequestHandler):
    """Records requests and responds."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: Service

    def do_POST(self) -> None:
        """Respond to a POST."""
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        headers = {name.lower(): value for name, value in self.headers.items()}
        request = RecordedRequest(method=self.command, path=self.path, headers=headers, body=body)
        self.server.requests.append(request)
        try:
            reply = self.server.answering(request)
        except Hang:
            self.server.closing.wait()
            self.close_connection = True
        except Drop:
            self.close_connection = True
        except Drip:
            self._drip()
        except Cut:
            self.send_response(200)
            self.send_header("Content-Length", "1000")
            self.end_headers()
            self.wfile.write(b'{"cut')
            self.close_connection = True
        else:
            self._reply(reply)

    def do_GET(self) -> None:
        """Respond to a GET."""
        self.do_POST()

    def _drip(self) -> None:
        self.close_connection = True
        self.wfile.write(b"HTTP/1.1 200 OK\r\nX-Long: ")
        with suppress(OSError):  # the client has had enough
            while not self.server.closing.wait(0.02):
                self.wfile.write(b"x")

    def _reply(self, reply: Reply) -> None:
        self.send_response(reply.status)
        for name, value in {"Content-Type": "application/json", **reply.headers}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(reply.content)))
        self.end_headers()
        self.wfile.write(reply.content)

    def log_message(self, *_: object) -> None:
        """Log nothing."""


class Service(ThreadingHTTPServer):
    """The service; it accepts connections at once."""

    daemon_threads = True
    request_queue_size = 64

    def __init__(self, answering: Answering) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.answering = answering
        self.requests: list[RecordedRequest] = []
        self.closing = Event()
        self.connections = 0

    @property
    def url(self) -> str:
        """Its URL."""
        return f"http://127.0.0.1:{self.server_address[1]}"

    def process_request(
        self, request: Any, client_address: Any
    ) -> None:  # Any: a socket and its peer
        """Count the connection."""
        self.connections += 1
        super().process_request(request, client_address)

    def handle_error(self, *_: object) -> None:
        """Ignore connections that a test closed."""


@contextmanager
def serving(answering: Answering, *, context: ssl.SSLContext | None = None) -> Iterator[Service]:
    """Run a service for the block; with *context*, over TLS."""
    service = Service(answering)
    if context:
        service.socket = context.wrap_socket(service.socket, server_side=True)
    thread = Thread(target=service.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield service
    finally:
        service.closing.set()
        service.shutdown()
        service.server_close()
        thread.join()


def respond_in_turn(*replies: Reply | type[Fault]) -> Answering:
    """Respond with each of *replies*, then with the last one."""
    left = list(replies)

    def answer(_: RecordedRequest) -> Reply:
        reply = left.pop(0) if len(left) > 1 else left[0]
        if isinstance(reply, Reply):
            return reply
        raise reply

    return answer
