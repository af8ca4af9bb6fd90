"""
The event ledger: what comes back after the send, and what it changes.

Whoever hears something (a web page, a mailbox, a webhook, a file) proves it genuine and records an `Event`. The ledger
keeps each event once; the judge decides by a table of rules (`rules`) what it changes: the state of a delivery, a
subscription, a suppression, a campaign.
"""

from __future__ import annotations

from pipeline.events.choices import RecipientChoices, SubscriptionStanding
from pipeline.events.event_store import EventStore, RecordReport
from pipeline.events.resolve import TokenTarget

__all__ = ["EventStore", "RecipientChoices", "RecordReport", "SubscriptionStanding", "TokenTarget"]
