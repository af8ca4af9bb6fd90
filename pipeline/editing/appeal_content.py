"""Build an appeal from the keys that set its content."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from pipeline.config import AppealContentTable
from pipeline.donation_links import GENERIC, PROCESSORS, find_processor
from pipeline.errors import ConfigError
from pipeline.markup import slugify
from pipeline.models.issue import Appeal, AppealAmount, Frequency, Goal
from pipeline.models.publication import Publication
from pipeline.models.reference_code import to_code

#: Of the publication's name, in reference codes.
_NAME_CHARACTERS = 12


def build_appeal(table: AppealContentTable, publication: Publication) -> Appeal:
    """
    Return the appeal set by *table*, without a position.

    Raises:
        ConfigError: An amount has too many decimals for its currency.
    """
    amounts = (
        *_build_amounts(table, Frequency.ONCE),
        *_build_amounts(table, Frequency.MONTHLY),
    )
    url = table.url or ""
    name = table.processor or find_processor(url)
    processor = PROCESSORS[name] if name else GENERIC
    return Appeal(
        heading=table.heading,
        text=table.text.strip(),
        bullets=table.bullets,
        button=table.button,
        url=table.url,
        processor=name,
        amounts=amounts,
        currency=table.currency,
        once_value=table.values.once,
        monthly_value=table.values.monthly,
        refcode=_choose_refcode(table, publication),
        match=table.match,
        match_times=table.match_times,
        goal=_build_goal(table),
        deadline=_to_datetime(table.deadline, publication.timezone),
        after_deadline=table.after_deadline.strip(),
        disclosure=table.disclosure.strip(),
        charges_immediately=bool(url and (table.one_click or processor.charges_immediately(url))),
    )


def _choose_refcode(table: AppealContentTable, publication: Publication) -> str | None:
    """Return what reference codes begin with: the name of the publication, unless *table* sets it or none at all."""
    if "refcode" in table.model_fields_set:
        return table.refcode
    return to_code(slugify(publication.name), _NAME_CHARACTERS) or "newsletter"


def _build_amounts(table: AppealContentTable, frequency: Frequency) -> Iterator[AppealAmount]:
    """Yield the amounts of *frequency*; a suggested one in both rows is that of the first, the monthly one."""
    key = "amounts" if frequency is Frequency.ONCE else "monthly"
    is_in_row = frequency is Frequency.MONTHLY or table.suggested not in table.monthly
    for amount in getattr(table, key):
        yield AppealAmount(
            minor=_to_minor(amount, table.currency, key),
            frequency=frequency,
            is_suggested=is_in_row and amount == table.suggested,
        )


def _to_minor(amount: Decimal, currency: str, key: str) -> int:
    from babel.numbers import get_currency_precision

    minor = amount.scaleb(get_currency_precision(currency))
    if minor != minor.to_integral():
        raise ConfigError(
            f"[appeal] {key}: {amount} has too many decimals for {currency}. Remove the last digits."
        )
    return int(minor)


def _build_goal(table: AppealContentTable) -> Goal | None:
    if table.goal is None:
        return None
    minor = _to_minor(table.goal, table.currency, "goal")
    if table.raised == "gifts":
        # what checks see is as long as it can be
        return Goal(minor=minor, raised_minor=minor, is_counted=True, since=table.raised_since)
    return Goal(
        minor=minor,
        raised_minor=_to_minor(table.raised or Decimal(), table.currency, "raised"),
    )


def _to_datetime(deadline: date | datetime | None, timezone: str) -> datetime | None:
    """Return the first moment after *deadline*: a date ends at midnight in *timezone*."""
    if deadline is None:
        return None
    zone = ZoneInfo(timezone)
    if not isinstance(deadline, datetime):
        return datetime.combine(deadline + timedelta(days=1), time(), tzinfo=zone)
    return deadline if deadline.tzinfo else deadline.replace(tzinfo=zone)
