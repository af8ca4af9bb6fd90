"""
Stripe's webhooks: one event in a request, signed.

docs.stripe.com/webhooks/signature (`t=`, and a `v1=` for each secret while one is being replaced),
docs.stripe.com/api/events/types, and the objects docs.stripe.com/api/checkout/sessions/object, …/charges/object and
…/disputes/object. Amounts: docs.stripe.com/currencies (2026).

The session of a payment link has the reference code; the charge has the money. Both name the payment intent; in a plan
the session names the customer, as its charges do.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import Any, ClassVar

from pipeline.gifts.payment import MAX_CODE, Payment, PaymentKind
from pipeline.gifts.webhooks.gift_webhook import GiftWebhook, ReportedPayments
from pipeline.senders.http.service_response import UNEXPECTED_STRUCTURE
from pipeline.senders.webhooks import payload
from pipeline.senders.webhooks.payload import get_text, require_text
from pipeline.senders.webhooks.provider_webhook import (
    RejectedRequest,
    UnreadableRequest,
    WebhookRequest,
    check_age,
)

#: As Stripe's own libraries: each attempt has a signature of its own.
_MAX_AGE_S = 300
#: Signatures that are compared at most.
_MAX_SIGNATURES = 10
_NO_DECIMALS = frozenset("BIF CLP DJF GNF JPY KMF KRW MGA PYG RWF VND VUV XAF XOF XPF".split())
_THREE_DECIMALS = frozenset("BHD JOD KWD OMR TND".split())
_SESSIONS = ("checkout.session.completed", "checkout.session.async_payment_succeeded")
_CHARGES = ("charge.succeeded", "charge.refunded", "charge.updated")


class StripeGifts(GiftWebhook):
    """
    Receives Stripe's events.

    Args:
        secret: The signing secret of the endpoint, `whsec_…`, which is used as it is.
    """

    processor: ClassVar[str] = "stripe"
    title: ClassVar[str] = "Stripe"

    def __init__(self, secret: str) -> None:
        self._key = secret.encode()

    def verify(self, request: WebhookRequest, *, now: datetime) -> None:
        pairs = [
            part.strip().partition("=")
            for part in request.headers.get("stripe-signature", "").split(",")
        ]
        times = [value for name, _, value in pairs if name == "t"]
        given = [value for name, _, value in pairs if name == "v1"][:_MAX_SIGNATURES]
        signed_at = payload.parse_seconds(times[0]) if len(times) == 1 else None
        if signed_at is None or not given:
            raise RejectedRequest("it is not signed")
        digest = hmac.digest(self._key, f"{times[0]}.".encode() + request.body, "sha256")
        expected = digest.hex().encode()
        if not any(
            [hmac.compare_digest(each.encode("utf-8", "replace"), expected) for each in given]
        ):
            raise RejectedRequest("its signature is wrong")
        check_age(signed_at, now=now, max_age_s=_MAX_AGE_S)

    def read(self, request: WebhookRequest, hash_address: Callable[[str], str]) -> ReportedPayments:
        event = payload.parse_object(request.body)
        try:
            payment = _read_event(event, hash_address)
        except (*UNEXPECTED_STRUCTURE, ArithmeticError, RecursionError):
            raise UnreadableRequest("its event does not have the documented form") from None
        if payment is None:
            return ReportedPayments(ignored=True)
        return ReportedPayments(payments=(payment,))


def _read_event(event: Any, hash_address: Callable[[str], str]) -> Payment | None:
    kind, item = require_text(event, "type"), event["data"]["object"]
    if kind in _SESSIONS:
        return _read_session(item, hash_address)
    if kind in _CHARGES:
        return _read_charge(item, hash_address)
    if kind == "charge.dispute.closed" and get_text(item, "status") == "lost":
        return Payment(
            processor=StripeGifts.processor,
            kind=PaymentKind.REFUND,
            transaction=require_text(item, "id"),
            original=_require_payment(item, "charge"),
            **_read_money(item, "amount"),
        )
    return None


def _read_session(item: Any, hash_address: Callable[[str], str]) -> Payment | None:
    mode = require_text(item, "mode")
    if get_text(item, "payment_status") != "paid" or mode not in ("payment", "subscription"):
        return None
    is_plan = mode == "subscription"
    money = _read_money(item, "amount_total")
    if is_plan:
        money["minor"] = 0  # its payments are charges
    elif not money["minor"]:
        return None
    return Payment(
        processor=StripeGifts.processor,
        kind=PaymentKind.PLAN if is_plan else PaymentKind.GIFT,
        transaction=require_text(item, "id") if is_plan else _require_payment(item, "id"),
        plan=get_text(item, "customer") if is_plan else "",
        is_monthly=is_plan,
        code=get_text(item, "client_reference_id")[:MAX_CODE].casefold(),
        giver=hash_address(get_text(item, "customer_details", "email")),
        **money,
    )


def _read_charge(item: Any, hash_address: Callable[[str], str]) -> Payment | None:
    money = _read_money(item, "amount")
    if get_text(item, "status") != "succeeded" or item.get("captured") is False:
        return None
    is_plan = "subscription" in get_text(item, "description").casefold()
    return Payment(
        processor=StripeGifts.processor,
        kind=PaymentKind.GIFT,
        transaction=_require_payment(item, "id"),
        plan=get_text(item, "customer") if is_plan else "",
        refunded=min(_to_minor(item, "amount_refunded"), money["minor"]),
        is_monthly=is_plan,
        giver=hash_address(
            get_text(item, "billing_details", "email") or get_text(item, "receipt_email")
        ),
        **money,
    )


def _require_payment(item: Any, otherwise: str) -> str:
    """Return the payment intent, which exports have too; older payments have none."""
    return get_text(item, "payment_intent") or require_text(item, otherwise)


def _read_money(item: Any, name: str) -> dict[str, Any]:  # Any: arguments of a payment
    at = payload.parse_time(item.get("created"))
    if at is None:
        raise KeyError("created")
    return {
        "minor": _to_minor(item, name),
        "currency": require_text(item, "currency").upper(),
        "gave_at": at,
    }


def _to_minor(item: Any, name: str) -> int:
    """Return an amount in minor units of its currency, whose decimals at Stripe may be others."""
    from babel.numbers import get_currency_precision, is_currency

    amount, currency = item[name], require_text(item, "currency").upper()
    if not isinstance(amount, int) or amount < 0 or not is_currency(currency):
        raise ValueError(name)
    digits = 0 if currency in _NO_DECIMALS else 3 if currency in _THREE_DECIMALS else 2
    return int(Decimal(amount).scaleb(get_currency_precision(currency) - digits))
