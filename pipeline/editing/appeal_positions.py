"""Build the configured appeals: at which positions they are, and for whom."""

from __future__ import annotations

from dataclasses import replace
from itertools import count
from typing import Any

from pipeline.config import AppealContentTable, AppealTable, UtmTable, VariantTable, parse_condition
from pipeline.editing.appeal_content import build_appeal
from pipeline.errors import ConfigError
from pipeline.markup import slugify
from pipeline.models.article import Block
from pipeline.models.issue import Appeal, AppealVariant, Position, Utm
from pipeline.models.publication import Publication
from pipeline.models.recipient import split_name
from pipeline.models.reference_code import to_code
from pipeline.models.subscriber import DONOR

Keys = dict[str, Any]  # Any: the values of a table

#: Keys that replace an appeal found in the article.
_TEXT_KEYS = ("heading", "text", "bullets")


def build_configured_appeals(
    table: AppealTable, publication: Publication, blocks: tuple[Block, ...]
) -> tuple[Appeal, ...]:
    """
    Return the appeals of *table* at their positions; *blocks* replace its own heading, text and bullets.

    Raises:
        ConfigError: They are invalid.
    """
    return _ConfiguredAppeals(table, publication, blocks).build()


class _ConfiguredAppeals:
    """The appeals of one `[appeal]` table."""

    def __init__(
        self, table: AppealTable, publication: Publication, blocks: tuple[Block, ...]
    ) -> None:
        self._table = table
        self._publication = publication
        self._blocks = blocks
        self._base = _get_set_keys(table)
        _check_variants(table.variants)
        self._codes = _build_codes(table.variants)
        splits = [c for v, c in zip(table.variants, self._codes, strict=True) if v.split]
        self._split = split_name(splits[0]) if splits else ""
        self._utm = _build_utm(table.utm, publication) if table.utm else None

    def build(self) -> tuple[Appeal, ...]:
        own_keys = self._collect_positions()
        if not self._table.variants and not self._table.positions:
            positions = tuple(map(_parse_position, own_keys))
            return (replace(self._build_appeal(self._base), positions=positions),)
        in_variants = {
            at for variant in self._table.variants for at in self._list_positions(variant, own_keys)
        }
        everywhere = sorted(in_variants | set(own_keys), key=_reading_order)
        return tuple(self._build_at(at, own_keys) for at in everywhere)

    def _collect_positions(self) -> dict[str, Keys]:
        """Return the keys that each position sets itself."""
        if not self._table.positions:
            return {at: {} for at in self._table.position}
        if "position" in self._table.model_fields_set:
            raise ConfigError(
                "[appeal] position: cannot be combined with [[appeal.positions]]. Remove one of them."
            )
        own_keys = {table.at: _get_set_keys(table) for table in self._table.positions}
        if len(own_keys) < len(self._table.positions):
            raise ConfigError(
                "[[appeal.positions]] at: two of them have the same position. Change one of them."
            )
        return own_keys

    def _list_positions(self, variant: VariantTable, own_keys: dict[str, Keys]) -> tuple[str, ...]:
        """Return the positions of a variant: those of the appeal, or only the last one if it inherits nothing."""
        if variant.position is not None:
            return variant.position
        in_order = sorted(own_keys, key=_reading_order)
        return tuple(in_order if variant.inherit else in_order[-1:])

    def _build_at(self, at: str, own_keys: dict[str, Keys]) -> Appeal:
        keys = {**self._base, **own_keys.get(at, {})}
        default = Appeal()
        if at in own_keys:
            default = self._build_appeal(keys)
            default = replace(default, needs_link=not _removes_link(own_keys[at]))
        variants = (
            self._build_variant(
                variant, code, keys if at in self._list_positions(variant, own_keys) else None
            )
            for variant, code in zip(self._table.variants, self._codes, strict=True)
        )
        return replace(default, positions=(_parse_position(at),), variants=tuple(variants))

    def _build_variant(self, variant: VariantTable, code: str, keys: Keys | None) -> AppealVariant:
        field, values = parse_condition(variant.when) if variant.when else (self._split, (code,))
        own = _get_set_keys(variant)
        appeal = Appeal()
        if keys is not None:
            appeal = self._build_appeal({**keys, **own} if variant.inherit else own, own, code)
            is_without_link = _removes_link(own) if variant.inherit else not own.get("url")
            appeal = replace(appeal, needs_link=not is_without_link or bool(appeal.amounts))
        return AppealVariant(field=field, values=values, percent=variant.split, appeal=appeal)

    def _build_appeal(self, keys: Keys, own: Keys | None = None, code: str = "") -> Appeal:
        table = AppealContentTable.model_construct(**keys)
        appeal = replace(build_appeal(table, self._publication), utm=self._utm, code=code)
        has_own_text = own is not None and not own.keys().isdisjoint(_TEXT_KEYS)
        inherits_nothing = own is not None and keys == own
        if not self._blocks or has_own_text or inherits_nothing:
            return appeal
        return replace(appeal, heading="", text="", bullets=(), blocks=self._blocks)


