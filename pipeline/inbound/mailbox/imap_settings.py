"""Where the mailbox is, and how to log in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

_PORTS = {"tls": 993, "starttls": 143, "none": 143}


@dataclass(frozen=True, kw_only=True, slots=True)
class ImapSettings:
    """
    The mailbox that is read.

    Args:
        security: `tls` from the first byte, `starttls`, or `none`, on this machine only.
        is_token: Whether the secret is an access token (XOAUTH2), not a password.
        read_secret: Reads the password or the token; again for each connection, for tokens expire.
        source: What *read_secret* reads, for messages.
        folder: Where new messages arrive.
        done_folder: Where they go when they are recorded; made if it does not exist.
    """

    host: str
    port: int
    security: str
    username: str
    is_token: bool
    read_secret: Callable[[], str] = field(repr=False)
    source: str
    folder: str = "INBOX"
    done_folder: str = "Handbill"
    ca_file: Path | None = None

    @property
    def name(self) -> str:
        """The mailbox, for messages and as a key."""
        return f"{self.username} at {self.host}, {self.folder}"


def find_port(security: str) -> int:
    """Return the usual port (RFC 8314 §3.2)."""
    return _PORTS[security]
