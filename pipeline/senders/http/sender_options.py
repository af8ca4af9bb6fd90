"""The options of a sender by HTTP: what may stand in its table."""

from __future__ import annotations

import ipaddress
import os
import re
from collections.abc import Collection
from urllib.parse import urlsplit

from pipeline.errors import ConfigError, suggest_name
from pipeline.senders.base import MAX_IN_FLIGHT

_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_WORD = re.compile(r"[!-~]+")


def check_word(value: object, *, option: str, of: str) -> None:
    """See that *value* is null or a text without spaces and control characters."""
    if value is not None and not (isinstance(value, str) and _WORD.fullmatch(value)):
        raise ConfigError(
            f"{of}, {option}: {value!r} cannot be used. Write it as text without spaces."
        )


def check_path(value: object, *, option: str, of: str) -> None:
    """See that *value* is null or a path."""
    if value is not None and not (isinstance(value, str | os.PathLike) and str(value)):
        raise ConfigError(f"{of}, {option}: {value!r} cannot be used. Write it as a path.")


def check_flag(value: object, *, option: str, of: str) -> None:
    """See that *value* is true or false."""
    if not isinstance(value, bool):
        raise ConfigError(f"{of}, {option}: {value!r} cannot be used. Write true or false.")


def check_choice(value: object, known: Collection[str], *, option: str, of: str) -> None:
    """See that *value* is one of *known*."""
    if value not in known:
        raise ConfigError(
            f"{of}, {option}: {value!r} is not known. Known: {', '.join(known)}.{suggest_name(str(value), known)}"
        )


def check_variable(value: object, *, option: str, of: str) -> None:
    """See that *value* is null or the name of a variable; a key in its place is not repeated."""
    if value is not None and not (isinstance(value, str) and _VARIABLE.fullmatch(value)):
        raise ConfigError(
            f"{of}, {option}: this is no name of an environment variable. Put the key into a variable and write its "
            "name here."
        )


def check_count(value: object, *, option: str, of: str) -> None:
    """See that *value* is a number of connections."""
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= MAX_IN_FLIGHT:
        raise ConfigError(
            f"{of}, {option}: {value!r} cannot be used. Write a whole number from 1 to {MAX_IN_FLIGHT}."
        )


def seconds(value: object, *, option: str, of: str) -> float:
    """Return *value* as a number of seconds."""
    try:
        found = -1.0 if isinstance(value, bool) else float(value)  # type: ignore[arg-type]  # refused below
    except (TypeError, ValueError):
        found = -1.0
    if not 0 < found <= 3600:
        raise ConfigError(
            f"{of}, {option}: {value!r} cannot be used. Write a number of seconds above 0, at most 3600."
        )
    return found


def service_url(value: str, *, of: str) -> str:
    """
    Return the address of a service without a slash at its end.

    Only https; http on this machine, for tests and for a proxy of your own.
    """
    try:
        parts = urlsplit(value)
        is_safe = parts.scheme == "https" or (parts.scheme == "http" and is_loopback(value))
        is_sound = bool(parts.hostname) and not (parts.query or parts.fragment or parts.username)
    except (ValueError, AttributeError, TypeError):
        is_safe = is_sound = False
    if not (is_safe and is_sound):
        raise ConfigError(
            f"{of}, base_url: it must be an https:// address without a query or a password, or http:// on this "
            "machine."
        )
    return value.rstrip("/")


def is_loopback(url: str) -> bool:
    """Whether *url* leads to this machine."""
    host = urlsplit(url).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
