"""A season of gifts, made up: what happened, and the exports that tell of it."""

from __future__ import annotations

import csv
import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from random import Random

from pipeline.models.reference_code import ReferenceCode

START = datetime(2026, 1, 5, 9, tzinfo=UTC)
ISSUES = 12
_MONTHS = 4
CURRENCIES = {
    "stripe": ("EUR", "GBP", "JPY"),
    "paypal": ("EUR", "USD"),
    "donorbox": ("EUR", "CHF"),
    "actblue": ("USD",),
    "actionnetwork": ("USD",),
    "givebutter": ("USD",),
}
PROCESSORS = tuple(CURRENCIES)
_DIGITS = {"JPY": 0}


@dataclass(kw_only=True)
class Paid:
    """One payment that happened."""

    number: int
    plan: int | None
    at: datetime
    minor: int
    currency: str
    code: str
    prefix: str
    is_first: bool
    refunded: int = 0
    is_chargeback: bool = False


@dataclass(kw_only=True)
class Season:
    """
    What happened, and what it adds up to.

    Args:
        expected: Gifts, renewals, gross, monthly and refunds by the issue's digest ("" if the code tells none) and
            currency.
        by_place: The gross by issue, place and currency.
    """

    payments: dict[str, list[Paid]] = field(default_factory=lambda: defaultdict(list))
    expected: dict[tuple[str, str], list[int]] = field(
        default_factory=lambda: defaultdict(lambda: [0] * 5)
    )
    by_place: dict[tuple[str, str, str], int] = field(default_factory=lambda: defaultdict(int))


def make_season(random: Random, codes: Sequence[Sequence[ReferenceCode]], gifts: int) -> Season:
    """Return a season with *gifts* first gifts and their renewals; *codes* are those of each issue."""
    season = Season()
    numbers = iter(range(1, 10**6))
    for _ in range(gifts):
        processor = random.choice(PROCESSORS)
        issue = random.randrange(len(codes))
        button = random.choice(codes[issue])
        currency = random.choice(CURRENCIES[processor])
        code, digest, place = _type_code(random, processor, button)
        prefix = button.prefix if processor == "actblue" and code else ""
        if prefix and digest == "":
            digest = button.issue  # the second column still tells the issue
        at = START + timedelta(weeks=issue, minutes=random.randrange(1, 9000))
        months = random.randrange(0, 4) if random.random() < 0.3 else None
        minor = random.choice((500, 1000, 2500, 1, 123456, 750))
        plan = next(numbers)
        for month in range((months or 0) + 1):
            paid = Paid(
                number=next(numbers),
                plan=plan if months is not None else None,
                at=at + timedelta(days=30 * month),
                minor=minor,
                currency=currency,
                code=code,
                prefix=prefix,
                is_first=month == 0,
            )
            if random.random() < 0.08:
                is_partial = processor in ("stripe", "paypal", "donorbox", "actblue") and minor > 1
                paid.refunded = random.randrange(1, minor) if is_partial else minor
                paid.is_chargeback = random.random() < 0.3
                if paid.is_chargeback:
                    paid.refunded = minor
            season.payments[processor].append(paid)
            is_first = paid.is_first or processor == "actionnetwork"
            sums = season.expected[digest, currency]
            is_monthly = months is not None and paid.is_first
            for index, value in enumerate(
                (is_first, not is_first, minor, minor * is_monthly, paid.refunded)
            ):
                sums[index] += int(value)
            season.by_place[digest, place, currency] += minor
    return season


def _type_code(random: Random, processor: str, button: ReferenceCode) -> tuple[str, str, str]:
    """Return the code of a gift as the processor has it, with the issue and place that it tells."""
    chance = random.random()
    if chance < 0.03:
        return "", "", ""
    if chance < 0.06:
        return f"{button.prefix}_ende_x", button.issue, ""
    if chance < 0.09:
        return f"x{button.code}", "", ""
    if chance < 0.15:
        return button.code.upper(), button.issue, button.place
    return button.code, button.issue, button.place


def write_exports(season: Season, folder: Path, random: Random) -> list[Path]:
    """Write the exports: by month, each with the days around it, and one twice; in no order."""
    files = []
    for processor, payments in season.payments.items():
        for month in range(_MONTHS):
            start = START + timedelta(days=30 * month - 5)
            end = START + timedelta(days=30 * month + 35)
            if month == _MONTHS - 1:
                end += timedelta(days=999)
            chosen = [each for each in payments if start <= each.at < end]
            is_early = month < _MONTHS - 1 and processor != "paypal"
            for name, rows in _EXPORTS[processor](chosen, is_early=is_early and month == 0):
                files.append(_write(folder / f"{processor}-{month}-{name}.csv", rows))
        for name, rows in _EXPORTS[processor](payments, is_early=False):
            files.append(_write(folder / f"{processor}-all-{name}.csv", rows))
    files.append(files[0])
    random.shuffle(files)
    return files


