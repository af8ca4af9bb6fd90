"""A topic of SNS: what proves a message genuine, and where this machine connects because of it."""

from __future__ import annotations

import base64
import json
import socket
import ssl
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
import trustme
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding

from pipeline.errors import ConfigError
from pipeline.net.address_filter import allow_all
from pipeline.net.client import Client
from pipeline.net.connect import Connector
from pipeline.net.deadline import Deadline, Limits
from pipeline.net.transport import WebSession
from pipeline.senders import open_sender
from pipeline.senders.providers.ses.sns_topic import SnsTopic
from pipeline.senders.providers.ses.webhook import SesWebhook
from pipeline.senders.webhooks.provider_webhook import (
    RejectedRequest,
    UnverifiableRequest,
    WebhookRequest,
)
from tests.loaders.fetch.servers import Answer, Site, here
from tests.senders.webhooks.reporter import NOW
from tests.senders.webhooks.services.ses import (
    CERTIFICATE_PATH,
    SES_REPORTER,
    TOPIC,
    KnownTopic,
    make_certificate,
    make_sns_message,
    sign_sns,
    sns_certificate,
)

HOST = "sns.eu-central-1.amazonaws.com"
CONFIRMATION: dict[str, Any] = {
    "Type": "SubscriptionConfirmation",
    "Message": "You have chosen to subscribe to the topic.",
    "SubscribeURL": f"https://{HOST}/?Action=ConfirmSubscription&TopicArn={TOPIC}&Token=2336412f37",
    "Token": "2336412f37fb687f5d51e6e2425dacbbabcd",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class LocalClient(Client):
    """Finds every host on this machine, at one port."""

    port: int

    def session(self, deadline: Deadline, headers: Mapping[str, str]) -> WebSession:
        connector = Connector(
            resolve=self.resolve,
            address_filter=self.address_filter,
            limits=self.limits,
            deadline=deadline,
        )

        def dial(host: str, _port: int) -> socket.socket:
            return connector.connect(host, self.port)

        return WebSession(dial, headers=dict(headers), ca_bundle=self.ca_bundle)


@dataclass(frozen=True, kw_only=True)
class Sns:
    """SNS on this machine, over TLS."""

    site: Site
    client: LocalClient

    def webhook(self, topic: str = TOPIC) -> SesWebhook:
        """Return the webhook of *topic*, which connects here."""
        return SesWebhook(SnsTopic(topic, client=self.client))

    def paths(self) -> Sequence[str]:
        """Return what was requested."""
        return [request.path for request in self.site.requests]


@pytest.fixture
def sns(tmp_path: Path) -> Iterator[Sns]:
    authority = trustme.CA()
    bundle = tmp_path / "authority.pem"
    authority.cert_pem.write_to_path(str(bundle))
    site = Site()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(HOST).configure_cert(context)
    site.socket = context.wrap_socket(site.socket, server_side=True)
    site.routes[CERTIFICATE_PATH] = Answer(body=sns_certificate()[1])
    site.routes["/"] = Answer(body=b"<ConfirmSubscriptionResponse/>")
    thread = Thread(target=site.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    client = LocalClient(
        address_filter=allow_all,
        resolve=here,
        limits=Limits(total_s=5, size_bytes=65536),
        ca_bundle=bundle,
        port=site.server_address[1],
    )
    yield Sns(site=site, client=client)
    site.shutdown()
    thread.join()
    site.server_close()


def request(message: dict[str, Any]) -> WebhookRequest:
    return WebhookRequest(headers={}, body=json.dumps(message).encode())


def bounce(**fields: Any) -> dict[str, Any]:
    return make_sns_message(json.dumps(SES_REPORTER.cases[0].item("token", 1)), **fields)


def test_the_certificate_is_fetched_once(sns: Sns) -> None:
    """From the host of SNS in the region of the topic; then it is kept."""
    webhook = sns.webhook()
    for _ in range(3):
        assert 1 == len(webhook.receive(request(sign_sns(bounce())), now=NOW).events)
    assert [CERTIFICATE_PATH] == sns.paths()


def test_a_subscription_is_confirmed_at_our_own_address(sns: Sns) -> None:
    """By our own request about our own topic, whatever SubscribeURL says."""
    foreign = "https://evil.example.org/?Action=ConfirmSubscription"
    message = sign_sns(make_sns_message(**CONFIRMATION | {"text": "", "SubscribeURL": foreign}))
    report = sns.webhook().receive(request(message), now=NOW)
    assert f"the subscription to {TOPIC} is confirmed" == report.note
    _, confirmation = sns.paths()
    assert confirmation.startswith("/?Action=ConfirmSubscription&TopicArn=arn%3Aaws%3Asns%3A")
    assert confirmation.endswith(f"&Token={CONFIRMATION['Token']}")


@pytest.mark.parametrize(
    "fields",
    [
        {"TopicArn": "arn:aws:sns:eu-central-1:999999999999:handbill"},
        {"Token": "2336412f37&TopicArn=other"},
        {"Token": 7},
        {"SignatureVersion": "1"},
    ],
    ids=["foreign-topic", "injected", "number", "sha1"],
)
def test_a_foreign_confirmation_is_refused(sns: Sns, fields: dict[str, Any]) -> None:
    """Everybody may have a topic of their own, and SNS signs for all of them. Nothing is confirmed."""
    message = make_sns_message(**CONFIRMATION | {"text": ""} | fields)
    with pytest.raises(RejectedRequest):
        sns.webhook().receive(request(sign_sns(message)), now=NOW)
    assert not any(path.startswith("/?") for path in sns.paths())


@pytest.mark.parametrize(
    "url",
    [
        f"http://{HOST}{CERTIFICATE_PATH}",
        f"https://evil.example.org{CERTIFICATE_PATH}",
        f"https://{HOST}.evil.example.org{CERTIFICATE_PATH}",
        f"https://{HOST}@evil.example.org{CERTIFICATE_PATH}",
        f"https://{HOST}:444{CERTIFICATE_PATH}",
        f"https://sns.us-east-1.amazonaws.com{CERTIFICATE_PATH}",
        f"https://s3.eu-central-1.amazonaws.com{CERTIFICATE_PATH}",
        f"https://{HOST}/SimpleNotificationService-../../evil.pem",
        f"https://{HOST}{CERTIFICATE_PATH}?x=1",
        "",
        None,
        ["https://"],
    ],
)
def test_no_certificate_comes_from_elsewhere(sns: Sns, url: object) -> None:
    """Not from another host, region, port or path; nothing is requested."""
    with pytest.raises(RejectedRequest, match="not one of SNS"):
        sns.webhook().receive(request(sign_sns(bounce(SigningCertURL=url))), now=NOW)
    assert [] == sns.paths()


def test_a_certificate_must_be_of_sns_and_valid(sns: Sns) -> None:
    """One for another name, an expired one, one with a short key, none at all."""
    for content in (
        make_certificate("evil.example.org")[1],
        make_certificate("sns.amazonaws.com", days=-1)[1],
        make_certificate("sns.amazonaws.com", bits=1024)[1],
        sns_certificate()[1] + make_certificate("sns.amazonaws.com")[1],
        b"<html>",
        b"",
    ):
        sns.site.routes[CERTIFICATE_PATH] = Answer(body=content)
        with pytest.raises(RejectedRequest, match="certificate"):
            sns.webhook().receive(request(sign_sns(bounce())), now=NOW)


def test_a_certificate_that_cannot_be_fetched_is_tried_again_later(sns: Sns) -> None:
    """The request can be checked later; meanwhile this machine does not fetch without end."""
    webhook = sns.webhook()
    sns.site.routes[CERTIFICATE_PATH] = Answer(status=500)
    for _ in range(30):
        with pytest.raises(UnverifiableRequest):
            webhook.receive(request(sign_sns(bounce())), now=NOW)
    assert 6 == len(sns.paths())
    sns.site.routes[CERTIFICATE_PATH] = Answer(body=sns_certificate()[1])
    later = NOW + timedelta(minutes=2)
    assert 1 == len(webhook.receive(request(sign_sns(bounce())), now=later).events)


def test_a_redirect_and_a_large_answer_are_refused(sns: Sns) -> None:
    """Neither is followed, nor read to its end."""
    elsewhere = {"Location": "https://evil.example.org/"}
    for answer in (
        Answer(status=302, headers=elsewhere),
        Answer(body=b"-" * 200_000),
    ):
        sns.site.routes[CERTIFICATE_PATH] = answer
        with pytest.raises(UnverifiableRequest):
            sns.webhook().receive(request(sign_sns(bounce())), now=NOW)
    assert {CERTIFICATE_PATH} == set(sns.paths())


def test_private_addresses_are_not_connected_to() -> None:
    """A name server that leads SNS to this machine is not believed."""
    topic = SnsTopic(TOPIC, client=Client(resolve=here))
    with pytest.raises(UnverifiableRequest, match="only public addresses"):
        SesWebhook(topic).receive(request(sign_sns(bounce())), now=NOW)


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"TopicArn": "arn:aws:sns:eu-central-1:999999999999:handbill"}, "another topic"),
        ({"TopicArn": None}, "another topic"),
        ({"SignatureVersion": "1"}, "SHA-1"),
        ({"Type": "Other"}, "not signed"),
        ({"Timestamp": "2026-02-01T12:00:00.000Z"}, "signed 4"),
        ({"Timestamp": "yesterday"}, "no time"),
    ],
)
def test_an_envelope_must_be_ours_and_new(fields: dict[str, Any], reason: str) -> None:
    """Signed as it is."""
    message = bounce() | fields
    signed = sign_sns({**message, "Type": "Notification"}) | {"Type": message["Type"]}
    with pytest.raises(RejectedRequest, match=reason):
        SesWebhook(KnownTopic(TOPIC)).receive(request(signed), now=NOW)


