"""The rules are those that people read."""

from __future__ import annotations

import re

from pipeline.events.rules import (
    FULL_MIN_DAYS,
    FULL_MIN_SPAN,
    UNKNOWN_MIN_CAMPAIGNS,
    UNKNOWN_MIN_SPAN,
    BounceSeries,
    find_rule,
)
from pipeline.models.event import BounceClass, Event, EventKind
from tests.campaigns.support import NOON
from tests.support import ROOT

MIN_COUNTS = {
    BounceSeries.DAYS: f"{FULL_MIN_DAYS} days of bounces",
    BounceSeries.CAMPAIGNS: f"bounces of {UNKNOWN_MIN_CAMPAIGNS} campaigns",
}
SPANS = {BounceSeries.DAYS: FULL_MIN_SPAN, BounceSeries.CAMPAIGNS: UNKNOWN_MIN_SPAN}
_ROW = re.compile(
    r"^\| `([a-z-]+)`(?:, class `([a-z]+)`)? \| ([^|]*) \| ([^|]*) \| ([^|]*) \|$", re.M
)


def test_the_rules_are_those_in_the_docs() -> None:
    """Each kind of event, and each class of bounce, has a row that says what its rule does."""
    text = (ROOT / "docs/explanation/events.md").read_text(encoding="utf-8")
    rows = {(kind, each): rest for kind, each, *rest in _ROW.findall(text)}
    expected = {(kind.value, "") for kind in EventKind if kind is not EventKind.BOUNCED}
    expected |= {("bounced", each.value) for each in BounceClass}
    assert expected == set(rows)
    for (kind, each), (state, address, campaign) in rows.items():
        event = Event(
            kind=EventKind(kind),
            source="s",
            source_key="k",
            at=NOON,
            bounce_class=BounceClass(each) if each else None,
        )
        rule = find_rule(event)
        assert (rule.delivery_state.value if rule.delivery_state else "–") == state
        assert ("suppressed" in address) is (rule.suppression is not None)
        waits = rule.series and (
            f"after {MIN_COUNTS[rule.series]}",
            f"over {SPANS[rule.series].days} days",
        )
        assert ("after" in address) is (waits is not None)
        assert all(words in address for words in waits or ())
        assert ("leaves" in address) is (rule.subscription is False)
        assert ("again" in address) is (rule.subscription is True)
        if rule.pause_limit is None:
            assert "–" == campaign
        else:
            share = f"{rule.pause_limit.share:.1%}".replace(".0%", "%").replace("%", " %")
            assert f"pauses at {rule.pause_limit.count} of them, if they are {share}" == campaign
