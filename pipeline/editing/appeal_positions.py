"""Which asks an issue makes, where they stand and for whom."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

from pipeline.config import AppealContentTable, AppealTable, UtmTable, VariantTable, parse_condition
from pipeline.editing.appeal_content import ask
from pipeline.errors import ConfigError
from pipeline.markup import slugify
from pipeline.models.article import Article, Block, Link, LoadWarning
from pipeline.models.issue import Appeal, AppealVariant, Position, Utm
from pipeline.models.publication import Publication
from pipeline.models.tree import walk

Keys = dict[str, Any]  # Any: the values of a table


def appeals(
    article: Article, publication: Publication, table: AppealTable | None
) -> tuple[Appeal, ...]:
    """
    Return the asks of an issue.

    A configured appeal wins; one found in the text stands in for it, quietly, unless `source` says otherwise.

    Raises:
        ConfigError: The ask cannot be made as configured.
    """
    found = article.appeal.blocks if article.appeal else ()
    quiet = (Appeal(blocks=found, is_muted=True),) if found else ()
    if table is None:
        return quiet
    in_its_words = found if table.source == "article" else ()
    configured = _Configured(table, publication, in_its_words).appeals()
    return configured + quiet if table.source == "both" else configured


class _Configured:
    """The asks of an `[appeal]`; *blocks* stand in place of its own heading, text and bullets."""

    def __init__(
        self, table: AppealTable, publication: Publication, blocks: tuple[Block, ...]
    ) -> None:
        self._table = table
        self._publication = publication
        self._blocks = blocks
        self._base = _given(table)
        self._codes = _codes(table.variants)
        self._utm = _utm(table.utm, publication) if table.utm else None

    def appeals(self) -> tuple[Appeal, ...]:
        places = self._places()
        if not self._table.variants and not self._table.positions:
            positions = tuple(map(_position, places))
            return (replace(self._appeal(self._base), positions=positions),)
        asked = {at for variant in self._table.variants for at in self._stands_at(variant, places)}
        everywhere = sorted(asked | set(places), key=_in_reading_order)
        return tuple(self._at(at, places) for at in everywhere)

    def _places(self) -> dict[str, Keys]:
        """Return what each place has of its own."""
        if not self._table.positions:
            return {at: {} for at in self._table.position}
        if "position" in self._table.model_fields_set:
            raise ConfigError(
                "[appeal] position: there are [[appeal.positions]] too. Keep one of the two."
            )
        own = {place.at: _given(place) for place in self._table.positions}
        if len(own) < len(self._table.positions):
            raise ConfigError(
                "[[appeal.positions]] at: two of them name the same place. Give each one of its own."
            )
        return own

    def _stands_at(self, variant: VariantTable, places: dict[str, Keys]) -> tuple[str, ...]:
        """A variant stands where the ask does, but thanks only once: at the last place."""
        if variant.position is not None:
            return variant.position
        in_order = sorted(places, key=_in_reading_order)
        return tuple(in_order if variant.inherit else in_order[-1:])

    def _at(self, at: str, places: dict[str, Keys]) -> Appeal:
        keys = {**self._base, **places.get(at, {})}
        position = _position(at)
        default = self._appeal(keys) if at in places else Appeal()
        variants = (
            self._variant(variant, code, keys if at in self._stands_at(variant, places) else None)
            for variant, code in zip(self._table.variants, self._codes, strict=True)
        )
        return replace(default, positions=(position,), variants=tuple(variants))

    def _variant(self, variant: VariantTable, code: str, keys: Keys | None) -> AppealVariant:
        field, values = parse_condition(variant.when)
        own = _given(variant)
        appeal = Appeal()
        if keys is not None:
            appeal = self._appeal({**keys, **own} if variant.inherit else own, own, code)
        return AppealVariant(field=field, values=values, appeal=appeal)

    def _appeal(self, keys: Keys, own: Keys | None = None, code: str = "") -> Appeal:
        table = AppealContentTable.model_construct(**keys)
        appeal = replace(ask(table, self._publication), utm=self._utm, code=code)
        has_own_words = own is not None and not own.keys().isdisjoint(_WORDS)
        is_thanks = own is not None and keys == own
        if not self._blocks or has_own_words or is_thanks:
            return appeal
        return replace(appeal, heading="", text="", bullets=(), blocks=self._blocks)


def _utm(table: UtmTable, publication: Publication) -> Utm:
    source = table.source or slugify(publication.name) or "newsletter"
    return Utm(source=source, medium=table.medium, campaign=table.campaign)


_WORDS = ("heading", "text", "bullets")


def _given(table: AppealContentTable) -> Keys:
    """Return the keys that somebody has set."""
    return {
        name: getattr(table, name)
        for name in AppealContentTable.model_fields
        if name in table.model_fields_set
    }


def _codes(variants: tuple[VariantTable, ...]) -> list[str]:
    """Return a code for each variant, of the values it is for, none twice."""
    codes: list[str] = []
    for variant in variants:
        _, values = parse_condition(variant.when)
        code = re.sub(r"[^a-z0-9]+", "_", values[0].casefold()).strip("_")[:20] or "v"
        taken = code in codes
        codes.append(f"{code}{len(codes) + 1}" if taken else code)
    return codes


def _position(written: str) -> Position:
    if written == "end":
        return Position()
    return Position(after=0 if written == "start" else int(written.removeprefix("after:")))


def _in_reading_order(written: str) -> float:
    after = _position(written).after
    return float("inf") if after is None else after


def foreign_links(
    article: Article, publication: Publication, table: AppealTable | None
) -> list[LoadWarning]:
    """Warn of donation links in a found appeal that lead to somebody else."""
    if article.appeal is None:
        return []
    own = {
        _host(url)
        for url in (publication.website, article.canonical_url, table.url if table else None)
        if url
    }
    hosts = {
        _host(node.href)
        for node in walk(article.appeal.blocks)
        if isinstance(node, Link) and node.href.startswith(("http:", "https:"))
    }
    return [
        LoadWarning(
            code="appeal.foreign-link",
            message=f"The appeal in the article links to {host}, which is neither the publication's nor the appeal's.",
        )
        for host in sorted(hosts - own)
    ]


def _host(url: str) -> str:
    return (urlsplit(url).hostname or "").removeprefix("www.")
