"""Show how a campaign stands, once or until it stands still."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

import click

from pipeline.cli.shared.output import print_message
from pipeline.cli.shared.progress import watching

if TYPE_CHECKING:
    from pipeline.models.campaign import Campaign

_LOOK_S = 1.0


def line_of(campaign: Campaign) -> str:
    """Return a line with the state of *campaign* and its counts."""
    from pipeline.models.delivery import COUNTED_STATES

    counts = [
        f"{campaign.count(state):,} {state.value}"
        for state in COUNTED_STATES
        if campaign.count(state)
    ]
    why = f" ({campaign.reason})" if campaign.reason else ""
    return "  ".join(filter(None, [campaign.id, campaign.state.value + why, ", ".join(counts)]))


def follow(look: Callable[[str], Campaign], id: str, *, as_json: bool) -> None:
    """Show the campaign until it stands still: a line that is written over on a terminal, else one for each look."""
    from pipeline.models.campaign import CampaignState
    from pipeline.models.delivery import DeliveryState

    is_terminal = sys.stderr.isatty() and not as_json
    before: tuple[float, int] | None = None
    with watching(0) as wish:
        while True:
            found = look(id)
            now = time.monotonic()
            left = found.count(DeliveryState.PENDING) + found.count(DeliveryState.DEFERRED)
            rate = (before[1] - left) / (now - before[0]) if before else 0.0
            if as_json:
                click.echo(json.dumps(found.to_json(), ensure_ascii=False))
            else:
                ends = (
                    f", {rate:,.0f} a second, {_span(left / rate)} left"
                    if rate > 0 and left
                    else ""
                )
                click.echo(
                    f"{chr(13) if is_terminal else ''}{line_of(found)}{ends}",
                    err=True,
                    nl=not is_terminal,
                )
            if found.state is not CampaignState.SENDING or wish.should_stop():
                break
            before = (now, left)
            wish.wait_s(_LOOK_S)
    if is_terminal:
        print_message("")


def _span(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes:02} min" if hours else f"{minutes} min {rest:02} s"
