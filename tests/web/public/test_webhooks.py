"""What services report about messages that they were given, over HTTP, into the ledger."""

from __future__ import annotations

import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
import requests
from flask import Flask
from sqlalchemy import select, text

from pipeline.campaigns.store.tables import deliveries
from pipeline.database import Store, open_store
from pipeline.events import EventStore
from pipeline.models.event import Event, EventKind
from pipeline.project import Project
from pipeline.recipient_tokens import TokenKeys, TokenPurpose
from pipeline.senders.webhooks.provider_webhook import WebhookRequest
from pipeline.subscribers.suppressions import AddressHasher
from pipeline.subscribers.tables import memberships, subscribers, suppressions
from pipeline.testing import ManualClock
from pipeline.web.public.public_server import PublicServer
from pipeline.web.public.request_metrics import RequestMetrics
from pipeline.web.public.webhook_routes import WebhookRoutes
from tests.campaigns.support import SECRET, add_subscribers, make_plan, make_service
from tests.senders.http.fake_service import serving
from tests.senders.webhooks.reporter import NOW, Case, Reporter
from tests.senders.webhooks.reporters import REPORTERS
from tests.senders.webhooks.services.postmark import POSTMARK_REPORTER

PEOPLE = [f"r{number}@example.org" for number in range(1, 5)]
EACH = pytest.mark.parametrize("reporter", REPORTERS, ids=lambda reporter: reporter.kind)


@dataclass(frozen=True, kw_only=True)
class HeardCampaign:
    """A campaign that was sent through a service, and the web service that hears of it."""

    reporter: Reporter
    store: Store
    ledger: EventStore
    app: Flask
    metrics: RequestMetrics
    tokens: Mapping[str, str]

    def post(self, request: WebhookRequest) -> int:
        """Return the status of the answer to *request*."""
        path = f"/webhooks/{self.reporter.kind}"
        client = self.app.test_client()
        return client.post(path, data=request.body, headers=dict(request.headers)).status_code

    def report(self, *items: Any) -> int:
        """Return the status of the answer to the genuine report of *items*."""
        return self.post(self.reporter.report(*items))

    def find_case(self, kind: EventKind) -> Case:
        """Return the first case of *kind*."""
        return next(case for case in self.reporter.cases if case.kind is kind)

    def events(self) -> list[Event]:
        """Return the events, oldest first."""
        return [each.event for each in self.ledger.list_events()][::-1]

    def state(self, address: str) -> str:
        """Return the state of the delivery to *address*."""
        query = select(deliveries.c.state).where(deliveries.c.email == address)
        with self.store.reading() as connection:
            return str(connection.scalar(query))

    def is_suppressed(self, address: str) -> bool:
        """Return whether *address* is never written to again."""
        digest = AddressHasher(SECRET).hash(address)
        query = select(suppressions.c.digest).where(suppressions.c.digest == digest)
        with self.store.reading() as connection:
            return connection.scalar(query) is not None

    def has_left(self, address: str) -> bool:
        """Return whether *address* has left the list."""
        query = (
            select(memberships.c.unsubscribed_at)
            .join(subscribers, subscribers.c.id == memberships.c.subscriber_id)
            .where(subscribers.c.key == address)
        )
        with self.store.reading() as connection:
            return connection.scalar(query) is not None


@contextmanager
def open_heard_campaign(reporter: Reporter, store: Store) -> Iterator[HeardCampaign]:
    """Send a campaign of four through the service of *reporter*, and open the route."""
    with pytest.MonkeyPatch.context() as patch, serving(reporter.provider.accept_all) as service:
        for name, value in reporter.provider.environment.items():
            patch.setenv(name, value)
        add_subscribers(store, *PEOPLE)
        sender = reporter.provider.open(service, connections=1)
        campaigns = make_service(store, sender=sender)
        campaigns.send(campaigns.create(make_plan(list_name="weekly")).id)
        tokens = {
            address: token
            for request in service.requests
            for address, token in zip(
                reporter.provider.parse_recipients(request),
                reporter.find_tokens(request),
                strict=True,
            )
        }
    ledger = EventStore(store, secret=SECRET, clock=ManualClock(NOW))
    app, metrics = Flask(__name__), RequestMetrics()
    routes = WebhookRoutes(
        {reporter.kind: reporter.open_webhook()},
        ledger,
        metrics=metrics,
        clock=ManualClock(NOW),
    )
    app.register_blueprint(routes.create_blueprint())
    yield HeardCampaign(
        reporter=reporter, store=store, ledger=ledger, app=app, metrics=metrics, tokens=tokens
    )


