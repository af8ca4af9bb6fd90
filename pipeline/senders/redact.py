"""Hide secrets in what servers say: some repeat the credentials they were sent, encoded or not."""

from __future__ import annotations

import base64
import string
from collections.abc import Iterator
from urllib.parse import quote

_REDACTED = "[key]"
_BASE64 = string.ascii_letters + string.digits + "+/-_="
_MIN_CHARACTERS = 8  # a shorter piece of base64 may occur anywhere


def redact(text: str, *secrets: str) -> str:
    """
    Return *text* with each of *secrets* replaced by `[key]`.

    Also finds secrets that are percent-encoded, or part of a longer base64 text (Basic, AUTH PLAIN).
    """
    for secret in filter(None, secrets):
        for form in (secret, quote(secret, safe="")):
            text = text.replace(form, _REDACTED)
        for encoded in _base64_forms(secret):
            text = _redact_around(text, encoded)
    return text


def _redact_around(text: str, encoded: str) -> str:
    """Redact *encoded* and the base64 around it; a regular expression would scan each character repeatedly."""
    while (start := text.find(encoded)) >= 0:
        before, after = text[:start].rstrip(_BASE64), text[start + len(encoded) :].lstrip(_BASE64)
        text = before + _REDACTED + after
    return text


def _base64_forms(secret: str) -> Iterator[str]:
    """Yield *secret* in base64 at each of the three offsets, without the characters that its neighbours affect."""
    for encode in (base64.b64encode, base64.urlsafe_b64encode):
        for offset in range(3):
            encoded = encode(b"\0" * offset + secret.encode()).decode().rstrip("=")
            form = encoded[4 * (offset > 0) : -1]
            if len(form) >= _MIN_CHARACTERS:
                yield form
