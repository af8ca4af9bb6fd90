"""The sender `smtp`."""

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
from pipeline.senders.smtp.connection import Conversation
from pipeline.senders.smtp.open_connection import connect
from pipeline.senders.smtp.pool import Pool
from pipeline.senders.smtp.presets import Preset, find_preset
from pipeline.senders.smtp.send_call import Call
from pipeline.senders.smtp.settings import PORTS, Settings, Timeouts
from pipeline.senders.smtp.transaction import Features


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
        username_env: The environment variable that holds the name, where that is a secret too, as with Postmark.
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
        self._pool: Pool | None = None

    def check_connection(self) -> str:
        """Connect, encrypt and log in as a send would; see `Sender.check_connection()`."""
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
        yield from Call(self, self._pool, messages).receipts()

    def close(self) -> None:
        """Say goodbye to the relay."""
        pool, self._pool = self._pool, None
        if pool:
            pool.abort()
            pool.close(Call(self, pool, ()))

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
