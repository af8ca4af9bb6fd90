"""Durations as people write them."""

from __future__ import annotations

from datetime import timedelta

import pytest

from pipeline.clock import parse_duration
from pipeline.errors import ScheduleError


def test_durations_are_parsed() -> None:
    """A duration has units, several if need be."""
    assert timedelta(minutes=5) == parse_duration("5m")
    assert timedelta(hours=2, minutes=30) == parse_duration("2h30m")
    assert timedelta(days=10) == parse_duration("1w 3d")
    for text in ("", "5", "m", "5x", "5m!", "-5m"):
        with pytest.raises(ScheduleError, match="not a duration"):
            parse_duration(text)
    for text in ("999999w", "999999w" * 200):
        with pytest.raises(ScheduleError, match="ten years"):
            parse_duration(text)
