"""
`/subscribe` and `/subscribe/LIST`: sign up for a list.

A form of another site posts here as well: it has no token, so that its visitor presses a second button here. What is
done with an address does not depend on whose it is: the request is stored, and decided on after the answer.
"""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlsplit, urlunsplit

from flask import Blueprint, Response, redirect, request
from werkzeug.exceptions import NotFound

from pipeline.models.address import Address
from pipeline.signup.address_rules import AddressProblem, check_signup_address
from pipeline.signup.form_token import FormAge, FormTokens, SignupForm
from pipeline.signup.open_lists import OpenList, OpenLists
from pipeline.signup.proof_of_work import is_proof
from pipeline.signup.signup import SignupRequest
from pipeline.signup.signup_limits import SignupAnswer
from pipeline.signup.signup_store import SignupStore
from pipeline.web.public.page_writer import PageTexts, PageWriter
from pipeline.web.public.request_metrics import RequestMetrics
from pipeline.web.public.signup.signup_page import (
    ADDRESS,
    PROOF,
    TOKEN,
    TRAP,
    FormNotice,
    SignupPages,
    get_path,
)

_MAX_ADDRESS, _MAX_PAGE = 254, 300
_AGAIN = FormNotice(name="signup_again", is_error=False)
_NOTICES = {
    AddressProblem.INVALID: "signup_invalid",
    AddressProblem.ROLE: "signup_role",
    AddressProblem.TYPO: "signup_typo",
}


class SignupRoutes:
    """
    The routes, with what they need.

    Args:
        on_request: Called when a message may wait to be sent.
    """

    def __init__(
        self,
        signups: SignupStore,
        tokens: FormTokens,
        *,
        lists: OpenLists,
        pages: SignupPages,
        writer: PageWriter,
        metrics: RequestMetrics,
        on_request: Callable[[], None],
    ) -> None:
        self._signups = signups
        self._tokens = tokens
        self._lists = lists
        self._pages = pages
        self._writer = writer
        self._metrics = metrics
        self._on_request = on_request
        publication = writer.publication
        own = (publication.sender, publication.reply_to or publication.sender)
        self._own = frozenset(address.inbox for address in own)

    def create_blueprint(self) -> Blueprint:
        """Return the blueprint."""
        blueprint = Blueprint("signup", __name__)
        blueprint.add_url_rule("/subscribe", view_func=self.show_lists, methods=["GET"])
        path = "/subscribe/<path:list_name>"
        blueprint.add_url_rule(path, view_func=self.show, methods=["GET"])
        blueprint.add_url_rule(path, "post", self.post, methods=["POST"])
        return blueprint

    def show_lists(self) -> Response:
        """Show the lists that anybody may join; a single one at once."""
        lists = self._lists.lists
        if not lists:
            raise NotFound
        if len(lists) == 1:
            return _to_response(redirect(get_path(lists[0].name)))
        return _allow_indexing(self._pages.render_lists(self._find_texts()))

    def show(self, list_name: str) -> Response:
        """Show the form."""
        chosen, texts = self._find_list(list_name), self._find_texts()
        page = self._pages.render_form(texts, chosen, *self._make_token(texts, chosen))
        return _allow_indexing(page)

    def post(self, list_name: str) -> Response:
        """Ask for the message, or show the form again."""
        chosen, texts = self._find_list(list_name), self._find_texts()
        typed = request.form.get(ADDRESS, "").strip()[:_MAX_ADDRESS]
        if request.form.get(TRAP):
            self._metrics.count_answer("sign-up trapped")
            return self._show_sent(texts, typed)
        token = request.form.get(TOKEN, "")
        form = self._tokens.read(token)
        if form is None or not self._is_current(form, texts, chosen):
            return self._show_again(texts, chosen, typed, _AGAIN, form)
        if form.age is FormAge.TOO_YOUNG:
            return self._pages.render_form(
                texts, chosen, token, form.key, notice=_AGAIN, address=typed
            )
        checked = check_signup_address(typed, own=self._own)
        if checked.problem is not None:
            address = checked.address.email if checked.address else ""
            notice = FormNotice(name=_NOTICES[checked.problem], address=address)
            if checked.problem is AddressProblem.TYPO:
                typed = address
            return self._pages.render_form(
                texts, chosen, token, form.key, notice=notice, address=typed
            )
        assert checked.address is not None
        return self._request(texts, chosen, checked.address, form)

    def _request(
        self, texts: PageTexts, chosen: OpenList, address: Address, form: SignupForm
    ) -> Response:
        answer = self._signups.request(
            SignupRequest(
                list_name=chosen.name,
                address=address,
                language=texts.language,
                page=form.page,
                page_text=self._pages.write_words(texts, chosen),
                client=request.remote_addr or "",
                form=form.key,
                is_proven=is_proof(
                    form.key, request.form.get(PROOF, ""), bits=self._pages.proof_bits
                ),
            )
        )
        self._metrics.count_answer(f"sign-up {answer.value}")
        if answer is SignupAnswer.FORM_USED:
            return self._show_again(texts, chosen, address.email, _AGAIN, form)
        if answer is not SignupAnswer.ACCEPTED:
            return texts.render(
                texts.text("signup_busy"), texts.text("signup_busy_detail"), status=429
            )
        self._on_request()
        return self._show_sent(texts, address.email)

    def _show_sent(self, texts: PageTexts, address: str) -> Response:
        return texts.render(
            texts.text("check_mail"),
            texts.text("signup_sent", address=address),
            texts.text("nothing_arrives"),
        )

    def _show_again(
        self,
        texts: PageTexts,
        chosen: OpenList,
        typed: str,
        notice: FormNotice,
        form: SignupForm | None,
    ) -> Response:
        token, key = self._make_token(texts, chosen, page=form.page if form else _find_page())
        return self._pages.render_form(texts, chosen, token, key, notice=notice, address=typed)

    def _make_token(self, texts: PageTexts, chosen: OpenList, *, page: str = "") -> tuple[str, str]:
        own_page = f"{self._writer.publication.public_url or ''}{get_path(chosen.name)}"
        return self._tokens.make(
            chosen.name, page=page or own_page, page_digest=self._pages.hash_words(texts, chosen)
        )

    def _is_current(self, form: SignupForm, texts: PageTexts, chosen: OpenList) -> bool:
        """Whether the form was shown not too long ago, with the words of today."""
        return (
            form.list_name == chosen.name
            and form.age is not FormAge.TOO_OLD
            and form.page_digest == self._pages.hash_words(texts, chosen)
        )

    def _find_list(self, name: str) -> OpenList:
        found = self._lists.find(name)
        if found is None:
            raise NotFound
        return found

    def _find_texts(self) -> PageTexts:
        return self._writer.in_first_language(request.accept_languages.values())


def _find_page() -> str:
    """Return the address of the page that a form of another site is on, without what follows the path."""
    try:
        parts = urlsplit(request.referrer or "")
    except ValueError:
        return ""
    if parts.scheme not in ("http", "https") or not parts.netloc:
        return ""
    return urlunsplit((parts.scheme, parts.netloc, parts.path, "", ""))[:_MAX_PAGE]


def _allow_indexing(page: Response) -> Response:
    """Return *page*, which search engines may find, unlike every other page of the service."""
    page.headers["X-Robots-Tag"] = "all"
    return page


def _to_response(answer: object) -> Response:
    assert isinstance(answer, Response)
    return answer
