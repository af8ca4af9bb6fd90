"""Addresses whose own name says that nobody reads what arrives there."""

from __future__ import annotations

import re

#: What they are called in several languages, without hyphens and dots.
_NAMES = (
    *(
        "noreply",
        "noreplies",
        "donotreply",
        "dontreply",
        "neverreply",
        "noresponse",
        "donotrespond",
    ),
    *(
        "nepasrepondre",
        "nichtantworten",
        "keineantwort",
        "norespond",
        "naorespond",
        "nonrispondere",
    ),
)


def refuses_replies(address: str) -> bool:
    """Whether *address*, with or without a display name, is one such as `no-reply@example.org`."""
    local = address.rpartition("@")[0].rpartition("<")[2]
    plain = re.sub(r"[-_.+]", "", local.casefold())
    return any(name in plain for name in _NAMES)
