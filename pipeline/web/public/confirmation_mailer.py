"""Send the messages that confirm something, through the configured sender, in a thread of their own."""

from __future__ import annotations

import logging
from threading import Event, Thread

from pipeline.errors import PipelineError, SendError
from pipeline.mail import Composer
from pipeline.models.delivery import DeliveryState, Receipt
from pipeline.models.message import Message
from pipeline.models.recipient import Recipient
from pipeline.preferences.confirmations import Confirmation, ConfirmationStore
from pipeline.project import Project
from pipeline.senders import Sender
from pipeline.web.public.confirmation_message import build_confirmation_edition
from pipeline.web.public.page_writer import PageWriter

_LOGGER = logging.getLogger(__name__)
#: How long to wait before a message that could not be sent is tried again.
_RETRY_INTERVAL_S = 30.0


class ConfirmationMailer:
    """
    Sends messages in a thread of its own, so that no request takes longer because one is sent.

        with ConfirmationMailer(project, confirmations, writer=writer) as mailer:
            mailer.wake()
    """

    def __init__(
        self, project: Project, confirmations: ConfirmationStore, *, writer: PageWriter
    ) -> None:
        self._project = project
        self._confirmations = confirmations
        self._writer = writer
        self._wakes = Event()
        self._is_stopped = False
        self._thread = Thread(target=self._run, name="confirmations", daemon=True)

    def wake(self) -> None:
        """Look for messages to send."""
        self._wakes.set()

    def send_waiting(self) -> int:
        """
        Send the messages that wait; return the number of those that were accepted.

        Raises:
            PipelineError: The database cannot be written to, or the sender is not configured.
        """
        return sum(self._send(confirmation) for confirmation in self._confirmations.claim_unsent())

    def __enter__(self) -> ConfirmationMailer:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._is_stopped = True
        self.wake()
        self._thread.join()

    def _run(self) -> None:
        while not self._is_stopped:
            try:
                self.send_waiting()
            except PipelineError as error:
                _LOGGER.error("A message of the preferences page was not sent: %s", error)
            self._wakes.wait(_RETRY_INTERVAL_S)
            self._wakes.clear()

    def _send(self, confirmation: Confirmation) -> bool:
        try:
            receipt = self._deliver(confirmation)
        except PipelineError as error:
            if not (isinstance(error, SendError) and error.uncertain):
                self._confirmations.release(confirmation)
            _LOGGER.error("A message of the preferences page was not sent: %s", error)
            return False
        if receipt is None or receipt.state is DeliveryState.DEFERRED:
            self._confirmations.release(confirmation)
        if receipt is not None and receipt.state is not DeliveryState.ACCEPTED:
            # Not the response: it may name the address.
            _LOGGER.warning("A message of the preferences page is %s.", receipt.state.value)
        return receipt is not None and receipt.state is DeliveryState.ACCEPTED

    def _deliver(self, confirmation: Confirmation) -> Receipt | None:
        sender = self._project.open_sender()
        with sender:
            message = self._compose(confirmation, sender)
            return next(iter(sender.send([message])), None)

    def _compose(self, confirmation: Confirmation, sender: Sender) -> Message:
        url = f"{self._writer.publication.public_url}/c/{self._confirmations.make_token(confirmation)}"
        edition = build_confirmation_edition(confirmation, url, writer=self._writer)
        now = self._project.clock.now()
        composer = Composer(
            edition,
            campaign_id=f"confirmation-{confirmation.number}-{now:%Y%m%d%H%M%S}",
            secret=self._project.storage.read_secret(),
            signing=self._project.get_signing(sender),
        )
        return composer.compose(Recipient(address=confirmation.address), sequence=1, at=now)
