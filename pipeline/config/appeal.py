"""`[appeal]`, its places and its variants."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict

from pipeline.config.values import (
    Amount,
    Currency,
    Deadline,
    HttpsUrl,
    Line,
    Place,
    Positions,
    ProcessorName,
    Raised,
    Refcode,
    Times,
    When,
)


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=False)


class AskTable(_Table):
    """What an ask says and where it leads; a place or a variant may have its own."""

    heading: Line = ""
    text: str = ""
    bullets: tuple[Line, ...] = ()
    button: Line | None = None
    url: HttpsUrl | None = None
    processor: ProcessorName | None = None
    amounts: tuple[Amount, ...] = ()
    monthly: tuple[Amount, ...] = ()
    currency: Currency = "USD"
    refcode: Refcode | None = None
    match: Line = ""
    match_times: Times | None = None
    goal: Amount | None = None
    raised: Raised | None = None
    deadline: Deadline | None = None
    after_deadline: str = ""
    disclosure: str = ""
    one_click: bool = False


class PositionTable(AskTable):
    """`[[appeal.positions]]`: one place, with words of its own."""

    at: Place


class VariantTable(AskTable):
    """`[[appeal.variants]]`: for some readers."""

    when: When
    ask: bool = True
    position: Positions | None = None


class UtmTable(_Table):
    """`[appeal.utm]`."""

    source: Line = ""
    medium: Line = "email"
    campaign: Line = ""


def _yes_or_no(value: object) -> object:
    if value is True:
        return {}
    return None if value is False else value


class AppealTable(AskTable):
    """`[appeal]`."""

    position: Positions = ("end",)
    positions: tuple[PositionTable, ...] = ()
    variants: tuple[VariantTable, ...] = ()
    utm: Annotated[UtmTable | None, BeforeValidator(_yes_or_no)] = None
    source: Literal["config", "article", "both"] = "config"
