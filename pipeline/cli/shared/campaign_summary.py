"""Print the state of a campaign: when it ends, in a line, or until it stops."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from pipeline.cli.shared.output import pluralize, print_json, print_message, print_text
from pipeline.cli.shared.progress import show_progress

if TYPE_CHECKING:
    from pipeline.models.campaign import Campaign

_REFRESH_S = 1.0


def print_summary(campaign: Campaign, *, as_json: bool, next_step: str | None = None) -> None:
    """
    Print the result of *campaign*; the folder it was written to goes to standard output unless JSON does.

    Args:
        next_step: What to do if it is not sent; default: resume it.
    """
    from pipeline.models.campaign import CampaignState
    from pipeline.models.delivery import DeliveryState

    messages = pluralize(campaign.recipient_count, "message")
    if campaign.state is CampaignState.DRY_RUN:
        print_message(f"{messages} composed. Dry run: nothing was sent or saved.")
        return
    accepted = campaign.count(DeliveryState.ACCEPTED)
    if campaign.outbox and accepted and not campaign.delivers_mail:
        count = pluralize(accepted, "message")
        print_message(f"{count} written to {campaign.outbox}, nobody was mailed.")
        if not as_json:
            print_text(campaign.outbox)
    elif campaign.state is CampaignState.SENT:
        print_message(f"{accepted:,} of {messages} accepted.")
    if campaign.state is not CampaignState.SENT:
        reason = (campaign.reason or "").rstrip(".")
        print_message(
            f"Error: {campaign.state.value}: {reason}. {accepted:,} of {messages} accepted so far."
        )
    if rest := _format_counts(campaign, without=DeliveryState.ACCEPTED.value):
        print_message(f"Not accepted: {rest}.")
    if next_step is None:
        next_step = _suggest_next_step(campaign)
    if next_step:
        print_message(next_step)


def _format_counts(campaign: Campaign, *, without: str = "") -> str:
    from pipeline.models.delivery import COUNTED_STATES

    counts = {state.value: campaign.count(state) for state in COUNTED_STATES}
    return ", ".join(f"{n:,} {state}" for state, n in counts.items() if n and state != without)


def _suggest_next_step(campaign: Campaign) -> str:
    """Return what to do next about *campaign*, or ""."""
    from pipeline.models.campaign import CampaignState
    from pipeline.models.delivery import DeliveryState

    if campaign.state in (CampaignState.PAUSED, CampaignState.FAILED):
        return f"Resume it: handbill campaigns resume {campaign.id}"
    if campaign.count(DeliveryState.UNCERTAIN):
        return (
            f"Uncertain messages may have been delivered. List them: handbill campaigns show {campaign.id}\n"
            f"Skip or retry them: handbill campaigns resolve {campaign.id} --skip (or --retry)"
        )
    if campaign.count(DeliveryState.REFUSED):
        return f"List refused recipients and reasons: handbill campaigns show {campaign.id}"
    return ""


def get_exit_code(campaign: Campaign) -> int:
    """Return 0 if *campaign* is sent and nothing is uncertain, 130 if it was interrupted, else 1."""
    from pipeline.models.campaign import CampaignState
    from pipeline.models.delivery import DeliveryState

    if campaign.reason == "interrupted":
        return 130
    is_done = campaign.state in (CampaignState.SENT, CampaignState.DRY_RUN)
    return 0 if is_done and not campaign.count(DeliveryState.UNCERTAIN) else 1


def format_status_line(campaign: Campaign) -> str:
    """Return the state of *campaign* and its counts on one line."""
    reason = f" ({campaign.reason})" if campaign.reason else ""
    parts = [campaign.id, campaign.state.value + reason, _format_counts(campaign)]
    return "  ".join(filter(None, parts))


def follow_campaign(get: Callable[[str], Campaign], campaign_id: str, *, as_json: bool) -> None:
    """Print the state of a campaign until it is no longer being sent: on a terminal, one line that is overwritten."""
    from pipeline.models.campaign import CampaignState
    from pipeline.models.delivery import DeliveryState

    is_terminal = sys.stderr.isatty() and not as_json
    previous: tuple[float, int] | None = None
    with show_progress(0) as progress:
        while True:
            campaign = get(campaign_id)
            now = time.monotonic()
            left = campaign.count(DeliveryState.PENDING) + campaign.count(DeliveryState.DEFERRED)
            rate = (previous[1] - left) / (now - previous[0]) if previous else 0.0
            if as_json:
                print_json(campaign.to_json(), indent=None)
            else:
                estimate = ""
                if rate > 0 and left:
                    estimate = f", {rate:,.0f} per second, {_format_duration(left / rate)} left"
                line = f"{format_status_line(campaign)}{estimate}"
                print_message(
                    line, label="\r" if is_terminal else "", end="" if is_terminal else "\n"
                )
            if campaign.state is not CampaignState.SENDING or progress.should_stop():
                break
            previous = (now, left)
            progress.wait(_REFRESH_S)
    if is_terminal:
        print_message("")


def _format_duration(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes:02} min" if hours else f"{minutes} min {rest:02} s"
