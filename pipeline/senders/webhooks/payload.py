"""Read the JSON of reports."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from pipeline.models.provider_event import ProviderEvent
from pipeline.senders.http.service_response import UNEXPECTED_STRUCTURE, UnexpectedResponse, to_text
from pipeline.senders.server_text import clean_server_id, clean_server_text
from pipeline.senders.webhooks.provider_webhook import UnreadableRequest, WebhookReport

#: The name under which a service keeps our token, and returns it.
TOKEN_FIELD = "handbill"
_FRACTION = re.compile(r"(\.[0-9]{6})[0-9]+")
_ENHANCED_CODE = re.compile(r"[245]\.[0-9]{1,3}\.[0-9]{1,3}")
_MAX_KEY = 200
_MAX_TOKEN = 40
#: Before it there was no such service; a time before is a mistake.
_FIRST_YEAR = 2005


def parse_json(body: bytes) -> Any:  # Any: each service has its own structure
    """
    Return *body* parsed as JSON.

    Raises:
        UnreadableRequest: It is not JSON, or nested too deeply.
    """
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        raise UnreadableRequest("its body is not JSON") from None


def parse_object(body: bytes) -> dict[str, Any]:
    """Return *body* parsed as a JSON object; raises as `parse_json()`."""
    value = parse_json(body)
    if not isinstance(value, dict):
        raise UnreadableRequest("its body is not a JSON object")
    return value


def parse_objects(body: bytes) -> list[Any]:
    """Return the items of a JSON list, or the one object that *body* is; raises as `parse_json()`."""
    value = parse_json(body)
    if isinstance(value, dict):
        return [value]
    if not isinstance(value, list):
        raise UnreadableRequest("its body is neither a JSON list nor an object")
    return value


def read_each(
    items: list[Any],
    read_one: Callable[[Any], ProviderEvent | None],
) -> WebhookReport:
    """
    Return the events among *items*; one that cannot be read does not lose the others.

    Args:
        read_one: Returns the event in an item, None if the item changes nothing; may raise `UNEXPECTED_STRUCTURE`.

    Raises:
        UnreadableRequest: None of them can be read.
    """
    events = []
    ignored = unreadable = 0
    for item in items:
        try:
            event = read_one(item)
        except (*UNEXPECTED_STRUCTURE, OverflowError, RecursionError):
            unreadable += 1
            continue
        if event is None:
            ignored += 1
        else:
            events.append(_clean(event))
    if unreadable and not (events or ignored):
        raise UnreadableRequest("its events do not have the documented form")
    return WebhookReport(events=tuple(events), ignored=ignored, unreadable=unreadable)


def _clean(event: ProviderEvent) -> ProviderEvent:
    """Return *event* so that it can be stored and shown, whatever the service wrote."""
    has_code = event.code is not None and 100 <= event.code < 1000
    is_enhanced = _ENHANCED_CODE.fullmatch(event.enhanced_code or "")
    return replace(
        event,
        key=clean_server_id(event.key),
        token=event.token if len(event.token) <= _MAX_TOKEN else "",
        code=event.code if has_code else None,
        enhanced_code=event.enhanced_code if is_enhanced else None,
        text=clean_server_text(event.text),
    )


def require_text(item: Any, *path: str) -> str:
    """Return the string or number at *path*; raises one of `UNEXPECTED_STRUCTURE` without one."""
    for step in path:
        item = item[step]
    if text := to_text(item):
        return text
    raise UnexpectedResponse(f"{path[-1]} is missing")


def get_text(item: Any, *path: str) -> str:
    """Return the string or number at *path*, "" without one."""
    for step in path:
        if not isinstance(item, Mapping):
            return ""
        item = item.get(step)
    return to_text(item)


def parse_time(value: Any) -> datetime | None:
    """Return a time given in ISO 8601 or in seconds since 1970, as a number or a string; None for anything else."""
    try:
        if isinstance(value, str) and not value.replace(".", "", 1).isdigit():
            at = datetime.fromisoformat(_FRACTION.sub(r"\1", value.strip()))
            at = at if at.tzinfo else at.replace(tzinfo=UTC)
        elif isinstance(value, str | int | float) and not isinstance(value, bool):
            at = datetime.fromtimestamp(float(value), UTC)
        else:
            return None
        at = at.astimezone(UTC)
    except (ValueError, OverflowError, OSError):
        return None
    return at if at.year >= _FIRST_YEAR else None


def parse_seconds(text: str) -> datetime | None:
    """Return the time of a signature, in whole seconds since 1970; None for anything else."""
    return parse_time(text) if text.isascii() and text.isdecimal() and len(text) < 12 else None


def decode_base64(text: str) -> bytes:
    """Return what *text* encodes; b"" unless it is the one spelling that base64 has for that."""
    try:
        content = base64.b64decode(text, validate=True)
    except ValueError:
        return b""
    return content if base64.b64encode(content).decode() == text else b""


def make_key(item: Any, *parts: str) -> str:
    """Return a key of *parts*; a digest of *item* if one is missing, or if they are too long."""
    key = " ".join(parts)
    return key if all(parts) and len(key) <= _MAX_KEY else digest_item(item)


def digest_item(item: Any) -> str:
    """Return a digest of *item*, for services that give their events no ID."""
    return hashlib.sha256(json.dumps(item, sort_keys=True).encode()).hexdigest()
