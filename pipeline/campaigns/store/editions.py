"""
An edition as bytes, to be stored when it is planned and read back when it is sent.

Every dataclass and enumeration that an `Edition` can hold is found by its type hints: nothing else is ever made from
what is stored. What an older version did not know takes its default.
"""

from __future__ import annotations

import base64
import json
import zlib
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from enum import Enum
from functools import cache
from typing import Any, get_args, get_type_hints

from pipeline.errors import StoreError
from pipeline.models.edition import Edition

_INSTANT, _DAY, _BYTES, _MAP = "@instant", "@day", "@bytes", "@map"


def to_bytes(edition: Edition) -> bytes:
    """Return *edition* as compressed JSON; `from_bytes()` makes the same edition of it."""
    form = json.dumps(_plain(edition), ensure_ascii=False, separators=(",", ":"))
    return zlib.compress(form.encode("utf-8", "surrogatepass"), 6)


def from_bytes(content: bytes) -> Edition:
    """
    Return the edition that `to_bytes()` made *content* of.

    Raises:
        StoreError: It is none, or a newer version of Handbill wrote it.
    """
    try:
        edition = _made(json.loads(zlib.decompress(content).decode("utf-8", "surrogatepass")))
    except (zlib.error, ValueError, KeyError, TypeError) as error:
        raise StoreError(
            f"A stored edition cannot be read ({error}). If a newer Handbill wrote it, use that one."
        ) from error
    if not isinstance(edition, Edition):
        raise StoreError("What is stored as an edition is none. Plan the campaign again.")
    return edition


def _plain(value: Any) -> Any:  # Any: whatever an edition holds, and whatever JSON can
    if isinstance(value, Enum):
        return {"@": type(value).__name__, "value": value.value}
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    if isinstance(value, bytes):
        return {"@": _BYTES, "value": base64.b64encode(value).decode("ascii")}
    if isinstance(value, datetime):
        return {"@": _INSTANT, "value": value.isoformat()}
    if isinstance(value, date):
        return {"@": _DAY, "value": value.isoformat()}
    if isinstance(value, dict):
        return {"@": _MAP, "value": [[_plain(k), _plain(v)] for k, v in value.items()]}
    if is_dataclass(value):
        return {"@": type(value).__name__} | {
            f.name: _plain(getattr(value, f.name)) for f in fields(value)
        }
    if value is None or isinstance(value, str | int | float | bool):
        return value
    raise TypeError(f"an edition holds a {type(value).__name__}, which cannot be stored")


def _made(value: Any) -> Any:  # Any: as above, the other way
    if isinstance(value, list):
        return tuple(_made(item) for item in value)
    if not isinstance(value, dict):
        return value
    kind = value.pop("@")
    if kind == _BYTES:
        return base64.b64decode(value["value"])
    if kind == _INSTANT:
        return datetime.fromisoformat(value["value"])
    if kind == _DAY:
        return date.fromisoformat(value["value"])
    if kind == _MAP:
        return {_made(k): _made(v) for k, v in value["value"]}
    made: Any = _kinds()[kind]  # Any: a class made from its own values
    return made(**{name: _made(inner) for name, inner in value.items()})


@cache
def _kinds() -> dict[str, type]:
    """Return every dataclass and enumeration an edition can hold, by name."""
    found: dict[str, type] = {}
    waiting: list[Any] = [Edition]  # Any: type hints
    while waiting:
        hint = waiting.pop()
        waiting.extend(get_args(hint))
        if not isinstance(hint, type) or found.get(hint.__name__) is hint:
            continue
        if is_dataclass(hint):
            waiting.extend(get_type_hints(hint).values())
        elif not issubclass(hint, Enum):
            continue
        if hint.__name__ in found:
            raise TypeError(f"an edition holds two kinds named {hint.__name__}")
        found[hint.__name__] = hint
    return found
