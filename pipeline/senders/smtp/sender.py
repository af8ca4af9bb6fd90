"""The sender `smtp`."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, ClassVar

from pipeline.delivery import Receipt
from pipeline.errors import ConfigError, SendError
from pipeline.message import Message
from pipeline.senders.base import Sender
from pipeline.senders.smtp.authentication import read_credentials
from pipeline.senders.smtp.connecting import connect
from pipeline.senders.smtp.conversation import Conversation
from pipeline.senders.smtp.pool import Pool
from pipeline.senders.smtp.presets import Preset, find_preset
from pipeline.senders.smtp.replies import Reply
from pipeline.senders.smtp.settings import PORTS, Settings, Timeouts
from pipeline.senders.smtp.transaction import MAX_ATTEMPTS, Features, Transaction

#: After how many connections in a row that failed, or were lost before anything was settled, the sender gives up.
MAX_FAILURES = 5


class SmtpSender(Sender):
    """
    Hand messages to a relay over SMTP.

    Args:
        preset: A relay known by name, see `presets`; it settles host, port and security; each may be given anew.
        region: Where the preset has several.
        host: The relay's name.
        port: By default 587 with STARTTLS, 465 with TLS, 25 without either.
        security: `starttls` (the default), `tls` from the first octet, or `none`. Certificates are always checked.
        username: Whom to log in as; without one nobody logs in.
        password_env: The environment variable that holds the password.
        password_file: The file that holds it.
        auth: `plain`, `login` or `xoauth2`; by default what the server offers of the first two.
        token_env: For `xoauth2`, the environment variable that holds the access token.
        token_command: For `xoauth2`, the command that prints it.
        connections: How many to hold open at once; each is opened when there is work for it.
        messages_per_connection: After so many a connection is closed, and another opened if there is need.
        idle_s: After how many seconds without a message a connection is closed rather than used.
        local_hostname: How to call this machine; by default its name, or its address where that has no domain.
        ca_file: Certificates to trust instead of the machine's own.
        timeouts: Seconds for each stage, see `Timeouts`.
        pause_s: How long to wait before connecting again after a second failure; doubled for each further one.
    """

    paths: ClassVar[frozenset[str]] = frozenset({"password_file", "ca_file"})

    def __init__(
        self,
        *,
        preset: str | None = None,
        region: str | None = None,
        host: str | None = None,
        port: int | None = None,
        security: str | None = None,
        username: str | None = None,
        password_env: str | None = None,
        password_file: str | os.PathLike[str] | None = None,
        auth: str | None = None,
        token_env: str | None = None,
        token_command: str | list[str] | None = None,
        connections: int = 4,
        messages_per_connection: int = 500,
        idle_s: float = 30,
        local_hostname: str | None = None,
        ca_file: str | os.PathLike[str] | None = None,
        timeouts: dict[str, Any] | Timeouts | None = None,
        pause_s: float = 1,
    ) -> None:
        known = find_preset(preset, region=region) if preset else Preset()
        security = security or known.security or "starttls"
        if not (host or known.host):
            raise ConfigError('The sender "smtp" needs "host" or "preset". Add one to its table.')
        if not isinstance(timeouts, Timeouts):
            timeouts = Timeouts.read(timeouts or {})
        self.connections = _whole("connections", connections)
        self._messages = _whole("messages_per_connection", messages_per_connection)
        self._idle_s = _seconds("idle_s", idle_s)
        self._pause_s = _seconds("pause_s", pause_s)
        self.settings = Settings(
            host=host or known.host,
            port=port
            or (known.port if security == known.security else 0)
            or PORTS.get(security, 25),
            security=security,  # type: ignore[arg-type]  # Settings looks at it
            credentials=read_credentials(
                username=username or known.username,
                auth=auth or known.auth,
                password_env=password_env,
                password_file=password_file,
                token_env=token_env,
                token_command=token_command,
            ),
            local_hostname=local_hostname,
            ca_file=Path(ca_file) if ca_file else None,
            timeouts=timeouts,
        )
        self.relay = self.settings.host
        self._pool: Pool | None = None

    def probe(self) -> str:
        """Connect, encrypt and log in as a send would; see `Sender.probe()`."""
        sock, features = connect(self.settings)
        sock.close()
        settings = self.settings
        safe = (
            "not encrypted" if settings.security == "none" else f"encrypted ({settings.security})"
        )
        known = "logged in" if settings.credentials else "nobody logs in"
        offered = [name for name, has in _offers(features) if has]
        return f"{settings}: {safe}, {known}; it offers {', '.join(offered) or 'no extensions'}."

    def send(self, messages: Iterable[Message]) -> Iterator[Receipt]:
        """Hand over *messages*; see `Sender.send()`."""
        if self._pool is None:
            self._pool = Pool(
                self._open,
                name=str(self.settings),
                size=self.connections,
                idle_s=self._idle_s,
                pause_s=self._pause_s,
            )
        yield from _Call(self, self._pool, messages).receipts()

    def close(self) -> None:
        """Say goodbye to the relay."""
        pool, self._pool = self._pool, None
        if pool:
            pool.abort()
            pool.close(_Call(self, pool, ()))

    def _open(self) -> Conversation:
        sock, features = connect(self.settings)
        return Conversation(
            sock, features, timeouts=self.settings.timeouts, messages=self._messages
        )


def _offers(features: Features) -> list[tuple[str, bool]]:
    return [
        ("PIPELINING", features.pipelining),
        ("8BITMIME", features.eight_bit),
        ("SMTPUTF8", features.smtputf8),
        ("SIZE", features.size is not None),
    ]


class _Call:
    """One call of `send()`: the desk at which the conversations take messages and report."""

    def __init__(self, sender: Sender, pool: Pool, messages: Iterable[Message]) -> None:
        self._sender = sender
        self._pool = pool
        self._messages = iter(messages)
        self._waiting: deque[Transaction] = deque()
        self._receipts: deque[Receipt] = deque()
        self._is_exhausted = False
        self._fault: Exception | None = None

    def receipts(self) -> Iterator[Receipt]:
        """Yield the receipts as they come in."""
        try:
            self._pool.look(self)  # idle connections may have been closed meanwhile
            self._pool.refresh()
            while True:
                self._employ()
                while self._receipts:
                    yield self._receipts.popleft()
                if self._is_done():
                    break
                self._pool.wait(self)
                while self._receipts:
                    yield self._receipts.popleft()
        except BaseException:
            self._pool.abort()
            raise
        if self._fault:
            raise self._fault

    # What conversations ask for and report: see `Desk`

    def take(self, features: Features) -> Transaction | None:
        """Return the next message that such a server can take, null if there is none."""
        while transaction := self._next():
            refusal = transaction.refusal(features)
            if refusal is None:
                return transaction
            self._receipts.append(refusal)
        return None

    def may_begin(self) -> bool:
        """Whether the lease still holds."""
        try:
            self._sender.check_lease()
        except SendError as error:
            self._give_up(error)
            return False
        return True

    def settle(self, receipt: Receipt) -> None:
        """Pass on what the server said."""
        self._pool.worked()
        self._receipts.append(receipt)

    def doubt(self, receipt: Receipt) -> None:
        """Pass on that nobody knows."""
        self._receipts.append(receipt)

    def give_back(self, transaction: Transaction, words: str) -> None:
        """Offer the message on another connection, unless that was tried often enough."""
        if self._fault:
            return
        if transaction.attempts < MAX_ATTEMPTS:
            self._waiting.appendleft(transaction)
        else:
            self._receipts.append(transaction.given_up(words))

    def refuse_all(self, reply: Reply) -> None:
        """Stop: what the server refuses is the sender, and so every message."""
        self._give_up(
            SendError(
                f"The server does not take mail from this sender: {reply}. "
                "See that it knows the address in [publication] from, and that the account may send."
            )
        )

    # The work

    def _next(self) -> Transaction | None:
        """Return a message given back, or take the next one."""
        if self._waiting:
            return self._waiting.popleft()
        if self._is_exhausted:
            return None
        try:
            return Transaction(next(self._messages))
        except StopIteration:
            self._is_exhausted = True
        except (
            Exception
        ) as error:  # whatever the source raises reaches the caller, after these receipts
            self._is_exhausted = True
            self._fault = self._fault or error
        return None

    def _employ(self) -> None:
        """Give work to idle connections, and open more while there is more work."""
        for conversation in self._pool.idle():
            transaction = self.take(conversation.features)
            if transaction is None:
                break
            conversation.begin(transaction, self)
            self._pool.tend(conversation)
        if self._is_hopeless():
            self._give_up(self._pool.trouble)
        while self._pool.can_open and not self._pool.idle():
            if len(self._waiting) <= self._pool.opening:
                transaction = self._next_new()
                if transaction is None:
                    break
                self._waiting.append(transaction)
            self._pool.open_one()

    def _is_hopeless(self) -> bool:
        """Whether nothing comes of connecting, and nobody is at work who might be luckier."""
        pool = self._pool
        if pool.trouble is None or pool.has_connections:
            return pool.failures >= MAX_FAILURES
        return pool.failures >= MAX_FAILURES or not (pool.has_connected and pool.trouble.temporary)

    def _next_new(self) -> Transaction | None:
        """Take one message more, even while others wait."""
        waiting, self._waiting = self._waiting, deque()
        try:
            return self._next()
        finally:
            self._waiting = waiting

    def _is_done(self) -> bool:
        is_empty = self._is_exhausted and not self._waiting
        return is_empty and not self._pool.is_working

    def _give_up(self, fault: Exception | None) -> None:
        """Take no more messages; those on their way go on."""
        self._fault = self._fault or fault
        self._is_exhausted = True
        self._waiting.clear()


def _whole(name: str, value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise ConfigError(
            f'The sender "smtp" cannot use {value!r} as its {name}. Write a whole number above 0.'
        )
    return value


def _seconds(name: str, value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or value < 0:
        raise ConfigError(f'The sender "smtp" cannot use {value!r} as its {name}. Write seconds.')
    return float(value)
