"""Clean what servers send: control characters would steer a terminal, and some cannot be stored."""

from __future__ import annotations

import re

#: Longer IDs are cut: no service has such.
MAX_ID_CHARACTERS = 200
#: Longer replies are cut.
MAX_TEXT_CHARACTERS = 500
#: Control characters, characters that turn the direction of the text around them, and halves of a character.
_UNSAFE = re.compile("[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")


def clean_server_text(text: str, *, limit: int = MAX_TEXT_CHARACTERS) -> str:
    """Return *text* on one line of at most *limit* characters, control characters as `\\x1b`."""
    line = " ".join(text[: 8 * limit].split())
    cleaned = _UNSAFE.sub(lambda match: _escape(match[0]), line)
    return cleaned if len(cleaned) <= limit else cleaned[: limit - 1] + "…"


def clean_server_id(text: str) -> str:
    """Return the ID *text* without spaces around it, cut to `MAX_ID_CHARACTERS`, control characters as `\\x1b`."""
    return _UNSAFE.sub(lambda match: _escape(match[0]), text[: 8 * MAX_ID_CHARACTERS].strip())[
        :MAX_ID_CHARACTERS
    ]


def _escape(character: str) -> str:
    number = ord(character)
    return f"\\x{number:02x}" if number < 256 else f"\\u{number:04x}"