def list_reports(season: Season) -> list[tuple[str, bytes]]:
    """Return what Stripe and ActBlue report of the season, with the name of the processor, in no order of their own."""
    reports = []
    for each in season.payments["stripe"]:
        reports += [("stripe", body) for body in _report_stripe(each)]
    for each in season.payments["actblue"]:
        body = {
            "contribution": {
                "orderNumber": f"AB{each.plan or each.number}",
                "refcode": each.code,
                "refcode2": each.prefix,
                "recurringPeriod": "monthly" if each.plan else "once",
            },
            "lineitems": [
                {
                    "lineitemId": each.number,
                    "amount": str(Decimal(each.minor) / 100),
                    "paidAt": each.at.isoformat(),
                }
            ],
        }
        reports.append(("actblue", json.dumps(body).encode()))
    return reports


def _report_stripe(paid: Paid) -> Iterator[bytes]:
    def make(kind: str, **item: object) -> bytes:
        found = {"created": int(paid.at.timestamp()), "currency": paid.currency.lower(), **item}
        return json.dumps({"type": kind, "data": {"object": found}}).encode()

    intent, customer = f"pi_{paid.number}", f"cus_{paid.plan}" if paid.plan else None
    charge = {
        "id": f"ch_{paid.number}",
        "payment_intent": intent,
        "customer": customer,
        "amount": paid.minor,
        "amount_refunded": 0,
        "status": "succeeded",
        "description": "Subscription update" if paid.plan else "Payment",
    }
    yield make("charge.succeeded", **charge)
    if paid.is_first:
        yield make(
            "checkout.session.completed",
            id=f"cs_{paid.number}",
            mode="subscription" if paid.plan else "payment",
            payment_status="paid",
            amount_total=paid.minor,
            client_reference_id=paid.code,
            payment_intent=None if paid.plan else intent,
            customer=customer,
        )
    if paid.is_chargeback and paid.refunded:
        dispute = {"payment_intent": intent, "amount": paid.refunded, "status": "lost"}
        yield make("charge.dispute.closed", id=f"dp_{paid.number}", **dispute)
    elif paid.refunded:
        yield make("charge.refunded", **{**charge, "amount_refunded": paid.refunded})


Rows = Sequence[Mapping[str, object]]


def _write(path: Path, rows: Rows) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        if rows:
            writer = csv.DictWriter(file, list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)
        else:
            file.write("Transaction ID,Amount,Date,Code\n")
    return path


def money(minor: int, currency: str) -> str:
    """Return an amount with a dot and commas, as exports have it."""
    digits = _DIGITS.get(currency, 2)
    return f"{Decimal(minor).scaleb(-digits):,.{digits}f}"


def _export_stripe(payments: Sequence[Paid], *, is_early: bool) -> Iterator[tuple[str, Rows]]:
    if not payments:
        return
    yield "payments", [
        {
            "id": f"ch_{each.number}",
            "Created date (UTC)": f"{each.at:%Y-%m-%d %H:%M:%S}",
            "Amount": money(each.minor, each.currency),
            "Amount Refunded": "0.00"
            if is_early or each.is_chargeback
            else money(each.refunded, each.currency),
            "Currency": each.currency.lower(),
            "Captured": "true",
            "Description": ("Subscription creation" if each.is_first else "Subscription update")
            if each.plan
            else "Payment",
            "Status": "Paid",
            "Seller Message": "Payment complete.",
            "PaymentIntent ID": f"pi_{each.number}",
            "Customer ID": f"cus_{each.plan}" if each.plan else "",
            "Disputed Amount": money(each.minor, each.currency) if each.is_chargeback else "",
            "Dispute Status": ("under_review" if is_early else "lost") if each.is_chargeback else "",
        }
        for each in payments
    ] + [
        {"id": "ch_failed", "Created date (UTC)": "2026-01-09 10:00:00", "Amount": "5.00",
         "Amount Refunded": "0.00", "Currency": "eur", "Captured": "false", "Description": "Payment",
         "Status": "Failed", "Seller Message": "The bank did not return any further details."}
    ]  # fmt: skip
    yield (
        "sessions",
        [
            {
                "id": f"cs_{each.number}",
                "Created (UTC)": f"{each.at:%Y-%m-%d %H:%M}",
                "client_reference_id": each.code,
                "mode": "subscription" if each.plan else "payment",
                "payment_status": "paid",
                "amount_total": money(each.minor, each.currency),
                "currency": each.currency.lower(),
                "payment_intent": "" if each.plan else f"pi_{each.number}",
                "customer": f"cus_{each.plan}" if each.plan else "",
            }
            for each in payments
            if each.is_first
        ]
        or [
            dict.fromkeys(
                ("id", "Created (UTC)", "client_reference_id", "mode", "amount_total"), ""
            )
        ],
    )


