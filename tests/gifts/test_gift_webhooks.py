"""Gifts by webhook: only from whoever proves it, each once, and the same ones as in the exports."""

from __future__ import annotations

import hmac
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from pipeline.database import Store, open_store
from pipeline.errors import ConfigError
from pipeline.gifts import GiftStore
from pipeline.gifts.gift_report import GiftTotals
from pipeline.gifts.payment import PaymentKind
from pipeline.gifts.tables import gifts
from pipeline.gifts.webhooks import GiftWebhook, open_gift_webhook
from pipeline.gifts.webhooks.stripe import StripeGifts
from pipeline.project import Project
from pipeline.project.gift_webhooks import open_gift_webhooks
from pipeline.senders.http.service_connection import basic_auth
from pipeline.senders.webhooks.provider_webhook import RejectedRequest, WebhookRequest
from pipeline.testing import ManualClock
from pipeline.web.public.gift_webhook_routes import GiftWebhookRoutes
from pipeline.web.public.request_metrics import RequestMetrics
from tests.campaigns.support import SECRET

KEY = "whsec_a1b2c3d4e5f6a7b8c9d0"
NOW = datetime(2026, 12, 1, 12, tzinfo=UTC)
CREATED = int((NOW - timedelta(days=1)).timestamp())


def sign(body: bytes, *, at: datetime = NOW, key: str = KEY, more: str = "") -> str:
    """Return the signature of *body*, as Stripe sends it."""
    seconds = int(at.timestamp())
    digest = hmac.digest(key.encode(), f"{seconds}.".encode() + body, "sha256").hex()
    return f"t={seconds},{more}v1={digest},v0=00"


def make_event(kind: str, **item: Any) -> bytes:
    """Return a Stripe event about *item*."""
    found = {"created": CREATED, "currency": "eur", **item}
    return json.dumps({"id": "evt_1", "type": kind, "data": {"object": found}}).encode()


def make_session(number: int, code: str, *, amount: int = 1000) -> bytes:
    """Return the event of a single gift by a payment link."""
    return make_event(
        "checkout.session.completed",
        id=f"cs_{number}",
        mode="payment",
        payment_status="paid",
        amount_total=amount,
        client_reference_id=code,
        payment_intent=f"pi_{number}",
        customer_details={"email": "ada@example.org"},
    )


def make_charge(number: int, kind: str = "charge.succeeded", **more: Any) -> bytes:
    """Return the event of the charge of a gift."""
    values = {
        "id": f"ch_{number}",
        "amount": 1000,
        "amount_refunded": 0,
        "status": "succeeded",
        "captured": True,
        "description": "Payment",
        "payment_intent": f"pi_{number}",
    }
    return make_event(kind, **{**values, **more})


def make_dispute(number: int, *, amount: int, status: str) -> bytes:
    """Return the event of the end of a dispute about a charge."""
    return make_event(
        "charge.dispute.closed",
        id=f"dp_{number}",
        charge=f"ch_{number}",
        payment_intent=f"pi_{number}",
        amount=amount,
        status=status,
    )


def make_contribution(item: int, *, refunded: bool = False, period: str = "once") -> bytes:
    """Return a contribution as ActBlue reports it."""
    contribution = {
        "createdAt": "2026-11-30T10:00:00-05:00",
        "orderNumber": "AB1",
        "refcode": "Lantern_k7qz_end_5",
        "refcode2": "lantern_k7qz",
        "recurringPeriod": period,
        "status": "approved",
    }
    line = {
        "lineitemId": item,
        "sequence": 1,
        "amount": "5.0",
        "paidAt": "2026-11-30T10:00:05-05:00",
        "refundedAt": "2026-12-01T10:00:00-05:00" if refunded else None,
    }
    donor = {"email": "ada@example.org"}
    return json.dumps({"donor": donor, "contribution": contribution, "lineitems": [line]}).encode()


@dataclass(frozen=True, kw_only=True)
class Receiver:
    """The route over a store."""

    app: Flask
    gifts: GiftStore
    metrics: RequestMetrics

    def post(self, path: str, body: bytes, **headers: str) -> int:
        """Return the status that *body* is answered with."""
        with self.app.test_client() as client:
            return client.post(f"/webhooks/gifts/{path}", data=body, headers=headers).status_code

    def stripe(self, *bodies: bytes) -> list[int]:
        """Return the statuses of signed events."""
        return [self.post("stripe", each, **{"Stripe-Signature": sign(each)}) for each in bodies]

    def actblue(self, body: bytes, password: str = KEY) -> int:
        """Return the status of a contribution with a password."""
        return self.post("actblue", body, Authorization=basic_auth("handbill", password))

    def totals(self) -> GiftTotals:
        """Return what is stored, in any currency: no campaign has these codes."""
        sums = GiftTotals()
        for each in self.gifts.report().unknown.values():
            sums.add(each)
        return sums

    def codes(self) -> set[str]:
        """Return the reference codes of what is stored."""
        return {code for code, _ in self.gifts.report().unknown}


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """An empty store."""
    with open_store(f"sqlite:///{tmp_path}/handbill.db", root=tmp_path) as opened:
        yield opened


