"""
`/u/TOKEN`: unsubscribe, and take it back.

A mailbox provider posts `List-Unsubscribe=One-Click` (RFC 8058 §3.2), as a form or as multipart, without cookies, and
must not be redirected; the page's buttons post to the same URL. A GET or HEAD shows a page and changes nothing.
"""

from __future__ import annotations

from enum import Enum

from flask import Blueprint, Response, request

from pipeline.events import EventStore, RecipientChoices, SubscriptionStanding, TokenTarget
from pipeline.recipient_tokens import TokenPurpose, parse_token
from pipeline.signup.open_lists import OpenLists
from pipeline.web.public.page_writer import Button, PageLink, PageTexts, PageWriter, mask_address
from pipeline.web.public.request_metrics import RequestMetrics
from pipeline.web.public.token_answers import TokenAnswers

_ONE_CLICK_FIELD, _ONE_CLICK_VALUE = "List-Unsubscribe", "One-Click"
_ONE_CLICK_BODY = f"{_ONE_CLICK_FIELD}={_ONE_CLICK_VALUE}".encode()
_ACTION = "action"
_TEXT = "text/plain"
_CLICK_ANSWERS = {
    "unsubscribed": "You have unsubscribed.\n",
    "test": "This was a test. Nothing has changed.\n",
    "unknown": "Nobody receives email through this link any more.\n",
}


class _Action(Enum):
    """What a POST asks for."""

    #: As `LIST`, by a mailbox provider, which shows the answer to nobody.
    ONE_CLICK = "one click"
    #: The list of the message; a message to single addresses means everything.
    LIST = "list"
    EVERYTHING = "everything"
    #: Undo the unsubscription.
    UNDO = "undo"


class UnsubscribeRoutes:
    """
    The route, with what it needs.

    Args:
        lists: What they are called.
    """

    def __init__(
        self,
        ledger: EventStore,
        choices: RecipientChoices,
        *,
        writer: PageWriter,
        answers: TokenAnswers,
        metrics: RequestMetrics,
        lists: OpenLists,
    ) -> None:
        self._lists = lists
        self._ledger = ledger
        self._choices = choices
        self._writer = writer
        self._answers = answers
        self._metrics = metrics

    def create_blueprint(self) -> Blueprint:
        """Return the blueprint."""
        blueprint = Blueprint("unsubscribe", __name__)
        blueprint.add_url_rule("/u/<token>", view_func=self.show, methods=["GET"])
        blueprint.add_url_rule("/u/<token>", "post", self.post, methods=["POST"])
        return blueprint

    def show(self, token: str) -> Response:
        """Show what would be changed."""
        return self._answers.answer(token, TokenPurpose.UNSUBSCRIBE, self._show_standing)

    def post(self, token: str) -> Response:
        """Change what the button or the mailbox provider asks for."""
        action = _read_action()
        if action is None:
            return self._answers.refuse()
        if action is _Action.ONE_CLICK:
            return self._unsubscribe_by_click(token)
        return self._answers.answer(
            token, TokenPurpose.UNSUBSCRIBE, lambda target: self._change(target, action)
        )

    def _unsubscribe_by_click(self, token: str) -> Response:
        parsed = parse_token(token)
        is_for_this = parsed is not None and parsed.purpose is TokenPurpose.UNSUBSCRIBE
        target = self._choices.unsubscribe_by_click(parsed) if parsed and is_for_this else None
        if target is None:
            if not self._answers.count_miss():
                return Response("Too many requests. Try again in a minute.\n", 429, mimetype=_TEXT)
            return Response(_CLICK_ANSWERS["unknown"], mimetype=_TEXT)
        answer = "test" if target.is_test else "unsubscribed"
        self._metrics.count_answer(answer)
        return Response(_CLICK_ANSWERS[answer], mimetype=_TEXT)

    def _change(self, target: TokenTarget, action: _Action) -> Response:
        if action is _Action.UNDO:
            is_undone = self._choices.undo(target)
            self._metrics.count_answer("undone" if is_undone else "too late")
            return self._show_back(target) if is_undone else self._show_standing(target)
        self._choices.unsubscribe(target, everything=action is _Action.EVERYTHING)
        self._metrics.count_answer("unsubscribed")
        return self._show_standing(target)

    def _show_standing(self, target: TokenTarget) -> Response:
        standing = self._choices.read(target)
        return (
            self._show_left(target, standing)
            if standing.has_left
            else self._show_question(target, standing)
        )

    def _show_question(self, target: TokenTarget, standing: SubscriptionStanding) -> Response:
        texts = self._writer.in_language(standing.language)
        name = self._get_name(target)
        buttons = [
            Button(field=_ACTION, value=_Action.EVERYTHING.value, label=texts.text("leave_all"))
        ]
        if target.list_name:
            buttons.insert(
                0,
                Button(
                    field=_ACTION,
                    value=_Action.LIST.value,
                    label=texts.text("leave_list", newsletter=name),
                    is_main=True,
                ),
            )
        return texts.render(
            texts.text("question", newsletter=name),
            texts.text("sent_to", address=mask_address(target.email)),
            buttons=buttons,
            links=self._list_links(texts, target),
            note=texts.text("forwarded"),
        )

    def _get_name(self, target: TokenTarget) -> str:
        """Return what the message belongs to, as readers call it."""
        if target.list_name is None:
            return self._writer.publication.name
        return self._lists.get_title(target.list_name)

    def _list_links(self, texts: PageTexts, target: TokenTarget) -> list[PageLink]:
        """Return what may help more than unsubscribing: fewer emails, and another address."""
        page = f"../p/{self._ledger.make_token(TokenPurpose.PREFERENCES, target)}"
        return [
            PageLink(url=f"{page}#pause", label=texts.text("fewer")),
            PageLink(url=f"{page}#address", label=texts.text("other_address")),
        ]

    def _show_left(self, target: TokenTarget, standing: SubscriptionStanding) -> Response:
        texts = self._writer.in_language(standing.language)
        address = mask_address(target.email)
        title = (
            texts.text("left_all")
            if standing.has_left_all
            else texts.text("left_list", newsletter=self._get_name(target))
        )
        paragraphs = [texts.text("left_detail", address=address)]
        buttons = []
        if standing.undo_until:
            paragraphs.append(texts.text("way_back", date=texts.format_date(standing.undo_until)))
            undo = Button(field=_ACTION, value=_Action.UNDO.value, label=texts.text("undo"))
            buttons.append(undo)
        if not standing.has_left_all:
            value = _Action.EVERYTHING.value
            buttons.append(Button(field=_ACTION, value=value, label=texts.text("leave_all")))
        return texts.render(title, *paragraphs, buttons=buttons)

    def _show_back(self, target: TokenTarget) -> Response:
        standing = self._choices.read(target)
        if standing.has_left:  # of everything, but not of the list, which they had left before
            return self._show_left(target, standing)
        texts = self._writer.in_language(standing.language)
        name = self._get_name(target)
        detail = texts.text("back_detail", newsletter=name, address=mask_address(target.email))
        return texts.render(texts.text("back"), detail)


def _read_action() -> _Action | None:
    """Return what the body asks for; None for anything else, such as the JSON of a scanner."""
    body = request.get_data(cache=True)
    if body.strip() == _ONE_CLICK_BODY:
        return _Action.ONE_CLICK
    if request.form.get(_ONE_CLICK_FIELD, "").strip() == _ONE_CLICK_VALUE:
        return _Action.ONE_CLICK
    found = request.form.get(_ACTION)
    return _Action(found) if found in {each.value for each in _Action} else None