def _export_actblue(payments: Sequence[Paid], *, is_early: bool) -> Iterator[tuple[str, Rows]]:
    if not payments:
        return
    rows = []
    for each in payments:
        row = {
            "Lineitem ID": each.number,
            "Order Number": f"AB{each.plan or each.number}",
            "Paid At": f"{each.at:%Y-%m-%d %H:%M:%S}",
            "Amount": f"${money(each.minor, each.currency)}",
            "Refcode": each.code,
            "Refcode 2": each.prefix,
            "Recurring Period": "monthly" if each.plan else "once",
        }
        rows.append(row)
        if each.refunded:
            amount = f"-${money(each.refunded, each.currency)}"
            rows.append({**row, "Lineitem ID": f"{each.number}9999", "Amount": amount})
    yield "lines", rows


def _export_donorbox(payments: Sequence[Paid], *, is_early: bool) -> Iterator[tuple[str, Rows]]:
    if not payments:
        return
    yield (
        "donations",
        [
            {
                "Name": "Ada Byron",
                "Donor Email": "ada@example.org",
                "Donation Type": "monthly" if each.plan else "one-time",
                "Amount": money(each.minor, each.currency).replace(",", " "),
                "Currency": each.currency,
                "Receipt Id": each.number,
                "Donated At": f"{each.at:%m/%d/%Y %H:%M:%S}",
                "Recurring Plan Id": each.plan or "",
                "Amount Refunded": "" if is_early else money(each.refunded, each.currency),
                "UTM Content": each.code,
            }
            for each in payments
        ]
        + [
            {
                "Donated At": "01/25/2026 10:00:00",
                "Receipt Id": "bad",
                "Amount": "ten",
                "Currency": "EUR",
            }
        ],
    )


def _export_action_network(
    payments: Sequence[Paid], *, is_early: bool
) -> Iterator[tuple[str, Rows]]:
    if not payments:
        return
    yield (
        "donors",
        [
            {
                "Recipient": "The Lantern",
                "Amount": money(each.minor, each.currency),
                "Fees": "0.30",
                "Status": "refunded" if each.refunded and not is_early else "success",
                "Recurring Period": "Monthly" if each.plan and each.is_first else "",
                "Source Code": each.code,
                "Timestamp": f"{each.at:%Y-%m-%d %H:%M:%S} UTC",
                "Stripe Transaction ID": f"ch_{each.number}",
            }
            for each in payments
        ],
    )


def _export_givebutter(payments: Sequence[Paid], *, is_early: bool) -> Iterator[tuple[str, Rows]]:
    if not payments:
        return
    yield (
        "transactions",
        [
            {
                "Transaction ID": each.number,
                "Campaign Code": "ABC",
                "Plan ID": each.plan or "",
                "Status": "succeeded",
                "Amount": money(each.minor, each.currency),
                "Donated": "1.00",
                "Currency": "USD",
                "Transacted At": each.at.isoformat(),
                "Refunded": "true" if each.refunded and not is_early else "false",
                "UTM Content": each.code,
            }
            for each in payments
        ],
    )


def _export_paypal(payments: Sequence[Paid], *, is_early: bool) -> Iterator[tuple[str, Rows]]:
    if not payments:
        return
    rows: list[dict[str, object]] = []
    for each in payments:
        row: dict[str, object] = {
            "Date": f"{each.at:%d/%m/%Y}",
            "Time": f"{each.at:%H:%M:%S}",
            "Type": "Subscription Payment" if each.plan else "Donation Payment",
            "Status": "Completed",
            "Currency": each.currency,
            "Gross": money(each.minor, each.currency),
            "Fee": "-0.35",
            "Transaction ID": f"T{each.number}",
            "Reference Txn ID": f"I-{each.plan}" if each.plan else "",
            "Custom Number": each.code,
            "Balance Impact": "Credit",
        }
        rows.append(row)
        if each.refunded:
            rows.append(
                {
                    **row,
                    "Type": "Chargeback" if each.is_chargeback else "Payment Refund",
                    "Gross": f"-{money(each.refunded, each.currency)}",
                    "Transaction ID": f"R{each.number}",
                    "Reference Txn ID": f"T{each.number}",
                    "Custom Number": "",
                    "Balance Impact": "Debit",
                }
            )
    withdrawal = {
        **rows[0],
        "Type": "General Withdrawal",
        "Transaction ID": "W1",
        "Gross": "-50.00",
    }
    yield "activity", [*rows, {**withdrawal, "Date": "25/01/2026"}]


_EXPORTS = {
    "stripe": _export_stripe,
    "paypal": _export_paypal,
    "donorbox": _export_donorbox,
    "actblue": _export_actblue,
    "actionnetwork": _export_action_network,
    "givebutter": _export_givebutter,
}
