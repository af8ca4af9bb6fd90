"""What sending needs from the project."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field

from pipeline.campaigns.rates.limits import Pace
from pipeline.campaigns.rates.retry import Patience
from pipeline.campaigns.store.recipient_source import Members, on_list
from pipeline.clock import Clock
from pipeline.database import Store
from pipeline.mail import Signing
from pipeline.senders import Sender


@dataclass(frozen=True, kw_only=True)
class Means:
    """
    The store, the clock, and what binds a campaign to its project.

    Args:
        secret: The key of Message-IDs.
        open_sender: Returns the sender of a name, not yet open.
        signing: Returns who signs what a sender hands over.
        token_of: Returns the opaque token of a mailbox.
        digest_of: Returns the keyed hash under which a mailbox is suppressed.
        pace_of: Returns what holds for the messages by a sender.
        members: Yields those a campaign to a list goes to now.
        chance: From 0 to 1.
    """

    store: Store
    clock: Clock
    secret: bytes
    open_sender: Callable[[str], Sender]
    signing: Callable[[Sender], Signing]
    token_of: Callable[[str], str]
    digest_of: Callable[[str], str]
    members: Members = on_list
    pace_of: Callable[[str], Pace] = lambda _: Pace()
    patience: Patience = field(default_factory=Patience)
    chance: Callable[[], float] = random.random
