"""The wordings of an ask at one place, in the order in which both parts print them."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import takewhile

from pipeline.models.issue import Appeal, AppealVariant, Position
from pipeline.rendering.appeal.appeal_text import Setting, Wording
from pipeline.rendering.shell_tokens import StandIns


def in_order(
    appeal: Appeal, position: Position, setting: Setting, stand_ins: StandIns
) -> Iterator[str | Wording]:
    """Yield the wordings of *appeal*, and between them the marks of the choices that tell them apart."""
    yield from _by_field(appeal, appeal.variants, position, setting, stand_ins)


def _by_field(
    appeal: Appeal,
    variants: tuple[AppealVariant, ...],
    position: Position,
    setting: Setting,
    stand_ins: StandIns,
) -> Iterator[str | Wording]:
    """The first variant that fits holds: those of one field in a row are one choice, the next field is asked inside."""
    if not variants:
        yield from _by_instant(appeal, position, setting, stand_ins)
        return
    name = variants[0].field
    here = tuple(takewhile(lambda variant: variant.field == name, variants))
    *marks, otherwise, end = stand_ins.by_field(name, [variant.values for variant in here])
    for mark, variant in zip(marks, here, strict=True):
        yield mark
        yield from _by_instant(variant.appeal, position, setting, stand_ins)
    yield otherwise
    yield from _by_field(appeal, variants[len(here) :], position, setting, stand_ins)
    yield end


def _by_instant(
    appeal: Appeal, position: Position, setting: Setting, stand_ins: StandIns
) -> Iterator[str | Wording]:
    if appeal.is_empty:
        return
    if appeal.deadline is None:
        yield setting.wording(appeal, position)
        return
    begin, turn, end = stand_ins.by_instant(appeal.deadline)
    yield begin
    yield setting.wording(appeal, position)
    yield turn
    if after := setting.afterwards(appeal):
        yield after
    yield end
