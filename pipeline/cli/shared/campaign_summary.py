"""Say what became of a campaign."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from pipeline.cli.shared.output import pluralize, print_message

if TYPE_CHECKING:
    from pipeline.models.campaign import Campaign


def tell(campaign: Campaign, *, is_quiet: bool) -> None:
    """Say what became of *campaign*; the outbox's folder goes to standard output unless JSON stands there."""
    from pipeline.models.campaign import CampaignState
    from pipeline.models.delivery import COUNTED_STATES, DeliveryState

    messages = pluralize(campaign.recipient_count, "message")
    if campaign.state is CampaignState.DRY_RUN:
        print_message(f"{messages} composed; nothing was handed over and nothing written.")
        return
    accepted = campaign.count(DeliveryState.ACCEPTED)
    if campaign.outbox and accepted:
        print_message(
            f"{pluralize(accepted, 'message')} written to {campaign.outbox}, nobody was mailed."
        )
        if not is_quiet:
            click.echo(campaign.outbox)
    elif campaign.state is CampaignState.SENT:
        print_message(f"{accepted:,} of {messages} accepted.")
    if campaign.state is not CampaignState.SENT:
        why = (campaign.reason or "").rstrip(".")
        print_message(
            f"Error: {campaign.state.value}: {why}. {accepted:,} of {messages} had been accepted."
        )
    rest = [
        f"{campaign.count(state):,} {state.value}"
        for state in COUNTED_STATES
        if campaign.count(state) and state is not DeliveryState.ACCEPTED
    ]
    if rest:
        print_message(f"Not accepted: {', '.join(rest)}.")
    if hint := _hint(campaign):
        print_message(hint)


def _hint(campaign: Campaign) -> str:
    """Return the next thing to do about *campaign*, "" if nothing is."""
    from pipeline.models.campaign import CampaignState
    from pipeline.models.delivery import DeliveryState

    if campaign.state in (CampaignState.PAUSED, CampaignState.FAILED):
        return f"Go on: handbill campaigns resume {campaign.id}"
    if campaign.count(DeliveryState.UNCERTAIN):
        return (
            f"Nobody knows whether the uncertain were taken. Look: handbill campaigns show {campaign.id}\n"
            f"Leave them or send them again: handbill campaigns resolve {campaign.id} --skip (or --retry)"
        )
    if campaign.count(DeliveryState.REFUSED):
        return f"Who, and why: handbill campaigns show {campaign.id}"
    return ""


def exit_code(campaign: Campaign) -> int:
    """Return 0 if *campaign* is sent and nothing uncertain, 130 if it was interrupted, else 1."""
    from pipeline.models.campaign import CampaignState
    from pipeline.models.delivery import DeliveryState

    if campaign.reason == "interrupted":
        return 130
    is_done = campaign.state in (CampaignState.SENT, CampaignState.DRY_RUN)
    return 0 if is_done and not campaign.count(DeliveryState.UNCERTAIN) else 1
