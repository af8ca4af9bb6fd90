"""Exports are recognized by their columns; what cannot be read is refused with a reason."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import ConfigError
from pipeline.gifts.amounts import parse_minor
from pipeline.gifts.exports.read_export import RowNote, read_export
from pipeline.gifts.payment import Payment, PaymentKind, merge_payments

PLAIN = "transaction,amount,currency,date,code\n"


def read(tmp_path: Path, text: str, **options: object) -> list[Payment | RowNote]:
    path = tmp_path / "gifts.csv"
    path.write_text(text, encoding="utf-8")
    return list(read_export(path, **options).rows)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "currency", "minor"),
    [
        ("10", "EUR", 1000),
        ("10.5", "EUR", 1050),
        ("10,50", "EUR", 1050),
        ("1,234.56", "USD", 123456),
        ("1.234,56", "EUR", 123456),
        ("1,234", "USD", 123400),
        ("1.234.567", "EUR", 123456700),
        ("1 234,50 €", "EUR", 123450),
        ("CHF 1'234.50", "CHF", 123450),
        ("$10.00 USD", "USD", 1000),
        ("-10.00", "USD", -1000),
        ("(10.00)", "USD", -1000),
        ("1,000", "JPY", 1000),
        ("7.500", "KWD", 7500),
        ("0", "EUR", 0),
        ("1.234", "EUR", None),
        ("1.5", "JPY", None),
        ("1,23,456.00", "INR", None),
        ("ten", "EUR", None),
        ("", "EUR", None),
        ("1.2.3", "EUR", None),
    ],
)
def test_amounts_are_read_exactly(text: str, currency: str, minor: int | None) -> None:
    """In the forms of several countries, as integers; what is not clear is not guessed."""
    assert minor == parse_minor(text, currency)


@given(st.integers(0, 10**13), st.sampled_from([(",", "."), (".", ","), (" ", ","), ("", ".")]))
def test_every_amount_is_read_back(minor: int, marks: tuple[str, str]) -> None:
    """Whatever the amount, with two decimals and either marks."""
    text = f"{minor // 100:,}.{minor % 100:02}".replace(",", "T").replace(".", marks[1])

    assert minor == parse_minor(text.replace("T", marks[0]), "EUR")


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("t1,ten,EUR,2026-01-02,c", 'the amount "ten" is not clear'),
        (",5,EUR,2026-01-02,c", "it has no transaction id"),
        ("t1,5,EURO,2026-01-02,c", '"EURO" is no currency'),
        ("t1,5,EUR,01/02/2026,c", 'the date "01/02/2026" is not clear'),
        ("t1,5,,2026-01-02,c", "it has no currency; add one for the file: --currency EUR"),
    ],
)
def test_unclear_rows_are_refused(tmp_path: Path, row: str, reason: str) -> None:
    """With the line and the reason, and never half read."""
    (note,) = read(tmp_path, PLAIN + row)

    assert RowNote(line=2, reason=reason, is_refused=True) == note


def test_unknown_states_are_refused_and_failed_payments_ignored(tmp_path: Path) -> None:
    """No state is guessed; a payment that failed is no gift."""
    header = "id,amount,currency,date,code,status\n"
    rows = read(
        tmp_path,
        f"{header}1,5,EUR,2026-01-02,c,Paid\n2,5,EUR,2026-01-02,c,Failed\n"
        "3,5,EUR,2026-01-02,c,Odd\n4,5,EUR,2026-01-02,c,Refunded\n",
    )

    assert [0, False, True, 500] == [
        each.is_refused if isinstance(each, RowNote) else each.refunded for each in rows
    ]


def test_columns_are_named_by_the_user(tmp_path: Path) -> None:
    """With a heading that nobody knows, a title above the headings, another delimiter and a currency."""
    text = "Gifts of May\nNo.;Sum;When;Where from\n7;1.234,50;2.5.2026;LANTERN_K7QZ_END_5\n"
    columns = {"No.": "transaction", "Sum": "amount", "When": "date", "Where from": "code"}
    (payment,) = read(tmp_path, text, columns=columns, currency="EUR")

    assert (
        Payment(
            processor="file",
            kind=PaymentKind.GIFT,
            transaction="7",
            gave_at=datetime(2026, 5, 2, tzinfo=UTC),
            minor=123450,
            currency="EUR",
            code="lantern_k7qz_end_5",
        )
        == payment
    )


@pytest.mark.parametrize(
    ("text", "columns", "message"),
    [
        ("id,amount,date\n1,5,2026-01-02\n", {}, "no column is known to hold: code"),
        ("a,b\n1,2\n", {}, "transaction, amount, date, code"),
        (PLAIN, {"Nope": "code"}, 'no column is called "nope"'),
        (PLAIN, {"code": "cod"}, 'unknown meaning. Known: transaction, .*Did you mean "code"'),
        ("", {}, "the file is empty"),
        ("%PDF-1.4", {}, "not a CSV file"),
    ],
)
def test_unclear_files_are_errors(
    tmp_path: Path, text: str, columns: dict[str, str], message: str
) -> None:
    """The message says which column is missing and how to name it."""
    with pytest.raises(ConfigError, match=message):
        read(tmp_path, text, columns=columns)


PAYMENTS = st.builds(
    Payment,
    processor=st.just("stripe"),
    kind=st.just(PaymentKind.GIFT),
    transaction=st.just("t"),
    original=st.just(""),
    plan=st.sampled_from(["", "p"]),
    gave_at=st.datetimes(timezones=st.just(UTC)),
    minor=st.integers(0, 9),
    refunded=st.integers(0, 9),
    currency=st.just("EUR"),
    is_monthly=st.booleans(),
    code=st.sampled_from(["", "c", "d"]),
    prefix=st.sampled_from(["", "c"]),
)


@given(PAYMENTS, PAYMENTS, PAYMENTS)
def test_order_and_repetition_do_not_matter(one: Payment, two: Payment, three: Payment) -> None:
    """What several exports say of a payment is the same in any order, and however often they say it."""
    assert merge_payments(one, two) == merge_payments(two, one)
    assert merge_payments(merge_payments(one, two), three) == merge_payments(
        one, merge_payments(two, three)
    )
    assert one == merge_payments(one, one)
    assert merge_payments(one, replace(one, refunded=0)).refunded == one.refunded


@pytest.mark.parametrize(
    ("headings", "row", "processor", "transaction", "code"),
    [
        (
            "Receipt ID,Date,Amount,Recurring Total Months,Recurrence Number,Recipient,Fundraising Page,"
            "Fundraising Partner,Reference Code 2,Reference Code,Donor Email,Lineitem ID,Refund ID,Refund Date",
            "AB1,2026-11-30 10:00:05,5.00,,,The Lantern,page,,lantern_k7qz,lantern_k7qz_end_5,a@example.org,77,,",
            "actblue",
            "77",
            "lantern_k7qz_end_5",
        ),
        (
            "id,Created date (UTC),Amount,Amount Refunded,Currency,Description,Fee,PaymentIntent ID,"
            "Refunded date (UTC),Status,refcode (metadata)",
            "ch_1,2026-11-30 10:00:05,5.00,0.00,eur,Payment,0.30,pi_1,,Paid,lantern_k7qz_end_5",
            "stripe",
            "pi_1",
            "lantern_k7qz_end_5",
        ),
        (
            "Date,Time,TimeZone,Name,Type,Status,Currency,Gross,Fee,Net,From Email Address,To Email Address,"
            "Transaction ID,Item Title,Reference Txn ID,Invoice Number,Custom Number,Receipt ID,Balance,Balance Impact",
            "30/11/2026,10:00:05,PST,A,Donation Payment,Completed,EUR,5.00,-0.30,4.70,a@example.org,b@example.org,"
            "T1,Gift,,,lantern_k7qz_end_5,,4.70,Credit",
            "paypal",
            "T1",
            "lantern_k7qz_end_5",
        ),
    ],
)
def test_headings_as_published_are_recognized(
    tmp_path: Path, headings: str, row: str, processor: str, transaction: str, code: str
) -> None:
    """ActBlue's CSV API, Stripe's default columns and PayPal's activity, with a keyed hash of the address."""
    (payment,) = read(tmp_path, f"{headings}\n{row}\n", hash_address=lambda key: f"<{key}>")

    assert isinstance(payment, Payment)
    assert (processor, transaction, code, 500) == (
        payment.processor,
        payment.transaction,
        payment.code,
        payment.minor,
    )
    assert payment.giver == ("" if processor == "stripe" else "<a@example.org>")
    assert not payment.is_monthly
