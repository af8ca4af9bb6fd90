"""`[appeal]`, its places and its variants."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict

from pipeline.config.value_types import (
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


def _none(value: object) -> object:
    """Take `false` for none: TOML has no other word for it, and a place may want what the ask has taken away."""
    return None if value is False else value


OrNone = BeforeValidator(_none)


class AppealContentTable(_Table):
    """What an ask says and where it leads; a place or a variant may have its own."""

    heading: Line = ""
    text: str = ""
    bullets: tuple[Line, ...] = ()
    button: Line | None = None
    url: Annotated[HttpsUrl | None, OrNone] = None
    processor: ProcessorName | None = None
    amounts: tuple[Amount, ...] = ()
    monthly: tuple[Amount, ...] = ()
    currency: Currency = "USD"
    refcode: Refcode | None = None
    match: Line = ""
    match_times: Annotated[Times | None, OrNone] = None
    goal: Annotated[Amount | None, OrNone] = None
    raised: Raised | None = None
    deadline: Annotated[Deadline | None, OrNone] = None
    after_deadline: str = ""
    disclosure: str = ""
    one_click: bool = False


class PositionTable(AppealContentTable):
    """`[[appeal.positions]]`: one place, with words of its own."""

    at: Place


class VariantTable(AppealContentTable):
    """`[[appeal.variants]]`: for some readers."""

    when: When
    inherit: bool = True
    position: Positions | None = None


class UtmTable(_Table):
    """`[appeal.utm]`."""

    source: Line = ""
    medium: Line = "email"
    campaign: Line = ""


def _default(value: object) -> object:
    return {} if value is True else _none(value)


class AppealTable(AppealContentTable):
    """`[appeal]`."""

    position: Positions = ("end",)
    positions: tuple[PositionTable, ...] = ()
    variants: tuple[VariantTable, ...] = ()
    utm: Annotated[UtmTable | None, BeforeValidator(_default)] = None
    source: Literal["config", "article", "both"] = "config"
