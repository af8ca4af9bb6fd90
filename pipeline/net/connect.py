"""
Connect to a host, at a checked address only.

1. The host name is resolved once.
2. All of its addresses must be allowed. A mixture of public and private ones is refused as a whole: that is what an
   attack by DNS looks like, and a site that really has both is meant to be read from inside its network.
3. A socket is connected to one of these addresses; the name is not resolved again, so no second answer can differ.
4. The address of the peer is checked again.
"""

from __future__ import annotations

import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from ipaddress import ip_address
from queue import Empty, SimpleQueue
from threading import Thread
from typing import TypeVar

from pipeline.net.address_filter import Address, AddressFilter, parse_ip
from pipeline.net.deadline import Deadline, Limits
from pipeline.net.fetch_problem import FetchProblem

T = TypeVar("T")

#: Returns the addresses of a host; raises OSError or UnicodeError if it has none.
Resolver = Callable[[str], Sequence[str]]

_NO_ANSWER = (socket.EAI_AGAIN, socket.EAI_FAIL)


def resolve_with_system(host: str) -> Sequence[str]:
    """Return the addresses of *host* from the system's resolver, in its order."""
    found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    return [str(place[0]) for *_, place in found]


@dataclass(frozen=True, kw_only=True, slots=True)
class Connector:
    """Connects to hosts for one fetch; *deadline* ends look-ups, and every connection opened here."""

    resolve: Resolver
    address_filter: AddressFilter
    limits: Limits
    deadline: Deadline

    def connect(self, host: str, port: int) -> socket.socket:
        """Return a socket connected to *host*; refuse it unless all of its addresses are allowed and one answers."""
        host = host.strip("[]")
        addresses = self._resolve_host(host)
        for address in addresses:
            self._check(host, address)
        connection = self._connect_any(host, port, addresses)
        try:
            peer = ip_address(connection.getpeername()[0])
            self._check(host, peer)
            if peer not in addresses:
                raise FetchProblem(
                    f'the host "{host}" answered from an address that is not its own.'
                )
            self.deadline.watch(connection)
        except BaseException:
            connection.close()
            raise
        return connection

    def _check(self, host: str, address: Address) -> None:
        if kind := self.address_filter(address):
            is_literal = host == str(address)
            what = (
                f"{address} is"
                if is_literal
                else f'the host "{host}" has the address {address}, which is'
            )
            raise FetchProblem(
                f"{what} {kind}; only public addresses are allowed. "
                "If it is your own, add --allow-private."
            )

    def _resolve_host(self, host: str) -> list[Address]:
        if (address := parse_ip(host)) is not None:
            return [address]
        try:
            found = _run_with_timeout(lambda: self.resolve(host), self.deadline.left_s)
        except TimeoutError as error:
            raise FetchProblem(
                f'looking up the host "{host}" takes too long. Check your connection, then try again.'
            ) from error
        except (OSError, UnicodeError) as error:
            if isinstance(error, socket.gaierror) and error.errno in _NO_ANSWER:
                raise FetchProblem(
                    f'the host "{host}" cannot be looked up: the DNS server does not answer. '
                    "Check your connection, then try again."
                ) from error
            found = ()
        if not found:
            raise FetchProblem(
                f'the host "{host}" does not exist. Check the spelling of the address.'
            )
        return list(dict.fromkeys(ip_address(address) for address in found))

    def _connect_any(self, host: str, port: int, addresses: Sequence[Address]) -> socket.socket:
        """Try each address, each with its share of the remaining time."""
        left_s = self.limits.connect_s
        last_error: OSError = TimeoutError()
        for position, address in enumerate(addresses):
            share_s = min(left_s / (len(addresses) - position), self.deadline.left_s)
            if share_s <= 0:
                break
            before = self.deadline.left_s
            try:
                return _open_socket(address, port, share_s)
            except OSError as error:
                last_error = error
            left_s -= before - self.deadline.left_s
        raise FetchProblem(_explain_unreachable(f"{host}:{port}", last_error)) from last_error


def _open_socket(address: Address, port: int, timeout_s: float) -> socket.socket:
    family = socket.AF_INET6 if address.version == 6 else socket.AF_INET
    connection = socket.socket(family, socket.SOCK_STREAM)
    try:
        connection.settimeout(timeout_s)
        connection.connect((str(address), port))
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    except BaseException:
        connection.close()
        raise
    return connection


def _explain_unreachable(peer: str, error: OSError) -> str:
    if isinstance(error, ConnectionRefusedError):
        return f"{peer} refuses the connection. Check the address and its port."
    if isinstance(error, TimeoutError):
        return f"{peer} does not answer in time. Try again later."
    detail = error.strerror or str(error)
    return f"{peer} cannot be reached ({detail}). Check your connection, then try again."


def _run_with_timeout(call: Callable[[], T], seconds: float) -> T:
    """Return what *call* returns, or stop waiting for it: the system's resolver has no timeout."""
    answers: SimpleQueue[tuple[T | None, BaseException | None]] = SimpleQueue()

    def run() -> None:
        try:
            answers.put((call(), None))
        except BaseException as error:  # handed to whoever waits
            answers.put((None, error))

    Thread(target=run, daemon=True).start()
    try:
        value, error = answers.get(timeout=seconds)
    except Empty:
        raise TimeoutError from None
    if error is not None:
        raise error
    return value  # type: ignore[return-value]  # nothing was raised, so this is what was returned