@EACH
def test_our_token_comes_back_from_each_service(reporter: Reporter, tmp_path: Path) -> None:
    """What was sent with a message leads the report back to it, whatever address it names; twice is once."""
    with (
        open_store(f"sqlite:///{tmp_path}/handbill.db", root=tmp_path) as store,
        open_heard_campaign(reporter, store) as heard,
    ):
        assert set(PEOPLE) == set(heard.tokens)
        gone, complaint, left, delivered = PEOPLE
        kinds = (
            EventKind.BOUNCED,
            EventKind.COMPLAINED,
            EventKind.UNSUBSCRIBED,
            EventKind.DELIVERED,
        )
        reported = {case.kind for case in reporter.cases}  # Resend unsubscribes nobody
        pairs = [pair for pair in zip(kinds, PEOPLE, strict=True) if pair[0] in reported]
        for number, (kind, address) in enumerate(pairs):
            item = heard.find_case(kind).item(heard.tokens[address], number)
            assert [200, 200] == [heard.report(item), heard.report(item)]
        events = heard.events()
        assert pairs == [(event.kind, event.mailbox) for event in events]
        assert {(reporter.kind, 1)} == {(event.source, event.campaign) for event in events}
        expected = ["weekly" if kind is EventKind.UNSUBSCRIBED else None for kind, _ in pairs]
        assert expected == [event.list_name for event in events]
        states = [heard.state(address) for address in PEOPLE]
        assert ["bounced", "complained", "accepted", "delivered"] == states
        assert [gone, complaint] == [a for a in PEOPLE if heard.is_suppressed(a)]
        has_left = [address for address in PEOPLE if heard.has_left(address)]
        assert ([left] if EventKind.UNSUBSCRIBED in reported else []) == has_left
        assert "repeated" in heard.metrics.format()
        assert not heard.is_suppressed(delivered)


@pytest.fixture
def heard(store: Store) -> Iterator[HeardCampaign]:
    with open_heard_campaign(POSTMARK_REPORTER, store) as opened:
        yield opened


def test_without_a_valid_token_nothing_changes(heard: HeardCampaign) -> None:
    """It is recorded without an address, so that somebody sees it; a delivery is only counted."""
    case, complaint = heard.find_case(EventKind.BOUNCED), heard.find_case(EventKind.COMPLAINED)
    genuine = heard.tokens[PEOPLE[0]]
    forged = genuine[:-1] + ("a" if genuine[-1] != "a" else "b")
    for number, token in enumerate(("", forged, "nonsense", "x" * 5_000)):
        assert 200 == heard.report(case.item(token, number))
        assert 200 == heard.report(complaint.item(token, number))
        assert 200 == heard.report(heard.find_case(EventKind.DELIVERED).item(token, number))
    events = heard.events()
    assert {(None, None, "")} == {(e.mailbox, e.campaign, e.text) for e in events}
    assert 8 == len(events)
    assert {"accepted"} == {heard.state(address) for address in PEOPLE}
    assert not any(heard.is_suppressed(address) for address in PEOPLE)
    assert 'result="unmatched"} 12' in heard.metrics.format()


def test_the_report_of_a_test_message_changes_nothing(heard: HeardCampaign) -> None:
    """Its token says so; it is counted."""
    token = TokenKeys(SECRET).make_test_token(TokenPurpose.MESSAGE)
    assert 200 == heard.report(heard.find_case(EventKind.BOUNCED).item(token, 1))
    assert [] == heard.events()
    assert 'result="test"} 1' in heard.metrics.format()


def test_a_token_of_another_purpose_is_not_taken(heard: HeardCampaign) -> None:
    """Everybody who got a forwarded copy has the token of its unsubscribe link; in a report it leads to nobody."""
    target = heard.ledger.find_target(heard.tokens[PEOPLE[0]], TokenPurpose.MESSAGE)
    assert target
    token = TokenKeys(SECRET).make(
        TokenPurpose.UNSUBSCRIBE,
        campaign=target.campaign,
        campaign_id=target.campaign_id,
        sequence=target.sequence,
        mailbox=target.mailbox,
    )
    assert target == heard.ledger.find_target(token, TokenPurpose.UNSUBSCRIBE)
    assert 200 == heard.report(heard.find_case(EventKind.COMPLAINED).item(token, 1))
    assert [None] == [event.mailbox for event in heard.events()]
    assert not heard.is_suppressed(PEOPLE[0])


def test_out_of_order_ends_the_same(heard: HeardCampaign) -> None:
    """A late delivery does not revive a bounced message."""
    token = heard.tokens[PEOPLE[0]]
    for kind in (EventKind.COMPLAINED, EventKind.BOUNCED, EventKind.DELIVERED):
        assert 200 == heard.report(heard.find_case(kind).item(token, 1))
    assert "complained" == heard.state(PEOPLE[0])
    assert heard.is_suppressed(PEOPLE[0])


def test_only_a_sender_with_a_secret_has_a_route(heard: HeardCampaign) -> None:
    """Others are not found; a GET is not answered, and changes nothing."""
    client, headers = heard.app.test_client(), dict(POSTMARK_REPORTER.report({}).headers)
    assert 405 == client.get("/webhooks/postmark", headers=headers).status_code
    assert 404 == client.post("/webhooks/other", headers=headers).status_code
    assert [] == heard.events()


