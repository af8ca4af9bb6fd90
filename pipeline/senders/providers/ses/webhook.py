"""
Amazon SES's reports, which a topic of SNS posts: one notification in a signed envelope.

docs.aws.amazon.com/ses/latest/dg/event-publishing-retrieving-sns-contents.html and
docs.aws.amazon.com/sns/latest/dg/sns-message-and-json-formats.html (2026).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar

from pipeline.bounces.provider_bounce import ProviderVerdict
from pipeline.bounces.ses_bounce_types import SUPPRESSED_TYPES, find_ses_verdict
from pipeline.models.event import EventKind
from pipeline.models.provider_event import ProviderEvent
from pipeline.senders.providers.ses.sns_topic import SnsTopic
from pipeline.senders.webhooks import payload
from pipeline.senders.webhooks.bounce_event import make_bounce
from pipeline.senders.webhooks.payload import get_text
from pipeline.senders.webhooks.provider_webhook import (
    ProviderWebhook,
    RejectedRequest,
    UnreadableRequest,
    WebhookReport,
    WebhookRequest,
    check_age,
)

_NOTIFICATION, _CONFIRMATION, _ENDED = (
    "Notification",
    "SubscriptionConfirmation",
    "UnsubscribeConfirmation",
)
#: What a signature covers, in this order; a notification without a subject has none.
_SIGNED = {
    _NOTIFICATION: ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"),
    **dict.fromkeys(
        (_CONFIRMATION, _ENDED),
        ("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"),
    ),
}
#: SNS tries for an hour at most, by default for a minute.
_MAX_AGE_S = 24 * 3600
#: Reports of the opposite, or of nothing that a recipient did (RFC 5965 §7.3).
_NO_COMPLAINT = frozenset({"not-spam", "auth-failure"})


class SesWebhook(ProviderWebhook):
    """
    Receives the notifications of one topic, and confirms the subscription to it.

    Args:
        topic: Messages of any other are refused: everybody can have one, signed by SNS.
    """

    source: ClassVar[str] = "ses"

    def __init__(self, topic: SnsTopic) -> None:
        self._topic = topic

    def receive(self, request: WebhookRequest, *, now: datetime) -> WebhookReport:
        self.verify(request, now=now)
        message = payload.parse_object(request.body)
        kind = get_text(message, "Type")
        if kind == _CONFIRMATION:
            self._topic.confirm(get_text(message, "Token"))
            return WebhookReport(note=f"the subscription to {self._topic.arn} is confirmed")
        if kind == _ENDED:
            return WebhookReport(
                note=f"the subscription to {self._topic.arn} was ended: nothing more arrives"
            )
        return self.read(request)

    def verify(self, request: WebhookRequest, *, now: datetime) -> None:
        from cryptography.exceptions import InvalidSignature
        from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
        from cryptography.hazmat.primitives.hashes import SHA256

        try:
            message = payload.parse_object(request.body)
        except UnreadableRequest as error:
            raise RejectedRequest(str(error)) from None
        signature = self._check_envelope(message)
        signed_at = payload.parse_time(message.get("Timestamp"))
        key = self._topic.get_key(get_text(message, "SigningCertURL"), now=now)
        try:
            key.verify(signature, _join_signed(message), PKCS1v15(), SHA256())
        except InvalidSignature:
            raise RejectedRequest("its signature is wrong") from None
        if signed_at is None:
            raise RejectedRequest("its signature has no time")
        check_age(signed_at, now=now, max_age_s=_MAX_AGE_S)

    @classmethod
    def read(cls, request: WebhookRequest) -> WebhookReport:
        """Return what a notification says, in the envelope of SNS or without it."""
        item = payload.parse_object(request.body)
        if isinstance(text := item.get("Message"), str):
            if not text.lstrip().startswith("{"):  # "Successfully validated SNS topic for …"
                return WebhookReport(ignored=1)
            item = payload.parse_object(text.encode(errors="replace"))
        return payload.read_each([item], _read_notification)

    def _check_envelope(self, message: Mapping[str, Any]) -> bytes:
        """Return the signature, once everything else than it is as it should be."""
        if "Signature" not in message or get_text(message, "Type") not in _SIGNED:
            raise RejectedRequest("it is not signed; turn off raw message delivery in SNS")
        if get_text(message, "TopicArn") != self._topic.arn:
            raise RejectedRequest("it is of another topic")
        if get_text(message, "SignatureVersion") != "2":
            raise RejectedRequest(
                "its signature is of version 1 (SHA-1); set the attribute SignatureVersion of the topic to 2"
            )
        signature = payload.decode_base64(get_text(message, "Signature"))
        if not signature:
            raise RejectedRequest("its signature is wrong")
        return signature


def _join_signed(message: Mapping[str, Any]) -> bytes:
    lines = []
    for name in _SIGNED[get_text(message, "Type")]:
        value = message.get(name)
        if value is None and name == "Subject":
            continue
        if not isinstance(value, str):
            raise RejectedRequest(f"it has no {name}")
        lines += [name, value]
    return "".join(f"{line}\n" for line in lines).encode(errors="replace")


def _read_notification(item: Any) -> ProviderEvent | None:
    name = get_text(item, "eventType") or payload.require_text(item, "notificationType")
    if name == "Bounce":
        return _read_bounce(item, item["bounce"])
    if name == "Complaint":
        return _read_complaint(item, item["complaint"])
    if name == "Delivery":
        return _make_event(item, EventKind.DELIVERED, item["delivery"])
    if name == "Reject":
        return _make_bounce(item, item["reject"], ProviderVerdict.CONTENT)
    return _read_subscription(item) if name == "Subscription" else None


def _read_bounce(item: Any, bounce: Any) -> ProviderEvent:
    verdict = find_ses_verdict(get_text(bounce, "bounceType"), get_text(bounce, "bounceSubType"))
    recipients = bounce["bouncedRecipients"]
    recipient = recipients[0] if recipients else None  # each of our messages has one
    return _make_bounce(
        item,
        bounce,
        verdict,
        reply=get_text(recipient, "diagnosticCode"),
        status=get_text(recipient, "status"),
    )


def _read_complaint(item: Any, complaint: Any) -> ProviderEvent | None:
    if get_text(complaint, "complaintSubType") in SUPPRESSED_TYPES:
        return _make_bounce(item, complaint, ProviderVerdict.NOT_SENT)
    if get_text(complaint, "complaintFeedbackType") in _NO_COMPLAINT:
        return None
    return _make_event(item, EventKind.COMPLAINED, complaint)


def _read_subscription(item: Any) -> ProviderEvent | None:
    """Return that the recipient unsubscribed by the list management of SES."""
    found = item["subscription"]
    preferences = found["newTopicPreferences"]
    topics = preferences.get("topicSubscriptionStatus") or ()
    has_left = preferences.get("unsubscribeAll") is True or any(
        get_text(topic, "subscriptionStatus") == "OptOut" for topic in topics
    )
    return _make_event(item, EventKind.UNSUBSCRIBED, found) if has_left else None


def _make_bounce(
    item: Any, part: Any, verdict: ProviderVerdict, *, reply: str = "", status: str = ""
) -> ProviderEvent:
    names = ("bounceSubType", "complaintSubType", "reason")
    return make_bounce(
        verdict,
        key=_make_key(item, part),
        token=_find_token(item),
        at=payload.parse_time(part.get("timestamp")),
        reply=reply,
        remark=next(filter(None, (get_text(part, name) for name in names)), ""),
        status=status,
    )


def _make_event(item: Any, kind: EventKind, part: Any) -> ProviderEvent:
    return ProviderEvent(
        kind=kind,
        key=_make_key(item, part),
        token=_find_token(item),
        at=payload.parse_time(part.get("timestamp")),
        text=get_text(part, "complaintFeedbackType"),
    )


def _make_key(item: Any, part: Any) -> str:
    """Return the ID of a feedback; of others the message's with the kind: the same from a second topic."""
    if feedback_id := get_text(part, "feedbackId"):
        return feedback_id
    name = get_text(item, "eventType") or get_text(item, "notificationType")
    return payload.make_key(item, get_text(item, "mail", "messageId"), name)


def _find_token(item: Any) -> str:
    """Return our token from the tags, else from the Message-ID among the original header fields."""
    tags = item["mail"].get("tags")
    values = tags.get(payload.TOKEN_FIELD) if isinstance(tags, dict) else None
    if isinstance(values, list) and values and isinstance(values[0], str):
        return values[0]
    for field in item["mail"].get("headers") or ():
        if get_text(field, "name").lower() == "message-id":
            return get_text(field, "value").strip("<>").partition("@")[0]
    return ""
