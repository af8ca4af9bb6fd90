"""
The CSV exports of donation processors: how each is recognized, and what its columns hold.

Headings are as `normalize_name()` returns them. Where a processor's pages name fields but no headings, the words of
both the page and its API are recognized, and `--column` names any other.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum


class GiftColumn(Enum):
    """What a column holds; others are ignored."""

    #: What identifies the payment at the processor.
    TRANSACTION = "transaction"
    #: What was given, before fees.
    AMOUNT = "amount"
    #: ISO 4217 code.
    CURRENCY = "currency"
    #: When it was given.
    DATE = "date"
    #: The time of that day, in a column of its own.
    TIME = "time"
    #: The reference code.
    CODE = "code"
    #: The beginning of the code, in the second column of processors with two.
    PREFIX = "prefix"
    #: Whether the money came.
    STATUS = "status"
    #: What was given back, or that or when it was.
    REFUNDED = "refunded"
    #: What a dispute takes back once it is lost.
    DISPUTED = "disputed"
    #: Whether the dispute is lost.
    DISPUTE = "dispute"
    #: What identifies the plan of a recurring gift.
    PLAN = "plan"
    #: How often it recurs.
    FREQUENCY = "frequency"
    #: What kind of transaction the row is.
    TYPE = "type"
    #: The transaction that a refund gives back.
    ORIGINAL = "original"
    #: Who of several receives this part of the gift.
    RECIPIENT = "recipient"
    #: The address of who gave; read only to mark subscribers, and never stored.
    EMAIL = "email"
    #: Ignored.
    IGNORE = "-"


@dataclass(frozen=True, kw_only=True, slots=True)
class ExportFormat:
    """
    One kind of export.

    Args:
        name: The processor, as it is stored.
        title: As it is shown.
        marks: Headings that only this export has; all of one of these sets.
        columns: The headings of each column, best first; of several the first with a value counts.
        currency: Of exports without such a column.
        zone: IANA name of the time zone of its dates.
        has_code: Whether it has the reference code; else another export of the processor does.
        plan_recurs: Whether a plan says by itself that a gift is monthly.
        gift_types: Words of `TYPE` that say that money was given; None if every row is a gift.
    """

    name: str
    title: str
    marks: tuple[frozenset[str], ...] = ()
    columns: Mapping[GiftColumn, str] = field(default_factory=dict)
    currency: str = ""
    zone: str = "UTC"
    has_code: bool = True
    plan_recurs: bool = False
    gift_types: tuple[str, ...] | None = None


def _mark(*headings: str) -> tuple[frozenset[str], ...]:
    return tuple(frozenset(each.split()) for each in headings)


_C = GiftColumn
_CODES = (
    "reference_code refcode ref_code source_code utm_content c_src client_reference_id custom code"
)

FORMATS: tuple[ExportFormat, ...] = (
    # secure.actblue.com/docs/report_builder and …/docs/csv_api (Receipt ID, Reference Code, Lineitem ID: as
    # github.com/move-coop/parsons lists its headings); recurrences: blog.actblue.com, "Recurring Contributions in
    # ActBlue Reports": Recurring Total Months is empty for a single gift. The line item is unique, the order number is
    # that of all recurrences; times are Eastern. Refunds have rows of their own with negative amounts.
    ExportFormat(
        name="actblue",
        title="ActBlue",
        marks=_mark("lineitem_id amount"),
        columns={
            _C.TRANSACTION: "lineitem_id",
            _C.AMOUNT: "amount",
            _C.EMAIL: "donor_email",
            _C.DATE: "paid_at date",
            _C.CODE: "refcode reference_code",
            _C.PREFIX: "refcode_2 refcode2 reference_code_2",
            _C.PLAN: "order_number receipt_id",
            _C.FREQUENCY: "recurring_period recurring_type recurring recurring_total_months",
            _C.REFUNDED: "refunded_at refund_date",
            _C.STATUS: "status",
        },
        currency="USD",
        zone="America/New_York",
    ),
    # docs.stripe.com/payment-links/url-parameters: the code is in the checkout session; docs.stripe.com/reports. The
    # session has the payment intent of a single gift; that of a plan has its customer, as its payments have.
    ExportFormat(
        name="stripe",
        title="Stripe (checkout sessions)",
        marks=_mark(
            "client_reference_id payment_status",
            "client_reference_id mode",
            "client_reference_id checkout_session_id",
        ),
        columns={
            _C.TRANSACTION: "payment_intent_id paymentintent_id payment_intent checkout_session_id id",
            _C.AMOUNT: "amount_total amount total",
            _C.CURRENCY: "currency",
            _C.EMAIL: "customer_details_email customer_email",
            _C.DATE: "created_utc created_date_utc created",
            _C.CODE: "client_reference_id utm_content",
            _C.STATUS: "payment_status status",
            _C.PLAN: "customer_id customer",
            _C.TYPE: "mode",
        },
        gift_types=("payment", "subscription"),
    ),
    # docs.stripe.com/reports, support.stripe.com "Exporting a report of all transactions": the payments of the
    # Dashboard, failed ones too; a renewal has the customer of its plan and no code
    ExportFormat(
        name="stripe",
        title="Stripe (payments)",
        marks=_mark(
            "amount_refunded captured",
            "amount_refunded seller_message",
            "amount_refunded paymentintent_id",
        ),
        columns={
            _C.TRANSACTION: "paymentintent_id payment_intent_id id",
            _C.AMOUNT: "amount",
            _C.CURRENCY: "currency",
            _C.EMAIL: "customer_email receipt_email",
            _C.DATE: "created_date_utc created_utc created",
            _C.CODE: "client_reference_id client_reference_id_metadata refcode_metadata",
            _C.STATUS: "status",
            _C.REFUNDED: "amount_refunded",
            _C.DISPUTED: "disputed_amount",
            _C.DISPUTE: "dispute_status",
            _C.PLAN: "customer_id",
            _C.FREQUENCY: "description",
        },
        has_code=False,
    ),
    # help.actionnetwork.org, "Analyzing and downloading donation data" (203112719): "each time the donation recurs a
    # new donation will be created", so a line for each recipient and each renewal, which names no plan; the first has
    # the recurring period; status success, failed or refunded
    ExportFormat(
        name="actionnetwork",
        title="Action Network",
        marks=_mark("stripe_transaction_id source_code", "stripe_transaction_id recurring_period"),
        columns={
            _C.TRANSACTION: "stripe_transaction_id",
            _C.AMOUNT: "amount",
            _C.CURRENCY: "currency",
            _C.EMAIL: "email donor_email",
            _C.DATE: "timestamp_utc timestamp created_at",
            _C.CODE: "source_code source",
            _C.STATUS: "status donation_status",
            _C.FREQUENCY: "recurring_period",
            _C.RECIPIENT: "recipient",
        },
        currency="USD",
    ),
    # docs.givebutter.com/reference/the-transaction-object: status, refunded, plan_id of a recurring plan
    ExportFormat(
        name="givebutter",
        title="Givebutter",
        marks=_mark(
            "campaign_code plan_id", "transacted_at donated", "transaction_date_utc donated"
        ),
        columns={
            _C.TRANSACTION: "transaction_id id reference_number number",
            _C.AMOUNT: "amount",
            _C.CURRENCY: "currency",
            _C.EMAIL: "email contact_email",
            _C.DATE: "transacted_at transaction_date_utc created_at date",
            _C.CODE: "utm_content",
            _C.STATUS: "status",
            _C.REFUNDED: "amount_refunded refunded_at refunded",
            _C.PLAN: "plan_id recurring_plan_id",
            _C.FREQUENCY: "frequency",
        },
        currency="USD",
        plan_recurs=True,
    ),
    # Its pages name no headings that could be read; those of its API (donorbox.org/api/v1/donations) and of exports
    ExportFormat(
        name="donorbox",
        title="Donorbox",
        marks=_mark(
            "donation_type receipt_id",
            "donation_type donated_at",
            "first_recurring_donation amount",
        ),
        columns={
            _C.TRANSACTION: "donation_id receipt_id id",
            _C.AMOUNT: "amount",
            _C.CURRENCY: "currency",
            _C.EMAIL: "donor_email email",
            _C.DATE: "donated_at donation_date",
            _C.CODE: "utm_content",
            _C.STATUS: "status donation_status",
            _C.REFUNDED: "amount_refunded refunded",
            _C.PLAN: "recurring_plan_id plan_id",
            _C.FREQUENCY: "donation_type recurring",
        },
        currency="USD",
    ),
    # developer.paypal.com, "Download Account History" and "Activity Download": refunds, reversals and chargebacks have
    # rows of their own, which name the payment; payments of a plan name the plan
    ExportFormat(
        name="paypal",
        title="PayPal",
        marks=_mark("transaction_id gross", "transaction_id balance_impact"),
        columns={
            _C.TRANSACTION: "transaction_id",
            _C.AMOUNT: "gross",
            _C.CURRENCY: "currency",
            _C.EMAIL: "from_email_address",
            _C.DATE: "date",
            _C.TIME: "time",
            _C.CODE: "custom_number custom",
            _C.STATUS: "status",
            _C.TYPE: "type",
            _C.ORIGINAL: "reference_txn_id",
        },
        gift_types=("donation", "subscription", "payment", "checkout"),
    ),
)

#: Any other file, by common headings and by those that `--column` names.
GENERIC_FORMAT = ExportFormat(
    name="file",
    title="CSV",
    columns={
        _C.TRANSACTION: "transaction_id transaction donation_id payment_id order_id order_number id",
        _C.AMOUNT: "amount gross gross_amount donation_amount total total_amount gift_amount",
        _C.CURRENCY: "currency currency_code transaction_currency",
        _C.EMAIL: "email donor_email email_address customer_email",
        _C.DATE: "date donated_at donation_date created_at created gift_date transaction_date timestamp",
        _C.CODE: f"{_CODES} source_code_1",
        _C.PREFIX: "source_code_2 c_src2 refcode2",
        _C.STATUS: "status payment_status transaction_status",
        _C.REFUNDED: "amount_refunded refunded_amount refunded refunded_at",
        _C.PLAN: "plan_id recurring_id subscription_id recurring_donation_id",
        _C.FREQUENCY: "frequency recurring donation_frequency",
        _C.ORIGINAL: "original_transaction_id",
    },
)


def find_format(headings: frozenset[str]) -> ExportFormat:
    """Return the format of an export with these normalized *headings*."""
    for each in FORMATS:
        if any(marks <= headings for marks in each.marks):
            return each
    return GENERIC_FORMAT
