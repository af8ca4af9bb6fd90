"""The rate limiter for messages that are sent outside of a campaign, such as from the outbox."""

from __future__ import annotations

from datetime import datetime

from pipeline.campaigns.rates import windows
from pipeline.campaigns.rates.failures import FailureThreshold
from pipeline.campaigns.rates.limits import RatePolicy, exhausted_domains
from pipeline.campaigns.rates.windows import Allowance
from pipeline.clock import Clock
from pipeline.database import Store
from pipeline.models.address import parse_address
from pipeline.models.delivery import Receipt


class RateLimiter:
    """
    Grants messages one by one within *policy*; they count together with the campaigns of the same sender.

    Raises:
        StoreError: The store cannot be written.
    """

    def __init__(self, store: Store, policy: RatePolicy, *, clock: Clock) -> None:
        self._store = store
        self._policy = policy
        self._clock = clock
        self._threshold = FailureThreshold(policy.pause_above)
        self._available_at: datetime | None = None  # for the first message that was refused
        self._is_exhausted = False

    @property
    def is_blocked(self) -> bool:
        """Whether no further message may be sent for now, to whatever recipient."""
        return self._is_exhausted or self._threshold.exceeded() is not None

    @property
    def reason(self) -> str:
        """Why messages were held back, "" if none were."""
        if exceeded := self._threshold.exceeded():
            return exceeded
        return windows.describe_wait(self._available_at) if self._available_at else ""

    def acquire(self, email: str) -> bool:
        """Whether the message to *email* may be sent now; if so, it is counted."""
        if self.is_blocked:
            return False
        policy = self._policy
        if not (policy.limits or policy.domains or policy.warm_up or policy.quiet_hours):
            return True
        mailbox, now = parse_address(email).key, self._clock.now()
        with self._store.writing() as connection:
            allowance = windows.read_allowance(connection, policy, now)
            if self._is_denied(allowance, mailbox):
                return False
            windows.count_sent(connection, policy, [mailbox], now)
        return True

    def record(self, receipt: Receipt) -> None:
        """Count *receipt* towards the failure threshold."""
        self._threshold.record(receipt)

    def _is_denied(self, allowance: Allowance, mailbox: str) -> bool:
        self._is_exhausted = allowance.remaining is not None and allowance.remaining <= 0
        is_domain_exhausted = mailbox.rpartition("@")[2] in exhausted_domains(allowance.domains)
        if self._is_exhausted or is_domain_exhausted:
            self._available_at = min(filter(None, (self._available_at, allowance.available_at)))
        return self._is_exhausted or is_domain_exhausted
