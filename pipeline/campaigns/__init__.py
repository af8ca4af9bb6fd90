"""
Send: hand the messages of a campaign over, one receipt each, nobody twice and nobody forgotten.

1. `planning` writes a campaign down (`plan`, `campaigns`, `editions`), unless its people have had it; `schedule` and
   `timing` say when it is due.
2. `sending` takes it up: its recipients (`members`) are frozen in the `ledger`, one row each.
3. `handover` claims rows (`claiming`: who may still be written to, `screening`; how many, `throttle` and `windows`),
   composes, offers, settles; `suppressing` says who is not there at all, `retry` when to ask again.
4. `worker` sends what is `due`, and what is new in feeds (`recurring`).
5. `runs` knows which processes are at work, by their `locks`: what a dead one had claimed is uncertain.
6. `gate` lets through what leaves otherwise, from the outbox, at the same pace.
7. `desk` and `moves` are what a person does with campaigns, `reporting` and `standing` what they see, `deciding` what
   becomes of those nobody has in hand.
"""

from pipeline.campaigns.actions import Only
from pipeline.campaigns.context import Means
from pipeline.campaigns.delivery.progress import Progress
from pipeline.campaigns.delivery.suppress import is_address_failure
from pipeline.campaigns.planning.create import take_out
from pipeline.campaigns.planning.dry_run import rehearse
from pipeline.campaigns.planning.plan import Kind, Late, Plan, Portion, read_portion
from pipeline.campaigns.planning.schedule import read_span
from pipeline.campaigns.rates.limiter import Gate
from pipeline.campaigns.service import Desk

__all__ = [
    "Desk",
    "Gate",
    "Kind",
    "Late",
    "Means",
    "Only",
    "Plan",
    "Portion",
    "Progress",
    "is_address_failure",
    "read_portion",
    "read_span",
    "rehearse",
    "take_out",
]
