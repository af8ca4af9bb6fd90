"""
Read the header block of a copied page: boilerplate, kicker, title, subtitle, byline and date, in any usual order.

1. The header ends before the first paragraph; a subtitle that reads like one belongs to it if a byline or date follows.
2. Known lines are sorted out: boilerplate, byline, date, reading time; runs of short lines are menus.
3. The title is the first other line; it continues while a line ends in a colon or a dash.
4. The line below it becomes the subtitle, else a kicker above it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from pipeline.loaders.shared.completeness import split_words
from pipeline.loaders.text import web_phrases
from pipeline.loaders.text.chunks import BULLET, RULE, Chunk, Item
from pipeline.loaders.text.header.byline import merge_header_lines
from pipeline.loaders.text.header.header_lines import (
    MAX_SUBTITLE_WORDS,
    SortedHeader,
    sort_header_lines,
)
from pipeline.loaders.text.inline_markup import collapse_spaces
from pipeline.models.article import Dropped

_MAX_TITLE_WORDS = 30

#: Boilerplate that precedes a title; share buttons may follow it too.
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
    """The header, and the items that are left for the body."""

    title: tuple[Chunk, ...] = ()
    subtitle: tuple[Chunk, ...] = ()
    byline: str | None = None
    published: date | None = None
    dropped: tuple[Dropped, ...] = ()
    rest: tuple[Item, ...] = ()


def read_header_block(items: Sequence[Item], *, title: str | None = None) -> HeaderBlock:
    """
    Return the header of *items*.

    With a *title* from front matter the text has a header only if that line is in it.
    """
    header = _read_header_block(items)
    if title is None:
        return header
    text = " ".join(chunk.visible_text for chunk in header.title)
    return header if split_words(text) == split_words(title) else HeaderBlock(rest=tuple(items))


def _read_header_block(items: Sequence[Item]) -> HeaderBlock:
    lines = sort_header_lines(items)
    kicker, title = _find_title(lines)
    subtitle = _find_subtitle(lines, title[-1]) if title else None
    if subtitle is None:
        subtitle, kicker = kicker, None
    dropped = dict(_list_dropped(lines, title, kicker, subtitle))
    known = merge_header_lines([lines.known[i] for i in sorted(lines.known)])
    used = {*title, *dropped, *lines.known, subtitle}
    return HeaderBlock(
        title=tuple(lines.chunk(i) for i in title),
        subtitle=() if subtitle is None else (lines.chunk(subtitle),),
        byline=known.byline,
        published=known.published,
        dropped=(*(dropped[i] for i in sorted(dropped)), *known.dropped),
        rest=tuple(item for i, item in enumerate(items) if i not in used),
    )


def _find_title(lines: SortedHeader) -> tuple[int | None, list[int]]:
    """Return the index of the kicker and those of the title's lines."""
    byline = min((i for i, line in lines.known.items() if line.byline), default=lines.end)
    candidates = [i for i in lines.others if i < byline] or list(lines.others)
    boilerplate = [i for i, reason in lines.reasons.items() if reason in _BEFORE_TITLE]
    for i in sorted(boilerplate, reverse=True):
        if later := [other for other in candidates if other > i]:
            candidates = later
            break
    kicker = None
    while len(candidates) > 1 and _is_kicker(*(lines.chunk(i) for i in candidates[:2])):
        kicker, candidates = candidates[0], candidates[1:]
    first = lines.chunk(candidates[0]) if candidates else None
    if first is None or not _may_be_title(first, has_known=bool(lines.known)):
        return None, []
    title = [candidates[0]]
    for last, i in pairwise(candidates):
        if i != last + 1 or not _continues_title(lines.chunk(last), lines.chunk(i)):
            break
        title.append(i)
    text = collapse_spaces(lines.chunk(title[-1]).visible_text)
    is_complete = len(lines.items) > len(title) and not text.endswith((",", ";", ":"))
    return (kicker, title) if is_complete else (None, [])


def _is_kicker(chunk: Chunk, after: Chunk) -> bool:
    text = collapse_spaces(chunk.visible_text).rstrip(":")
    if text.casefold() in web_phrases.KICKERS:
        return True
    is_upper_case = text.isupper() and not after.text.isupper() and not text.endswith(".")
    return is_upper_case and chunk.word_count <= 3 and after.word_count > chunk.word_count


def _may_be_title(chunk: Chunk, *, has_known: bool) -> bool:
    text = collapse_spaces(chunk.visible_text)
    if not text or chunk.word_count > _MAX_TITLE_WORDS or BULLET.match(text) or RULE.match(text):
        return False
    has_no_full_stop = not text.endswith(".") or text.endswith("..")
    return has_no_full_stop or text.isupper() or has_known


def _continues_title(chunk: Chunk, after: Chunk) -> bool:
    """Whether the title continues in the next line."""
    if after.is_verse:
        return True
    if after.is_list_item or after.word_count >= 20 or after.visible_text[-1:] == ".":
        return False
    return collapse_spaces(chunk.visible_text).endswith((":", "–", "—", ","))


def _find_subtitle(lines: SortedHeader, title: int) -> int | None:
    """
    Return the index of the subtitle below the title.

    Before the byline any short block is a subtitle; after it, or without one, a block with a full stop is the first
    paragraph, and a few words without one are a heading.
    """
    if lines.subtitle is not None:
        return lines.subtitle
    i = next((other for other in lines.others if other > title), None)
    if i is None or _is_repeated(lines, i, title):
        return None
    chunk = lines.chunk(i)
    if chunk.word_count > MAX_SUBTITLE_WORDS or chunk.cites_notes:
        return None
    if BULLET.match(chunk.text) or RULE.match(chunk.text):
        return None
    if any(position > i for position in lines.known):
        return i
    is_last = i == lines.end - 1 and lines.end < len(lines.items)
    min_words = 6 if lines.known else 8
    return i if is_last and not chunk.ends_sentence and chunk.word_count >= min_words else None


def _list_dropped(
    lines: SortedHeader, title: Sequence[int], kicker: int | None, subtitle: int | None
) -> Iterator[tuple[int, Dropped]]:
    """Yield the indexes of items that go neither to the header nor to the body, and why."""
    reasons = dict(lines.reasons)
    if kicker is not None:
        reasons[kicker] = "header.kicker"
    for i in lines.others if title else ():
        if i < title[0] and i not in (kicker, subtitle):
            reasons[i] = "boilerplate.header"
        elif i > title[-1] and i != subtitle and _is_repeated(lines, i, title[0]):
            reasons[i] = "header.title-repeated"
    for i, reason in reasons.items():
        yield i, Dropped(reason=reason, text=lines.chunk(i).text)


def _is_repeated(lines: SortedHeader, i: int, title: int) -> bool:
    return lines.chunk(i).text.casefold() == lines.chunk(title).text.casefold()
