"""
Connect to a host, and to nothing else than what was checked.

1. The name is resolved, once.
2. Every address it has must be allowed. A mixture of public and private ones is refused as a whole: that is how an
   attack by DNS looks, and a site that truly has both is meant to be read from inside.
3. A socket is connected to one of these very addresses; no name is looked up again, so no second answer can differ.
4. The address at the other end is checked once more.
"""

from __future__ import annotations

import socket
from collections.abc import Callable, Sequence
from ipaddress import ip_address
from queue import Empty, SimpleQueue
from threading import Thread
from typing import TypeVar

from pipeline.net.address_filter import Address, Refusal, literal
from pipeline.net.deadline import Deadline, Limits
from pipeline.net.fetch_problem import Obstacle

T = TypeVar("T")

#: Gives the addresses of a host; raises OSError or UnicodeError if there are none.
Resolver = Callable[[str], Sequence[str]]

_NO_ANSWER = (socket.EAI_AGAIN, socket.EAI_FAIL)


def ask_system(host: str) -> Sequence[str]:
    """Return the addresses of *host* as this machine knows them, in the order it prefers."""
    found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    return [str(place[0]) for *_, place in found]


class Dialer:
    """
    Connects to hosts for one fetch.

    Args:
        refuses: Which addresses must not be spoken to.
        deadline: Ends look-ups, and every connection made here.
    """

    def __init__(
        self, *, resolve: Resolver, refuses: Refusal, limits: Limits, deadline: Deadline
    ) -> None:
        self._resolve = resolve
        self._refuses = refuses
        self._limits = limits
        self._deadline = deadline

    def dial(self, host: str, port: int) -> socket.socket:
        """
        Return a socket connected to *host*.

        Raises:
            Obstacle: There is no such host, it has an address that is refused, or none of them answers.
        """
        host = host.strip("[]")
        addresses = self._addresses(host)
        for address in addresses:
            self._check(host, address)
        connection = self._connect(host, port, addresses)
        try:
            peer = ip_address(connection.getpeername()[0])
            self._check(host, peer)
            if peer not in addresses:
                raise Obstacle(f'the host "{host}" answered from another address than its own.')
            self._deadline.watch(connection)
        except BaseException:
            connection.close()
            raise
        return connection

    def _check(self, host: str, address: Address) -> None:
        if kind := self._refuses(address):
            named = "" if host == str(address) else f'the host "{host}" has the address '
            raise Obstacle(
                f"{named}{address} is {kind}, and only public addresses are read. "
                "If it is yours and you mean it, add --allow-private."
            )

    def _addresses(self, host: str) -> list[Address]:
        if (address := literal(host)) is not None:
            return [address]
        try:
            found = _in_time(lambda: self._resolve(host), self._deadline.left_s)
        except TimeoutError as error:
            raise Obstacle(
                f'looking up the host "{host}" took too long. Check the connection, then try again.'
            ) from error
        except (OSError, UnicodeError) as error:
            if isinstance(error, socket.gaierror) and error.errno in _NO_ANSWER:
                raise Obstacle(
                    f'the host "{host}" cannot be looked up: the name server gives no answer. '
                    "Check the connection, then try again."
                ) from error
            found = ()
        if not found:
            raise Obstacle(f'there is no host "{host}". Check the spelling of the address.')
        return list(dict.fromkeys(ip_address(address) for address in found))

    def _connect(self, host: str, port: int, addresses: Sequence[Address]) -> socket.socket:
        """Try each address, giving each its share of the time that is left."""
        left_s = self._limits.connect_s
        reason: OSError = TimeoutError()
        for position, address in enumerate(addresses):
            share_s = min(left_s / (len(addresses) - position), self._deadline.left_s)
            if share_s <= 0:
                break
            before = self._deadline.left_s
            try:
                return _connected(address, port, share_s)
            except OSError as error:
                reason = error
            left_s -= before - self._deadline.left_s
        raise Obstacle(_unreached(f"{host}:{port}", reason)) from reason


def _connected(address: Address, port: int, timeout_s: float) -> socket.socket:
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


def _unreached(place: str, reason: OSError) -> str:
    if isinstance(reason, ConnectionRefusedError):
        return f"{place} refuses the connection. Check the address and its port."
    if isinstance(reason, TimeoutError):
        return f"{place} does not answer in time. Try again later."
    words = reason.strerror or str(reason)
    return f"{place} cannot be reached ({words}). Check the connection, then try again."


def _in_time(call: Callable[[], T], seconds: float) -> T:
    """Return what *call* returns, or stop waiting for it: the system's look-up takes no timeout."""
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
