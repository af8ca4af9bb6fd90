"""Events are read from files as they are listed."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from pipeline.errors import ConfigError
from pipeline.events.event_file import read_events
from pipeline.models.event import Event, EventKind, StoredEvent

REPLY = Event(
    kind=EventKind.REPLIED,
    source="mailbox",
    source_key="1",
    at=datetime(2026, 3, 2, 9, tzinfo=UTC),
    mailbox="ada@example.org",
    text="Thank you.\u2028Ada\x85",
)


@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_what_is_listed_is_read(tmp_path: Path, line_end: str) -> None:
    """Each line is an event, whatever line separators a text contains."""
    stored = StoredEvent(
        number=1, event=REPLY, recorded_at=REPLY.at, campaign_id=None, effect=""
    ).to_json()
    line = json.dumps(stored, ensure_ascii=False)
    (tmp_path / "events.jsonl").write_text(
        f"{line}{line_end}{line_end}{line}{line_end}", encoding="utf-8", newline=""
    )
    assert [REPLY, REPLY] == read_events(tmp_path / "events.jsonl", lambda _: None)


def test_a_wrong_line_is_named(tmp_path: Path) -> None:
    """The message has file and line, and what a line needs."""
    (tmp_path / "events.jsonl").write_text(
        '{"kind": "replied", "at": "2026-03-02T09:00:00Z"}\n{}\n'
    )
    with pytest.raises(ConfigError, match=r'events\.jsonl:2: .*"kind": "bounced"'):
        read_events(tmp_path / "events.jsonl", lambda _: None)
