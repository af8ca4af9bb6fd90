"""The URL of each button, with a reference code that identifies it."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from urllib.parse import parse_qs, quote, urlencode, urlsplit

from pipeline.donation_links import GENERIC, PROCESSORS, Processor
from pipeline.models.issue import Appeal, AppealAmount, Frequency, Position, Utm
from pipeline.models.reference_code import UNKNOWN_ISSUE, IssueIdentity
from pipeline.rendering.appeal.button_codes import (
    Gift,
    build_button_code,
    build_code_prefix,
    build_reference_code,
    get_frequency,
)
from pipeline.rendering.appeal.localized_formats import format_url_amount
from pipeline.rendering.safe_links import to_safe_url

_URL_PLACEHOLDER = re.compile(r"\{(amount|currency|frequency|refcode)\}")


def build_donation_url(
    appeal: Appeal,
    position: Position,
    gift: Gift | None = None,
    *,
    campaign: str = "",
    identity: IssueIdentity = UNKNOWN_ISSUE,
) -> str:
    """
    Return the URL of one button: the appeal's URL with its `{…}` filled in, in ASCII.

    Values without a placeholder in the URL become query parameters, named as the processor requires; they replace
    parameters of the same name. One that only holds a placeholder without a value is left out.

    Args:
        gift: Monthly gifts have a link of their own without an amount; None for single ones and any.
        campaign: What the publication's web analytics call this email.
        identity: What its reference code is made from.
    """
    url, values = appeal.url or "", _build_values(appeal, position, gift, identity)
    in_url = set(_URL_PLACEHOLDER.findall(url))
    extra = _build_parameters(_get_processor(appeal), values, in_url, gift)
    if appeal.utm:
        present = parse_qs(urlsplit(url).query).keys() | extra.keys()
        utm = _build_utm(appeal.utm, campaign, build_button_code(appeal, position, gift))
        extra |= {name: value for name, value in utm.items() if name not in present}
    url = _drop_pairs(url, values, extra.keys())
    filled_url = _URL_PLACEHOLDER.sub(lambda match: quote(values[match[1]]), url)
    return to_safe_url(_add_query(filled_url, extra)) or ""


def _drop_pairs(url: str, values: Mapping[str, str], names: Collection[str]) -> str:
    """Return *url* without the pairs of its query that only hold empty placeholders, and those called *names*."""

    def has_value(pair: str) -> bool:
        name, _, value = pair.partition("=")
        placeholder = _URL_PLACEHOLDER.fullmatch(value)
        return name not in names and (placeholder is None or values[placeholder[1]] != "")

    base, hash_sign, fragment = url.partition("#")
    path, question_mark, query = base.partition("?")
    pairs = query.split("&")
    kept = list(filter(has_value, pairs))
    if len(kept) == len(pairs):
        return url
    return f"{path}{question_mark if kept else ''}{'&'.join(kept)}{hash_sign}{fragment}"


def _get_processor(appeal: Appeal) -> Processor:
    return PROCESSORS[appeal.processor] if appeal.processor else GENERIC


def _build_values(
    appeal: Appeal, position: Position, gift: Gift | None, identity: IssueIdentity
) -> dict[str, str]:
    amount = gift if isinstance(gift, AppealAmount) else None
    return {
        "amount": format_url_amount(amount.minor, appeal.currency) if amount else "",
        "currency": appeal.currency if amount else "",
        "frequency": _get_frequency_value(appeal, gift) if gift else "",
        "refcode": build_reference_code(appeal, position, gift, identity),
        "issue": build_code_prefix(appeal, identity),
    }


def _get_frequency_value(appeal: Appeal, gift: Gift) -> str:
    is_monthly = get_frequency(gift) is Frequency.MONTHLY
    return appeal.monthly_value if is_monthly else appeal.once_value


def _build_parameters(
    processor: Processor, values: dict[str, str], in_url: set[str], gift: Gift | None
) -> dict[str, str]:
    """Return the query parameters; *in_url* are the values that the URL already contains."""
    extra = {}
    if processor.amount and values["amount"] and "amount" not in in_url:
        extra[processor.amount] = values["amount"]
    if values["refcode"] and "refcode" not in in_url:
        extra[processor.refcode or "utm_content"] = values["refcode"]
    if values["refcode"] and processor.issue_code:
        extra[processor.issue_code] = values["issue"]
    is_monthly = gift is not None and get_frequency(gift) is Frequency.MONTHLY
    if is_monthly and processor.monthly and "frequency" not in in_url:
        name, value = processor.monthly
        extra[name] = values["frequency"] if processor is GENERIC else value
    return extra


def _build_utm(utm: Utm, campaign: str, content: str) -> dict[str, str]:
    parameters = {
        "utm_source": utm.source,
        "utm_medium": utm.medium,
        "utm_campaign": utm.campaign or campaign,
        "utm_content": content,
    }
    return {name: value for name, value in parameters.items() if value}


def _add_query(url: str, extra: dict[str, str]) -> str:
    if not extra:
        return url
    base, hash_sign, fragment = url.partition("#")
    separator = "" if base.endswith(("?", "&")) else "&" if "?" in base else "?"
    return f"{base}{separator}{urlencode(extra)}{hash_sign}{fragment}"
