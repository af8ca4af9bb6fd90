"""Words of a server, without the secrets it was told: some repeat them, encoded or not."""

from __future__ import annotations

import base64
import string
from collections.abc import Iterator
from urllib.parse import quote

BLOT = "[key]"
_BASE64 = string.ascii_letters + string.digits + "+/-_="
_LEAST = 8  # a shorter piece of base64 may stand anywhere


def blot(words: str, *secrets: str) -> str:
    """
    Return *words* with each of *secrets* blotted out, also percent-encoded, or in base64 with more before or after it
    (Basic, AUTH PLAIN).
    """
    for secret in filter(None, secrets):
        for form in (secret, quote(secret, safe="")):
            words = words.replace(form, BLOT)
        for core in _cores(secret):
            words = _blotted_around(words, core)
    return words


def _blotted_around(words: str, core: str) -> str:
    """Blot out *core* with all of the word it stands in; by hand, for an expression would look again at each sign."""
    while (at := words.find(core)) >= 0:
        before, after = words[:at].rstrip(_BASE64), words[at + len(core) :].lstrip(_BASE64)
        words = before + BLOT + after
    return words


def _cores(secret: str) -> Iterator[str]:
    """Yield what base64 makes of *secret*, wherever it begins: without the signs that its neighbours have a part in."""
    for encode in (base64.b64encode, base64.urlsafe_b64encode):
        for before in range(3):
            core = (
                encode(b"\0" * before + secret.encode()).decode().rstrip("=")[4 * (before > 0) : -1]
            )
            if len(core) >= _LEAST:
                yield core