@pytest.fixture
def receiver(store: Store, monkeypatch: pytest.MonkeyPatch) -> Receiver:
    """The route, with both webhooks."""
    for name in ("STRIPE", "ACTBLUE"):
        monkeypatch.setenv(f"{name}_WEBHOOK_SECRET", KEY)
    gifts = GiftStore(store, secret=SECRET, clock=ManualClock(NOW))
    webhooks = {name: open_gift_webhook(name) for name in ("stripe", "actblue")}
    app, metrics = Flask(__name__), RequestMetrics()
    routes = GiftWebhookRoutes(webhooks, gifts, metrics=metrics, clock=ManualClock(NOW))
    app.register_blueprint(routes.create_blueprint())
    return Receiver(app=app, gifts=gifts, metrics=metrics)


def test_stripe_signatures_are_proven() -> None:
    """One of several may be right, while a secret is replaced; any other byte, key or time is refused."""
    webhook, body = StripeGifts(KEY), make_session(1, "x")

    def verify(header: str, content: bytes = body) -> None:
        webhook.verify(WebhookRequest(headers={"stripe-signature": header}, body=content), now=NOW)

    verify(sign(body))
    verify(sign(body, more=f"v1={'0' * 64},"))
    verify(sign(body, at=NOW - timedelta(minutes=5)))
    for header in (
        "",
        "v1=",
        sign(body, key=f"{KEY}x"),
        sign(body, at=NOW - timedelta(seconds=301)),
        sign(body, at=NOW + timedelta(seconds=301)),
        sign(body).replace("v1=", "v0="),
        f"t=1,{sign(body)}",
        sign(body).replace("v1=", "v1=é"),
        sign(body, more="".join(f"v1={'0' * 64}," for _ in range(50))),
    ):
        with pytest.raises(RejectedRequest):
            verify(header)
    for index in range(0, len(body), 7):
        changed = body[:index] + bytes([body[index] ^ 1]) + body[index + 1 :]
        with pytest.raises(RejectedRequest):
            verify(sign(body), changed)
    header = sign(body)
    for index in range(2, header.index(",v0=")):
        changed_header = (
            header[:index] + ("0" if header[index] != "0" else "1") + header[index + 1 :]
        )
        with pytest.raises(RejectedRequest):
            verify(changed_header)


def test_a_gift_is_counted_once_however_often_it_is_reported(
    receiver: Receiver, tmp_path: Path
) -> None:
    """By the session, the charge, both again, and by both exports, in any order."""
    payments = tmp_path / "payments.csv"
    payments.write_text(
        "id,Created date (UTC),Amount,Amount Refunded,Currency,Captured,Description,"
        "Status,PaymentIntent ID,Customer ID\n"
        "ch_1,2026-11-30 12:00:00,10.00,0.00,eur,true,Payment,Paid,pi_1,\n"
    )
    sessions = tmp_path / "sessions.csv"
    sessions.write_text(
        "id,Created (UTC),client_reference_id,mode,payment_status,amount_total,currency,payment_intent,customer\n"
        "cs_1,2026-11-30 12:00,Code_1,payment,paid,10.00,eur,pi_1,\n"
    )
    receiver.gifts.import_file(payments)
    reported = [
        make_charge(1),
        make_session(1, "Code_1"),
        make_charge(1),
        make_session(1, "Code_1"),
    ]

    assert [200] * 4 == receiver.stripe(*reported)
    again = receiver.gifts.import_file(sessions).to_json()
    assert (0, 1) == (again["added"], again["repeated"])
    assert GiftTotals(gifts=1, gross=1000) == receiver.totals()
    assert {"code_1"} == receiver.codes()
    assert "repeated" in receiver.metrics.format()


def test_refunds_disputes_and_renewals_are_heard(receiver: Receiver, store: Store) -> None:
    """Twice changes nothing; the charges of a plan count for the code of its session."""
    subscription = make_event(
        "checkout.session.completed",
        id="cs_9",
        mode="subscription",
        payment_status="paid",
        amount_total=500,
        client_reference_id="plan_code",
        customer="cus_9",
    )
    plan: dict[str, Any] = {
        "customer": "cus_9",
        "description": "Subscription update",
        "amount": 500,
    }
    events = [
        make_charge(1),
        make_charge(1, "charge.refunded", amount_refunded=300),
        make_charge(2),
        make_dispute(2, amount=1000, status="lost"),
        make_dispute(1, amount=700, status="won"),
        make_charge(11, **plan),
        make_charge(12, created=CREATED + 100, **plan),
        subscription,
    ]
    receiver.stripe(*events, *reversed(events))

    assert GiftTotals(gifts=3, renewals=1, gross=3000, monthly=500, refunds=1300) == (
        receiver.totals()
    )
    with store.reading() as connection:
        query = select(gifts.c.plan, gifts.c.code).where(gifts.c.kind == PaymentKind.PLAN.value)
        assert [("cus_9", "plan_code")] == [tuple(row) for row in connection.execute(query)]


