"""
`/c/TOKEN`: the page of a link that was sent to somebody's own address.

It confirms a new address, takes a change back, or shows what is stored about them, which they can have erased. Opening
it changes nothing.
"""

from __future__ import annotations

import json
from collections.abc import Callable

from flask import Blueprint, Response, request

from pipeline.models.address import parse_address
from pipeline.preferences.confirmations import Confirmation, ConfirmationStore
from pipeline.recipient_tokens import TokenPurpose, parse_token
from pipeline.subscribers.changes.confirmation_queries import ConfirmationKind
from pipeline.subscribers.subscriber_details import SubscriberDetails
from pipeline.subscribers.subscriber_store import SubscriberStore
from pipeline.web.public.page_writer import Button, PageTexts, PageWriter, mask_address
from pipeline.web.public.personal_data import describe_data
from pipeline.web.public.token_answers import TokenAnswers

_ACTION = "action"
_CONFIRM, _ERASE, _ERASE_CONFIRMED = "confirm", "erase", "erase everything"
_FILE_NAME = "data.json"


class ConfirmationRoutes:
    """
    The routes, with what they need.

    Args:
        on_request: Called when a message waits to be sent.
    """

    def __init__(
        self,
        confirmations: ConfirmationStore,
        subscribers: SubscriberStore,
        *,
        writer: PageWriter,
        answers: TokenAnswers,
        on_request: Callable[[], None],
    ) -> None:
        self._confirmations = confirmations
        self._subscribers = subscribers
        self._writer = writer
        self._answers = answers
        self._on_request = on_request

    def create_blueprint(self) -> Blueprint:
        """Return the blueprint."""
        blueprint = Blueprint("confirmations", __name__)
        blueprint.add_url_rule("/c/<token>", view_func=self.show, methods=["GET"])
        blueprint.add_url_rule("/c/<token>", "post", self.post, methods=["POST"])
        blueprint.add_url_rule(f"/c/<token>/{_FILE_NAME}", "download", self.download)
        return blueprint

    def show(self, token: str) -> Response:
        """Show what would be confirmed, or the data."""
        return self._answer(token, self._show)

    def post(self, token: str) -> Response:
        """Do what the button says."""
        action = request.form.get(_ACTION, "")
        if action == _CONFIRM:
            return self._answer(token, self._confirm)
        if action == _ERASE:
            return self._answer(token, self._show_question)
        if action == _ERASE_CONFIRMED:
            return self._answer(token, self._erase)
        return self._answers.refuse()

    def download(self, token: str) -> Response:
        """Return the data as JSON."""
        return self._answer(token, self._show_file)

    def _answer(self, token: str, answer: Callable[[Confirmation], Response]) -> Response:
        parsed = parse_token(token)
        if parsed and parsed.is_test and parsed.purpose is TokenPurpose.CONFIRM:
            return self._answers.answer_test()
        found = self._confirmations.find(token)
        if found is None:
            return self._answers.answer_unknown()
        if found.is_expired:
            texts = self._writer.in_language(found.language)
            return texts.render(texts.text("expired"), texts.text("expired_detail"))
        return answer(found)

    def _show(self, found: Confirmation) -> Response:
        texts = self._writer.in_language(found.language)
        if found.kind is ConfirmationKind.DATA:
            return self._show_data(found, texts)
        if found.is_confirmed:
            return _show_changed(found, texts)
        button = "confirm" if found.kind is ConfirmationKind.ADDRESS else None
        label = texts.text(button) if button else texts.html("message_moved_button")
        return texts.render(
            texts.text("confirm_address", address=found.address.email),
            texts.text("confirm_address_detail", address=mask_address(found.email)),
            buttons=[Button(field=_ACTION, value=_CONFIRM, label=label, is_main=True)],
        )

    def _confirm(self, found: Confirmation) -> Response:
        if found.kind is ConfirmationKind.DATA:
            return self._answers.refuse()
        texts = self._writer.in_language(found.language)
        if self._confirmations.confirm(found):
            self._on_request()
            return _show_changed(found, texts)
        return texts.render(texts.text("address_unchanged"), texts.text("address_unchanged_detail"))

    def _show_data(self, found: Confirmation, texts: PageTexts) -> Response:
        return texts.render_template(
            "data.html",
            texts.text("data"),
            text=texts.text,
            sections=describe_data(self._read(found), texts),
            file=f"{request.path.rsplit('/', 1)[-1]}/{_FILE_NAME}",
            action=_ERASE,
        )

    def _show_file(self, found: Confirmation) -> Response:
        if found.kind is not ConfirmationKind.DATA:
            return self._answers.answer_unknown()
        content = json.dumps(self._read(found).to_json(), indent=2, ensure_ascii=False)
        headers = {"Content-Disposition": f'attachment; filename="{_FILE_NAME}"'}
        return Response(content + "\n", mimetype="application/json", headers=headers)

    def _show_question(self, found: Confirmation) -> Response:
        if found.kind is not ConfirmationKind.DATA:
            return self._answers.refuse()
        texts = self._writer.in_language(found.language)
        return texts.render(
            texts.text("erase_question"),
            texts.text("erase_detail"),
            buttons=[
                Button(
                    field=_ACTION,
                    value=_ERASE_CONFIRMED,
                    label=texts.text("erase_confirm"),
                    is_main=True,
                )
            ],
        )

    def _erase(self, found: Confirmation) -> Response:
        if found.kind is not ConfirmationKind.DATA:
            return self._answers.refuse()
        texts = self._writer.in_language(found.language)
        self._subscribers.erase(parse_address(found.email))
        return texts.render(texts.text("erased"), texts.text("erased_detail"))

    def _read(self, found: Confirmation) -> SubscriberDetails:
        return self._subscribers.get_details(parse_address(found.email))


def _show_changed(found: Confirmation, texts: PageTexts) -> Response:
    return texts.render(
        texts.text("address_changed"),
        texts.text("address_changed_detail", address=found.address.email),
    )
