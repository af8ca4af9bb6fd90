"""Email services as they report: each with the structure of its documentation, signed with a key of the tests."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import NameOID

from pipeline.models.event import BounceClass, EventKind
from pipeline.senders.http.service_connection import basic_auth
from pipeline.senders.providers.ses.sns_topic import SnsTopic
from pipeline.senders.webhooks.provider_webhook import (
    ProviderWebhook,
    UnverifiableRequest,
    WebhookRequest,
)
from tests.senders.http.fake_providers import (
    BREVO,
    MAILGUN,
    MAILJET,
    POSTMARK,
    RESEND,
    SENDGRID,
    SES,
    SPARKPOST,
    Provider,
    form_fields,
)
from tests.senders.http.fake_service import RecordedRequest

NOW = datetime(2026, 3, 2, 12, 30, tzinfo=UTC)
SECRET = "5f1c0f8be0a94d7e8f35b1c9"
FULL, OURS, CONTENT, ELSEWHERE, UNKNOWN = (
    BounceClass.FULL,
    BounceClass.OURS,
    BounceClass.CONTENT,
    BounceClass.ELSEWHERE,
    BounceClass.UNKNOWN,
)
NO_SUCH_USER = "smtp;550 5.1.1 The email account that you tried to reach does not exist."
OVER_QUOTA = "smtp;552 5.2.2 The recipient's mailbox is over quota."
BLOCKED = "smtp;550 5.7.1 Blocked: your IP address has a poor reputation."


@dataclass(frozen=True, kw_only=True)
class Case:
    """
    One kind of event.

    Args:
        item: Returns it for a token, and a number that makes it differ from others of its kind.
        kind: What it is recorded as; None if it changes nothing.
    """

    name: str
    item: Callable[[str, int], Any]
    kind: EventKind | None
    bounce_class: BounceClass | None = None


@dataclass(frozen=True, kw_only=True)
class Reporter:
    """
    A service.

    Args:
        provider: How it takes messages.
        find_tokens: Returns the tokens in the request that sends messages.
        open_webhook: Returns what receives its reports.
        wrap: Returns the body that reports items: of a service that reports one by one, the first.
        sign: Returns the genuine request with a body.
        is_one_by_one: Whether a request holds one event.
        covered: Returns the places of the body's bytes that the signature covers.
    """

    provider: Provider
    find_tokens: Callable[[RecordedRequest], list[str]]
    open_webhook: Callable[[], ProviderWebhook]
    cases: tuple[Case, ...]
    wrap: Callable[[list[Any]], bytes]
    sign: Callable[[bytes, datetime], WebhookRequest]
    is_one_by_one: bool = False
    covered: Callable[[bytes], Iterable[int]] = lambda body: ()

    @property
    def kind(self) -> str:
        """The kind of the sender."""
        return self.provider.kind

    def report(self, *items: Any, at: datetime = NOW) -> WebhookRequest:
        """Return the genuine request that reports *items*."""
        return self.sign(self.wrap(list(items)), at)


def bounce(
    name: str, item: Callable[[str, int], Any], bounce_class: BounceClass = BounceClass.GONE
) -> Case:
    """Return a case that is a bounce."""
    return Case(name=name, item=item, kind=EventKind.BOUNCED, bounce_class=bounce_class)


def sign_by_password(body: bytes, _at: datetime) -> WebhookRequest:
    """Return the request of a service that sends a user name and a password."""
    headers = {
        "authorization": basic_auth("handbill", SECRET),
        "content-type": "application/json",
    }
    return WebhookRequest(headers=headers, body=body)


def whole_body(body: bytes) -> Iterable[int]:
    """Return the place of every byte."""
    return range(len(body))


def wrap_first(items: list[Any]) -> bytes:
    """Return the body of a service that reports one event in a request."""
    return json.dumps(items[0]).encode()


def wrap_list(items: list[Any]) -> bytes:
    """Return the body of a service that reports a list of events."""
    return json.dumps(items).encode()


# Postmark


def _postmark_bounce(type_name: str, details: str) -> Callable[[str, int], Any]:
    def make(token: str, number: int) -> Any:
        return {
            "RecordType": "Bounce",
            "MessageStream": "broadcast",
            "ID": 4_300_000_000 + number,
            "Type": type_name,
            "TypeCode": 1,
            "Name": type_name,
            "Tag": "",
            "MessageID": "b7bc2f4a-e38e-4336-af7d-e6c392c2f817",
            "Metadata": {"handbill": token},
            "ServerID": 23,
            "Description": "The server was unable to deliver your message.",
            "Details": details,
            "Email": "somebody@example.org",
            "From": "bell@harbour.example.org",
            "BouncedAt": "2026-03-02T12:28:10.2735393-00:00",
            "DumpAvailable": True,
            "Inactive": True,
            "CanActivate": True,
            "Subject": "The winter timetable",
        }

    return make


def _postmark_change(**changes: Any) -> Callable[[str, int], Any]:
    def make(token: str, number: int) -> Any:
        return {
            "RecordType": "SubscriptionChange",
            "MessageID": f"883953f4-6105-42a2-a16a-{number:012}",
            "ServerID": 23,
            "MessageStream": "broadcast",
            "ChangedAt": "2026-03-02T12:28:32Z",
            "Recipient": "somebody@example.org",
            "Origin": "Recipient",
            "SuppressSending": True,
            "SuppressionReason": "ManualSuppression",
            "Tag": "",
            "Metadata": {"handbill": token},
            **changes,
        }

    return make


def _postmark_delivery(token: str, number: int) -> Any:
    return {
        "RecordType": "Delivery",
        "ServerID": 23,
        "MessageStream": "broadcast",
        "MessageID": f"883953f4-6105-42a2-a16a-{number:012}",
        "Recipient": "somebody@example.org",
        "Tag": "",
        "DeliveredAt": "2026-03-02T12:28:10.2735393-00:00",
        "Details": "Test delivery webhook details",
        "Metadata": {"handbill": token},
    }


def _postmark_complaint(token: str, number: int) -> Any:
    item = _postmark_bounce("SpamComplaint", "")(token, number)
    return {**item, "RecordType": "SpamComplaint", "TypeCode": 512, "CanActivate": False}


def _postmark_webhook() -> ProviderWebhook:
    from pipeline.senders.providers.postmark.webhook import PostmarkWebhook

    return PostmarkWebhook(SECRET)


POSTMARK_REPORTER = Reporter(
    provider=POSTMARK,
    find_tokens=lambda request: [item["Metadata"]["handbill"] for item in request.json],
    open_webhook=_postmark_webhook,
    wrap=wrap_first,
    sign=sign_by_password,
    is_one_by_one=True,
    cases=(
        bounce("hard", _postmark_bounce("HardBounce", NO_SUCH_USER)),
        bounce("bad-address", _postmark_bounce("BadEmailAddress", "")),
        bounce("hard-but-ours", _postmark_bounce("HardBounce", BLOCKED), OURS),
        bounce("soft-full", _postmark_bounce("SoftBounce", OVER_QUOTA), FULL),
        bounce("soft", _postmark_bounce("SoftBounce", ""), ELSEWHERE),
        bounce("blocked", _postmark_bounce("Blocked", ""), OURS),
        bounce("spam", _postmark_bounce("SpamNotification", ""), OURS),
        bounce("virus", _postmark_bounce("VirusNotification", ""), CONTENT),
        bounce("by-hand", _postmark_bounce("ManuallyDeactivated", ""), UNKNOWN),
        Case(
            name="auto-reply",
            item=_postmark_bounce("AutoResponder", "I am away."),
            kind=EventKind.AUTO_REPLIED,
        ),
        Case(name="delay", item=_postmark_bounce("Transient", "451 later"), kind=None),
        Case(name="delivered", item=_postmark_delivery, kind=EventKind.DELIVERED),
        Case(name="complaint", item=_postmark_complaint, kind=EventKind.COMPLAINED),
        Case(name="unsubscribe", item=_postmark_change(), kind=EventKind.UNSUBSCRIBED),
        Case(
            name="suppressed-by-bounce",
            item=_postmark_change(SuppressionReason="HardBounce"),
            kind=None,
        ),
        Case(name="suppressed-by-us", item=_postmark_change(Origin="Customer"), kind=None),
        Case(
            name="back",
            item=_postmark_change(SuppressSending=False, SuppressionReason=None),
            kind=None,
        ),
        Case(
            name="open",
            item=lambda token, number: {"RecordType": "Open", "Metadata": {"handbill": token}},
            kind=None,
        ),
    ),
)

# SparkPost


def _sparkpost(name: str, group: str = "message_event", **fields: Any) -> Callable[[str, int], Any]:
    def make(token: str, number: int) -> Any:
        event = {
            "type": name,
            "campaign_id": "timetable",
            "customer_id": "1",
            "event_id": f"9235692769381{number:04}",
            "ip_address": "127.0.0.1",
            "message_id": "000443ee14578172be22",
            "rcpt_meta": {"handbill": token},
            "rcpt_to": "somebody@example.org",
            "recipient_domain": "example.org",
            "timestamp": "1772454490",
            "transmission_id": "65832150921904138",
            **fields,
        }
        return {"msys": {group: event}}

    return make


def _sparkpost_bounce(number: str, text: str, **fields: Any) -> Callable[[str, int], Any]:
    return _sparkpost(
        "bounce", bounce_class=number, error_code=text[:3], raw_reason=text, reason=text, **fields
    )


def _sparkpost_webhook() -> ProviderWebhook:
    from pipeline.senders.providers.sparkpost.webhook import SparkpostWebhook

    return SparkpostWebhook(SECRET)


SPARKPOST_REPORTER = Reporter(
    provider=SPARKPOST,
    find_tokens=lambda request: [r["metadata"]["handbill"] for r in request.json["recipients"]],
    open_webhook=_sparkpost_webhook,
    wrap=wrap_list,
    sign=sign_by_password,
    cases=(
        bounce("invalid", _sparkpost_bounce("10", "550 5.1.1 User unknown")),
        bounce("no-rcpt", _sparkpost_bounce("30", "550 No such recipient here")),
        bounce("invalid-but-ours", _sparkpost_bounce("10", "554 5.7.1 blocked by Spamhaus"), OURS),
        bounce("soft", _sparkpost_bounce("20", "450 try again later"), ELSEWHERE),
        bounce("full", _sparkpost_bounce("22", "452 mailbox full"), FULL),
        bounce("transient", _sparkpost_bounce("70", ""), ELSEWHERE),
        bounce("too-large", _sparkpost_bounce("23", ""), CONTENT),
        bounce("blocked", _sparkpost_bounce("50", ""), OURS),
        bounce("undetermined", _sparkpost_bounce("1", "550 rejected"), UNKNOWN),
        bounce(
            "late", _sparkpost("out_of_band", bounce_class="10", raw_reason="550 5.1.1 unknown")
        ),
        bounce("policy", _sparkpost("policy_rejection", bounce_class="25"), UNKNOWN),
        bounce("suppressed", _sparkpost("generation_rejection", "gen_event"), UNKNOWN),
        Case(name="vacation", item=_sparkpost_bounce("60", ""), kind=EventKind.AUTO_REPLIED),
        Case(name="delay", item=_sparkpost("delay", bounce_class="21"), kind=None),
        Case(name="delivered", item=_sparkpost("delivery"), kind=EventKind.DELIVERED),
        Case(name="complaint", item=_sparkpost("spam_complaint"), kind=EventKind.COMPLAINED),
        Case(
            name="unsubscribe",
            item=_sparkpost("list_unsubscribe", "unsubscribe_event"),
            kind=EventKind.UNSUBSCRIBED,
        ),
        Case(name="open", item=_sparkpost("open", "track_event"), kind=None),
        Case(name="test", item=lambda token, number: {"msys": {}}, kind=None),
    ),
)


# Brevo


def _brevo(name: str, reason: str = "") -> Callable[[str, int], Any]:
    def make(token: str, number: int) -> Any:
        return {
            "event": name,
            "email": "somebody@example.org",
            "id": 4711,
            "date": "2026-03-02 13:28:10",
            "ts": 1772454490,
            "message-id": f"<2026030212.{number}@smtp-relay.mailin.fr>",
            "ts_event": 1772454490,
            "subject": "The winter timetable",
            "X-Mailin-custom": token,
            "sending_ip": "203.0.113.10",
            "ts_epoch": 1772454490000,
            **({"reason": reason} if reason else {}),
        }

    return make


def _brevo_webhook() -> ProviderWebhook:
    from pipeline.senders.providers.brevo.webhook import BrevoWebhook

    return BrevoWebhook(SECRET)


BREVO_REPORTER = Reporter(
    provider=BREVO,
    find_tokens=lambda request: [
        version["headers"]["X-Mailin-custom"] for version in request.json["messageVersions"]
    ],
    open_webhook=_brevo_webhook,
    wrap=wrap_list,
    sign=sign_by_password,
    cases=(
        bounce(
            "hard",
            _brevo(
                "hard_bounce",
                " RecipientError: 550 5.5.0 Requested action not taken: mailbox unavailable.",
            ),
        ),
        bounce("hard-but-ours", _brevo("hard_bounce", BLOCKED), OURS),
        bounce("hard-and-vague", _brevo("hard_bounce", "550 rejected"), UNKNOWN),
        bounce("invalid", _brevo("invalid_email")),
        bounce("soft-full", _brevo("soft_bounce", OVER_QUOTA), FULL),
        bounce("soft", _brevo("soft_bounce"), ELSEWHERE),
        bounce("blocked", _brevo("blocked", "blocked : due to blacklist user"), UNKNOWN),
        bounce("error", _brevo("error"), UNKNOWN),
        Case(name="deferred", item=_brevo("deferred", "451 later"), kind=None),
        Case(name="delivered", item=_brevo("delivered"), kind=EventKind.DELIVERED),
        Case(name="complaint", item=_brevo("spam"), kind=EventKind.COMPLAINED),
        Case(name="unsubscribe", item=_brevo("unsubscribed"), kind=EventKind.UNSUBSCRIBED),
        Case(name="open", item=_brevo("unique_opened"), kind=None),
        Case(name="queued", item=_brevo("request"), kind=None),
    ),
)


# Mailjet


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


def _mailjet_webhook() -> ProviderWebhook:
    from pipeline.senders.providers.mailjet.webhook import MailjetWebhook

    return MailjetWebhook(SECRET)


MAILJET_REPORTER = Reporter(
    provider=MAILJET,
    find_tokens=lambda request: [item["CustomID"] for item in request.json["Messages"]],
    open_webhook=_mailjet_webhook,
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

# Resend


def _resend(name: str, **data: Any) -> Callable[[str, int], Any]:
    def make(token: str, number: int) -> Any:
        return {
            "type": name,
            "created_at": "2026-03-02T12:28:10.101Z",
            "data": {
                "broadcast_id": "8b146471-e88e-4322-86af-016cd36fd216",
                "created_at": "2026-03-02T12:20:10.729Z",
                "email_id": f"56761188-7520-42d8-8898-{number:012}",
                "from": "The Harbour Bell <bell@harbour.example.org>",
                "to": ["somebody@example.org"],
                "subject": "The winter timetable",
                "tags": {"handbill": token},
                **data,
            },
        }

    return make


def _resend_bounce(kind: str, sub_type: str, *diagnostic: str) -> Callable[[str, int], Any]:
    advice = (
        "The recipient's email provider sent a hard bounce message. Sending messages to addresses that produce hard "
        "bounces can have a negative impact on your reputation as a sender."
    )
    found: dict[str, Any] = {"type": kind, "subType": sub_type, "message": advice}
    if diagnostic:
        found["diagnosticCode"] = list(diagnostic)
    return _resend("email.bounced", bounce=found)


def _sign_resend(body: bytes, at: datetime) -> WebhookRequest:
    identifier = "msg_" + hashlib.sha256(body).hexdigest()[:24]
    timestamp = str(int(at.timestamp()))
    signed = f"{identifier}.{timestamp}.".encode() + body
    digest = hmac.digest(SECRET.encode(), signed, "sha256")
    return WebhookRequest(
        headers={
            "svix-id": identifier,
            "svix-timestamp": timestamp,
            "svix-signature": f"v1,{base64.b64encode(digest).decode()}",
        },
        body=body,
    )


def _resend_webhook() -> ProviderWebhook:
    from pipeline.senders.providers.resend.webhook import ResendWebhook

    return ResendWebhook("whsec_" + base64.b64encode(SECRET.encode()).decode())


RESEND_REPORTER = Reporter(
    provider=RESEND,
    find_tokens=lambda request: [
        item["tags"][0]["value"]
        for item in (request.json if isinstance(request.json, list) else [request.json])
    ],
    open_webhook=_resend_webhook,
    wrap=wrap_first,
    sign=_sign_resend,
    is_one_by_one=True,
    covered=whole_body,
    cases=(
        bounce("hard", _resend_bounce("Permanent", "General", NO_SUCH_USER)),
        bounce("no-email", _resend_bounce("Permanent", "NoEmail")),
        bounce("hard-and-silent", _resend_bounce("Permanent", "General")),
        bounce("hard-but-ours", _resend_bounce("Permanent", "General", BLOCKED), OURS),
        bounce("suppressed", _resend_bounce("Permanent", "OnAccountSuppressionList"), UNKNOWN),
        bounce("full", _resend_bounce("Transient", "MailboxFull"), FULL),
        bounce("too-large", _resend_bounce("Transient", "MessageTooLarge"), CONTENT),
        bounce("soft", _resend_bounce("Transient", "General"), ELSEWHERE),
        bounce("undetermined", _resend_bounce("Undetermined", "Undetermined"), UNKNOWN),
        bounce(
            "not-sent", _resend("email.suppressed", suppressed={"message": "on the list"}), UNKNOWN
        ),
        bounce(
            "failed", _resend("email.failed", failed={"reason": "reached_daily_quota"}), UNKNOWN
        ),
        Case(name="delayed", item=_resend("email.delivery_delayed"), kind=None),
        Case(name="delivered", item=_resend("email.delivered"), kind=EventKind.DELIVERED),
        Case(name="complaint", item=_resend("email.complained"), kind=EventKind.COMPLAINED),
        Case(name="open", item=_resend("email.opened"), kind=None),
        Case(
            name="contact",
            item=lambda token, number: {"type": "contact.updated", "data": {"unsubscribed": True}},
            kind=None,
        ),
    ),
)


# Mailgun


def _mailgun(name: str, **fields: Any) -> Callable[[str, int], Any]:
    def make(token: str, number: int) -> Any:
        return {
            "event": name,
            "id": f"CPgfbmQMTCKtHW6uIWt{number}",
            "timestamp": 1772454490.153125,
            "log-level": "info",
            "recipient": "somebody@example.org",
            "recipient-domain": "example.org",
            "tags": [],
            "campaigns": [],
            "user-variables": {"handbill": token},
            "flags": {"is-routed": False, "is-authenticated": True, "is-test-mode": False},
            "message": {
                "headers": {
                    "to": "somebody@example.org",
                    "message-id": "20260302122810.1.DF5966851B4BAA99@harbour.example.org",
                    "from": "bell@harbour.example.org",
                    "subject": "The winter timetable",
                },
                "size": 809,
            },
            **fields,
        }

    return make


def _mailgun_failure(
    reason: str, message: str = "", *, code: int = 550, severity: str = "permanent"
) -> Callable[[str, int], Any]:
    status = {"attempt-no": 1, "message": message, "code": code, "description": "", "tls": True}
    return _mailgun("failed", **{"severity": severity, "reason": reason, "delivery-status": status})


def _wrap_mailgun(items: list[Any]) -> bytes:
    return json.dumps({"signature": {}, "event-data": items[0]}).encode()


def _sign_mailgun(body: bytes, at: datetime) -> WebhookRequest:
    timestamp, token = str(int(at.timestamp())), hashlib.sha256(body).hexdigest()[:50]
    signature = hmac.new(SECRET.encode(), f"{timestamp}{token}".encode(), "sha256").hexdigest()
    block = json.dumps({"timestamp": timestamp, "token": token, "signature": signature}).encode()
    return WebhookRequest(
        headers={}, body=body.replace(b'"signature": {}', b'"signature": ' + block)
    )


def _mailgun_webhook() -> ProviderWebhook:
    from pipeline.senders.providers.mailgun.webhook import MailgunWebhook

    return MailgunWebhook(SECRET)


MAILGUN_REPORTER = Reporter(
    provider=MAILGUN,
    find_tokens=lambda request: [form_fields(request)["v:handbill"].decode()],
    open_webhook=_mailgun_webhook,
    wrap=_wrap_mailgun,
    sign=_sign_mailgun,
    is_one_by_one=True,
    covered=lambda body: range(body.index(b'"event-data"')),
    cases=(
        bounce("hard", _mailgun_failure("bounce", "5.1.1 No such user here")),
        bounce("hard-and-silent", _mailgun_failure("bounce")),
        bounce("hard-but-ours", _mailgun_failure("bounce", "554 5.7.1 spam content"), OURS),
        bounce("full", _mailgun_failure("generic", "552 5.2.2 over quota", code=552), FULL),
        bounce("blocked", _mailgun_failure("espblock"), OURS),
        bounce("too-long", _mailgun_failure("old", code=602), ELSEWHERE),
        bounce(
            "suppressed",
            _mailgun_failure(
                "suppress-bounce", "Not delivering to previously bounced address", code=605
            ),
            UNKNOWN,
        ),
        bounce("suppressed-complaint", _mailgun_failure("suppress-complaint", code=607), UNKNOWN),
        bounce("rejected", _mailgun("rejected", reject={"reason": "Sandbox"}), UNKNOWN),
        Case(
            name="delay",
            item=_mailgun_failure("generic", "451 later", code=451, severity="temporary"),
            kind=None,
        ),
        Case(name="delivered", item=_mailgun("delivered"), kind=EventKind.DELIVERED),
        Case(name="complaint", item=_mailgun("complained"), kind=EventKind.COMPLAINED),
        Case(name="unsubscribe", item=_mailgun("unsubscribed"), kind=EventKind.UNSUBSCRIBED),
        Case(name="open", item=_mailgun("opened"), kind=None),
    ),
)


# SendGrid


def _sendgrid(name: str, **fields: Any) -> Callable[[str, int], Any]:
    def make(token: str, number: int) -> Any:
        return {
            "email": "somebody@example.org",
            "timestamp": 1772454490,
            "smtp-id": "<14c5d75ce93.dfd.64b469@ismtpd-555>",
            "event": name,
            "sg_event_id": f"bm8tZXZlbnQtMTQ{number:03}",
            "sg_message_id": "14c5d75ce93.dfd.64b469.filter0001.16648.5515E0B88.0",
            "handbill": token,
            **fields,
        }

    return make


def _sendgrid_bounce(
    reason: str, *, type_name: str = "bounce", classification: str = "Unclassified", **fields: Any
) -> Callable[[str, int], Any]:
    return _sendgrid(
        "bounce",
        **{"type": type_name, "reason": reason, "bounce_classification": classification, **fields},
    )


@cache
def _sendgrid_key() -> ec.EllipticCurvePrivateKey:
    return ec.derive_private_key(0x5F1C0F8BE0A94D7E8F35B1C9, ec.SECP256R1())


def _sign_sendgrid(body: bytes, at: datetime) -> WebhookRequest:
    timestamp = str(int(at.timestamp()))
    signature = _sendgrid_key().sign(timestamp.encode() + body, ec.ECDSA(hashes.SHA256()))
    return WebhookRequest(
        headers={
            "x-twilio-email-event-webhook-signature": base64.b64encode(signature).decode(),
            "x-twilio-email-event-webhook-timestamp": timestamp,
        },
        body=body,
    )


def _sendgrid_webhook() -> ProviderWebhook:
    from pipeline.senders.providers.sendgrid.webhook import SendgridWebhook

    public = _sendgrid_key().public_key()
    der = public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return SendgridWebhook(base64.b64encode(der).decode())


SENDGRID_REPORTER = Reporter(
    provider=SENDGRID,
    find_tokens=lambda request: [request.json["personalizations"][0]["custom_args"]["handbill"]],
    open_webhook=_sendgrid_webhook,
    wrap=wrap_list,
    sign=_sign_sendgrid,
    covered=whole_body,
    cases=(
        bounce("hard", _sendgrid_bounce("550 5.1.1 unknown user", status="5.1.1")),
        bounce("invalid", _sendgrid_bounce("", classification="Invalid Address")),
        bounce("hard-and-vague", _sendgrid_bounce("500 unknown recipient", status="5.0.0")),
        bounce("hard-but-ours", _sendgrid_bounce(BLOCKED), OURS),
        bounce(
            "blocked",
            _sendgrid_bounce("", type_name="blocked", classification="Reputation"),
            OURS,
        ),
        bounce("blocked-gone", _sendgrid_bounce(NO_SUCH_USER, type_name="blocked"), UNKNOWN),
        bounce("blocked-and-silent", _sendgrid_bounce("", type_name="blocked"), ELSEWHERE),
        bounce("content", _sendgrid_bounce("", classification="Content"), CONTENT),
        bounce("full", _sendgrid_bounce(OVER_QUOTA, type_name="blocked"), FULL),
        bounce("dropped", _sendgrid("dropped", reason="Bounced Address"), UNKNOWN),
        Case(name="deferred", item=_sendgrid("deferred", response="400 later"), kind=None),
        Case(
            name="delivered",
            item=_sendgrid("delivered", response="250 OK"),
            kind=EventKind.DELIVERED,
        ),
        Case(name="complaint", item=_sendgrid("spamreport"), kind=EventKind.COMPLAINED),
        Case(name="unsubscribe", item=_sendgrid("unsubscribe"), kind=EventKind.UNSUBSCRIBED),
        Case(name="back", item=_sendgrid("group_resubscribe"), kind=None),
        Case(name="open", item=_sendgrid("open"), kind=None),
    ),
)

# Amazon SES

TOPIC = "arn:aws:sns:eu-central-1:123456789012:handbill"
CERTIFICATE_PATH = "/SimpleNotificationService-9c6465fa7f48f5cacd23014631ec1136.pem"


def _ses(name: str, part: str, **fields: Any) -> Callable[[str, int], Any]:
    def make(token: str, number: int) -> Any:
        return {
            "eventType": name,
            part: {"timestamp": "2026-03-02T12:28:10.675Z", **fields},
            "mail": {
                "timestamp": "2026-03-02T12:20:10.000Z",
                "source": "bell@harbour.example.org",
                "messageId": f"010201870f2b0ee7-51e65aee-9c8c-4ee4-9f6d-{number:06}",
                "destination": ["somebody@example.org"],
                "headersTruncated": False,
                "headers": [{"name": "Subject", "value": "The winter timetable"}],
                "tags": {"ses:configuration-set": ["news"], "handbill": [token]},
            },
        }

    return make


def _ses_bounce(
    kind: str, sub_type: str, *, text: str = "", status: str = ""
) -> Callable[..., Any]:
    recipient = {"emailAddress": "somebody@example.org", "action": "failed"}
    recipient |= {"diagnosticCode": text} if text else {}
    recipient |= {"status": status} if status else {}

    def make(token: str, number: int) -> Any:
        return _ses(
            "Bounce",
            "bounce",
            bounceType=kind,
            bounceSubType=sub_type,
            bouncedRecipients=[recipient],
            feedbackId=f"00000138111222aa-33322211-cccc-cccc-cccc-ddddaaaa{number:04}",
            reportingMTA="dsn; a8-70.smtp-out.amazonses.com",
        )(token, number)

    return make


def _ses_complaint(**fields: Any) -> Callable[[str, int], Any]:
    return _ses(
        "Complaint",
        "complaint",
        complainedRecipients=[{"emailAddress": "somebody@example.org"}],
        **fields,
    )


@cache
def sns_certificate() -> tuple[rsa.RSAPrivateKey, bytes]:
    """Return a key as of SNS, and its certificate as PEM."""
    return make_certificate("sns.amazonaws.com")


def make_certificate(
    name: str, *, bits: int = 2048, days: int = 300
) -> tuple[rsa.RSAPrivateKey, bytes]:
    """Return a key, and its certificate for *name* as PEM, valid for *days* around `NOW`."""
    key = rsa.generate_private_key(65537, bits)
    names = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(names)
        .issuer_name(names)
        .public_key(key.public_key())
        .serial_number(4711)
        .not_valid_before(NOW - timedelta(days=400))
        .not_valid_after(NOW + timedelta(days=days))
        .sign(key, hashes.SHA256())
    )
    return key, certificate.public_bytes(Encoding.PEM)


def sign_sns(message: dict[str, Any], *, key: rsa.RSAPrivateKey | None = None) -> dict[str, Any]:
    """Return *message* with the signature of SNS."""
    names = ["Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"]
    if message["Type"] != "Notification":
        names = ["Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"]
    signed = "".join(f"{name}\n{message[name]}\n" for name in names if name in message)
    key = key or sns_certificate()[0]
    signature = key.sign(signed.encode(), padding.PKCS1v15(), hashes.SHA256())
    return {**message, "Signature": base64.b64encode(signature).decode()}


def make_sns_message(text: str, at: datetime = NOW, **fields: Any) -> dict[str, Any]:
    """Return a notification of SNS, not signed."""
    return {
        "Type": "Notification",
        "MessageId": "19ba9823-d7f2-53c1-860e-cb10e0d13dfc",
        "TopicArn": TOPIC,
        "Subject": "Amazon SES Email Event Notification",
        "Message": text,
        "Timestamp": at.strftime("%Y-%m-%dT%H:%M:%S.675Z"),
        "SignatureVersion": "2",
        "SigningCertURL": f"https://sns.eu-central-1.amazonaws.com{CERTIFICATE_PATH}",
        **fields,
    }


def _sign_ses(body: bytes, at: datetime) -> WebhookRequest:
    message = sign_sns(make_sns_message(body.decode("latin-1"), at))
    return WebhookRequest(
        headers={"content-type": "text/plain; charset=UTF-8"}, body=json.dumps(message).encode()
    )


class KnownTopic(SnsTopic):
    """A topic whose certificate is there already: what fetches it has tests of its own."""

    def _download(self, url: str) -> bytes:
        if not url.endswith(CERTIFICATE_PATH):
            raise UnverifiableRequest("there is no such certificate")
        return sns_certificate()[1]


def _ses_webhook() -> ProviderWebhook:
    from pipeline.senders.providers.ses.webhook import SesWebhook

    return SesWebhook(KnownTopic(TOPIC))


SES_REPORTER = Reporter(
    provider=SES,
    find_tokens=lambda request: [request.json["EmailTags"][0]["Value"]],
    open_webhook=_ses_webhook,
    wrap=wrap_first,
    sign=_sign_ses,
    is_one_by_one=True,
    covered=whole_body,
    cases=(
        bounce("hard", _ses_bounce("Permanent", "General", text=NO_SUCH_USER, status="5.1.1")),
        bounce("no-email", _ses_bounce("Permanent", "NoEmail")),
        bounce("hard-and-silent", _ses_bounce("Permanent", "General")),
        bounce("hard-but-ours", _ses_bounce("Permanent", "General", text=BLOCKED), OURS),
        bounce("on-their-list", _ses_bounce("Permanent", "Suppressed"), UNKNOWN),
        bounce("on-our-list", _ses_bounce("Permanent", "OnAccountSuppressionList"), UNKNOWN),
        bounce("undetermined", _ses_bounce("Undetermined", "Undetermined"), UNKNOWN),
        bounce("full", _ses_bounce("Transient", "MailboxFull"), FULL),
        bounce("too-large", _ses_bounce("Transient", "MessageTooLarge"), CONTENT),
        bounce("soft", _ses_bounce("Transient", "General"), ELSEWHERE),
        bounce("rejected", _ses("Reject", "reject", reason="Bad content"), CONTENT),
        bounce(
            "complaint-on-our-list",
            _ses_complaint(complaintSubType="OnAccountSuppressionList"),
            UNKNOWN,
        ),
        Case(
            name="complaint",
            item=_ses_complaint(complaintFeedbackType="abuse"),
            kind=EventKind.COMPLAINED,
        ),
        Case(name="no-complaint", item=_ses_complaint(complaintFeedbackType="not-spam"), kind=None),
        Case(name="delay", item=_ses("DeliveryDelay", "deliveryDelay"), kind=None),
        Case(name="delivered", item=_ses("Delivery", "delivery"), kind=EventKind.DELIVERED),
        Case(
            name="unsubscribe",
            item=_ses("Subscription", "subscription", newTopicPreferences={"unsubscribeAll": True}),
            kind=EventKind.UNSUBSCRIBED,
        ),
        Case(name="send", item=_ses("Send", "send"), kind=None),
        Case(
            name="test",
            item=lambda token, number: "Successfully validated SNS topic for event publishing.",
            kind=None,
        ),
    ),
)

REPORTERS: tuple[Reporter, ...] = (
    POSTMARK_REPORTER,
    SPARKPOST_REPORTER,
    BREVO_REPORTER,
    MAILJET_REPORTER,
    RESEND_REPORTER,
    MAILGUN_REPORTER,
    SENDGRID_REPORTER,
    SES_REPORTER,
)
