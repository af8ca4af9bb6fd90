"""An ask of the keys that say what it says."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from pipeline.config import AppealContentTable
from pipeline.donation_links import GENERIC, PROCESSORS, Processor
from pipeline.errors import ConfigError
from pipeline.models.issue import Appeal, AppealAmount, Frequency, Goal
from pipeline.models.publication import Publication


def ask(table: AppealContentTable, publication: Publication) -> Appeal:
    """
    Return the ask that *table* makes, at no particular place.

    Raises:
        ConfigError: An amount cannot be paid in its currency, or the processor's links cannot say it.
    """
    processor = PROCESSORS[table.processor] if table.processor else GENERIC
    amounts = (*_amounts(table, Frequency.ONCE), *_amounts(table, Frequency.MONTHLY))
    url = table.url or ""
    if amounts and table.processor:
        _refuse_unsayable(table, processor)
    return Appeal(
        heading=table.heading,
        text=table.text.strip(),
        bullets=table.bullets,
        button=table.button,
        url=table.url,
        processor=table.processor or "",
        amounts=amounts,
        currency=table.currency,
        refcode=table.refcode,
        match=table.match,
        match_times=table.match_times,
        goal=_goal(table),
        deadline=_instant(table.deadline, publication.timezone),
        after_deadline=table.after_deadline.strip(),
        disclosure=table.disclosure.strip(),
        charges_immediately=bool(url and (table.one_click or processor.charges_immediately(url))),
    )


def _amounts(table: AppealContentTable, frequency: Frequency) -> Iterator[AppealAmount]:
    key = "amounts" if frequency is Frequency.ONCE else "monthly"
    for amount in getattr(table, key):
        yield AppealAmount(minor=_minor(amount, table.currency, key), frequency=frequency)


def _minor(amount: Decimal, currency: str, key: str) -> int:
    from babel.numbers import get_currency_precision

    minor = amount.scaleb(get_currency_precision(currency))
    if minor != minor.to_integral():
        raise ConfigError(
            f"[appeal] {key}: {amount} is no amount of {currency}. Leave out the last digits."
        )
    return int(minor)


def _goal(table: AppealContentTable) -> Goal | None:
    if table.goal is None:
        return None
    return Goal(
        minor=_minor(table.goal, table.currency, "goal"),
        raised_minor=_minor(table.raised or Decimal(), table.currency, "raised"),
    )


def _refuse_unsayable(table: AppealContentTable, processor: Processor) -> None:
    """Refuse buttons that would ask for one gift and lead to another."""
    named = table.url or ""
    if processor.amount is None and "{amount}" not in named:
        raise ConfigError(
            f"[appeal] amounts: a link to {processor.title} cannot name an amount. Leave amounts and monthly out."
        )
    if table.monthly and processor.monthly is None and "{frequency}" not in named:
        raise ConfigError(
            f"[appeal] monthly: a link to {processor.title} cannot say that a gift is monthly. Leave monthly out."
        )
    cents = [amount for amount in (*table.amounts, *table.monthly) if amount % 1]
    if cents and not processor.has_cents:
        raise ConfigError(
            f"[appeal] amounts: a link to {processor.title} can name whole amounts only, not {cents[0]}. Round it."
        )


def _instant(deadline: date | datetime | None, timezone: str) -> datetime | None:
    """Return the first instant after *deadline*: a day ends at its last midnight, local to the publication."""
    if deadline is None:
        return None
    zone = ZoneInfo(timezone)
    if not isinstance(deadline, datetime):
        return datetime.combine(deadline + timedelta(days=1), time(), tzinfo=zone)
    return deadline if deadline.tzinfo else deadline.replace(tzinfo=zone)
