"""
Send: hand the messages of a campaign over, one receipt each, nobody twice and nobody forgotten.

1. `planning` writes a campaign down (`plan`, `campaigns`, `editions`), unless its people have had it.
2. `sending` takes it up: its recipients are frozen in the `ledger`, one row each.
3. `handover` claims rows, composes, offers, settles; `screening` looks once more at who may still be written to,
   `suppressing` at who is not there at all, `retry` at when to ask again.
4. `moves` are what a person may do with one: pause, resume, cancel, approve, resolve.
5. `runs` knows which processes are at work, by their `locks`: what a dead one had claimed is uncertain.
6. `desk` is what a person does with campaigns; `schedule` reads the times they write.
"""

from pipeline.dispatch.desk import Desk
from pipeline.dispatch.moves import Only
from pipeline.dispatch.plan import Kind, Late, Plan, Portion, read_portion
from pipeline.dispatch.planning import take_out
from pipeline.dispatch.progress import Progress
from pipeline.dispatch.rehearsal import rehearse
from pipeline.dispatch.schedule import read_span
from pipeline.dispatch.sending import Means

__all__ = [
    "Desk",
    "Kind",
    "Late",
    "Means",
    "Only",
    "Plan",
    "Portion",
    "Progress",
    "read_portion",
    "read_span",
    "rehearse",
    "take_out",
]
