"""
The head of a copied page: chrome, kicker, title over one or more lines, dek, byline and date, in the orders pages use.

1. The head ends before the first paragraph; a dek that reads as one belongs to it if a byline or a date follows.
2. Known lines are sorted out: chrome, byline, date, reading time; runs of short lines are menus.
3. The title is the first other line after the page's own; it goes on while it ends in a colon or a dash.
4. A kicker above it and a dek below it become the subtitle.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from pipeline.loaders.text import web_phrases
from pipeline.loaders.text.chunks import BULLET, HORIZONTAL_RULE, LIST_NUMBER, Chunk, Item
from pipeline.loaders.text.header.byline import HeaderLine
from pipeline.loaders.text.header.header_lines import LONGEST_DEK, HeaderLines, chunk_at, sort_head
from pipeline.loaders.text.inline_markup import one_line
from pipeline.models.article import Dropped

_LONGEST_TITLE = 30

#: Chrome that stands before a title; share buttons stand after it as well.
_BEFORE_TITLE = {
    "boilerplate.skip-link",
    "boilerplate.menu",
    "boilerplate.cookies",
    "boilerplate.breadcrumb",
    "boilerplate.footer",
    "boilerplate.short-lines",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class HeaderBlock:
    """What the head says, and the items that are left for the body."""

    title: tuple[Chunk, ...] = ()
    subtitle: tuple[Chunk, ...] = ()
    byline: str | None = None
    published: date | None = None
    dropped: tuple[Dropped, ...] = ()
    rest: tuple[Item, ...] = ()


def read_head(items: Sequence[Item]) -> HeaderBlock:
    """Return what the head of *items* says."""
    lines = sort_head(items)
    kicker, title = _title(items, lines)
    subtitle = _dek(items, lines, title[-1]) if title else None
    if subtitle is None:
        subtitle, kicker = kicker, None
    dropped = dict(_left_out(items, lines, title, kicker, subtitle))
    byline, published, said = _who_and_when(lines.known)
    used = {*title, *dropped, *lines.known, subtitle}
    return HeaderBlock(
        title=tuple(chunk_at(items, at) for at in title),
        subtitle=() if subtitle is None else (chunk_at(items, subtitle),),
        byline=byline,
        published=published,
        dropped=(*(dropped[at] for at in sorted(dropped)), *said),
        rest=tuple(item for at, item in enumerate(items) if at not in used),
    )


def _title(items: Sequence[Item], lines: HeaderLines) -> tuple[int | None, list[int]]:
    """Return the places of the kicker and of the title's lines."""
    byline = min((at for at, line in lines.known.items() if line.byline), default=lines.end)
    above = [at for at in lines.others if at < byline] or list(lines.others)
    furniture = [at for at, why in lines.reasons.items() if why in _BEFORE_TITLE]
    for at in sorted(furniture, reverse=True):
        if later := [other for other in above if other > at]:
            above = later
            break
    kicker = None
    while len(above) > 1 and _is_kicker(chunk_at(items, above[0]), chunk_at(items, above[1])):
        kicker, above = above[0], above[1:]
    if not above or not _may_be_title(chunk_at(items, above[0]), has_known=bool(lines.known)):
        return None, []
    title = [above[0]]
    for at in above[1:]:
        if at != title[-1] + 1 or not _goes_on(chunk_at(items, title[-1]), chunk_at(items, at)):
            break
        title.append(at)
    text = one_line(chunk_at(items, title[-1]).shown)
    is_whole = len(items) > len(title) and not text.endswith((",", ";", ":"))
    return (kicker, title) if is_whole else (None, [])


def _is_kicker(chunk: Chunk, after: Chunk) -> bool:
    text = one_line(chunk.shown).rstrip(":")
    if text.casefold() in web_phrases.KICKERS:
        return True
    is_loud = text.isupper() and not after.text.isupper() and not text.endswith(".")
    return is_loud and chunk.size <= 3 and after.size > chunk.size


def _may_be_title(chunk: Chunk, *, has_known: bool) -> bool:
    text = one_line(chunk.shown)
    if not text or chunk.size > _LONGEST_TITLE or BULLET.match(text) or HORIZONTAL_RULE.match(text):
        return False
    ends_plain = not text.endswith(".") or text.endswith("..")
    return ends_plain or text.isupper() or has_known


def _goes_on(chunk: Chunk, after: Chunk) -> bool:
    """Whether a title goes on over the next line."""
    if after.is_verse:
        return True
    if BULLET.match(after.text) or LIST_NUMBER.match(after.text):
        return False
    text = one_line(chunk.shown)
    return text.endswith((":", "–", "—", ",")) and after.size < 20 and after.shown[-1:] != "."


def _dek(items: Sequence[Item], lines: HeaderLines, title: int) -> int | None:
    """
    Return the place of the dek below the title.

    Before the byline any short block is one; after it, or without one, a full stop makes it the first paragraph, and
    a few words without one make it a heading.
    """
    if lines.dek is not None:
        return lines.dek
    at = next((other for other in lines.others if other > title), None)
    if at is None or _is_repeated(items, at, title):
        return None
    chunk = chunk_at(items, at)
    if chunk.size > LONGEST_DEK or any(cut.notes for cut in chunk.cuts):
        return None
    if BULLET.match(chunk.text) or HORIZONTAL_RULE.match(chunk.text):
        return None
    if any(place > at for place in lines.known):
        return at
    is_last = at == lines.end - 1 and lines.end < len(items)
    least = 6 if lines.known else 8
    return at if is_last and not chunk.ends_sentence and chunk.size >= least else None


def _left_out(
    items: Sequence[Item],
    lines: HeaderLines,
    title: Sequence[int],
    kicker: int | None,
    subtitle: int | None,
) -> Iterator[tuple[int, Dropped]]:
    """Yield the places that go neither to the head nor to the body, and why."""
    reasons = dict(lines.reasons)
    if kicker is not None:
        reasons[kicker] = "head.kicker"
    for at in lines.others if title else ():
        if at < title[0] and at not in (kicker, subtitle):
            reasons[at] = "boilerplate.header"
        elif at > title[-1] and at != subtitle and _is_repeated(items, at, title[0]):
            reasons[at] = "head.title-repeated"
    for at, reason in reasons.items():
        yield at, Dropped(reason=reason, text=chunk_at(items, at).text)


def _is_repeated(items: Sequence[Item], at: int, title: int) -> bool:
    return chunk_at(items, at).text.casefold() == chunk_at(items, title).text.casefold()


def _who_and_when(
    known: Mapping[int, HeaderLine],
) -> tuple[str | None, date | None, list[Dropped]]:
    """Return byline and date, and what the lines say beside them."""
    lines = [known[at] for at in sorted(known)]
    names = [line.byline for line in lines if line.byline]
    days = [line for line in lines if line.published]
    days.sort(key=lambda line: line.is_update)
    said = [one for line in lines for one in line.dropped]
    said += [Dropped(reason="head.byline", text=name) for name in names[1:]]
    return names[0] if names else None, days[0].published if days else None, said
