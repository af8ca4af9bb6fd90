"""Read events from a file with one JSON object a line, as `handbill events list --json` prints them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

from pipeline.errors import ConfigError
from pipeline.models.address import parse_address
from pipeline.models.event import BounceClass, Event, EventKind

#: Larger files are not lists of events.
_MAX_BYTES = 512 * 1024 * 1024


def read_events(path: Path, find_campaign: Callable[[str], int | None]) -> list[Event]:
    """
    Return the events in the file at *path*.

    Args:
        find_campaign: Returns the number of the campaign with an id, None if it does not exist.

    Raises:
        ConfigError: The file cannot be read, or a line is no event; the message names file and line.
    """
    try:
        if path.stat().st_size > _MAX_BYTES:
            raise ConfigError(f"{path}: is larger than 512 MB. Split it.")
        lines = path.read_text(encoding="utf-8").split(
            "\n"
        )  # not at U+2028, which JSON may contain
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: cannot be read ({error}). Save it as UTF-8.") from error
    return [
        event
        for number, line in enumerate(lines, start=1)
        if line.strip()
        for event in _read_line(f"{path}:{number}", line, find_campaign)
    ]


def _read_line(where: str, line: str, find_campaign: Callable[[str], int | None]) -> list[Event]:
    try:
        value = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise ConfigError(f"{where}: is not JSON. Write one object a line.") from error
    if not isinstance(value, dict):
        raise ConfigError(f"{where}: is not a JSON object. Write one object a line.")
    entries = value["events"] if isinstance(value.get("events"), list) else [value]
    return [_parse_event(where, entry, line, find_campaign) for entry in entries]


def _parse_event(
    where: str, value: Any, line: str, find_campaign: Callable[[str], int | None]
) -> Event:
    try:
        at = datetime.fromisoformat(value["at"])
        if at.tzinfo is None:
            raise ValueError("the time has no zone")
        campaign = value.get("campaign")
        address = value.get("address")
        bounce_class = value.get("class")
        return Event(
            kind=EventKind(value["kind"]),
            source=str(value.get("source") or "file")[:40],
            source_key=str(value.get("source_key") or hashlib.sha256(line.encode()).hexdigest())[
                :200
            ],
            at=at,
            campaign=find_campaign(str(campaign)) if campaign else None,
            sequence=int(value["sequence"]) if value.get("sequence") is not None else None,
            mailbox=parse_address(str(address)).key if address else None,
            list_name=str(value["list"]) if value.get("list") else None,
            bounce_class=BounceClass(bounce_class) if bounce_class else None,
            code=int(value["code"]) if value.get("code") is not None else None,
            enhanced_code=str(value["enhanced_code"])[:20] if value.get("enhanced_code") else None,
            text=str(value.get("text") or ""),
        )
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
        raise ConfigError(
            f"{where}: is not an event ({error}). It needs at least "
            '{"kind": "bounced", "at": "2026-11-30T12:00:00Z", "address": "ada@example.org"}.'
        ) from error
