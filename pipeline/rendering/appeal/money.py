"""Amounts as readers write them, and as links do."""

from __future__ import annotations

import re
from decimal import Decimal

from babel import Locale
from babel.numbers import format_currency, format_percent, get_currency_precision


def spoken(minor: int | Decimal, currency: str, language: str) -> str:
    """Return an amount in *language*, without cents if it has none: `£10`, `7,50 €`."""
    value = Decimal(minor).scaleb(-get_currency_precision(currency))
    locale = Locale.parse(language.replace("-", "_"))
    pattern = locale.currency_formats["standard"].pattern
    is_whole = value == value.to_integral()
    shown = format_currency(
        value,
        currency,
        format=pattern.replace(".00", "") if is_whole else pattern,
        locale=locale,
        currency_digits=not is_whole,
    )
    shown = re.sub(r"(?<=[^\W\d_])(?=\d)|(?<=\d)(?=[^\W\d_])", "\u00a0", shown)  # KWD 7.500
    if locale.text_direction == "rtl":  # UK£ would become £UK
        shown = re.sub(r"(?<=[A-Z])[$£€¥₹]", lambda sign: f"{sign[0]}\u200e", shown)
    return shown


def percent(share: int, language: str) -> str:
    """Return *share*, of a hundred, in *language*: `62%`, `62 %`."""
    locale = Locale.parse(language.replace("-", "_"))
    return format_percent(Decimal(share) / 100, locale=locale)


def major(minor: int, currency: str) -> str:
    """Return an amount as links have it: plain digits, `10` or `7.50`."""
    amount = Decimal(minor).scaleb(-get_currency_precision(currency))
    return str(amount.quantize(Decimal(1)) if amount == amount.to_integral() else amount)
