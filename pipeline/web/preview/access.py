"""
Admit only the browser that opened this preview.

- The address to open contains a token. A cookie replaces it, so that the token leaves the address bar.
- The Host header must name this machine: another name that resolves to it is rejected (DNS rebinding).
- A request that changes anything needs the token again, in a header that no form can send, from a page of the preview.
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
    The keys of one preview session.

    Args:
        token: Gives access to the pages.
        frame_key: Part of the paths that frames load: they are of another origin and send no cookie.
    """

    port: int
    token: str = field(default_factory=lambda: secrets.token_urlsafe(18))
    frame_key: str = field(default_factory=lambda: secrets.token_urlsafe(18))

    @property
    def origin(self) -> str:
        """The address of the server, without a path."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def url(self) -> str:
        """The address to open, with the token."""
        return f"{self.origin}/?token={self.token}"

    def is_valid_host(self, host: str) -> bool:
        """Whether the Host header names this machine."""
        return host in (f"127.0.0.1:{self.port}", f"localhost:{self.port}")

    def is_valid_token(self, token: str | None) -> bool:
        """Whether *token* is right; compares in constant time."""
        return hmac.compare_digest((token or "").encode(), self.token.encode())

    def is_valid_origin(self, origin: str | None) -> bool:
        """Whether the Origin header names a page of the preview, or is missing."""
        return origin in (None, self.origin, f"http://localhost:{self.port}")
