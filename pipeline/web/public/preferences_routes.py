"""
`/p/TOKEN`: the preferences of a subscriber.

A button posts `action` to the same URL and gets the page again, with what has changed. Opening it changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, request
from markupsafe import Markup

from pipeline.clock import Clock
from pipeline.errors import AddressError
from pipeline.events import EventStore, RecipientChoices, TokenTarget
from pipeline.models.address import Address, parse_typed_address
from pipeline.preferences.confirmations import ConfirmationStore, RequestAnswer
from pipeline.preferences.preferences import Preferences, PreferenceStore
from pipeline.recipient_tokens import TokenPurpose
from pipeline.signup.open_lists import OpenList, OpenLists
from pipeline.web.public.page_writer import PageTexts, PageWriter, mask_address
from pipeline.web.public.rate_limits import RequestLimiter
from pipeline.web.public.token_answers import TokenAnswers

_TEMPLATE = "preferences.html"
#: The days that a pause may end on, from today; the one that is proposed.
_FIRST_DAY, _PROPOSED_DAY, _LAST_DAY = 1, 30, 365


@dataclass(frozen=True, kw_only=True, slots=True)
class _Notice:
    """What has become of a press; an error says why nothing has changed."""

    text: str
    is_error: bool = False
    values: tuple[tuple[str, str], ...] = ()


_SAVED = _Notice(text="saved")


class PreferencesRoutes:
    """
    The route, with what it needs.

    Args:
        request_limiter: Counts requests for messages.
        lists: Those that anybody may join.
        on_request: Called when a message waits to be sent.
    """

    def __init__(
        self,
        ledger: EventStore,
        choices: RecipientChoices,
        preferences: PreferenceStore,
        confirmations: ConfirmationStore,
        *,
        writer: PageWriter,
        answers: TokenAnswers,
        request_limiter: RequestLimiter,
        on_request: Callable[[], None],
        lists: OpenLists,
        clock: Clock,
    ) -> None:
        self._lists = lists
        self._ledger = ledger
        self._choices = choices
        self._preferences = preferences
        self._confirmations = confirmations
        self._request_limiter = request_limiter
        self._on_request = on_request
        self._writer = writer
        self._answers = answers
        self._clock = clock
        self._zone = ZoneInfo(writer.publication.timezone)
        self._actions: dict[str, Callable[[TokenTarget], _Notice]] = {
            "unsubscribe": self._unsubscribe,
            "resubscribe": self._resubscribe,
            "subscribe": self._subscribe,
            "everything": self._unsubscribe_from_all,
            "undo": self._undo,
            "pause": self._pause,
            "resume": self._resume,
        }
        #: Buttons that are answered by a page of their own.
        self._requests: dict[str, Callable[[TokenTarget], Response]] = {
            "address": self._request_address,
            "data": self._request_data,
        }

    def create_blueprint(self) -> Blueprint:
        """Return the blueprint."""
        blueprint = Blueprint("preferences", __name__)
        blueprint.add_url_rule("/p/<token>", view_func=self.show, methods=["GET"])
        blueprint.add_url_rule("/p/<token>", "post", self.post, methods=["POST"])
        return blueprint

    def show(self, token: str) -> Response:
        """Show the preferences."""
        return self._answers.answer(token, TokenPurpose.PREFERENCES, self._show)

    def post(self, token: str) -> Response:
        """Change what the button asks for."""
        name = request.form.get("action", "")
        if name in self._requests:
            return self._answers.answer(token, TokenPurpose.PREFERENCES, self._requests[name])
        action = self._actions.get(name)
        if action is None:
            return self._answers.refuse()
        return self._answers.answer(
            token, TokenPurpose.PREFERENCES, lambda target: self._show(target, action(target))
        )

    def _unsubscribe(self, target: TokenTarget) -> _Notice:
        self._preferences.unsubscribe(target, request.form.get("list", ""))
        return _SAVED

    def _resubscribe(self, target: TokenTarget) -> _Notice:
        self._preferences.resubscribe(target, request.form.get("list", ""))
        return _SAVED

    def _subscribe(self, target: TokenTarget) -> _Notice:
        chosen = self._lists.find(request.form.get("list", ""))
        if chosen is not None:
            texts = self._writer.in_language(self._preferences.read(target).language)
            label = texts.plain("page_signup_title", newsletter=chosen.title)
            words = "\n".join((self._writer.publication.name, *chosen.paragraphs, label)) + "\n"
            self._preferences.subscribe(target, chosen.name, words=words)
        return _SAVED

    def _unsubscribe_from_all(self, target: TokenTarget) -> _Notice:
        self._choices.unsubscribe(target, everything=True)
        return _SAVED

    def _undo(self, target: TokenTarget) -> _Notice:
        self._choices.undo(target)
        return _SAVED

    def _pause(self, target: TokenTarget) -> _Notice:
        first, _, last = self._list_pause_days()
        try:
            chosen = date.fromisoformat(request.form.get("until", "").strip())
        except ValueError:
            chosen = date.min
        if not first <= chosen <= last:
            days = (("first", first.isoformat()), ("last", last.isoformat()))
            return _Notice(text="pause_range", is_error=True, values=days)
        self._preferences.pause(target, datetime.combine(chosen, time(), self._zone))
        return _SAVED

    def _resume(self, target: TokenTarget) -> _Notice:
        self._preferences.resume(target)
        return _SAVED

    def _request_address(self, target: TokenTarget) -> Response:
        """Ask the new address; whether it is known, suppressed or the same, the answer is alike."""
        try:
            address = parse_typed_address(request.form.get("address", "").strip())
        except AddressError:
            return self._show(target, _Notice(text="address_invalid", is_error=True))
        return self._show_request(
            target,
            "address_requested",
            lambda: (
                self._confirmations.request_address(target, Address(email=address.email)),
                address.email,
            ),
        )

    def _request_data(self, target: TokenTarget) -> Response:
        return self._show_request(
            target,
            "data_requested",
            lambda: self._confirmations.request_data(target),
            mask=mask_address,
        )

    def _show_request(
        self,
        target: TokenTarget,
        accepted: str,
        make_request: Callable[[], tuple[RequestAnswer, str]],
        *,
        mask: Callable[[str], str] = str,
    ) -> Response:
        if not self._request_limiter.hit(request.remote_addr or ""):
            return self._answers.answer_busy()
        answer, address = make_request()
        if answer is RequestAnswer.TOO_OFTEN:
            return self._show(target, _Notice(text="too_often", is_error=True))
        if answer is RequestAnswer.SUPPRESSED:
            return self._show(target, _Notice(text="cannot_write", is_error=True))
        self._on_request()
        texts = self._writer.in_language(self._preferences.read(target).language)
        return texts.render(
            texts.text("check_mail"),
            texts.text(accepted, address=mask(address)),
            texts.text("nothing_arrives"),
        )

    def _list_pause_days(self) -> tuple[date, date, date]:
        """Return the first day that a pause may end on, the proposed one, and the last."""
        today = self._clock.now().astimezone(self._zone).date()
        first, proposed, last = (
            today + timedelta(days=days) for days in (_FIRST_DAY, _PROPOSED_DAY, _LAST_DAY)
        )
        return first, proposed, last

    def _list_free(self, found: Preferences) -> list[OpenList]:
        """Return the lists that a subscriber may join and never was on."""
        if not found.is_known or found.has_left_all:
            return []
        names = (*found.lists, *found.left_lists)
        return [each for each in self._lists.lists if each.name not in names]

    def _show(self, target: TokenTarget, notice: _Notice | None = None) -> Response:
        found = self._preferences.read(target)
        texts = self._writer.in_language(found.language)
        standing = self._choices.read(target)
        first, proposed, last = self._list_pause_days()
        return texts.render_template(
            _TEMPLATE,
            texts.text("preferences"),
            status=400 if notice and notice.is_error else 200,
            address=mask_address(target.email),
            text=texts.text,
            found=found,
            get_title=self._lists.get_title,
            free_lists=self._list_free(found),
            notice=_format_notice(texts, notice) if notice else None,
            is_error=notice is not None and notice.is_error,
            undo_until=_format_undo(texts, found, standing.undo_until),
            paused=texts.text("paused", date=texts.format_date(found.paused_until))
            if found.paused_until
            else None,
            first_day=first,
            proposed_day=proposed,
            last_day=last,
        )


def _format_notice(texts: PageTexts, notice: _Notice) -> Markup:
    values = {name: texts.format_day(date.fromisoformat(value)) for name, value in notice.values}
    return texts.text(notice.text, **values)


def _format_undo(texts: PageTexts, found: Preferences, until: datetime | None) -> Markup | None:
    """Return until when they can take back that they left everything, None if they cannot or did not."""
    if until is None or not (found.has_left_all or not found.is_known):
        return None
    return texts.text("way_back", date=texts.format_date(until))
