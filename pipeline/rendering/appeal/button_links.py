"""The address behind each button, and the code that tells which it was."""

from __future__ import annotations

import re
from urllib.parse import parse_qs, quote, urlencode, urlsplit

from pipeline.donation_links import GENERIC, PROCESSORS, Processor
from pipeline.models.issue import Appeal, AppealAmount, Frequency, Position, Utm
from pipeline.rendering.appeal.money import major
from pipeline.rendering.safe_links import safe_href

_MARKS = re.compile(r"\{(amount|currency|frequency|refcode)\}")


def donation_url(
    appeal: Appeal, position: Position, amount: AppealAmount | None = None, *, campaign: str = ""
) -> str:
    """
    Return the link of one button: the appeal's URL with its `{…}` filled in, in ASCII.

    What the URL does not name goes into its query, under the names the processor knows; what has no value is left out.

    Args:
        campaign: What the publication's own statistics call this letter.
    """
    url, values = appeal.url or "", _values(appeal, position, amount)
    named = set(_MARKS.findall(url))
    extra = _parameters(_processor(appeal), values, named, amount)
    if appeal.utm:
        told = parse_qs(urlsplit(url).query).keys() | extra.keys()
        utm = _utm(appeal.utm, campaign, _place(appeal, position, amount))
        extra |= {name: value for name, value in utm.items() if name not in told}
    filled = _MARKS.sub(lambda match: quote(values[match[1]]), url)
    return safe_href(_with_query(filled, extra)) or ""


def _processor(appeal: Appeal) -> Processor:
    return PROCESSORS[appeal.processor] if appeal.processor else GENERIC


def _values(appeal: Appeal, position: Position, amount: AppealAmount | None) -> dict[str, str]:
    return {
        "amount": major(amount.minor, appeal.currency) if amount else "",
        "currency": appeal.currency if amount else "",
        "frequency": amount.frequency.value if amount else "",
        "refcode": _refcode(appeal, position, amount),
    }


def _parameters(
    processor: Processor, values: dict[str, str], named: set[str], amount: AppealAmount | None
) -> dict[str, str]:
    """Return what goes into the query, by the processor's names; *named* stands in the URL already."""
    extra = {}
    if processor.amount and values["amount"] and "amount" not in named:
        extra[processor.amount] = values["amount"]
    if values["refcode"] and "refcode" not in named:
        extra[processor.refcode or "utm_content"] = values["refcode"]
    is_monthly = amount is not None and amount.frequency is Frequency.MONTHLY
    if is_monthly and processor.monthly and "frequency" not in named:
        extra |= dict([processor.monthly])
    return extra


def _utm(utm: Utm, campaign: str, content: str) -> dict[str, str]:
    found = {
        "utm_source": utm.source,
        "utm_medium": utm.medium,
        "utm_campaign": utm.campaign or campaign,
        "utm_content": content,
    }
    return {name: value for name, value in found.items() if value}


def _with_query(url: str, extra: dict[str, str]) -> str:
    if not extra:
        return url
    before, sharp, fragment = url.partition("#")
    joint = "" if before.endswith(("?", "&")) else "&" if "?" in before else "?"
    return f"{before}{joint}{urlencode(extra)}{sharp}{fragment}"


def _refcode(appeal: Appeal, position: Position, amount: AppealAmount | None) -> str:
    """Tell variant, position and amount apart: letter_end_10, letter_monthly_p3_m5."""
    return f"{appeal.refcode}_{_place(appeal, position, amount)}" if appeal.refcode else ""


def _place(appeal: Appeal, position: Position, amount: AppealAmount | None) -> str:
    where = {None: "end", 0: "start"}.get(position.after, f"p{position.after}")
    parts = [appeal.code, where]
    if amount is not None:
        sign = "m" if amount.frequency is Frequency.MONTHLY else ""
        parts.append(f"{sign}{major(amount.minor, appeal.currency).replace('.', '_')}")
    return "_".join(filter(None, parts))