def test_a_signature_of_sha1_is_not_taken_for_one_of_sha256() -> None:
    """Whatever SignatureVersion says."""
    message = bounce()
    names = ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type")
    signed = "".join(f"{name}\n{message[name]}\n" for name in names).encode()
    sha1 = sns_certificate()[0].sign(signed, padding.PKCS1v15(), hashes.SHA1())
    forged = message | {"Signature": base64.b64encode(sha1).decode()}
    with pytest.raises(RejectedRequest, match="signature is wrong"):
        SesWebhook(KnownTopic(TOPIC)).receive(request(forged), now=NOW)


def test_raw_delivery_is_explained() -> None:
    """SNS can post notifications without an envelope, without a signature."""
    raw = SES_REPORTER.cases[0].item("token", 1)
    with pytest.raises(RejectedRequest, match="turn off raw message delivery"):
        SesWebhook(KnownTopic(TOPIC)).receive(request(raw), now=NOW)


def test_the_message_id_leads_back_without_tags() -> None:
    """Notifications of an identity have no tags, but may have the header fields of the message."""
    item = SES_REPORTER.cases[0].item("token", 1)
    del item["mail"]["tags"]
    item["mail"]["headers"] = [{"name": "Message-ID", "value": "<bafkaketoken2345@x.example.org>"}]
    message = sign_sns(make_sns_message(json.dumps(item)))
    (event,) = SesWebhook(KnownTopic(TOPIC)).receive(request(message), now=NOW).events
    assert "bafkaketoken2345" == event.token


