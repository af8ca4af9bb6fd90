"""The share of a sender's connections that this process may open for one campaign."""

from __future__ import annotations

import logging
from time import monotonic, sleep

from pipeline.campaigns.context import CampaignContext
from pipeline.campaigns.delivery.progress import ProgressListener, StopReason
from pipeline.campaigns.rates import connection_shares
from pipeline.campaigns.rates.connection_shares import Share
from pipeline.campaigns.store import campaign_records, delivery_queries
from pipeline.campaigns.store.campaign_records import CampaignRecord
from pipeline.campaigns.workers.processes import WorkerProcess
from pipeline.campaigns.workers.reaping import StalledProcessMonitor, reap_dead
from pipeline.errors import StoreError
from pipeline.models.campaign import CampaignState
from pipeline.senders import Sender

log = logging.getLogger(__name__)

#: How often a process looks whether others came or left.
_CHECK_INTERVAL_S = 1.0
#: How often a process asks that waits for a connection.
_WAIT_INTERVAL_S = 0.25
#: After this time a connection goes to another campaign that waits for one.
_TURN_S = 5.0


class SenderConnections:
    """
    The connections of *sender* that *process* may open for *campaign*, if the sender has a limit.

    A list of senders has a share for each.
    """

    def __init__(
        self,
        context: CampaignContext,
        campaign: CampaignRecord,
        sender: Sender,
        process: WorkerProcess,
    ) -> None:
        self._context = context
        self._campaign = campaign
        self._sender = sender
        self._process = process
        names = [name.strip() for name in campaign.sender.split(",")]
        parts = dict(zip(names, sender.get_senders(), strict=False))
        self._limited = {  # in one order everywhere, in which they are locked
            name: (parts[name], limit)
            for name in sorted(parts)
            if (limit := parts[name].connection_limit) is not None
        }
        self._claimed_at = self._checked_at = monotonic()

    def wait(self, progress: ProgressListener) -> StopReason | None:
        """Wait until there is a connection; return why the wait is over without one, else None."""
        if self._claim():
            return None
        log.info(
            "%s waits for a connection of %s.",
            self._campaign.id,
            self._campaign.sender,
            extra={"action": "campaign.waits_for_connection", "campaign": self._campaign.id},
        )
        has_lease = self._process.lease.get_check()
        stalled_monitor = StalledProcessMonitor(self._context.store, self._process)
        while not self._claim():
            if progress.should_stop():
                return StopReason.REQUESTED
            if not has_lease():
                return StopReason.LEASE_LOST
            if (reason := self._find_stop_reason()) is not None:
                return reason
            sleep(_WAIT_INTERVAL_S)
            reap_dead(self._context.store, clock=self._context.clock)
            stalled_monitor.check()
        return None

    def is_changed(self) -> bool:
        """Whether the share should be another one by now: the sender is to end, and `adjust()` to be called."""
        now = monotonic()
        if not self._limited or now - self._checked_at < _CHECK_INTERVAL_S:
            return False
        self._checked_at = now
        try:
            shares = self._read_shares()
        except StoreError:  # whoever needs the store finds out
            return False
        return any(
            share is None or share.held != share.attainable or self._is_turn_over(share)
            for share in shares.values()
        )

    def adjust(self) -> None:
        """Close the connections that others should have, and leave them to them."""
        shares = self._read_shares()
        if any(
            share is None or not share.attainable or self._is_turn_over(share)
            for share in shares.values()
        ):
            self.release()
            return
        counts = {
            name: min(share.held, share.attainable) for name, share in shares.items() if share
        }
        self._limit(counts)
        with self._context.store.writing() as connection:
            for name, count in counts.items():
                connection_shares.lower_share(
                    connection, name, self._process.id, self._campaign.number, count
                )

    def release(self) -> None:
        """Close all connections, and leave them to others."""
        if not self._limited:
            return
        if not self._sender.is_abandoned:  # else it still uses them, and closes them at some time
            self._limit(dict.fromkeys(self._limited, 0))
            self._limit({name: limit for name, (_, limit) in self._limited.items()})
        try:
            with self._context.store.writing() as connection:
                connection_shares.release_shares(
                    connection, self._process.id, self._campaign.number
                )
        except StoreError as error:  # freed with the process, or as an orphan
            if not error.temporary:
                raise
            log.warning("%s", error, extra={"action": "store.unavailable"})

    def _claim(self) -> bool:
        """Claim a share of each sender; return whether each has a connection."""
        if not self._limited:
            return True
        counts = {}
        with self._context.store.writing() as connection:
            for name, (_, limit) in self._limited.items():
                counts[name] = connection_shares.claim_share(
                    connection, name, self._process.id, self._campaign.number, limit
                )
            if not all(counts.values()):  # nobody waits for one while others wait for the other
                for name in counts:
                    connection_shares.lower_share(
                        connection, name, self._process.id, self._campaign.number, 0
                    )
                return False
        self._limit(counts)
        self._claimed_at = self._checked_at = monotonic()
        return True

    def _limit(self, counts: dict[str, int]) -> None:
        for name, count in counts.items():
            self._limited[name][0].limit_connections(count)
        self._sender.connections = max(each.connections for each in self._sender.get_senders())

    def _read_shares(self) -> dict[str, Share | None]:
        with self._context.store.reading() as connection:
            return {
                name: connection_shares.read_share(
                    connection, name, self._process.id, self._campaign.number, limit
                )
                for name, (_, limit) in self._limited.items()
            }

    def _is_turn_over(self, share: Share) -> bool:
        return share.has_rival and monotonic() - self._claimed_at > _TURN_S

    def _find_stop_reason(self) -> StopReason | None:
        """Return why nothing is to be sent any more, if that is so."""
        with self._context.store.reading() as connection:
            record = campaign_records.read(connection, self._campaign.id)
            if record.state is not CampaignState.SENDING:
                return StopReason.NOT_SENDING
            is_due = delivery_queries.has_due(
                connection, record.number, now=self._context.clock.now(), last=record.pause_after
            )
        return None if is_due else StopReason.EXHAUSTED
