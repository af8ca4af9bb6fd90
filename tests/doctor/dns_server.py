"""A name server for tests, on loopback, in a thread of its own."""

from __future__ import annotations

import socket
import threading
from collections.abc import Mapping, Sequence
from typing import Self

import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import dns.rrset

Zone = Mapping[str, Mapping[str, Sequence[str]]]


class DnsServer:
    """
    Answers from *zone*: records in the form of zone files by name and type.

    Args:
        broken: Names for which it answers SERVFAIL.
        silent: Whether it answers nothing at all.

    Attributes:
        queries: The queries, `NAME TYPE`, in order.
    """

    def __init__(self, zone: Zone, *, broken: Sequence[str] = (), silent: bool = False) -> None:
        self._zone = {name.lower(): records for name, records in zone.items()}
        self._broken = broken
        self._silent = silent
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self.queries: list[str] = []
        self.address = f"127.0.0.1:{self._socket.getsockname()[1]}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.sendto(b"", self._socket.getsockname())  # ends the thread
        self._thread.join()
        self._socket.close()

    def _serve(self) -> None:
        while True:
            content, client = self._socket.recvfrom(4096)
            if not content:
                return
            if not self._silent:
                self._socket.sendto(self._answer(content), client)

    def _answer(self, content: bytes) -> bytes:
        query = dns.message.from_wire(content)
        answer = dns.message.make_response(query)
        answer.flags |= dns.flags.RA
        (question,) = query.question
        name = question.name.to_text().rstrip(".").lower()
        kind = dns.rdatatype.to_text(question.rdtype)
        self.queries.append(f"{name} {kind}")
        if name in self._broken:
            answer.set_rcode(dns.rcode.SERVFAIL)
        elif name not in self._zone:
            answer.set_rcode(dns.rcode.NXDOMAIN)
        elif found := self._zone[name].get(kind):
            answer.answer.append(dns.rrset.from_text(question.name, 60, "IN", kind, *found))
        return answer.to_wire(max_size=65535)