def test_what_is_no_gift_changes_nothing(receiver: Receiver) -> None:
    """Unknown kinds and unpaid sessions are answered with 200, so that Stripe does not repeat them."""
    unpaid = make_event(
        "checkout.session.completed",
        id="cs",
        mode="payment",
        payment_status="unpaid",
        amount_total=5,
    )
    failed = make_charge(3, status="failed")
    other = make_event("customer.created", id="cus_1")

    assert [200, 200, 200] == receiver.stripe(unpaid, failed, other)
    assert [400, 400, 400, 400] == receiver.stripe(
        b"{",
        b"[]",
        make_charge(4, amount="ten"),
        make_charge(4, currency="xyzzy"),
    )
    assert GiftTotals() == receiver.totals()


def test_nothing_is_stored_without_proof(receiver: Receiver) -> None:
    """A wrong signature or password is 403, an unknown processor 404, a huge body 413; a GET does nothing."""
    body = make_charge(1)
    assert 403 == receiver.post("stripe", body)
    assert 403 == receiver.post("stripe", body, **{"Stripe-Signature": sign(body, key="x" * 20)})
    assert 403 == receiver.post("actblue", make_contribution(1))
    assert 403 == receiver.actblue(make_contribution(1), "wrong" * 4)
    assert 404 == receiver.post("paypal", body)
    huge = b" " * (StripeGifts.max_bytes + 1)
    assert 413 == receiver.post("stripe", huge, **{"Stripe-Signature": sign(huge)})
    with receiver.app.test_client() as client:
        assert 405 == client.get("/webhooks/gifts/stripe").status_code
    assert GiftTotals() == receiver.totals()


def test_actblue_reports_and_exports_agree(receiver: Receiver, tmp_path: Path) -> None:
    """The line item of the webhook is that of the export; a refund comes in the same form."""
    path = tmp_path / "actblue.csv"
    path.write_text(
        "Receipt ID,Date,Amount,Recurring Total Months,Reference Code 2,Reference Code,"
        "Donor Email,Lineitem ID,Refund Date\n"
        "AB1,2026-11-30 10:00:05,5.00,1,lantern_k7qz,Lantern_k7qz_end_5,ada@example.org,77,\n"
    )
    assert [200, 200] == [receiver.actblue(make_contribution(77)) for _ in range(2)]
    assert (0, 1) == tuple(
        receiver.gifts.import_file(path).to_json()[name] for name in ("added", "repeated")
    )
    assert GiftTotals(gifts=1, gross=500) == receiver.totals()
    assert {"lantern_k7qz_end_5"} == receiver.codes()
    receiver.actblue(make_contribution(77, refunded=True))
    receiver.actblue(make_contribution(78, period="monthly"))
    assert GiftTotals(gifts=2, gross=1000, monthly=500, refunds=500) == receiver.totals()
    assert 400 == receiver.actblue(b'{"lineitems": [{}]}')
    assert 400 == receiver.actblue(b'{"contribution": {}, "lineitems": "x"}')


@pytest.mark.parametrize(
    ("currency", "amount", "minor"),
    [("jpy", 500, 500), ("usd", 500, 500), ("kwd", 5000, 5000), ("ugx", 50_000, 500)],
)
def test_amounts_have_the_decimals_of_their_currency(
    receiver: Receiver, currency: str, amount: int, minor: int
) -> None:
    """Stripe counts some currencies in other units than everybody."""
    receiver.stripe(make_charge(1, amount=amount, currency=currency))

    assert minor == receiver.totals().gross


def open_project_webhooks(folder: Path) -> tuple[dict[str, GiftWebhook], list[str]]:
    """Return the webhooks of the project in *folder*."""
    return open_gift_webhooks(Project.open(folder).config, folder)


def test_a_webhook_needs_a_secret(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """From a file or the environment; without one it is not there, and the reason is."""
    config = '[publication]\nname = "x"\nfrom = "x@example.org"\n[gifts]\nwebhooks = ["stripe"]\n'
    (tmp_path / "handbill.toml").write_text(config)
    monkeypatch.delenv("STRIPE_WEBHOOK_SECRET", raising=False)
    webhooks, (problem,) = open_project_webhooks(tmp_path)
    assert {} == webhooks
    assert "does not hear gifts from Stripe: STRIPE_WEBHOOK_SECRET is not set" in problem
    monkeypatch.setenv("STRIPE_WEBHOOK_SECRET", "short")
    with pytest.raises(ConfigError, match="fewer than 16 characters"):
        open_gift_webhook("stripe")
    file = tmp_path / "stripe.secret"
    file.write_text(KEY)
    file.chmod(0o600)
    (tmp_path / "handbill.toml").write_text(f'{config}stripe_secret_file = "stripe.secret"\n')
    assert ["stripe"] == list(open_project_webhooks(tmp_path)[0])
