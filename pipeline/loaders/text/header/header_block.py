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
from pipeline.loaders.text.boilerplate import web_phrases
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
#: In words: the longest kicker, and the shortest subtitle that is told from a title below a kicker.
_MAX_KICKER_WORDS = 4
_MIN_SUBTITLE = 9
#: In words; a longer line is a subtitle even with a colon in it.
_MIN_LONG_SUBTITLE = 12
#: In words, of a line that advertises something above the title.
_MAX_BANNER_WORDS = 8
#: In words, of a button.
_MAX_BUTTON = 6
#: In words; menus and kickers seldom have as many.
_MIN_CLEAR_TITLE = 4

#: Boilerplate that precedes a title; share buttons may follow it too.
_BEFORE_TITLE = {
    "boilerplate.skip-link",
    "boilerplate.menu",
    "boilerplate.cookies",
    "boilerplate.breadcrumb",
    "boilerplate.footer",
    "boilerplate.short-lines",
    "boilerplate.banner",
}
#: What a line above the title may be by its place, and not by its words.
_BY_PLACE = {"boilerplate.short-lines", "boilerplate.banner", "boilerplate.cookies"}


@dataclass(frozen=True, kw_only=True, slots=True)
class HeaderBlock:
    """The header, the items that are left for the body, and whether title or start may be others."""

    title: tuple[Chunk, ...] = ()
    subtitle: tuple[Chunk, ...] = ()
    byline: str | None = None
    published: date | None = None
    dropped: tuple[Dropped, ...] = ()
    rest: tuple[Item, ...] = ()
    has_other_titles: bool = False
    has_other_start: bool = False


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
    if subtitle is None and kicker is not None and not _is_of_page(lines, kicker):
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
        has_other_start=any(_is_alone(lines, i) for i in dropped if i in lines.others),
        has_other_titles=bool(title) and _has_other_titles(lines, title, subtitle),
    )


def _find_title(lines: SortedHeader) -> tuple[int | None, list[int]]:
    """Return the index of the kicker and those of the title's lines."""
    candidates = _find_candidates(lines)
    kicker = None
    while (
        len(candidates) > 1
        and not _is_named_again(lines, candidates[0])
        and _is_kicker(
            lines, *candidates[:2], has_third=len(candidates) > 2 or lines.subtitle is not None
        )
    ):
        kicker, candidates = candidates[0], candidates[1:]
    first = lines.chunk(candidates[0]) if candidates else None
    if first is None or not _may_be_title(first, has_known=bool(lines.known)):
        return None, []
    title = [candidates[0]]
    for last, i in pairwise(candidates):
        if i != last + 1 or not _continues_title(lines.chunk(last), lines.chunk(i)):
            break
        title.append(i)
    text = lines.text(title[-1])
    is_complete = len(lines.items) > len(title) and not text.endswith((",", ";", ":"))
    return (kicker, title) if is_complete else (None, [])


def _find_candidates(lines: SortedHeader) -> list[int]:
    """
    Return the lines that may be the title, the best one first.

    It is above the byline or date and below the menus; a line that stands on the page twice is preferred, and one that
    reads like a menu, a button or an offer is taken only if no other line is left.
    """
    bylines = [i for i, line in lines.known.items() if line.byline or line.has_date]
    above = [[i for i in lines.others if i < known] for known in sorted(bylines)]
    zone = next((found for found in above if set(found) - lines.doubtful.keys()), None)
    if zone is None:
        zone = next(filter(None, above), list(lines.others))
    repeated = _find_repeated(lines, zone)
    if repeated is not None:
        return [repeated, *(i for i in zone if i > repeated and i not in lines.doubtful)]
    boilerplate = [i for i, reason in lines.reasons.items() if reason in _BEFORE_TITLE]
    boilerplate += [i for i, reason in lines.doubtful.items() if reason in _BEFORE_TITLE]
    clear = [i for i in zone if i not in lines.doubtful]
    for i in sorted(boilerplate, reverse=True):
        if later := [other for other in clear if other > i]:
            return later
    if clear:
        return clear
    short = [i for i in zone if lines.doubtful[i] == "boilerplate.short-lines"] or zone
    return short[-1:] if boilerplate else zone


