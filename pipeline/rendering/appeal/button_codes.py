"""The reference code of each button, which tells the issue, the variant, the position and the amount."""

from __future__ import annotations

from collections.abc import Iterator

from pipeline.models.issue import Appeal, AppealAmount, Frequency, Issue, Position
from pipeline.models.reference_code import IssueIdentity, ReferenceCode, build_code
from pipeline.rendering.appeal.localized_formats import format_url_amount

#: What a link is for: an amount, or gifts of a frequency whose amount the donor chooses.
Gift = AppealAmount | Frequency


def list_reference_codes(issue: Issue) -> Iterator[ReferenceCode]:
    """Yield the codes of all links that *issue* may have, whoever receives it, each once."""
    seen = set()
    for appeal in issue.appeals:
        for variant in (appeal, *(each.appeal for each in appeal.variants)):
            for code in _list_codes(variant, appeal.positions, issue.identity):
                if code.code not in seen:
                    seen.add(code.code)
                    yield code


def _list_codes(
    appeal: Appeal, positions: tuple[Position, ...], identity: IssueIdentity
) -> Iterator[ReferenceCode]:
    if not (appeal.url and appeal.refcode):
        return
    for position in positions:
        for gift in (None, *_list_frequencies(appeal), *appeal.amounts):
            yield ReferenceCode(
                code=build_reference_code(appeal, position, gift, identity),
                prefix=build_code_prefix(appeal, identity),
                issue=identity.digest,
                variant=appeal.code,
                place=_name_place(position),
                frequency=get_frequency(gift).value if gift else "",
                minor=gift.minor if isinstance(gift, AppealAmount) else None,
                currency=appeal.currency,
            )


def _list_frequencies(appeal: Appeal) -> tuple[Frequency, ...]:
    """Return the frequency whose gifts have a link without an amount, in the text part."""
    is_monthly = any(amount.frequency is Frequency.MONTHLY for amount in appeal.amounts)
    return (Frequency.MONTHLY,) if is_monthly else ()


def get_frequency(gift: Gift) -> Frequency:
    """Return how often *gift* is made."""
    return gift.frequency if isinstance(gift, AppealAmount) else gift


def build_reference_code(
    appeal: Appeal, position: Position, gift: Gift | None, identity: IssueIdentity
) -> str:
    """Return the code of one button: `lantern_k7qz_end_10`, `lantern_k7qz_gb_p3_m5`; "" if links have none."""
    if not appeal.refcode:
        return ""
    return build_code(appeal.refcode, identity.code, *_list_parts(appeal, position, gift))


def build_code_prefix(appeal: Appeal, identity: IssueIdentity) -> str:
    """Return the code that all buttons of an issue share: `lantern_k7qz`; "" if links have none."""
    return build_code(appeal.refcode, identity.code) if appeal.refcode else ""


def build_button_code(appeal: Appeal, position: Position, gift: Gift | None) -> str:
    """Return what tells the buttons of one issue apart: `end_10`."""
    return build_code("", "", *_list_parts(appeal, position, gift))


def _list_parts(appeal: Appeal, position: Position, gift: Gift | None) -> tuple[str, str, str]:
    text = "m" if gift and get_frequency(gift) is Frequency.MONTHLY else ""
    if isinstance(gift, AppealAmount):
        text += format_url_amount(gift.minor, appeal.currency).replace(".", "_")
    return appeal.code, _name_place(position), text


def _name_place(position: Position) -> str:
    return {None: "end", 0: "start"}.get(position.after, f"p{position.after}")
