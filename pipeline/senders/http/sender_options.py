"""Check the options of HTTP senders."""

from __future__ import annotations

import os
import re
from collections.abc import Collection
from urllib.parse import urlsplit

from pipeline.errors import ConfigError, suggest_name
from pipeline.senders.base import MAX_IN_FLIGHT, is_loopback

_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_PRINTABLE = re.compile(r"[!-~]+")


def check_string(value: object, *, option: str, sender: str) -> None:
    """Require *value* to be None or a string without spaces and control characters."""
    if value is not None and not (isinstance(value, str) and _PRINTABLE.fullmatch(value)):
        raise ConfigError(f"{sender}, {option}: {value!r} is not valid. Use text without spaces.")


def check_path(value: object, *, option: str, sender: str) -> None:
    """Require *value* to be None or a path."""
    if value is not None and not (isinstance(value, str | os.PathLike) and str(value)):
        raise ConfigError(f"{sender}, {option}: {value!r} is not valid. Use a path.")


def check_flag(value: object, *, option: str, sender: str) -> None:
    """Require *value* to be a boolean."""
    if not isinstance(value, bool):
        raise ConfigError(f"{sender}, {option}: {value!r} is not valid. Use true or false.")


def check_choice(value: object, choices: Collection[str], *, option: str, sender: str) -> None:
    """Require *value* to be one of *choices*."""
    if value not in choices:
        raise ConfigError(
            f"{sender}, {option}: {value!r} is not known. Known: {', '.join(choices)}."
            f"{suggest_name(str(value), choices)}"
        )


def check_variable(value: object, *, option: str, sender: str) -> None:
    """Require *value* to be None or a variable's name; the error does not quote it, since it may be a key."""
    if value is not None and not (isinstance(value, str) and _VARIABLE.fullmatch(value)):
        raise ConfigError(
            f"{sender}, {option}: not the name of an environment variable. Set a variable to the key, and use its name "
            "here."
        )


def check_connections(value: object, *, option: str, sender: str) -> None:
    """Require *value* to be a number of connections."""
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= MAX_IN_FLIGHT:
        raise ConfigError(
            f"{sender}, {option}: {value!r} is not valid. Use a whole number from 1 to {MAX_IN_FLIGHT}."
        )


def parse_seconds(value: object, *, option: str, sender: str) -> float:
    """Return *value* as a number of seconds."""
    try:
        number = -1.0 if isinstance(value, bool) else float(value)  # type: ignore[arg-type]  # rejected below
    except (TypeError, ValueError):
        number = -1.0
    if not 0 < number <= 3600:
        raise ConfigError(
            f"{sender}, {option}: {value!r} is not valid. Use a number of seconds above 0 and at most 3600."
        )
    return number


def parse_base_url(value: str, *, sender: str) -> str:
    """Return *value* without a final slash; it must be https, or http on this machine (for tests and proxies)."""
    try:
        parts = urlsplit(value)
        is_safe = parts.scheme == "https" or (
            parts.scheme == "http" and is_loopback(parts.hostname or "")
        )
        is_complete = bool(parts.hostname) and not (parts.query or parts.fragment or parts.username)
    except (ValueError, AttributeError, TypeError):
        is_safe = is_complete = False
    if not (is_safe and is_complete):
        raise ConfigError(
            f"{sender}, base_url: use an https:// URL without a query or a password, or http:// on this machine."
        )
    return value.rstrip("/")
