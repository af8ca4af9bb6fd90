"""
Admit only the browser that opened this preview.

- The address to open contains a token. A cookie replaces it, so that the token leaves the address bar. The cookie is
  named after the port: a browser sends it to all ports of a machine (RFC 6265 §8.5), and several projects may be open.
- The Host header must name this machine: another name that resolves to it is rejected (DNS rebinding).
- Programs, such as tests, send the token in an Authorization header.
- A request that changes anything needs the token again, in a header that no form can send, from a page of the preview.
"""

from __future__ import annotations

import hmac
import os
import re
import secrets
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from http.cookies import CookieError, SimpleCookie
from pathlib import Path

from pipeline import state_dir
from pipeline.errors import ConfigError
from pipeline.files import write_atomically

HEADER = "X-Handbill-Token"


@dataclass(frozen=True, kw_only=True, slots=True)
class Refusal:
    """Why a request is rejected, with the HTTP status of the answer."""

    status: int
    message: str


_OTHER_HOST = Refusal(status=421, message="The preview can be opened on this machine only.")
_NO_KEY = Refusal(
    status=403, message="Open the address that handbill preview printed: it contains the key."
)
_KEY_FILE = "preview-key"
_KEY_PATTERN = re.compile(r"[A-Za-z0-9_-]{24,64}")
_OTHER_PAGE = Refusal(status=403, message="This request did not come from a page of the preview.")


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
    def cookie(self) -> str:
        """The name of the cookie."""
        return f"handbill_preview_{self.port}"

    @property
    def url(self) -> str:
        """The address to open, with the token."""
        return f"{self.origin}/?token={self.token}"

    def is_valid_token(self, token: str | None) -> bool:
        """Whether *token* is right; compares in constant time."""
        return hmac.compare_digest((token or "").encode(errors="replace"), self.token.encode())

    def check_host(self, headers: Mapping[str, str]) -> Refusal | None:
        """
        Return why a request for another machine is rejected, None if it is for this one.

        Args:
            headers: By their names in capitals with underscores: `HOST`, `X_HANDBILL_TOKEN`.
        """
        is_valid = headers.get("HOST") in (f"127.0.0.1:{self.port}", f"localhost:{self.port}")
        return None if is_valid else _OTHER_HOST

    def check_page(self, headers: Mapping[str, str]) -> Refusal | None:
        """Return why a request for a page is rejected, None if it is allowed; *headers* as for `check_host()`."""
        if refusal := self.check_host(headers):
            return refusal
        is_valid = self._is_program(headers) or self.is_valid_token(
            _read_cookie(headers.get("COOKIE", ""), self.cookie)
        )
        return None if is_valid else _NO_KEY

    def check_action(self, headers: Mapping[str, str]) -> Refusal | None:
        """Return why a request that changes something is rejected; *headers* as for `check_host()`."""
        if refusal := self.check_page(headers):
            return refusal
        is_own_page = headers.get("ORIGIN") in (
            None,
            self.origin,
            f"http://localhost:{self.port}",
        )
        has_token = self._is_program(headers) or self.is_valid_token(
            headers.get("X_HANDBILL_TOKEN")
        )
        return None if has_token and is_own_page else _OTHER_PAGE

    def _is_program(self, headers: Mapping[str, str]) -> bool:
        """Whether the request carries the key as programs do (RFC 6750, section 2.1), which no other page can."""
        scheme, _, token = headers.get("AUTHORIZATION", "").partition(" ")
        return scheme.lower() == "bearer" and self.is_valid_token(token.strip())


def keep_token(root: Path) -> str:
    """
    Return the token of the project in *root*, kept in its state for the next start; a new one the first time.

    A file that others may read, or that is not whole, is replaced.
    """
    path = root / state_dir.NAME / _KEY_FILE
    try:
        is_private = path.stat().st_mode & 0o077 == 0 or os.name == "nt"
        kept = path.read_text(encoding="ascii", errors="replace").strip() if is_private else ""
    except OSError:
        kept = ""
    if _KEY_PATTERN.fullmatch(kept):
        return kept
    token = secrets.token_urlsafe(18)
    with suppress(ConfigError, OSError):  # then it lasts until the preview ends
        write_atomically(state_dir.create(root) / _KEY_FILE, token.encode(), mode=0o600)
    return token


def _read_cookie(header: str, name: str) -> str | None:
    try:
        cookie = SimpleCookie(header).get(name)
    except CookieError:
        return None
    return cookie.value if cookie else None
