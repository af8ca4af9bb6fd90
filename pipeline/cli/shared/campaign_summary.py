"""Print the state of a campaign: when it ends, in a line, or until it stops."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from pipeline.cli.shared.output import pluralize, print_json, print_message, print_text
from pipeline.cli.shared.progress import show_progress

if TYPE_CHECKING:
    from datetime import datetime

    from pipeline.models.campaign import Campaign

_REFRESH_S = 1.0
#: The exit code of a command that leaves messages to be sent later, or that somebody stopped: nothing is wrong.
UNFINISHED = 3
_EXIT_INTERRUPTED = 130


def print_summary(
    campaign: Campaign, *, as_json: bool, next_step: str | None = None, is_stored: bool = True
) -> None:
    """
    Print the result of *campaign*; the folder it was written to goes to standard output unless JSON does.

    Args:
        next_step: What to do if it is not sent; default: resume it.
        is_stored: Whether it can be resumed; False outside of a project.
    """
    from pipeline.models.campaign import CampaignState
    from pipeline.models.delivery import DeliveryState

    messages = pluralize(campaign.recipient_count, "message")
    if campaign.state is CampaignState.DRY_RUN:
        print_message(f"{messages} composed. Dry run: nothing was sent or saved.")
        return
    accepted = campaign.count(DeliveryState.ACCEPTED)
    counts = ", ".join(_list_counts(campaign, next_step, is_stored=is_stored)) or "no recipients"
    if campaign.outbox and accepted and not campaign.delivers_mail:
        count = pluralize(accepted, "message")
        print_message(f"{count} written to {campaign.outbox}, nobody was mailed.")
        if not as_json:
            print_text(campaign.outbox)
        if accepted < campaign.recipient_count:
            print_message(f"{_describe_state(campaign)}{counts}.")
    elif campaign.state is CampaignState.SENT and accepted == campaign.recipient_count:
        print_message(f"{accepted:,} of {messages} accepted.")
    else:
        print_message(f"{_describe_state(campaign)}{counts}.")
    if next_step is None:
        next_step = _suggest_next_step(campaign, is_stored=is_stored)
    if next_step:
        print_message(next_step)


def _describe_state(campaign: Campaign) -> str:
    """Return what comes before the counts: an error, what somebody asked for, or nothing."""
    from pipeline.models.campaign import CampaignState

    reason = (campaign.reason or "").rstrip(".")
    if campaign.is_stopped:
        return f"{campaign.state.value.capitalize()} as requested: "
    if campaign.is_partial:
        return f"{reason[0].upper()}{reason[1:]}, the campaign is paused: "
    if campaign.is_rejected:
        return f"Error: {reason}: "
    if campaign.state in (CampaignState.SENT, CampaignState.SENDING):
        is_told = reason.startswith(("deferred:", "rate limit:"))
        return f"{reason[0].upper()}{reason[1:]}. " if is_told else ""
    return f"Error: {campaign.state.value}: {reason}. "


def _list_counts(campaign: Campaign, next_step: str | None, *, is_stored: bool) -> Iterator[str]:
    """Yield `400 accepted`, `1 refused`, `1 to be retried at 19:31 CET by a worker (or: …)`."""
    from pipeline.models.campaign import CampaignState
    from pipeline.models.delivery import COUNTED_STATES, DeliveryState

    waiting = (DeliveryState.PENDING, DeliveryState.DEFERRED)
    is_waiting = campaign.state is CampaignState.SENDING
    for state in sorted(COUNTED_STATES, key=lambda state: state is DeliveryState.PENDING):
        count = campaign.count(state)
        if count and not (is_waiting and state in waiting):
            yield f"{count:,} {campaign.describe(state)}"
    pending, deferred = (campaign.count(state) for state in waiting) if is_waiting else (0, 0)
    later = [f"{pending:,} to be sent"] if pending else []
    later += [f"{deferred:,} to be retried"] if deferred else []
    if not later:
        return
    if not is_stored:
        yield f"{' and '.join(later)}, which only a project can do (handbill init)"
        return
    at = (
        f" at {_format_time(campaign.next_attempt_at, campaign.zone)}"
        if campaign.next_attempt_at
        else ""
    )
    way = f" by a worker (or: handbill campaigns resume {campaign.id})" if next_step is None else ""
    yield f"{' and '.join(later)}{at}{way}"


def _format_time(at: datetime, zone: str) -> str:
    """Return `19:31 CET`, with the date if that is another day."""
    from datetime import datetime
    from zoneinfo import ZoneInfo

    local = at.astimezone(ZoneInfo(zone))
    is_today = local.date() == datetime.now(ZoneInfo(zone)).date()
    return f"{local:%H:%M %Z}" if is_today else f"{local:%Y-%m-%d %H:%M %Z}"


def format_counts(campaign: Campaign) -> str:
    """Return the number of recipients by state, "" without recipients."""
    from pipeline.models.delivery import COUNTED_STATES

    counts = ((campaign.count(state), campaign.describe(state)) for state in COUNTED_STATES)
    return ", ".join(f"{count:,} {word}" for count, word in counts if count)


def _suggest_next_step(campaign: Campaign, *, is_stored: bool) -> str:
    """Return what to do next about *campaign*, or ""."""
    from pipeline.models.campaign import CampaignState
    from pipeline.models.delivery import DeliveryState

    if not is_stored:
        return ""
    if campaign.state is CampaignState.FAILED:
        return f"Correct that, then resume it: handbill campaigns resume {campaign.id}"
    if campaign.is_partial:
        return (
            f"Look at the results, then resume it: handbill campaigns resume {campaign.id}\n"
            f"or end it: handbill campaigns cancel {campaign.id}"
        )
    if campaign.state is CampaignState.PAUSED:
        return f"Resume it: handbill campaigns resume {campaign.id}"
    if campaign.count(DeliveryState.UNCERTAIN):
        return (
            f"Uncertain messages may have been delivered. List them: handbill campaigns show {campaign.id}\n"
            f"Skip or retry them: handbill campaigns resolve {campaign.id} --skip (or --retry)"
        )
    if campaign.count(DeliveryState.REFUSED):
        text = f"List refused recipients and reasons: handbill campaigns show {campaign.id}"
        if campaign.is_rejected:
            text += f"\nCorrect that, then: handbill campaigns resume {campaign.id} --only failed"
        return text
    return ""


def get_exit_code(campaign: Campaign) -> int:
    """
    Return the exit code of a command that sent *campaign*.

    0 if it is sent, or was to send only its first messages; 1 if somebody must decide: it failed, nobody was accepted,
    deliveries are uncertain; 3 if somebody paused or cancelled it, or the rest is sent later; 130 if it was
    interrupted.
    """
    from pipeline.models.campaign import INTERRUPTED, CampaignState

    if campaign.reason == INTERRUPTED:
        return _EXIT_INTERRUPTED
    if campaign.needs_decision:
        return 1
    if campaign.is_partial or campaign.state in (CampaignState.SENT, CampaignState.DRY_RUN):
        return 0
    return UNFINISHED


def format_status_line(campaign: Campaign) -> str:
    """Return the state of *campaign* and its counts on one line."""
    reason = f" ({campaign.reason})" if campaign.reason else ""
    parts = [campaign.id, campaign.state.value + reason, format_counts(campaign)]
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
