"""Send one notice to one recipient, within the rate limits of the sender."""

from __future__ import annotations

import logging
from dataclasses import replace
from enum import Enum

from pipeline.campaigns.rates.limits import RatePolicy
from pipeline.campaigns.rates.windows import count_sent, read_allowance
from pipeline.database import Store
from pipeline.errors import PipelineError, SendError
from pipeline.mail import Composer
from pipeline.models.address import Address
from pipeline.models.delivery import DeliveryState, Receipt
from pipeline.models.edition import Edition
from pipeline.models.recipient import Recipient
from pipeline.project import Project
from pipeline.rendering.service_notice import Notice, render_notice
from pipeline.web.public.page_writer import PageWriter

_LOGGER = logging.getLogger(__name__)


class NoticeResult(Enum):
    """What became of a notice."""

    ACCEPTED = "accepted"
    #: It was not sent: try again.
    WAITING = "waiting"
    #: It was rejected, or nobody knows: never again.
    FAILED = "failed"


class NoticeSender:
    """
    Sends notices through the project's default sender.

    They count against `[pacing]` like every message, and wait if it allows no more; quiet hours are not for them,
    because somebody is waiting.
    """

    def __init__(self, project: Project, store: Store, *, writer: PageWriter) -> None:
        self._project = project
        self._store = store
        self._writer = writer

    def render(self, notice: Notice, *, language: str | None) -> Edition:
        """
        Return *notice* in the project's theme.

        Raises:
            PipelineError: The theme is invalid.
        """
        texts = self._writer.in_language(language)
        return render_notice(
            notice,
            self._writer.publication,
            self._project.theme,
            texts.translations,
            language=texts.language,
        )

    def send(self, edition: Edition, address: Address, *, message_id: str) -> NoticeResult:
        """
        Send *edition* to *address*.

        Args:
            message_id: Letters, digits and dashes that no other message has.

        Raises:
            StoreError: The database cannot be written to.
        """
        policy = self._get_policy()
        if not self._is_allowed(policy, address):
            return NoticeResult.WAITING
        result = self._try_to_send(edition, address, message_id)
        if result is not NoticeResult.WAITING:
            with self._store.writing() as connection:
                count_sent(connection, policy, [address.key], self._project.clock.now())
        return result

    def _try_to_send(self, edition: Edition, address: Address, message_id: str) -> NoticeResult:
        try:
            receipt = self._deliver(edition, address, message_id)
        except PipelineError as error:
            is_uncertain = isinstance(error, SendError) and error.uncertain
            _LOGGER.error("A message of the public service was not sent: %s", error)
            return NoticeResult.FAILED if is_uncertain else NoticeResult.WAITING
        if receipt is None or receipt.state is DeliveryState.DEFERRED:
            return NoticeResult.WAITING
        if receipt.state is not DeliveryState.ACCEPTED:
            # Not the response: it may name the address.
            _LOGGER.warning("A message of the public service is %s.", receipt.state.value)
            return NoticeResult.FAILED
        return NoticeResult.ACCEPTED

    def _get_policy(self) -> RatePolicy:
        policy = self._project.get_rate_policy(self._project.senders.join_names())
        return replace(policy, quiet_hours=None)

    def _is_allowed(self, policy: RatePolicy, address: Address) -> bool:
        """Whether the rate limits allow a message to *address* now."""
        with self._store.writing() as connection:
            allowance = read_allowance(connection, policy, self._project.clock.now())
        return allowance.remaining != 0 and allowance.domains.get(address.domain) != 0

    def _deliver(self, edition: Edition, address: Address, message_id: str) -> Receipt | None:
        with self._project.open_sender() as sender:
            now = self._project.clock.now()
            composer = Composer(
                edition,
                campaign_id=f"{message_id}-{now:%Y%m%d%H%M%S}",
                secret=self._project.storage.read_secret(),
                signing=self._project.get_signing(sender),
            )
            message = composer.compose(
                Recipient(address=Address(email=address.email)), sequence=1, at=now
            )
            return next(iter(sender.send([message])), None)
