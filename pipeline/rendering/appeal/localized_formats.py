"""Amounts, percentages and deadlines in the email's language."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_time, get_timezone_location
from babel.lists import format_list
from babel.numbers import format_currency, get_currency_precision
from babel.numbers import format_percent as babel_percent

from pipeline.rendering.interface_texts import Translations
from pipeline.rendering.locales import parse_locale


def format_amount(minor: int | Decimal, currency: str, language: str) -> str:
    """Return an amount in *language*, whole amounts without decimals: `£10`, `7,50 €`."""
    value = Decimal(minor).scaleb(-get_currency_precision(currency))
    locale = parse_locale(language)
    pattern = locale.currency_formats["standard"].pattern
    is_whole = value == value.to_integral()
    text = format_currency(
        value,
        currency,
        format=pattern.replace(".00", "") if is_whole else pattern,
        locale=locale,
        currency_digits=not is_whole,
    )
    text = re.sub(r"(?<=[^\W\d_])(?=\d)|(?<=\d)(?=[^\W\d_])", "\u00a0", text)  # KWD 7.500
    if locale.text_direction == "rtl":  # UK£ would become £UK
        text = re.sub(r"(?<=[A-Z])[$£€¥₹]", lambda symbol: f"{symbol[0]}\u200e", text)
    return text


def format_amounts(minor: Sequence[int], currency: str, language: str) -> str:
    """Return amounts to choose from: `£3, £5, or £10`."""
    texts = [format_amount(each, currency, language) for each in minor]
    return format_list(texts, style="or", locale=parse_locale(language))


def format_percent(percent: int, language: str) -> str:
    """Return *percent* in *language*: `62%`, `62 %`."""
    return babel_percent(Decimal(percent) / 100, locale=parse_locale(language))


def format_url_amount(minor: int, currency: str) -> str:
    """Return an amount for a URL, in plain digits: `10` or `7.50`."""
    amount = Decimal(minor).scaleb(-get_currency_precision(currency))
    return str(amount.quantize(Decimal(1)) if amount == amount.to_integral() else amount)


def describe_deadline(
    deadline: datetime, *, timezone: str, language: str, translations: Translations
) -> tuple[str, dict[str, str]]:
    """
    Return the name of the interface text for *deadline* and its values; midnight ends the day before.

    Args:
        timezone: IANA name of the time zone it is shown in.
    """
    locale = parse_locale(language)
    local = deadline.astimezone(ZoneInfo(timezone))
    zone = _describe_zone(local, timezone, locale, translations)
    if local.time() == time():
        day = (local - timedelta(days=1)).date()
        return "until_date", {"date": format_date(day, "long", locale=locale), "zone": zone}
    return "until_time", {
        "date": format_date(local.date(), "long", locale=locale),
        "time": format_time(local, "short", locale=locale, tzinfo=ZoneInfo(timezone)),
        "zone": zone,
    }


def _describe_zone(
    local: datetime, timezone: str, locale: Locale, translations: Translations
) -> str:
    """Name the city of the time zone, which more people know than the zone."""
    if "/" not in timezone or timezone.startswith("Etc/"):
        return local.tzname() or timezone
    city = get_timezone_location(ZoneInfo(timezone), locale=locale, return_city=True)
    return translations.format_text("city_time", city=city)
