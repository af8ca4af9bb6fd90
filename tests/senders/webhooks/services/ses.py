"""Amazon SES as it reports."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from pipeline.models.event import EventKind
from pipeline.senders.providers.ses.sns_topic import SnsTopic
from pipeline.senders.providers.ses.webhook import SesWebhook
from pipeline.senders.webhooks.provider_webhook import UnverifiableRequest, WebhookRequest
from tests.senders.http.fake_providers import SES
from tests.senders.webhooks.reporter import (
    BLOCKED,
    CONTENT,
    ELSEWHERE,
    FULL,
    NO_SUCH_USER,
    NOW,
    OURS,
    UNKNOWN,
    Case,
    Reporter,
    bounce,
    whole_body,
    wrap_first,
)

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


SES_REPORTER = Reporter(
    provider=SES,
    find_tokens=lambda request: [request.json["EmailTags"][0]["Value"]],
    key=TOPIC,
    open_with_key=lambda topic: SesWebhook(KnownTopic(topic)),
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
