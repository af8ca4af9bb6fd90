"""Move the deliveries of many events to their new states, with one statement for each campaign and state."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from sqlalchemy import Connection, bindparam, func, update

from pipeline.campaigns.store.tables import receipts
from pipeline.database import encode_values, in_parameter
from pipeline.events.rules import find_rule
from pipeline.models.delivery import DeliveryState
from pipeline.models.event import Event

#: In the order in which a delivery passes through them.
_STATES = (DeliveryState.DELIVERED, DeliveryState.BOUNCED, DeliveryState.COMPLAINED)
_MOVES = {
    state: update(receipts)
    .where(
        receipts.c.campaign == bindparam("of_campaign"),
        in_parameter(receipts.c.sequence, "of_sequences"),
        # A function, so that no planner takes the index on states, and scans half a campaign for a few messages.
        func.lower(receipts.c.state).in_(
            [each.value for each in DeliveryState if each.can_become(state)]
        ),
    )
    .values(state=state.value)
    .returning(receipts.c.sequence)
    for state in _STATES
}


def move_deliveries(connection: Connection, new_events: Sequence[Event]) -> list[str]:
    """Move the delivery of each of *new_events* forward; return the new state for each, "" if it stays."""
    moved = [""] * len(new_events)
    for state in _STATES:
        for campaign, by_sequence in _group(new_events, state).items():
            values = {"of_campaign": campaign, "of_sequences": encode_values(by_sequence)}
            for sequence in connection.scalars(_MOVES[state], values):
                moved[by_sequence[sequence]] = state.value
    return moved


def _group(new_events: Sequence[Event], state: DeliveryState) -> dict[int, dict[int, int]]:
    """Return the first event for each message that moves to *state*: its index by campaign and sequence."""
    groups: dict[int, dict[int, int]] = defaultdict(dict)
    for index, event in enumerate(new_events):
        if event.campaign is None or event.sequence is None:
            continue
        if find_rule(event).delivery_state is state:
            groups[event.campaign].setdefault(event.sequence, index)
    return groups
