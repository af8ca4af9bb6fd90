"""`/s/TOKEN`: what the message to somebody who signed up leads to. Opening it changes nothing."""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, Response, request

from pipeline.recipient_tokens import TokenPurpose, parse_token
from pipeline.signup.open_lists import OpenLists
from pipeline.signup.signup import Signup
from pipeline.signup.signup_store import SignupStore
from pipeline.subscribers.signups.signup_queries import SignupMessage
from pipeline.web.public.page_writer import Button, PageLink, PageTexts, PageWriter, mask_address
from pipeline.web.public.token_answers import TokenAnswers

_ACTION = "action"
_CONFIRM, _DECLINE = "confirm", "decline"


class SignupAnswerRoutes:
    """
    The routes, with what they need.

    Args:
        on_request: Called when a message may wait to be sent.
    """

    def __init__(
        self,
        signups: SignupStore,
        *,
        lists: OpenLists,
        writer: PageWriter,
        answers: TokenAnswers,
        on_request: Callable[[], None],
    ) -> None:
        self._signups = signups
        self._lists = lists
        self._writer = writer
        self._answers = answers
        self._on_request = on_request

    def create_blueprint(self) -> Blueprint:
        """Return the blueprint."""
        blueprint = Blueprint("signup answers", __name__)
        blueprint.add_url_rule("/s/<token>", view_func=self.show, methods=["GET"])
        blueprint.add_url_rule("/s/<token>", "post", self.post, methods=["POST"])
        return blueprint

    def show(self, token: str) -> Response:
        """Show what would be confirmed."""
        return self._answer(token, self._show)

    def post(self, token: str) -> Response:
        """Do what the button says."""
        action = request.form.get(_ACTION, "")
        if action == _CONFIRM:
            return self._answer(token, self._confirm)
        if action == _DECLINE:
            return self._answer(token, self._decline)
        return self._answers.refuse()

    def _answer(self, token: str, answer: Callable[[Signup, PageTexts], Response]) -> Response:
        parsed = parse_token(token)
        if parsed and parsed.is_test and parsed.purpose is TokenPurpose.SIGNUP:
            return self._answers.answer_test()
        found = self._signups.find(token)
        if found is None or found.message is not SignupMessage.CONFIRM:
            if not self._answers.count_miss():
                return self._answers.answer_busy()
            texts = self._writer.in_language(None)
            return texts.render(texts.text("expired"), texts.text("signup_expired"))
        return answer(found, self._writer.in_language(found.language))

    def _show(self, found: Signup, texts: PageTexts) -> Response:
        if found.is_confirmed:
            return self._show_done(found, texts)
        if found.is_declined:
            return self._show_declined(found, texts)
        return texts.render(
            texts.text("signup_question", newsletter=self._lists.get_title(found.list_name)),
            texts.text("sent_to", address=mask_address(found.address.email)),
            buttons=[
                _make_confirm_button(texts),
                Button(field=_ACTION, value=_DECLINE, label=texts.text("signup_no")),
            ],
        )

    def _confirm(self, found: Signup, texts: PageTexts) -> Response:
        if self._signups.confirm(found):
            self._on_request()
            return self._show_done(found, texts)
        return texts.render(texts.text("address_unchanged"), texts.text("address_unchanged_detail"))

    def _decline(self, found: Signup, texts: PageTexts) -> Response:
        if found.is_confirmed:
            return self._show_done(found, texts)
        self._signups.decline(found)
        return self._show_declined(found, texts)

    def _show_done(self, found: Signup, texts: PageTexts) -> Response:
        title = self._lists.get_title(found.list_name)
        token = self._signups.make_token(TokenPurpose.PREFERENCES, found)
        return texts.render(
            texts.text("signup_done"),
            texts.text(
                "signup_done_detail",
                newsletter=title,
                address=mask_address(found.address.email),
            ),
            links=[PageLink(url=f"../p/{token}", label=texts.text("preferences"))],
        )

    def _show_declined(self, found: Signup, texts: PageTexts) -> Response:
        return texts.render(
            texts.text("signup_declined"),
            texts.text("signup_declined_detail", address=mask_address(found.address.email)),
            buttons=[_make_confirm_button(texts)],
        )


def _make_confirm_button(texts: PageTexts) -> Button:
    return Button(field=_ACTION, value=_CONFIRM, label=texts.text("signup_yes"), is_main=True)