def test_a_secret_opens_a_webhook_and_its_lack_is_named_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From a file in the project, or from the environment; two senders of one service say one sentence."""
    monkeypatch.delenv("POSTMARK_WEBHOOK_SECRET", raising=False)
    (tmp_path / "handbill.toml").write_text(
        """
        [publication]
        name = "The Harbour Bell"
        from = "bell@harbour.example.org"
        [sender]
        default = ["news", "shop", "relay"]
        [senders.news]
        kind = "postmark"
        webhook_secret_file = "hook.secret"
        [senders.shop]
        kind = "postmark"
        webhook_secret_env = "SHOP_HOOK"
        [senders.relay]
        kind = "smtp"
        host = "127.0.0.1"
        security = "none"
        """,
        encoding="utf-8",
    )
    senders = Project.open(tmp_path).senders
    webhooks, problems = senders.open_webhooks()
    expected = [
        f"Handbill does not hear bounces from Postmark: {tmp_path}/hook.secret cannot be read (No such file or "
        "directory)"
        ". Set up its webhook: handbill docs webhooks",
        "Handbill does not hear bounces from Postmark: SHOP_HOOK is not set"
        ". Set up its webhook: handbill docs webhooks",
    ]
    assert ({}, expected) == (webhooks, problems)
    secret = tmp_path / "hook.secret"
    secret.write_text("5f1c0f8be0a94d7e8f35b1c9\n", encoding="utf-8")
    secret.chmod(0o644)
    assert "other users can read or change this file" in senders.open_webhooks()[1][0]
    secret.chmod(0o600)
    monkeypatch.setenv("SHOP_HOOK", "7a1c0f8be0a94d7e8f35b1c9")
    webhooks, problems = senders.open_webhooks()
    assert (["news", "shop"], []) == (list(webhooks), problems)


def test_statuses(heard: HeardCampaign, caplog: pytest.LogCaptureFixture) -> None:
    """Each refusal is one line in the log, without what was sent."""
    genuine = heard.reporter.report(
        {"RecordType": "SubscriptionChange", "Email": "secret@example.org"}
    )
    for status, request in (
        (403, WebhookRequest(headers={}, body=genuine.body)),
        (403, WebhookRequest(headers={"authorization": "Basic c2VjcmV0"}, body=genuine.body)),
        (400, WebhookRequest(headers=genuine.headers, body=b"[" * 50_000)),
        (400, WebhookRequest(headers=genuine.headers, body=b"\xff")),
        (413, WebhookRequest(headers=genuine.headers, body=b" " * (2 << 20))),
        (400, genuine),
        (200, heard.reporter.report({"RecordType": "Something"})),
    ):
        assert status == heard.post(request)
    lines = [record.getMessage() for record in caplog.records]
    assert 6 == len(lines)
    assert not any("secret" in line or "c2Vjc" in line or "\n" in line for line in lines)
    assert 'result="refused"} 2' in heard.metrics.format()
    assert [] == heard.events()


def test_what_cannot_be_recorded_is_reported_again(heard: HeardCampaign) -> None:
    """503 until the database can be written to; then the same report is recorded."""
    item = heard.find_case(EventKind.BOUNCED).item(heard.tokens[PEOPLE[0]], 1)
    with heard.store.writing() as connection:
        connection.execute(text("ALTER TABLE events RENAME TO elsewhere"))
    assert 503 == heard.report(item)
    with heard.store.writing() as connection:
        connection.execute(text("ALTER TABLE elsewhere RENAME TO events"))
    assert 200 == heard.report(item)
    assert ["bounced"] == [event.kind.value for event in heard.events()]


def test_a_huge_request_is_refused_before_it_is_read(heard: HeardCampaign) -> None:
    """By its Content-Length, with the connection closed; one without a length ends where the limit is."""
    server = PublicServer(heard.app, port=0)
    thread = Thread(target=server.run, daemon=True)
    thread.start()
    try:
        host, port = server.url.removeprefix("http://").split(":")
        with socket.create_connection((host, int(port)), timeout=10) as connection:
            connection.sendall(
                b"POST /webhooks/postmark HTTP/1.1\r\nHost: x\r\nContent-Length: 104857600\r\n\r\n"
            )
            assert b"HTTP/1.1 413" == connection.recv(12)
        with socket.create_connection((host, int(port)), timeout=10) as connection:
            connection.sendall(
                b"POST /webhooks/postmark HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
            )
            with suppress(ConnectionError):  # the server may have had enough
                for _ in range(11):
                    connection.sendall(b"100000\r\n" + b" " * (1 << 20) + b"\r\n")
            assert b"HTTP/1.1 413" == connection.recv(12)
        request = heard.reporter.report(heard.find_case(EventKind.BOUNCED).item("", 1))
        url = f"{server.url}/webhooks/postmark"
        answer = requests.post(url, data=request.body, headers=request.headers, timeout=10)
        assert (200, "ok\n") == (answer.status_code, answer.text)
    finally:
        server.stop()
        thread.join()
