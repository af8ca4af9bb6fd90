"""Read amounts of money as exports write them, and format them."""

from __future__ import annotations

import re
from decimal import Decimal

_SIGNS = re.compile(r"[\s\u00a0\u202f'’]|[A-Z]{3}|[$£€¥₹]|kr\.?", re.IGNORECASE)
_NUMBER = re.compile(r"\d{1,15}(?:[.,]\d{1,15}){0,5}")


def parse_minor(text: str, currency: str) -> int | None:
    """
    Return *text* in minor units of *currency*, negative for `-10`, `−10` and `(10)`; None if it is no clear amount.

    Where one mark could separate thousands or decimals, `1,234` is a thousand and `1.234` unclear, unless the currency
    has three decimals.
    """
    from babel.numbers import get_currency_precision

    cleaned = _SIGNS.sub("", text.strip())
    is_negative = cleaned.startswith(("-", "−", "(")) or cleaned.endswith("-")
    digits = cleaned.strip("-−()+")
    if not _NUMBER.fullmatch(digits):
        return None
    precision = get_currency_precision(currency)
    number = _to_decimal(digits, precision)
    if number is None:
        return None
    minor = number.scaleb(precision)
    if minor != minor.to_integral():
        return None
    return -int(minor) if is_negative else int(minor)


def format_minor(minor: int, currency: str) -> str:
    """Return *minor* units of *currency* in plain English: `1,240.00 EUR`."""
    from babel.numbers import get_currency_precision

    digits = get_currency_precision(currency)
    return f"{Decimal(minor).scaleb(-digits):,.{digits}f} {currency}"


def _to_decimal(digits: str, precision: int) -> Decimal | None:
    """Return the number that *digits* are, with `.` and `,` in either role; None if that is unclear."""
    marks = re.sub(r"\d", "", digits)
    if not marks:
        return Decimal(digits)
    last = marks[-1]
    whole, _, rest = digits.rpartition(last)
    is_grouped = len(rest) == 3 and (len(marks) == 1 or len(set(marks)) == 1)
    if is_grouped and precision != 3 and (last == "," or len(marks) > 1):
        whole, rest = whole + last + rest, ""
    elif last in marks[:-1]:
        return None
    groups = re.split(r"[.,]", whole)
    if any(len(group) != 3 for group in groups[1:]):
        return None
    return Decimal("".join(groups) + (f".{rest}" if rest else ""))
