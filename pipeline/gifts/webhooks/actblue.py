"""
ActBlue's webhooks: one contribution with its line items in a request, with a user name and a password.

secure.actblue.com/docs/webhooks (2026): contributions, refunds and cancellations have the same form; a line item that
was given back has `refundedAt`. `lineitemId` is what exports call Lineitem ID, `orderNumber` that of all recurrences.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, ClassVar

from pipeline.gifts.amounts import parse_minor
from pipeline.gifts.payment import MAX_CODE, Payment, PaymentKind
from pipeline.gifts.webhooks.gift_webhook import GiftWebhook, ReportedPayments
from pipeline.senders.http.service_connection import basic_auth
from pipeline.senders.http.service_response import UNEXPECTED_STRUCTURE
from pipeline.senders.webhooks import payload
from pipeline.senders.webhooks.payload import get_text, require_text
from pipeline.senders.webhooks.provider_webhook import (
    USER_NAME,
    RejectedRequest,
    UnreadableRequest,
    WebhookRequest,
)

_CURRENCY = "USD"


class ActBlueGifts(GiftWebhook):
    """
    Receives ActBlue's contributions.

    Args:
        secret: The password; the user name is `USER_NAME`.
    """

    processor: ClassVar[str] = "actblue"
    title: ClassVar[str] = "ActBlue"

    def __init__(self, secret: str) -> None:
        self._authorization = basic_auth(USER_NAME, secret).encode()

    def check_headers(self, headers: Mapping[str, str]) -> None:
        given = headers.get("authorization", "")
        if not given:
            raise RejectedRequest("it has no password")
        if not hmac.compare_digest(given.encode("utf-8", "replace"), self._authorization):
            raise RejectedRequest("its user name or password is wrong")

    def verify(self, request: WebhookRequest, *, now: datetime) -> None:
        self.check_headers(request.headers)

    def read(self, request: WebhookRequest, hash_address: Callable[[str], str]) -> ReportedPayments:
        body = payload.parse_object(request.body)
        try:
            giver = hash_address(get_text(body, "donor", "email"))
            found = [_read_item(body["contribution"], each, giver) for each in body["lineitems"]]
        except (*UNEXPECTED_STRUCTURE, ArithmeticError, RecursionError):
            raise UnreadableRequest("its contribution does not have the documented form") from None
        payments = tuple(each for each in found if each is not None)
        return ReportedPayments(payments=payments, ignored=not payments)


def _read_item(contribution: Any, item: Any, giver: str) -> Payment | None:
    """Return the payment of a line item, None while it is not paid."""
    paid_at = payload.parse_time(item.get("paidAt"))
    minor = parse_minor(require_text(item, "amount"), _CURRENCY)
    if minor is None or minor < 0:
        raise ValueError("amount")
    if paid_at is None or not minor:
        return None
    period = get_text(contribution, "recurringPeriod").casefold()
    recurs = period not in ("", "once")
    return Payment(
        processor=ActBlueGifts.processor,
        kind=PaymentKind.GIFT,
        transaction=require_text(item, "lineitemId"),
        plan=require_text(contribution, "orderNumber") if recurs else "",
        gave_at=paid_at,
        minor=minor,
        refunded=minor if item.get("refundedAt") else 0,
        currency=_CURRENCY,
        is_monthly=period == "monthly",
        code=_get_code(contribution, "refcode"),
        prefix=_get_code(contribution, "refcode2"),
        giver=giver,
    )


def _get_code(contribution: Any, name: str) -> str:
    text = get_text(contribution, name) or get_text(contribution, "refcodes", name)
    return text[:MAX_CODE].casefold()
