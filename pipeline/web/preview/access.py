"""
Who may ask: the browser this preview opened, and nobody else's page.

- The address opened holds a token; a cookie takes its place, so that the token leaves the address bar.
- The Host must be this machine: a name somebody else's server gave out does not do (DNS rebinding).
- What changes anything takes the token again, in a header no form can send, from a page of our own.
"""

from __future__ import annotations

import hmac
import secrets
from dataclasses import dataclass, field

COOKIE = "handbill_preview"
HEADER = "X-Handbill-Token"


@dataclass(frozen=True, kw_only=True, slots=True)
class AccessGuard:
    """
    The keys of one run.

    Args:
        token: Opens the pages.
        frames: Stands in the path of what frames load: they are of another origin and send no cookie.
    """

    port: int
    token: str = field(default_factory=lambda: secrets.token_urlsafe(18))
    frames: str = field(default_factory=lambda: secrets.token_urlsafe(18))

    @property
    def origin(self) -> str:
        """The address of this server, without a path."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def url(self) -> str:
        """The address to open."""
        return f"{self.origin}/?token={self.token}"

    def is_host(self, host: str) -> bool:
        """Whether a request asked for this machine by its own name."""
        return host in (f"127.0.0.1:{self.port}", f"localhost:{self.port}")

    def is_token(self, given: str | None) -> bool:
        """Whether *given* is the token; the time it takes says nothing about it."""
        return hmac.compare_digest((given or "").encode(), self.token.encode())

    def is_own_origin(self, origin: str | None) -> bool:
        """Whether a request comes from a page of ours, or from no page at all."""
        return origin in (None, self.origin, f"http://localhost:{self.port}")