def _find_repeated(lines: SortedHeader, zone: Sequence[int]) -> int | None:
    """Return the last line that a breadcrumb trail ends with, or that the first paragraph begins with."""
    return next((i for i in reversed(zone) if _is_named_again(lines, i)), None)


def _is_named_again(lines: SortedHeader, i: int) -> bool:
    """Whether a breadcrumb trail above ends with line *i*, or the first paragraph begins with it."""
    text = lines.text(i).casefold()
    found = (*lines.reasons.items(), *lines.doubtful.items())
    trails = (j for j, reason in found if reason == "boilerplate.breadcrumb" and j < i)
    if any(lines.text(j).casefold().endswith(text) for j in trails):
        is_title = len(text.split()) > 1 or i not in lines.doubtful
        return is_title and not _is_plain_kicker(lines.text(i))
    first = lines.items[lines.end] if lines.end < len(lines.items) else None
    if not isinstance(first, Chunk) or i not in lines.doubtful:
        return False
    return collapse_spaces(first.text).casefold().startswith(text)


def _has_other_titles(lines: SortedHeader, title: Sequence[int], subtitle: int | None) -> bool:
    """
    Whether another line may be the title: a line above it that nothing explains, or the next entry of a menu.

    A line that the page repeats is the title for certain.
    """
    if _is_named_again(lines, title[0]):
        return False
    if title[0] in lines.doubtful:
        return True
    if subtitle is not None and any(i < title[0] for i in (*lines.reasons, *lines.doubtful)):
        words = sum(lines.chunk(i).word_count for i in title)
        if words < _MIN_CLEAR_TITLE and _may_be_other_title(lines, title[0], subtitle):
            return True
    above = [i for i in lines.others if i < title[0] and i not in lines.doubtful]
    unclear = [i for i in above if not _is_plain_kicker(lines.text(i))]
    before = title[0] - 1
    if lines.doubtful.get(before) in _BY_PLACE and not _is_priced(lines, before):
        is_joined = lines.chunk(title[0]).blank_lines <= lines.chunk(before).blank_lines
        unclear += [before] if is_joined else []
    if any(lines.chunk(i).word_count > _MAX_KICKER_WORDS for i in unclear):
        return True
    if unclear and not _is_of_clear_length(lines, title):
        return True
    between = [i for i in lines.others if title[-1] < i and any(k > i for k in lines.known)]
    return any(i not in lines.doubtful and i != subtitle for i in between)


def _is_priced(lines: SortedHeader, i: int) -> bool:
    """Whether a line is an offer for certain, with a price or a number: "3 months for £1"."""
    is_offer = lines.doubtful[i] == "boilerplate.banner"
    return is_offer and any(char.isdigit() for char in lines.text(i))


def _may_be_other_title(lines: SortedHeader, title: int, subtitle: int) -> bool:
    """Whether the subtitle below a short title may be the title, and the title what stands above one."""
    below = lines.chunk(subtitle)
    if below.word_count < _MIN_SUBTITLE:
        return True
    is_like_kicker = lines.reasons.get(title - 1) == "boilerplate.breadcrumb"
    is_like_kicker = is_like_kicker or lines.chunk(title).word_count == 1
    return is_like_kicker and not below.ends_sentence


def _is_of_clear_length(lines: SortedHeader, title: Sequence[int]) -> bool:
    """Whether a title is longer than entries of menus and kickers, and, above a byline, shorter than a subtitle."""
    words = sum(lines.chunk(i).word_count for i in title)
    has_anchor = any(known > title[-1] for known in lines.known)
    below = (i for i in lines.others if i > title[-1] and i not in lines.doubtful)
    has_third = lines.subtitle is not None or any(below)
    is_short = words < _MIN_SUBTITLE or not has_anchor or has_third
    return words >= _MIN_CLEAR_TITLE and is_short


def _is_of_page(lines: SortedHeader, kicker: int) -> bool:
    """Whether a line above the title is not certainly a kicker, and boilerplate of the page is above it."""
    has_boilerplate = any(i < kicker for i in (*lines.reasons, *lines.doubtful))
    return has_boilerplate and not _is_plain_kicker(lines.text(kicker))


