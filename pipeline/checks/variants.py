"""Every mail an edition can become: one for each wording of its choices, fields shown as their fallbacks."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from pipeline.edition import Choice, Edition, Field, Literal, Pieces
from pipeline.markup import escape_html


@dataclass(frozen=True, kw_only=True, slots=True)
class Variant:
    """One mail as most readers would get it."""

    edition: Edition
    html: str
    text: str


def variants(edition: Edition) -> Iterator[Variant]:
    """Yield the mail before all deadlines and, if there is any, the one after them."""
    has_choice = any(isinstance(piece, Choice) for piece in edition.html + edition.text)
    for is_after in (False, True) if has_choice else (False,):
        yield Variant(
            edition=edition,
            html=_shown(edition.html, is_after, escape_html),
            text=_shown(edition.text, is_after, str),
        )


def _shown(pieces: Pieces, is_after: bool, escape: Callable[[str], str]) -> str:
    shown = []
    for piece in pieces:
        match piece:
            case Literal(text=text):
                shown.append(text)
            case Field(fallback=fallback):
                shown.append(escape(fallback or ""))
            case Choice(before=before, after=after):
                shown.append(_shown(after if is_after else before, is_after, escape))
    return "".join(shown)
