"""Prepare the ask: its wording, its amounts and the link behind each button."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from urllib.parse import quote, urlencode

from pipeline.issue import Appeal, AskAmount, Frequency, Position
from pipeline.rendering.urls import safe_href
from pipeline.rendering.words import Words


@dataclass(frozen=True, kw_only=True, slots=True)
class Ask:
    """One button: what it says and where it leads."""

    label: str
    url: str


def asks(
    appeal: Appeal, frequency: Frequency, position: Position, *, language: str, words: Words
) -> list[Ask]:
    """Return the amount buttons of one *frequency*, in the order given; none without a link."""
    if appeal.url is None:
        return []
    return [
        Ask(
            label=_label(amount, appeal.currency, language, words),
            url=donation_url(appeal, position, amount),
        )
        for amount in appeal.amounts
        if amount.frequency is frequency
    ]


def donation_url(appeal: Appeal, position: Position, amount: AskAmount | None = None) -> str:
    """
    Return the link of one button: the appeal's URL with its `{…}` filled in, in ASCII.

    A URL without `{amount}` gets `amount=` in its query, and likewise `frequency=monthly` and `refcode=`, as ActBlue
    and Anedot read them; what has no value is left out.
    """
    values = {
        "amount": _major(amount.minor, appeal.currency) if amount else "",
        "currency": appeal.currency if amount else "",
        "frequency": amount.frequency.value if amount else "",
        "refcode": _refcode(appeal, position, amount),
    }
    url = re.sub(
        r"\{(amount|currency|frequency|refcode)\}", lambda m: quote(values[m[1]]), appeal.url or ""
    )
    named = set(re.findall(r"\{(\w+)\}", appeal.url or ""))
    extra = {
        name: values[name] for name in ("amount", "refcode") if values[name] and name not in named
    }
    if amount and amount.frequency is Frequency.MONTHLY and "frequency" not in named:
        extra["frequency"] = "monthly"
    return safe_href(_with_query(url, extra)) or ""


def _with_query(url: str, extra: dict[str, str]) -> str:
    if not extra:
        return url
    before, sharp, fragment = url.partition("#")
    joint = "" if before.endswith(("?", "&")) else "&" if "?" in before else "?"
    return f"{before}{joint}{urlencode(extra)}{sharp}{fragment}"


def _refcode(appeal: Appeal, position: Position, amount: AskAmount | None) -> str:
    """Tell position and amount apart: letter_end_10, letter_p3_m5 (letters, digits and underscore only)."""
    if not appeal.refcode:
        return ""
    where = {None: "end", 0: "start"}.get(position.after, f"p{position.after}")
    if amount is None:
        return f"{appeal.refcode}_{where}"
    sign = "m" if amount.frequency is Frequency.MONTHLY else ""
    return (
        f"{appeal.refcode}_{where}_{sign}{_major(amount.minor, appeal.currency).replace('.', '_')}"
    )


def _major(minor: int, currency: str) -> str:
    amount = _decimal(minor, currency)
    return str(amount.quantize(Decimal(1)) if amount == amount.to_integral() else amount)


def _decimal(minor: int, currency: str) -> Decimal:
    from babel.numbers import get_currency_precision

    return Decimal(minor).scaleb(-get_currency_precision(currency))


def _label(amount: AskAmount, currency: str, language: str, words: Words) -> str:
    from babel import Locale
    from babel.numbers import format_currency

    value = _decimal(amount.minor, currency)
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
    return words.a_month.format(amount=shown) if amount.frequency is Frequency.MONTHLY else shown
