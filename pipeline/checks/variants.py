"""All variants of an edition: each combination of its choices, with fields shown as their fallbacks."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import chain, count, product
from math import prod

from pipeline.markup import escape_html
from pipeline.models.edition import (
    Choice,
    DeadlineChoice,
    Edition,
    FieldChoice,
    LiteralText,
    Pieces,
    SplitChoice,
    normalize_value,
    resolve_choices,
)
from pipeline.models.tree import walk

#: Up to this many combinations of choices are all checked; if there are more, each alternative is checked once.
MAX_COMBINATIONS = 32
_LONG_AGO = datetime.fromisoformat("1970-01-01T00:00:00+00:00")
_MOMENT = timedelta(microseconds=1)

#: The values of a recipient's fields, by name, and the time of sending.
Combination = tuple[Mapping[str, str], datetime]
#: From the first time to before the second, or without end.
TimeSpan = tuple[datetime, datetime | None]


@dataclass(frozen=True, kw_only=True, slots=True)
class Variant:
    """
    An edition with its choices made, as a group of recipients gets it.

    Args:
        values: The values of the fields that choices depend on, and the draws of splits.
        splits: By the name of each split the code of the variant, "" for the appeal itself.
        at: The time of sending, if choices depend on it.
    """

    edition: Edition
    values: Mapping[str, str]
    splits: Mapping[str, str] = field(default_factory=dict)
    at: datetime | None
    subject: str
    html: str
    text: str

    @property
    def name(self) -> str:
        """Who gets it: `donor = "monthly", at 2026-12-31 18:00 UTC`; "" if everybody does."""
        conditions = [
            f'{name} = "{value}"' for name, value in self.values.items() if name not in self.splits
        ]
        conditions += [f'variant = "{code}"' for code in self.splits.values() if code]
        times = [f"at {self.at:%Y-%m-%d %H:%M %Z}"] if self.at else []
        return ", ".join((*conditions, *times))


def list_variants(edition: Edition) -> Iterator[Variant]:
    """Yield the variants of *edition*; if there are too many, enough to include each alternative once."""
    seen = set()
    for values, at in _combine(edition):
        variant = _build_variant(edition, values, at)
        if (content := (variant.subject, variant.html, variant.text)) not in seen:
            seen.add(content)
            yield variant


def _build_variant(edition: Edition, values: Mapping[str, str], at: datetime) -> Variant:
    def fill(pieces: Pieces, escape: Callable[[str], str]) -> str:
        chosen = resolve_choices(pieces, at=at, value=lambda name: values.get(name, ""))
        return "".join(
            piece.text if isinstance(piece, LiteralText) else escape(piece.fallback or "")
            for piece in chosen
        )

    return Variant(
        edition=edition,
        values=values,
        splits=_name_splits(edition, values),
        at=at if at > _LONG_AGO else None,
        subject=fill(edition.subject, str),
        html=fill(edition.html, escape_html),
        text=fill(edition.text, str),
    )


def _name_splits(edition: Edition, values: Mapping[str, str]) -> dict[str, str]:
    splits = (each for each in walk(edition.html) if isinstance(each, SplitChoice))
    return {
        each.name: case.code if (case := each.find_case(values.get(each.name, ""))) else ""
        for each in splits
    }


def _combine(edition: Edition) -> Iterator[Combination]:
    parts = (edition.html, edition.text, edition.subject)
    choices = [piece for part in parts for piece in walk(part) if isinstance(piece, Choice)]
    deadlines = sorted({choice.until for choice in choices if isinstance(choice, DeadlineChoice)})
    times = [deadlines[0] - _MOMENT, *deadlines] if deadlines else [_LONG_AGO]
    options = _list_options(choice for choice in choices if isinstance(choice, FieldChoice))
    for choice in choices:
        if isinstance(choice, SplitChoice):
            options[choice.name] = _list_draws(choice)
    if len(times) * prod(map(len, options.values())) <= MAX_COMBINATIONS:
        for at, values in product(times, product(*options.values())):
            yield dict(zip(options, values, strict=True)), at
        return
    defaults = {name: values[0] for name, values in options.items()}
    branches = (
        branch for part in parts for branch in _walk_branches(part, defaults, {}, (times[0], None))
    )
    seen = set()
    for given, at in chain([(defaults, times[0])], branches):
        if (key := (tuple(given.values()), at)) not in seen:
            seen.add(key)
            yield given, at


def _list_options(choices: Iterable[FieldChoice]) -> dict[str, list[str]]:
    """Return for each field a value that no case lists, followed by all listed values without duplicates."""
    listed: dict[str, dict[str, str]] = {}
    for choice in choices:
        values = (value for case in choice.cases for value in case.values)
        listed.setdefault(choice.name, {}).update(
            (normalize_value(value), value) for value in values
        )
    return {name: [_find_unlisted(values), *values.values()] for name, values in listed.items()}


def _list_draws(choice: SplitChoice) -> list[str]:
    """Return no draw, which selects the default, and the first of each case."""
    return ["", *map(str, (0, *choice.limits[:-1]))]


def _find_unlisted(values: Collection[str]) -> str:
    candidates = chain([""], (f"other{number}" for number in count()))
    return next(value for value in candidates if value not in values)


def _walk_branches(
    pieces: Pieces, defaults: Mapping[str, str], fixed: Mapping[str, str], span: TimeSpan
) -> Iterator[Combination]:
    """
    Yield a combination for each alternative that can be reached.

    Args:
        defaults: The values of fields that do not matter.
        fixed: The values that lead to *pieces*.
        span: The times that lead to *pieces*.
    """
    for piece in pieces:
        if isinstance(piece, DeadlineChoice):
            since, end = span
            branches = [
                (piece.before, fixed, (since, min(piece.until, end or piece.until))),
                (piece.after, fixed, (max(since, piece.until), end)),
            ]
        elif isinstance(piece, FieldChoice):
            firsts = [case.values[0] for case in piece.cases if case.values]
            is_fixed = piece.name in fixed
            values = [fixed[piece.name]] if is_fixed else [*firsts, defaults[piece.name]]
            branches = [(piece.select(v), {**fixed, piece.name: v}, span) for v in values]
        elif isinstance(piece, SplitChoice):
            draws = [fixed[piece.name]] if piece.name in fixed else _list_draws(piece)
            branches = [(piece.select(v), {**fixed, piece.name: v}, span) for v in draws]
        else:
            continue
        for alternative, values_given, (since, end) in branches:
            if end is None or since < end:
                yield {**defaults, **values_given}, since
                yield from _walk_branches(alternative, defaults, values_given, (since, end))
