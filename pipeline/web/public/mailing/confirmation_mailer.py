"""Send the messages that confirm another address, lead to the data stored about somebody, or take a change back."""

from __future__ import annotations

from pipeline.preferences.confirmations import Confirmation, ConfirmationStore
from pipeline.rendering.service_notice import Notice
from pipeline.subscribers.changes.confirmation_queries import ConfirmationKind
from pipeline.web.public.mailing.notice_sender import NoticeResult, NoticeSender
from pipeline.web.public.page_writer import PageWriter

#: Per kind the texts of the subject, the paragraph, the button, and below it.
_TEXTS = {
    ConfirmationKind.ADDRESS: ("address_subject", "address_detail", "address_button", "ignore"),
    ConfirmationKind.DATA: ("data_subject", "data_detail", "data_button", "ignore"),
    ConfirmationKind.RESTORE: ("moved_subject", "moved_detail", "moved_button", None),
}


class ConfirmationMailer:
    """Sends what waits in the store of confirmations."""

    def __init__(
        self, confirmations: ConfirmationStore, sender: NoticeSender, *, writer: PageWriter
    ) -> None:
        self._confirmations = confirmations
        self._sender = sender
        self._writer = writer

    def send_waiting(self) -> int:
        """
        Send the messages that wait; return the number of those that were accepted.

        Raises:
            PipelineError: The database cannot be written to, or the theme is invalid.
        """
        return sum(self._send(confirmation) for confirmation in self._confirmations.claim_unsent())

    def _send(self, confirmation: Confirmation) -> bool:
        edition = self._sender.render(
            self._build_notice(confirmation), language=confirmation.language
        )
        result = self._sender.send(
            edition, confirmation.address, message_id=f"confirmation-{confirmation.number}"
        )
        if result is NoticeResult.WAITING:
            self._confirmations.release(confirmation)
        return result is NoticeResult.ACCEPTED

    def _build_notice(self, confirmation: Confirmation) -> Notice:
        title, detail, button, below = _TEXTS[confirmation.kind]
        token = self._confirmations.make_token(confirmation)
        return Notice(
            title=f"message_{title}",
            detail=f"message_{detail}",
            button=f"message_{button}",
            url=f"{self._writer.publication.public_url}/c/{token}",
            below=f"message_{below}" if below else None,
            values={"publication": self._writer.publication.name},
        )
