"""What stands in the way of a fetch, and how addresses are shown when it is told."""

from __future__ import annotations

import re

_USERINFO = re.compile(r"^([A-Za-z][A-Za-z0-9+.-]*:)?([/\\]{2})[^/\\]*@")
#: Longer addresses are cut where they are shown.
_SHOWN_LENGTH = 200


class Obstacle(Exception):
    """Why a page cannot be fetched and what to try next: a message that lacks only the address."""


def shown(url: str) -> str:
    """
    Return *url* as it may stand in a message or a log.

    A query may hold a token, and user information a password: of the first only the sign is left, of the second
    nothing.
    """
    bare, sign, _ = url.strip().partition("#")[0].partition("?")
    bare = _USERINFO.sub(r"\1\2", bare)
    bare = "".join(letter for letter in bare if letter.isprintable())
    if len(bare) > _SHOWN_LENGTH:
        return bare[:_SHOWN_LENGTH] + "…"
    return f"{bare}?…" if sign else bare


def size(count: int) -> str:
    """Return a number of bytes for a person: `20 MB`."""
    return f"{count // 1024**2} MB" if count >= 1024**2 else f"{count} bytes"
