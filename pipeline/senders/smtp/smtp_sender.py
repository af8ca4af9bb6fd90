"""The sender for SMTP relays."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, ClassVar

from pipeline.errors import ConfigError
from pipeline.models.delivery import Receipt
from pipeline.models.message import Message
from pipeline.senders.base import Sender
from pipeline.senders.smtp.authentication import read_credentials
from pipeline.senders.smtp.open_connection import open_connection
from pipeline.senders.smtp.pool import ConnectionPool
from pipeline.senders.smtp.presets import RelayPreset, find_preset
from pipeline.senders.smtp.protocol.connection import SmtpConnection
from pipeline.senders.smtp.protocol.transaction import ServerFeatures
from pipeline.senders.smtp.settings import PORTS, RelaySettings, Timeouts
from pipeline.senders.smtp.smtp_delivery import SmtpDelivery


class SmtpSender(Sender):
    """
    Send messages through an SMTP relay.

    Args:
        preset: A well-known relay, see `presets`; it sets host, port and security, which can be overridden.
        region: For presets with several regions.
        host: The relay's host name.
        port: By default 587 with STARTTLS, 465 with TLS, 25 without encryption.
        security: `starttls` (the default), `tls` from the first byte, or `none`. Certificates are always checked.
        username: The user name; without one the sender does not log in.
        username_env: The environment variable with the user name, if that is a secret too, as with Postmark.
        password_env: The environment variable with the password.
        password_file: The file with the password.
        auth: `plain`, `login` or `xoauth2`; by default the first of `plain` and `login` that the server supports.
        token_env: For `xoauth2`, the environment variable with the access token.
        token_command: For `xoauth2`, the command that prints the access token.
        connections: How many connections to open at most, in all processes together; each is opened when there are
            messages for it.
        messages_per_connection: How many messages to send over a connection before it is replaced.
        idle_s: After how many seconds without a message a connection is closed instead of used.
        local_hostname: This machine's name in EHLO; by default its host name, or its address if that has no domain.
        ca_file: Certificates to trust instead of the machine's.
        timeouts: Seconds for each stage, see `Timeouts`.
        pause_s: How long to wait after a second failure before connecting again; doubled for each further one.
    """

    path_options: ClassVar[frozenset[str]] = frozenset({"password_file", "ca_file"})

    def __init__(
        self,
        *,
        preset: str | None = None,
        region: str | None = None,
        host: str | None = None,
        port: int | None = None,
        security: str | None = None,
        username: str | None = None,
        username_env: str | None = None,
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
        known = find_preset(preset, region=region) if preset else RelayPreset()
        security = security or known.security or "starttls"
        if not (host or known.host):
            raise ConfigError('The sender "smtp" needs "host" or "preset". Add one to its table.')
        if not isinstance(timeouts, Timeouts):
            timeouts = Timeouts.parse(timeouts or {})
        self.connections = self.connection_limit = _check_number("connections", connections)
        self._max_messages = _check_number("messages_per_connection", messages_per_connection)
        self._idle_s = _check_seconds("idle_s", idle_s)
        self._pause_s = _check_seconds("pause_s", pause_s)
        self.settings = RelaySettings(
            host=host or known.host,
            port=port
            or (known.port if security == known.security else 0)
            or PORTS.get(security, 25),
            security=security,  # type: ignore[arg-type]  # checked by RelaySettings
            credentials=read_credentials(
                username=username or (None if username_env else known.username),
                username_env=username_env,
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
        self.relay_host = self.settings.host
        self._pool: ConnectionPool | None = None

    def check_connection(self) -> str:
        """Connect, encrypt and log in as for sending; see `Sender.check_connection()`."""
        sock, features = open_connection(self.settings)
        sock.close()
        security = self.settings.security
        encryption = "not encrypted" if security == "none" else f"encrypted ({security})"
        login = "logged in" if self.settings.credentials else "no login"
        names = ", ".join(_list_extensions(features)) or "none"
        return f"{self.settings}: {encryption}, {login}; extensions: {names}."

    def send(self, messages: Iterable[Message]) -> Iterator[Receipt]:
        """Send *messages*; see `Sender.send()`."""
        if self._pool is None:
            self._pool = ConnectionPool(
                self._connect,
                name=str(self.settings),
                size=self.connections,
                idle_s=self._idle_s,
                pause_s=self._pause_s,
            )
        yield from SmtpDelivery(self, self._pool, messages).receipts()

    def limit_connections(self, count: int) -> None:
        """Quit the connections beyond *count*; see `Sender.limit_connections()`."""
        self.connections = count
        if self._pool:
            self._pool.attach(SmtpDelivery(self, self._pool, ()))
            self._pool.resize(count)

    def close(self) -> None:
        """Quit all connections."""
        pool, self._pool = self._pool, None
        if pool:
            pool.abort()
            pool.attach(SmtpDelivery(self, pool, ()))
            pool.close()

    def _connect(self) -> SmtpConnection:
        sock, features = open_connection(self.settings)
        return SmtpConnection(
            sock, features, timeouts=self.settings.timeouts, max_messages=self._max_messages
        )


def _list_extensions(features: ServerFeatures) -> list[str]:
    extensions = {
        "PIPELINING": features.pipelining,
        "8BITMIME": features.eight_bit,
        "SMTPUTF8": features.smtputf8,
        "SIZE": features.size is not None,
    }
    return [name for name, is_supported in extensions.items() if is_supported]


def _check_number(name: str, value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise ConfigError(
            f'The sender "smtp", {name}: {value!r} is not valid. Use a whole number above 0.'
        )
    return value


def _check_seconds(name: str, value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or value < 0:
        raise ConfigError(f'The sender "smtp", {name}: {value!r} is not valid. Use seconds.')
    return float(value)