def _is_plain_kicker(text: str) -> bool:
    """Whether a line is certainly a kicker: a usual one, or a few words in capitals."""
    return text.rstrip(":").casefold() in web_phrases.KICKERS or text.isupper()


def _is_kicker(lines: SortedHeader, i: int, after: int, *, has_third: bool) -> bool:
    """Whether line *i* names the section of the article, above the title."""
    chunk, next_chunk = lines.chunk(i), lines.chunk(after)
    text = lines.text(i).rstrip(":")
    if text.casefold() in web_phrases.KICKERS:
        return True
    if chunk.text.endswith((":", "–", "—", ",")):
        return False
    if has_third and _is_banner(lines, i, after):
        return True
    has_boilerplate = any(other < i for other in (*lines.reasons, *lines.doubtful))
    longest = next_chunk.word_count
    has_anchor = any(known > after for known in lines.known)
    if has_boilerplate and has_anchor and not has_third:
        longest = max(longest, _MAX_KICKER_WORDS)  # no subtitle is as short
    if chunk.word_count > min(_MAX_KICKER_WORDS, longest):
        return False
    if chunk.word_count == _MAX_KICKER_WORDS >= next_chunk.word_count:
        return False
    is_upper_case = text.isupper() and not next_chunk.text.isupper() and not text.endswith(".")
    if is_upper_case and next_chunk.word_count > chunk.word_count:
        return True
    if not has_boilerplate or (next_chunk.ends_sentence and next_chunk.text[-1] in ".…"):
        return False
    is_subtitle = (
        has_anchor
        and next_chunk.word_count >= _MIN_SUBTITLE
        and (":" not in next_chunk.text or next_chunk.word_count >= _MIN_LONG_SUBTITLE)
    )
    return has_third or not is_subtitle


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
    i = next((i for i in lines.others if i > title and i not in lines.doubtful), None)
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
        if i in (*title, kicker, subtitle):
            continue
        if i < title[0]:
            reasons[i] = lines.doubtful.get(i, "boilerplate.header")
        elif _is_repeated(lines, i, title[0]):
            reasons[i] = "header.title-repeated"
        elif i in lines.doubtful:
            reasons[i] = lines.doubtful[i]
        elif _is_below_byline(lines, i):
            reasons[i] = "boilerplate.header"
    for i, reason in reasons.items():
        yield i, Dropped(reason=reason, text=lines.chunk(i).text)


def _is_alone(lines: SortedHeader, i: int) -> bool:
    """Whether an unknown line that was left out below the byline has no button beside it."""
    beside = {*lines.reasons, *lines.doubtful}
    is_unknown = i not in lines.doubtful and _is_below_byline(lines, i)
    return is_unknown and not any(other in beside for other in (i - 1, i + 1))


def _is_banner(lines: SortedHeader, i: int, after: int) -> bool:
    """Whether a longer line above the title belongs to the page: title and subtitle follow, boilerplate precedes it."""
    below = [j for j in lines.others if j > after and j not in lines.doubtful]
    subtitle = below[0] if below else lines.subtitle
    if subtitle is None or lines.chunk(i).word_count > _MAX_BANNER_WORDS:
        return False
    has_boilerplate = any(other < i for other in (*lines.reasons, *lines.doubtful))
    is_subtitle = lines.chunk(subtitle).word_count >= _MIN_SUBTITLE
    has_anchor = any(known > subtitle for known in lines.known)
    return has_boilerplate and has_anchor and is_subtitle and not lines.chunk(after).ends_sentence


def _is_below_byline(lines: SortedHeader, i: int) -> bool:
    """Whether line *i*, of a page with boilerplate, stands where buttons do: between the byline and the text."""
    chunk = lines.chunk(i)
    anchors = [known for known, line in lines.known.items() if line.byline or line.has_date]
    is_short = chunk.word_count <= _MAX_BUTTON and not chunk.text.endswith(
        (".", "?", "!", ":", "…")
    )
    has_boilerplate = bool(lines.reasons or lines.doubtful)
    is_below = bool(anchors) and i > anchors[-1] and lines.end < len(lines.items)
    return is_short and has_boilerplate and is_below and not chunk.is_verse


def _is_repeated(lines: SortedHeader, i: int, title: int) -> bool:
    return lines.chunk(i).text.casefold() == lines.chunk(title).text.casefold()