@pytest.mark.parametrize(
    "options",
    [
        {"webhook_topic": "handbill"},
        {"webhook_topic": "arn:aws:sqs:eu-central-1:123456789012:handbill"},
        {"webhook_topic": "arn:aws:sns:evil.example.org:123456789012:handbill"},
        {"webhook_secret_env": "SES_SECRET"},
    ],
)
def test_options_are_checked(options: dict[str, str]) -> None:
    """A topic must be one, and a secret has no use."""
    with pytest.raises(ConfigError, match="webhook_topic"):
        open_sender("ses", region="eu-central-1", **options)


def test_without_a_topic_nothing_is_heard() -> None:
    """The message names the option."""
    with pytest.raises(ConfigError, match="Amazon SES: webhook_topic is not set"):
        open_sender("ses", region="eu-central-1").open_webhook()
    assert open_sender("ses", region="eu-central-1", webhook_topic=TOPIC).open_webhook()


def test_the_certificate_server_is_verified(sns: Sns, tmp_path: Path) -> None:
    """TLS of the host is checked: a certificate from an unknown authority ends the fetch."""
    bundle = tmp_path / "other.pem"
    trustme.CA().cert_pem.write_to_path(str(bundle))
    client = LocalClient(
        address_filter=allow_all, resolve=here, ca_bundle=bundle, port=sns.client.port
    )
    with pytest.raises(UnverifiableRequest):
        SesWebhook(SnsTopic(TOPIC, client=client)).receive(request(sign_sns(bounce())), now=NOW)
    assert [] == sns.paths()