def _build_utm(table: UtmTable, publication: Publication) -> Utm:
    source = table.source or slugify(publication.name) or "newsletter"
    return Utm(source=source, medium=table.medium, campaign=table.campaign)


def _get_set_keys(table: AppealContentTable) -> Keys:
    """Return the keys that are set in the configuration, without defaults."""
    return {
        name: getattr(table, name)
        for name in AppealContentTable.model_fields
        if name in table.model_fields_set
    }


def _removes_link(keys: Keys) -> bool:
    """Whether *keys* have `url = false`: whoever writes that wants no button there."""
    return "url" in keys and keys["url"] is None


def _build_codes(variants: tuple[VariantTable, ...]) -> list[str]:
    """Return a unique code for each variant: its name, the first of its values, or "b" for a share of recipients."""
    codes: list[str] = []
    for variant in variants:
        code = first = variant.name or _choose_code(variant)
        for number in count(2):
            if code not in codes:
                break
            code = f"{first.removesuffix('1')}{number}" if first == "v1" else f"{first}{number}"
        codes.append(code)
    return codes


def _choose_code(variant: VariantTable) -> str:
    if variant.when is None:
        return "b"
    field, values = parse_condition(variant.when)
    if field == DONOR:
        return "v1"  # a link must not tell that somebody gave
    return to_code(values[0]) or "v"


def _check_variants(variants: tuple[VariantTable, ...]) -> None:
    names = [variant.name for variant in variants if variant.name]
    if twice := next((name for name in names if names.count(name) > 1), None):
        raise ConfigError(
            f'[[appeal.variants]] name: two are called "{twice}". Change one of them.'
        )
    after_split = False
    for variant in variants:
        if (variant.when is None) == (variant.split is None):
            raise ConfigError(
                "[[appeal.variants]]: a variant needs either when or split. Write "
                "when = 'donor = \"monthly\"' for some recipients, or split = 50 for half of all others at random."
            )
        if after_split and variant.when is not None:
            raise ConfigError(
                f"[[appeal.variants]] when = '{variant.when}': it comes after a variant with split, which takes its "
                "share first. Move the variants with when to the top."
            )
        if variant.when is not None and variant.name:
            field, values = parse_condition(variant.when)
            if field == DONOR and variant.name in map(to_code, values):
                raise ConfigError(
                    f'[[appeal.variants]] name: "{variant.name}" would tell in every link that the reader gave. Use '
                    "another name, or none."
                )
        after_split = variant.split is not None
    total = sum(variant.split or 0 for variant in variants)
    if total >= 100:
        raise ConfigError(
            f"[[appeal.variants]] split: together they take {total} % of the recipients. Leave some for the appeal "
            "itself, with which they are compared."
        )


def _parse_position(text: str) -> Position:
    if text == "end":
        return Position()
    return Position(after=0 if text == "start" else int(text.removeprefix("after:")))


def _reading_order(text: str) -> float:
    after = _parse_position(text).after
    return float("inf") if after is None else after
