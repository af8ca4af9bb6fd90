"""Every mail an edition can become: its choices made in each way, fields shown as their fallbacks."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import chain, count, product
from math import prod

from pipeline.markup import escape_html
from pipeline.models.edition import (
    Choice,
    DeadlineChoice,
    Edition,
    Field,
    FieldChoice,
    LiteralText,
    Pieces,
    normalize_value,
    resolve_choices,
)
from pipeline.models.tree import walk

#: So many mails are looked at with all their choices combined; of more, each wording once.
MAX_COMBINATIONS = 32
_LONG_AGO = datetime.fromisoformat("1970-01-01T00:00:00+00:00")
_MOMENT = timedelta(microseconds=1)

#: What a reader's fields hold, by name, and the instant of hand-over.
Combination = tuple[Mapping[str, str], datetime]
#: From the first instant to before the second, or for ever.
Span = tuple[datetime, datetime | None]


@dataclass(frozen=True, kw_only=True, slots=True)
class Variant:
    """
    One mail as most readers of its kind would get it.

    Args:
        values: What decides between the wordings, by field; of fields that are not named, nobody's value counts.
        at: The instant of hand-over, if that decides too.
    """

    edition: Edition
    values: Mapping[str, str]
    at: datetime | None
    subject: str
    html: str
    text: str

    @property
    def name(self) -> str:
        """Who gets it, in words: `donor = "monthly", at 2026-12-31 18:00 UTC`; "" if everybody does."""
        who = [f'{name} = "{value}"' for name, value in self.values.items()]
        when = [f"at {self.at:%Y-%m-%d %H:%M %Z}"] if self.at else []
        return ", ".join((*who, *when))


def list_variants(edition: Edition) -> Iterator[Variant]:
    """Yield every mail that *edition* can become; if they are too many, enough to see each wording once."""
    seen = set()
    for values, at in _cases(edition):
        variant = _variant(edition, values, at)
        if (shown := (variant.subject, variant.html, variant.text)) not in seen:
            seen.add(shown)
            yield variant


def _variant(edition: Edition, values: Mapping[str, str], at: datetime) -> Variant:
    def said(pieces: Pieces) -> Iterator[LiteralText | Field]:
        return resolve_choices(pieces, at=at, value=lambda name: values.get(name, ""))

    def shown(pieces: Pieces, escape: Callable[[str], str]) -> str:
        return "".join(
            piece.text if isinstance(piece, LiteralText) else escape(piece.fallback or "")
            for piece in said(pieces)
        )

    return Variant(
        edition=edition,
        values=values,
        at=at if at > _LONG_AGO else None,
        subject=shown(edition.subject, str),
        html=shown(edition.html, escape_html),
        text=shown(edition.text, str),
    )


def _cases(edition: Edition) -> Iterator[Combination]:
    parts = (edition.html, edition.text, edition.subject)
    choices = [p for part in parts for p in walk(part) if isinstance(p, Choice)]
    turns = sorted({choice.until for choice in choices if isinstance(choice, DeadlineChoice)})
    instants = [turns[0] - _MOMENT, *turns] if turns else [_LONG_AGO]
    options = _options(choice for choice in choices if isinstance(choice, FieldChoice))
    if len(instants) * prod(map(len, options.values())) <= MAX_COMBINATIONS:
        for at, values in product(instants, product(*options.values())):
            yield dict(zip(options, values, strict=True)), at
        return
    most = {name: values[0] for name, values in options.items()}
    cases = (case for part in parts for case in _branches(part, most, {}, (instants[0], None)))
    told = set()
    for given, at in chain([(most, instants[0])], cases):
        if (key := (tuple(given.values()), at)) not in told:
            told.add(key)
            yield given, at


def _options(choices: Iterable[FieldChoice]) -> dict[str, list[str]]:
    """Return for each field a value that no case names, then all that are named, one of each kind."""
    named: dict[str, dict[str, str]] = {}
    for choice in choices:
        values = (value for case in choice.cases for value in case.values)
        named.setdefault(choice.name, {}).update(
            (normalize_value(value), value) for value in values
        )
    return {name: [_unnamed(values), *values.values()] for name, values in named.items()}


def _unnamed(values: Collection[str]) -> str:
    candidates = chain([""], (f"other{number}" for number in count()))
    return next(value for value in candidates if value not in values)


def _branches(
    pieces: Pieces, most: Mapping[str, str], held: Mapping[str, str], span: Span
) -> Iterator[Combination]:
    """Yield a case for each wording that can be reached: what is *held* is settled, the rest is as *most* have it."""
    for piece in pieces:
        if isinstance(piece, DeadlineChoice):
            since, end = span
            ways = [
                (piece.before, held, (since, min(piece.until, end or piece.until))),
                (piece.after, held, (max(since, piece.until), end)),
            ]
        elif isinstance(piece, FieldChoice):
            first = [case.values[0] for case in piece.cases if case.values] + [most[piece.name]]
            values = [held[piece.name]] if piece.name in held else first
            ways = [(piece.select(v), {**held, piece.name: v}, span) for v in values]
        else:
            continue
        for wording, given, (since, end) in ways:
            if end is None or since < end:
                yield {**most, **given}, since
                yield from _branches(wording, most, given, (since, end))
