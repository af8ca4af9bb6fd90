"""Mailjet as it reports."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pipeline.models.event import EventKind
from pipeline.senders.providers.mailjet.webhook import MailjetWebhook
from tests.senders.http.fake_providers import MAILJET
from tests.senders.webhooks.reporter import (
    BLOCKED,
    CONTENT,
    ELSEWHERE,
    FULL,
    OURS,
    SECRET,
    UNKNOWN,
    Case,
    Reporter,
    bounce,
    sign_by_password,
    wrap_list,
)


def _mailjet(name: str, **fields: Any) -> Callable[[str, int], Any]:
    def make(token: str, number: int) -> Any:
        return {
            "event": name,
            "time": 1772454490,
            "MessageID": 13792286917004000 + number,
            "Message_GUID": "ea49e8c1-2ab4-4c4c-9c4f-7e1a4d1c2c7a",
            "email": "somebody@example.org",
            "mj_campaign_id": 0,
            "mj_contact_id": 0,
            "customcampaign": "",
            "CustomID": token,
            "Payload": "",
            **fields,
        }

    return make


def _mailjet_bounce(
    error: str, *, is_hard: bool, comment: str = "", related: str = "recipient"
) -> Callable[[str, int], Any]:
    return _mailjet(
        "bounce",
        blocked=is_hard,
        hard_bounce=is_hard,
        error_related_to=related,
        error=error,
        comment=comment,
    )


MAILJET_REPORTER = Reporter(
    provider=MAILJET,
    find_tokens=lambda request: [item["CustomID"] for item in request.json["Messages"]],
    key=SECRET,
    open_with_key=MailjetWebhook,
    wrap=wrap_list,
    sign=sign_by_password,
    cases=(
        bounce("hard", _mailjet_bounce("user unknown", is_hard=True)),
        bounce("no-domain", _mailjet_bounce("invalid domain", is_hard=True, related="domain")),
        bounce("not-so-hard", _mailjet_bounce("user unknown", is_hard=False), UNKNOWN),
        bounce("full", _mailjet_bounce("quota exceeded", is_hard=False), FULL),
        bounce("inactive", _mailjet_bounce("mailbox inactive", is_hard=True), UNKNOWN),
        bounce("ours", _mailjet_bounce("policy issue", is_hard=False, related="spam"), OURS),
        bounce(
            "hard-but-ours", _mailjet_bounce("user unknown", is_hard=True, comment=BLOCKED), OURS
        ),
        bounce(
            "content", _mailjet_bounce("content blocked", is_hard=False, related="spam"), CONTENT
        ),
        bounce(
            "connection",
            _mailjet_bounce("connection issue", is_hard=False, related="system"),
            ELSEWHERE,
        ),
        bounce("soft", _mailjet_bounce("", is_hard=False), ELSEWHERE),
        bounce(
            "not-sent",
            _mailjet("blocked", error_related_to="mailjet", error="preblocked"),
            UNKNOWN,
        ),
        Case(name="greylisted", item=_mailjet_bounce("greylisted", is_hard=False), kind=None),
        Case(
            name="delivered",
            item=_mailjet("sent", smtp_reply="sent (250 2.0.0 OK)"),
            kind=EventKind.DELIVERED,
        ),
        Case(name="complaint", item=_mailjet("spam", source="JMRP"), kind=EventKind.COMPLAINED),
        Case(name="unsubscribe", item=_mailjet("unsub", mj_list_id=0), kind=EventKind.UNSUBSCRIBED),
        Case(name="open", item=_mailjet("open"), kind=None),
    ),
)
