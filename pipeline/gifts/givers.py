"""
Which subscribers gave, only where a project asks for it: so that the appeal does not ask givers again.

The address of a gift is compared by its keyed hash and never stored; what is stored is the number of the subscriber,
which is deleted with them. From their gifts follow two of their attributes, by which variants and segments work:
`donor`, a `DonorStatus`, and `donor_since`, a date.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import Enum
from typing import Any

from sqlalchemy import Connection, and_, bindparam, delete, func, or_, select, update

from pipeline.database import execute_many, in_values, insert_or_ignore
from pipeline.gifts.payment import Payment, PaymentKind, sum_refunds
from pipeline.gifts.tables import gifts
from pipeline.models.subscriber import DONOR, DONOR_SINCE, SubscriberState
from pipeline.subscribers.suppressions import AddressHasher
from pipeline.subscribers.tables import former_addresses, givers, subscribers

#: A single gift counts so long; a year, as calls to renew come once a year.
ONCE_FOR = timedelta(days=365)
#: A monthly gift has stopped if it is missing so long in what its processor exports.
MONTHLY_FOR = timedelta(days=45)


class DonorStatus(Enum):
    """What the attribute `donor` says."""

    #: Gives each month.
    MONTHLY = "monthly"
    #: Gave within a year.
    ONCE = "once"
    #: Gave, longer ago; or stopped to give each month.
    LAPSED = "lapsed"


@dataclass(frozen=True, kw_only=True, slots=True)
class Donor:
    """
    What follows from somebody's gifts.

    Args:
        since: The first payment of the monthly gift, else the last gift.
    """

    status: DonorStatus
    since: date


def find_donor(
    payments: Iterable[Payment],
    refunds: Mapping[tuple[str, str], int],
    newest: Mapping[str, datetime],
    *,
    now: datetime,
) -> Donor | None:
    """
    Return what follows from the *payments* of one person; None if all were given back.

    Args:
        refunds: By processor and transaction what was given back in rows of their own.
        newest: By processor its newest payment: until then it is known what came.
    """
    kept = [
        each
        for each in payments
        if each.minor > max(each.refunded, refunds.get((each.processor, each.transaction), 0))
    ]
    if not kept:
        return None
    active = [
        each
        for each in kept
        if each.is_monthly and each.gave_at >= newest[each.processor] - MONTHLY_FOR
    ]
    if active:
        plans = {(each.processor, each.plan or each.transaction) for each in active}
        first = min(
            each.gave_at
            for each in kept
            if each.is_monthly and (each.processor, each.plan or each.transaction) in plans
        )
        return Donor(status=DonorStatus.MONTHLY, since=first.date())
    single = [each.gave_at for each in kept if not each.is_monthly]
    if single and max(single) >= now - ONCE_FOR:
        return Donor(status=DonorStatus.ONCE, since=max(single).date())
    return Donor(status=DonorStatus.LAPSED, since=max(each.gave_at for each in kept).date())


def link_givers(connection: Connection, payments: Sequence[Payment], hasher: AddressHasher) -> None:
    """Store which subscriber made which of *payments*, by their current and former addresses."""
    by_key = {
        (each.processor, each.transaction): each.giver
        for each in payments
        if each.giver and each.kind is PaymentKind.GIFT
    }
    found = _find_subscribers(connection, set(by_key.values()), hasher)
    rows = [
        {"processor": processor, "transaction": transaction, "subscriber_id": found[giver]}
        for (processor, transaction), giver in by_key.items()
        if giver in found
    ]
    if not rows:
        return
    insert_or_ignore(connection, givers, rows)


def _find_subscribers(
    connection: Connection, digests: set[str], hasher: AddressHasher
) -> dict[str, int]:
    if not digests:
        return {}
    is_here = subscribers.c.state != SubscriberState.UNSUBSCRIBED.value
    former = (
        select(former_addresses.c.key, subscribers.c.id)
        .join(subscribers, subscribers.c.id == former_addresses.c.subscriber_id)
        .where(is_here)
    )
    found = {hasher.hash(row.key): row.id for row in connection.execute(former)}
    query = select(subscribers.c.digest, subscribers.c.id).where(
        in_values(subscribers.c.digest, digests), is_here
    )
    return found | {row.digest: row.id for row in connection.execute(query)}


def refresh_donors(connection: Connection, *, now: datetime) -> None:
    """Set `donor` and `donor_since` of everybody whose gifts are known, and remove both where none is left."""
    payments = list_payments_of_givers(connection)
    refunds = sum_refunds(_list_refunds(connection))
    newest_rows = connection.execute(
        select(gifts.c.processor, func.max(gifts.c.gave_at))
        .where(gifts.c.kind == PaymentKind.GIFT.value)
        .group_by(gifts.c.processor)
    )
    newest = {processor: at for processor, at in newest_rows}
    query = select(subscribers.c.id, subscribers.c.attributes).where(
        or_(
            subscribers.c.id.in_(select(givers.c.subscriber_id)),
            subscribers.c.attributes[DONOR_SINCE].as_string().is_not(None),
        )
    )
    changes = []
    for row in connection.execute(query):
        own = payments.get(row.id, ())
        donor = find_donor(own, refunds, newest, now=now)
        changed = _change_attributes(row.attributes, donor)
        if changed != row.attributes:
            changes.append({"of_id": row.id, "new_attributes": changed, "now": now})
    execute_many(connection, _SET_ATTRIBUTES, changes)


_SET_ATTRIBUTES = (
    update(subscribers)
    .where(subscribers.c.id == bindparam("of_id"))
    .values(attributes=bindparam("new_attributes"), updated_at=bindparam("now"))
)


def _change_attributes(attributes: Mapping[str, str], donor: Donor | None) -> dict[str, str]:
    """
    Return *attributes* with those of *donor*.

    A `donor` without a date was imported: "monthly" stays, for another processor may know more; others are replaced.
    """
    is_ours = DONOR_SINCE in attributes
    if donor is None:
        return {
            name: value
            for name, value in attributes.items()
            if not (is_ours and name in (DONOR, DONOR_SINCE))
        }
    if not is_ours and attributes.get(DONOR) == DonorStatus.MONTHLY.value:
        return dict(attributes)
    return {**attributes, DONOR: donor.status.value, DONOR_SINCE: donor.since.isoformat()}


def forget_givers(connection: Connection, *, now: datetime) -> None:
    """Remove what `link_givers()` and `refresh_donors()` stored, once a project does not ask for it any more."""
    if connection.execute(delete(givers)).rowcount:
        refresh_donors(connection, now=now)


def list_payments_of_givers(connection: Connection) -> dict[int, list[Payment]]:
    """Return the gifts of subscribers by their id, without refunds in rows of their own."""
    query = select(gifts, givers.c.subscriber_id).join(
        givers,
        and_(
            gifts.c.processor == givers.c.processor,
            gifts.c.transaction == givers.c.transaction,
            gifts.c.kind == PaymentKind.GIFT.value,
        ),
    )
    found: dict[int, list[Payment]] = defaultdict(list)
    for row in connection.execute(query).mappings():
        values = {name: value for name, value in row.items() if name != "subscriber_id"}
        found[row["subscriber_id"]].append(Payment.from_row(values))
    return found


def find_gifts(connection: Connection, key: str) -> list[dict[str, Any]]:
    """
    Return the gifts of the subscriber *key*, oldest first: `[{"at", "amount", "currency", "frequency", "refunded"}]`.
    """
    query = (
        select(gifts)
        .join(
            givers,
            and_(
                gifts.c.processor == givers.c.processor,
                gifts.c.transaction == givers.c.transaction,
                gifts.c.kind == PaymentKind.GIFT.value,
            ),
        )
        .join(subscribers, subscribers.c.id == givers.c.subscriber_id)
        .where(subscribers.c.key == key)
        .order_by(gifts.c.gave_at)
    )
    payments = [Payment.from_row(dict(row)) for row in connection.execute(query).mappings()]
    refunds = sum_refunds(_list_refunds(connection)) if payments else {}
    return [
        {
            "at": each.gave_at.isoformat(),
            "amount": each.minor,
            "currency": each.currency,
            "frequency": "monthly" if each.is_monthly else "once",
            "refunded": min(
                each.minor,
                max(each.refunded, refunds.get((each.processor, each.transaction), 0)),
            ),
        }
        for each in payments
    ]


def _list_refunds(connection: Connection) -> list[Payment]:
    query = select(gifts).where(gifts.c.kind == PaymentKind.REFUND.value)
    return [Payment.from_row(dict(row)) for row in connection.execute(query).mappings()]
