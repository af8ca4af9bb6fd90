"""Why a page cannot be fetched, and how URLs are shown in messages."""

from __future__ import annotations

import re

_USERINFO = re.compile(r"^([A-Za-z][A-Za-z0-9+.-]*:)?([/\\]{2})[^/\\]*@")
#: Longer URLs are cut in messages.
_MAX_URL_LENGTH = 200


class FetchProblem(Exception):
    """Why a page cannot be fetched and what to do next: a message without the address."""


def redact_url(url: str) -> str:
    """
    Return *url* as it may appear in a message or a log.

    A query may hold a token, and user information a password: only "?…" is left of the first, nothing of the second.
    """
    address, question_mark, _ = url.strip().partition("#")[0].partition("?")
    address = _USERINFO.sub(r"\1\2", address)
    address = "".join(character for character in address if character.isprintable())
    if len(address) > _MAX_URL_LENGTH:
        return address[:_MAX_URL_LENGTH] + "…"
    return f"{address}?…" if question_mark else address


def format_size(count: int) -> str:
    """Return a number of bytes as `20 MB`."""
    return f"{count // 1024**2} MB" if count >= 1024**2 else f"{count} bytes"
