"""The settings of an SMTP relay."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, Literal, get_args

from pipeline.errors import ConfigError, suggest_name
from pipeline.senders.base import is_loopback
from pipeline.senders.smtp.authentication import LoginCredentials

Security = Literal["starttls", "tls", "none"]

#: Ports by security: submission with STARTTLS (RFC 6409), TLS from the first byte (RFC 8314), no encryption.
PORTS: dict[str, int] = {"starttls": 587, "tls": 465, "none": 25}


@dataclass(frozen=True, kw_only=True, slots=True)
class Timeouts:
    """
    How long to wait for each reply, in seconds (from RFC 5321 §4.5.3.2 where it has a value).

    Args:
        connect: For the connection itself, to each of the host's addresses.
        greeting: For the greeting, and for each reply until the first message.
        mail: For the reply to MAIL and RSET.
        rcpt: For the reply to RCPT.
        data: For the reply to DATA.
        block: For the server to accept the next part of a message.
        dot: For the reply to the end of a message. Giving up makes the message `uncertain`, so never shorten it.
        quit: For the reply to QUIT.
    """

    connect: float = 30
    greeting: float = 300
    mail: float = 300
    rcpt: float = 300
    data: float = 120
    block: float = 180
    dot: float = 600
    quit: float = 2

    @classmethod
    def parse(cls, table: dict[str, Any]) -> Timeouts:  # Any: whatever the configuration holds
        """
        Return the timeouts in a table of the configuration.

        Raises:
            ConfigError: A key is unknown, or a value is not a number above 0.
        """
        known = [each.name for each in fields(cls)]
        for key, value in table.items():
            if key not in known:
                raise ConfigError(
                    f'The sender "smtp" does not know the timeout "{key}". '
                    f"Known: {', '.join(known)}.{suggest_name(key, known)}"
                )
            if isinstance(value, bool) or not isinstance(value, int | float) or value <= 0:
                raise ConfigError(
                    f'The sender "smtp", timeouts, {key}: {value!r} is not valid. Use a number of seconds above 0.'
                )
        return cls(**table)


@dataclass(frozen=True, kw_only=True, slots=True)
class RelaySettings:
    """
    How to connect to a relay.

    Args:
        local_hostname: Our name in EHLO; None for the machine's name, or its address if that has no domain.
        ca_file: Certificates to trust instead of the machine's, for a private authority.
    """

    host: str
    port: int
    security: Security = "starttls"
    credentials: LoginCredentials | None = None
    local_hostname: str | None = None
    ca_file: Path | None = None
    timeouts: Timeouts = field(default_factory=Timeouts)

    def __post_init__(self) -> None:
        if not self.host or not self.host.isprintable() or set(self.host) & set(" /@"):
            raise ConfigError(
                f'The sender "smtp", host: {self.host!r} is not valid. Use a name like "smtp.example.org".'
            )
        if (
            isinstance(self.port, bool)
            or not isinstance(self.port, int)
            or not 0 < self.port < 65536
        ):
            raise ConfigError(
                f'The sender "smtp", port: {self.port!r} is not valid. Use a number like 587.'
            )
        if self.security not in get_args(Security):
            raise ConfigError(
                f'The sender "smtp", security: {self.security!r} is not known. '
                f"Known: {', '.join(get_args(Security))}.{suggest_name(str(self.security), get_args(Security))}"
            )
        if self.credentials and self.security == "none" and not is_loopback(self.host):
            raise ConfigError(
                f'The sender "smtp" would send the password to {self.host} without encryption. '
                'Set security = "starttls" or "tls".'
            )

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"
