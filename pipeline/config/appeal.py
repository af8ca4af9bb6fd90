"""`[appeal]`, its positions and variants."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import BeforeValidator, ValidationInfo, field_validator

from pipeline.config.value_types import (
    Amount,
    AppealPosition,
    Condition,
    ConfigTable,
    CurrencyCode,
    Deadline,
    HttpsUrl,
    Multiplier,
    Positions,
    ProcessorName,
    Raised,
    Refcode,
    SharePercent,
    SingleLine,
    VariantName,
)


def _false_to_none(value: object) -> object:
    """Accept `false` for None, which TOML lacks: a position can remove what the appeal sets."""
    return None if value is False else value


OrNone = BeforeValidator(_false_to_none)


class FrequencyValuesTable(ConfigTable):
    """`[appeal.values]`: what `{frequency}` becomes in the URL; an empty value removes its parameter."""

    once: SingleLine = "once"
    monthly: SingleLine = "monthly"


class AppealContentTable(ConfigTable):
    """The content of an appeal; a position or a variant may override each key."""

    heading: SingleLine = ""
    text: str = ""
    bullets: tuple[SingleLine, ...] = ()
    button: SingleLine | None = None
    url: Annotated[HttpsUrl | None, OrNone] = None
    processor: ProcessorName | None = None
    amounts: tuple[Amount, ...] = ()
    monthly: tuple[Amount, ...] = ()
    suggested: Annotated[Amount | None, OrNone] = None
    currency: CurrencyCode = "USD"
    values: FrequencyValuesTable = FrequencyValuesTable()
    refcode: Annotated[Refcode | None, OrNone] = None
    match: SingleLine = ""
    match_times: Annotated[Multiplier | None, OrNone] = None
    goal: Annotated[Amount | None, OrNone] = None
    raised: Raised = None
    raised_since: date | None = None
    deadline: Annotated[Deadline | None, OrNone] = None
    after_deadline: str = ""
    disclosure: str = ""
    one_click: bool = False

    @field_validator("suggested")
    @classmethod
    def _require_amount(cls, suggested: Decimal | None, info: ValidationInfo) -> Decimal | None:
        """Reject an amount that has no button; a position or a variant without amounts inherits them."""
        offered = (*info.data.get("amounts", ()), *info.data.get("monthly", ()))
        if suggested is not None and offered and suggested not in offered:
            raise ValueError(
                f"{suggested} is not in amounts or monthly. Add it there, or suggest one of them."
            )
        return suggested


class PositionTable(AppealContentTable):
    """`[[appeal.positions]]`: one position, with its own content."""

    at: AppealPosition


class VariantTable(AppealContentTable):
    """`[[appeal.variants]]`: for recipients who match a condition, or for a share of them at random."""

    when: Condition | None = None
    split: SharePercent | None = None
    name: VariantName | None = None
    inherit: bool = True
    position: Positions | None = None


class UtmTable(ConfigTable):
    """`[appeal.utm]`."""

    source: SingleLine = ""
    medium: SingleLine = "email"
    campaign: SingleLine = ""


def _true_to_default(value: object) -> object:
    return {} if value is True else _false_to_none(value)


class AppealTable(AppealContentTable):
    """`[appeal]`."""

    position: Positions = ("end",)
    positions: tuple[PositionTable, ...] = ()
    variants: tuple[VariantTable, ...] = ()
    utm: Annotated[UtmTable | None, BeforeValidator(_true_to_default)] = None
    source: Literal["auto", "config", "article", "both"] = "auto"
