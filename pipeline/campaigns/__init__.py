"""
Campaigns: send an edition to its recipients, one receipt each, nobody twice and nobody forgotten.

1. `planning` creates a campaign, unless its recipients already received it, and computes when it is due.
2. `delivery.freeze` stores its recipients, one delivery each (`store`).
3. `delivery.loop` claims deliveries (`claim`: due, not suppressed, within `rates`), composes, sends and settles them.
4. `workers.worker` sends the campaigns that are `due`, and new entries of `feeds`.
5. `workers.processes` knows by their `locks` which processes are alive: what a dead one had claimed is uncertain.
6. `planning.outbox` makes a campaign of the messages in a folder of the outbox, which another sender sends.
7. `service` is the way in: it creates, sends, pauses, resumes (`actions`) and reports (`report`).
"""

from pipeline.campaigns.actions import RetryScope
from pipeline.campaigns.context import CampaignContext, CampaignSenders, RecipientKeys
from pipeline.campaigns.delivery.progress import ProgressListener
from pipeline.campaigns.delivery.send import dry_run
from pipeline.campaigns.delivery.suppression import is_address_failure
from pipeline.campaigns.planning.create import require_unsubscribe_answer
from pipeline.campaigns.planning.outbox import OutboxPlan
from pipeline.campaigns.planning.plan import (
    CampaignKind,
    CampaignPlan,
    FirstBatch,
    LatePolicy,
    describe_limit,
    parse_first_batch,
)
from pipeline.campaigns.service import CampaignService

__all__ = [
    "CampaignContext",
    "CampaignKind",
    "CampaignPlan",
    "CampaignSenders",
    "CampaignService",
    "FirstBatch",
    "LatePolicy",
    "OutboxPlan",
    "ProgressListener",
    "RecipientKeys",
    "RetryScope",
    "describe_limit",
    "dry_run",
    "is_address_failure",
    "parse_first_batch",
    "require_unsubscribe_answer",
]
