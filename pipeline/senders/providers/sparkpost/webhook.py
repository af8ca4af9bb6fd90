"""
SparkPost's webhooks: up to thousands of events in a request, with a user name and a password.

developers.sparkpost.com/api/webhooks and support.sparkpost.com, "Bounce Classification Codes" (2026).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from pipeline.bounces.provider_bounce import ProviderVerdict
from pipeline.models.event import EventKind
from pipeline.models.provider_event import ProviderEvent
from pipeline.senders.webhooks import payload
from pipeline.senders.webhooks.bounce_event import make_bounce
from pipeline.senders.webhooks.payload import get_text
from pipeline.senders.webhooks.provider_webhook import (
    PasswordWebhook,
    WebhookReport,
    WebhookRequest,
)

_KINDS = {
    "delivery": EventKind.DELIVERED,
    "spam_complaint": EventKind.COMPLAINED,
    "list_unsubscribe": EventKind.UNSUBSCRIBED,
    "link_unsubscribe": EventKind.UNSUBSCRIBED,
}
_BOUNCES = frozenset({"bounce", "out_of_band"})
#: SparkPost did not send the message: its policy, a suppression, a fault in the message.
_NOT_SENT = {
    "policy_rejection": ProviderVerdict.NOT_SENT,
    "generation_rejection": ProviderVerdict.NOT_SENT,
    "generation_failure": ProviderVerdict.CONTENT,
}
_VERDICTS = {
    "1": ProviderVerdict.UNKNOWN,  # undetermined
    "10": ProviderVerdict.INVALID,  # invalid recipient
    "20": ProviderVerdict.TEMPORARY,  # soft bounce
    "21": ProviderVerdict.TEMPORARY,  # DNS failure
    "22": ProviderVerdict.FULL,  # mailbox full
    "23": ProviderVerdict.CONTENT,  # too large
    "24": ProviderVerdict.TEMPORARY,  # timeout
    "25": ProviderVerdict.NOT_SENT,  # admin failure: SparkPost's policies
    "26": ProviderVerdict.NOT_SENT,  # smart send suppression
    "30": ProviderVerdict.INVALID,  # no RCPT
    "40": ProviderVerdict.TEMPORARY,  # generic bounce
    "50": ProviderVerdict.OURS,  # mail block
    "51": ProviderVerdict.OURS,  # spam block
    "52": ProviderVerdict.CONTENT,  # spam content
    "53": ProviderVerdict.CONTENT,  # prohibited attachment
    "54": ProviderVerdict.OURS,  # relaying denied
    "70": ProviderVerdict.TEMPORARY,  # transient failure
}
#: What SparkPost classifies as a bounce too: somebody, or a program, wrote back.
_OTHER_CLASSES = {
    "60": EventKind.AUTO_REPLIED,  # vacation
    "90": EventKind.UNSUBSCRIBED,
    "100": EventKind.AUTO_REPLIED,  # challenge-response
}


class SparkpostWebhook(PasswordWebhook):
    """Receives SparkPost's reports; it signs none."""

    source: ClassVar[str] = "sparkpost"
    max_bytes: ClassVar[int] = 10 << 20

    @classmethod
    def read(cls, request: WebhookRequest) -> WebhookReport:
        return payload.read_each(payload.parse_objects(request.body), _read_item)


def _read_item(item: Any) -> ProviderEvent | None:
    """Return the event in `{"msys": {"message_event": {…}}}`; a test of the address has an empty `msys`."""
    for event in item["msys"].values():
        return _read_event(event)
    return None


def _read_event(event: Mapping[str, Any]) -> ProviderEvent | None:
    name = get_text(event, "type")
    if kind := _KINDS.get(name):
        return _make_event(event, kind)
    if name in _NOT_SENT:
        return _make_bounce(event, _NOT_SENT[name])
    if name not in _BOUNCES:  # a delay changes nothing
        return None
    number = get_text(event, "bounce_class")
    if other := _OTHER_CLASSES.get(number):
        return _make_event(event, other)
    if number == "80":  # subscribe
        return None
    return _make_bounce(event, _VERDICTS.get(number, ProviderVerdict.UNKNOWN))


def _make_bounce(event: Mapping[str, Any], verdict: ProviderVerdict) -> ProviderEvent:
    text = get_text(event, "raw_reason") or get_text(event, "reason")
    is_sent = get_text(event, "type") in _BOUNCES  # else the words are SparkPost's own
    return make_bounce(
        verdict,
        key=payload.make_key(event, get_text(event, "event_id")),
        token=get_text(event, "rcpt_meta", payload.TOKEN_FIELD),
        at=payload.parse_time(event.get("timestamp")),
        reply=text if is_sent else "",
        remark=text,
        code=get_text(event, "error_code"),
    )


def _make_event(event: Mapping[str, Any], kind: EventKind) -> ProviderEvent:
    return ProviderEvent(
        kind=kind,
        key=payload.make_key(event, get_text(event, "event_id")),
        token=get_text(event, "rcpt_meta", payload.TOKEN_FIELD),
        at=payload.parse_time(event.get("timestamp")),
    )
