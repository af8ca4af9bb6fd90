"""Where a relay is, and how it is spoken to."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, Literal, get_args

from pipeline.errors import ConfigError, suggest_name
from pipeline.senders.smtp.authentication import Credentials

Security = Literal["starttls", "tls", "none"]

#: Ports by security: submission with STARTTLS (RFC 6409), with TLS from the first octet (RFC 8314), and plain SMTP.
PORTS: dict[str, int] = {"starttls": 587, "tls": 465, "none": 25}


@dataclass(frozen=True, kw_only=True, slots=True)
class Timeouts:
    """
    How long each answer is waited for, in seconds (RFC 5321 §4.5.3.2 where it says something).

    Args:
        connect: For the connection itself, to each of the host's addresses.
        greeting: For the greeting, and for each reply until messages are sent.
        mail: For the reply to MAIL and RSET.
        rcpt: For the reply to RCPT.
        data: For the reply to DATA.
        block: For the server to take the next part of a message.
        dot: For the reply to the end of a message. Giving up early makes it `uncertain`, so never be short here.
        quit: For the goodbye at the end.
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
    def read(cls, table: dict[str, Any]) -> Timeouts:  # Any: whatever stands in a configuration
        """
        Return the timeouts of a table in a configuration.

        Raises:
            ConfigError: A key is not known, or a value is no number above 0.
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
                    f'The sender "smtp" cannot use {value!r} as the timeout "{key}". Write seconds, above 0.'
                )
        return cls(**table)


@dataclass(frozen=True, kw_only=True, slots=True)
class Settings:
    """
    A relay.

    Args:
        local_hostname: How we call ourselves; null for the machine's name, or its address where that has no domain.
        ca_file: Certificates to trust instead of the machine's, for a relay with a private authority.
    """

    host: str
    port: int
    security: Security = "starttls"
    credentials: Credentials | None = None
    local_hostname: str | None = None
    ca_file: Path | None = None
    timeouts: Timeouts = field(default_factory=Timeouts)

    def __post_init__(self) -> None:
        if not self.host or not self.host.isprintable() or set(self.host) & set(" /@"):
            raise ConfigError(
                f'The sender "smtp" cannot use {self.host!r} as its host. Write a name like "smtp.example.org".'
            )
        if (
            isinstance(self.port, bool)
            or not isinstance(self.port, int)
            or not 0 < self.port < 65536
        ):
            raise ConfigError(
                f'The sender "smtp" cannot use {self.port!r} as its port. Write a number like 587.'
            )
        if self.security not in get_args(Security):
            raise ConfigError(
                f'The sender "smtp" cannot use {self.security!r} as its security. '
                f"Allowed: {', '.join(get_args(Security))}.{suggest_name(str(self.security), get_args(Security))}"
            )
        if self.credentials and self.security == "none" and not is_loopback(self.host):
            raise ConfigError(
                f'The sender "smtp" would send a password to {self.host} for everybody to read. '
                'Set security = "starttls" or "tls".'
            )

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"


def is_loopback(host: str) -> bool:
    """Whether *host* is this machine itself."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"
