"""How fast messages may leave that belong to no run of a campaign here, such as those that lay in the outbox."""

from __future__ import annotations

from datetime import datetime

from pipeline.campaigns.rates import windows
from pipeline.campaigns.rates.limits import Alarm, Pace, domains_over
from pipeline.campaigns.rates.windows import Allowance
from pipeline.clock import Clock
from pipeline.database import Store
from pipeline.models.address import parse_address
from pipeline.models.delivery import Receipt


class Gate:
    """
    Lets messages through one by one, as *pace* has it; they are counted with all others by the same sender.

    Raises:
        StoreError: The store cannot be written.
    """

    def __init__(self, store: Store, pace: Pace, *, clock: Clock) -> None:
        self._store = store
        self._pace = pace
        self._clock = clock
        self._alarm = Alarm(pace.pause_above)
        self._free_at: datetime | None = None  # when the first of those held back may leave
        self._is_blocked = False

    @property
    def is_blocked(self) -> bool:
        """Whether no further message may leave for a while, whomever it is for."""
        return self._is_blocked or self._alarm.rings() is not None

    @property
    def reason(self) -> str:
        """Why messages were held back, "" if none was."""
        if words := self._alarm.rings():
            return words
        if self._free_at:
            return f"paced: more may leave from {self._free_at:%Y-%m-%d %H:%M} UTC on"
        return ""

    def acquire(self, email: str) -> bool:
        """Whether the message to *email* may leave now; then it is counted."""
        if self.is_blocked:
            return False
        pace = self._pace
        if not (pace.limits or pace.domains or pace.warm_up or pace.quiet):
            return True
        mailbox, now = parse_address(email).key, self._clock.now()
        with self._store.writing() as connection:
            allowed = windows.allowance(connection, pace, now)
            if self._is_held(allowed, mailbox):
                return False
            windows.count(connection, pace, [mailbox], now)
        return True

    def record(self, receipt: Receipt) -> None:
        """Learn what became of one: too many that are refused or deferred shut the gate."""
        self._alarm.hear(receipt)

    def _is_held(self, allowed: Allowance, mailbox: str) -> bool:
        self._is_blocked = allowed.most is not None and allowed.most <= 0
        is_over = mailbox.rpartition("@")[2] in domains_over(allowed.domains)
        if self._is_blocked or is_over:
            self._free_at = min(filter(None, (self._free_at, allowed.free_at)))
        return self._is_blocked or is_over
