"""Decide what those who signed up are sent, and send it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from pipeline.clock import Clock
from pipeline.models.edition import Edition, LiteralText, Pieces
from pipeline.recipient_tokens import TokenPurpose
from pipeline.rendering.service_notice import Notice
from pipeline.signup.open_lists import OpenLists
from pipeline.signup.signup import Signup
from pipeline.signup.signup_store import SignupStore
from pipeline.subscribers.signups.signup_queries import SignupMessage
from pipeline.web.public.mailing.notice_sender import NoticeResult, NoticeSender
from pipeline.web.public.page_writer import PageWriter

_EXPIRY_INTERVAL = timedelta(hours=1)
#: Stands for the token until a message is sent, and in the words that are kept.
_PLACEHOLDER, _HIDDEN_TOKEN = "hb0token0placeholder", "…"
_MAX_TEMPLATES = 200


class SignupMailer:
    """Sends one message to each who signed up, unless there is a reason to send them nothing."""

    def __init__(
        self,
        signups: SignupStore,
        sender: NoticeSender,
        *,
        writer: PageWriter,
        lists: OpenLists,
        clock: Clock,
    ) -> None:
        self._signups = signups
        self._sender = sender
        self._writer = writer
        self._lists = lists
        self._clock = clock
        self._expired_at: datetime | None = None
        self._templates: dict[tuple[object, ...], Edition] = {}

    def send_waiting(self) -> int:
        """
        Decide and send what waits; return the number of messages that were accepted.

        Raises:
            PipelineError: The database cannot be written to, or the theme is invalid.
        """
        now = self._clock.now()
        if self._expired_at is None or now >= self._expired_at + _EXPIRY_INTERVAL:
            self._signups.expire()
            self._expired_at = now
        self._signups.decide_waiting()
        return sum(self._send(signup) for signup in self._signups.claim_unsent())

    def _send(self, signup: Signup) -> bool:
        template = self._get_template(signup)
        self._signups.keep_message(signup, _get_words(template))
        edition = _set_token(template, self._make_token(signup))
        result = self._sender.send(edition, signup.address, message_id=f"signup-{signup.number}")
        if result is NoticeResult.WAITING:
            self._signups.release(signup)
        return result is NoticeResult.ACCEPTED

    def _make_token(self, signup: Signup) -> str:
        is_known = signup.message is SignupMessage.KNOWN
        purpose = TokenPurpose.PREFERENCES if is_known else TokenPurpose.SIGNUP
        return self._signups.make_token(purpose, signup)

    def _get_template(self, signup: Signup) -> Edition:
        """Return the message with a placeholder for its token; it is the same for a list and a language."""
        key = (signup.message, signup.list_name, signup.language)
        if key not in self._templates:
            if len(self._templates) >= _MAX_TEMPLATES:
                self._templates.clear()
            notice = self._build_notice(signup)
            self._templates[key] = self._sender.render(notice, language=signup.language)
        return self._templates[key]

    def _build_notice(self, signup: Signup) -> Notice:
        publication = self._writer.publication
        title = self._lists.get_title(signup.list_name)
        values = {"newsletter": title, "publication": publication.name}
        if signup.message is SignupMessage.KNOWN:
            return Notice(
                title="message_known_subject",
                detail="message_known_detail",
                button="message_known_button",
                url=f"{publication.public_url}/p/{_PLACEHOLDER}",
                reason="message_reason",
                values=values,
            )
        url = f"{publication.public_url}/s/{_PLACEHOLDER}"
        return Notice(
            title="message_signup_subject",
            detail="message_signup_detail",
            button="message_signup_button",
            url=url,
            below="message_signup_ignore",
            link="message_signup_no",
            link_url=url,
            reason="message_reason",
            values=values,
        )


def _set_token(template: Edition, token: str) -> Edition:
    def fill(pieces: Pieces) -> Pieces:
        return tuple(
            LiteralText(text=piece.text.replace(_PLACEHOLDER, token))
            if isinstance(piece, LiteralText)
            else piece
            for piece in pieces
        )

    return replace(template, html=fill(template.html), text=fill(template.text))


def _get_words(template: Edition) -> str:
    """Return the message as it is kept: subject, text and HTML, without the token."""
    shown = _set_token(template, _HIDDEN_TOKEN)
    parts = (shown.subject, shown.text, shown.html)
    return "\n\n".join("".join(getattr(piece, "text", "") for piece in part) for part in parts)
