"""Sort the lines above the text: boilerplate, byline and date, and all others."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from pipeline.loaders.shared.find_appeal import is_donate_button
from pipeline.loaders.text.boilerplate import web_phrases
from pipeline.loaders.text.boilerplate.edge_lines import (
    is_button,
    is_button_row,
    is_count,
    is_menu_line,
    is_menu_run,
    is_offer,
    is_pair,
    is_skip_link,
    is_trail,
)
from pipeline.loaders.text.boilerplate.match_lines import match_boilerplate, match_edge_boilerplate
from pipeline.loaders.text.boilerplate.reader_links import (
    is_account_link,
    is_consent_button,
    is_reader_service,
)
from pipeline.loaders.text.chunks import BULLET, RULE, Chunk, Item, strip_bullet
from pipeline.loaders.text.header.byline import HeaderLine, is_person_name, read_header_line
from pipeline.loaders.text.inline_markup import collapse_spaces

#: The longest header; menus of large sites are long.
_MAX_ITEMS = 400
#: The longest header of a source without any paragraph.
_MAX_ITEMS_WITHOUT_TEXT = 12
MAX_SUBTITLE_WORDS = 60
#: The most items between a subtitle and the byline or date.
_MAX_TO_BYLINE = 4
#: The most lines between the byline and the text.
_MAX_BELOW_BYLINE = 16
#: A paragraph above this many short lines and a byline is a banner above a menu; it has at most this number of words.
_MIN_LINES_BELOW_BANNER = 3
_MAX_BANNER_WORDS = 40
#: A run of this many short lines is a menu; in words, the longest line of one.
_MIN_MENU_LINES = 3
_MAX_MENU_WORDS = 3
#: Boilerplate that no menu continues after.
_BREAKS = {"boilerplate.breadcrumb", "boilerplate.skip-link", "boilerplate.cookies"}
#: Among this number of first lines is the link that skips the menu.
_TOP = 8
#: What platforms print between a name and a date.
_BETWEEN = re.compile(r"[·•|–-]|follow(?:ing)?|folgen|suivre|seguir|segui", re.I)
_PUBLISHED_IN = re.compile(r"[Pp]ublished in (?=[A-ZÀ-Þ])")
#: The most buttons below a cookie banner.
_MAX_CONSENT = 3


@dataclass(frozen=True, kw_only=True, slots=True)
class SortedHeader:
    """
    The indexes of the header's items by kind.

    Args:
        items: All items of the text.
        end: Where the header ends.
        subtitle: A subtitle that reads like a paragraph.
        reasons: Boilerplate, and the rule that matches it.
        known: Lines with byline, date or reading time.
        others: All other chunks, the title among them.
        doubtful: Those of *others* that read like a menu, a button or an offer: the title only if no other line is.
    """

    items: Sequence[Item]
    end: int
    subtitle: int | None
    reasons: Mapping[int, str]
    known: Mapping[int, HeaderLine]
    others: Sequence[int]
    doubtful: Mapping[int, str]

    def chunk(self, i: int) -> Chunk:
        """Return the chunk at a sorted index."""
        return _chunk_at(self.items, i)

    def text(self, i: int) -> str:
        """Return the text at a sorted index, with single spaces."""
        return collapse_spaces(self.chunk(i).visible_text)


def sort_header_lines(items: Sequence[Item]) -> SortedHeader:
    """Sort the items before the first paragraph; without one only explicit labels are boilerplate."""
    end, subtitle = _find_end(items)
    has_text = end < len(items)
    known: dict[int, HeaderLine] = {}
    reasons: dict[int, str] = {}
    others: list[int] = []
    reason_of = match_edge_boilerplate if has_text else match_boilerplate
    for i, item in enumerate(items[:end]):
        if i == subtitle or not isinstance(item, Chunk) or RULE.match(item.text):
            continue
        text = collapse_spaces(item.visible_text)
        line = read_header_line(item.text)
        if line is not None:
            known[i] = line
        elif reason := "boilerplate.button" if is_donate_button(text) else reason_of(item.text):
            reasons[i] = reason
        elif _BETWEEN.fullmatch(text):
            reasons[i] = "boilerplate.share"
        elif _is_name(text) and others and _is_next_to_date(items, i):
            known[i] = HeaderLine(byline=text)
        elif has_text and item.is_prose and not item.cites_notes:
            reasons[i] = "boilerplate.banner"
        else:
            others.append(i)
    names = {line.byline for line in known.values()}
    for i in [i for i in others if collapse_spaces(_chunk_at(items, i).text) in names]:
        others.remove(i)  # some platforms print the name of the picture above the name
        reasons[i] = "header.byline"
    doubtful = dict(_find_doubtful(items, others, reasons, known)) if has_text else {}
    return SortedHeader(
        items=items,
        end=end,
        subtitle=subtitle,
        reasons=reasons,
        known=known,
        others=others,
        doubtful=doubtful,
    )


def _find_doubtful(
    items: Sequence[Item],
    others: Sequence[int],
    reasons: Mapping[int, str],
    known: Mapping[int, HeaderLine],
) -> Iterator[tuple[int, str]]:
    """
    Yield the unknown lines that are not like a title, and what they are: of a menu, a button, an offer.

    What their words tell follows what their place tells.
    """
    yield from ((i, "boilerplate.cookies") for i in _find_consent(items, others, reasons))
    for run in _find_menu_runs(items, others, reasons):
        for i in run:
            is_continued = i == run[-1] and collapse_spaces(_chunk_at(items, i).text).endswith(":")
            if i in others and not is_continued:  # the first line of a title, not of a menu
                yield i, "boilerplate.short-lines"
    first_known = min(known, default=len(items))
    for i in others:
        chunk = _chunk_at(items, i)
        text = collapse_spaces(chunk.visible_text)
        if text.casefold() in web_phrases.KICKERS:
            continue
        is_menu = is_menu_line(chunk.text) or is_menu_run(text)
        if is_menu or (BULLET.match(text) and i < first_known):
            yield i, "boilerplate.menu"
        elif is_button(strip_bullet(text)) or is_button_row(text) or is_count(text):
            yield i, "boilerplate.share"
        elif _is_below_consent(items, i) and is_consent_button(text):
            yield i, "boilerplate.cookies"
        elif is_offer(text):
            yield i, "boilerplate.banner"
        elif is_reader_service(text) or (_PUBLISHED_IN.match(text) and i > min(others)):
            yield i, "boilerplate.service"
        elif i < first_known and is_trail(text):
            yield i, "boilerplate.breadcrumb"
        elif i < first_known and _is_menu_entry(text, is_top=i < _TOP):
            yield i, "boilerplate.menu"


def _is_menu_entry(text: str, *, is_top: bool) -> bool:
    """Whether *text* is an entry of a menu by its words; links that skip the menu are at the top."""
    return is_account_link(text) or is_pair(text) or (is_top and is_skip_link(text))


def _is_below_consent(items: Sequence[Item], i: int) -> bool:
    """Whether a few lines above stands a notice about cookies, or one of its buttons."""
    near = items[max(0, i - _MAX_CONSENT - 1) : i]
    return any(
        isinstance(item, Chunk) and match_edge_boilerplate(item.text) == "boilerplate.cookies"
        for item in near
    )


def _find_consent(
    items: Sequence[Item], others: Sequence[int], reasons: Mapping[int, str]
) -> Iterator[int]:
    """Yield the short lines right below a cookie banner: its buttons."""
    for banner, reason in reasons.items():
        if reason != "boilerplate.cookies" or _is_short(_chunk_at(items, banner)):
            continue
        for i in range(banner + 1, banner + 1 + _MAX_CONSENT):
            if reasons.get(i) == "boilerplate.cookies":
                continue
            if i not in others or not _is_short(_chunk_at(items, i)):
                break
            if _chunk_at(items, i).blank_lines > _chunk_at(items, banner + 1).blank_lines:
                break
            yield i


def _is_short(chunk: Chunk) -> bool:
    return chunk.word_count <= _MAX_MENU_WORDS and not chunk.ends_sentence


def _find_menu_runs(
    items: Sequence[Item], others: Sequence[int], reasons: Mapping[int, str]
) -> Iterator[list[int]]:
    """
    Yield the runs of short lines with the same space between them.

    A last line with more space before it is a title, or what stands above one.
    """
    run: list[int] = []
    for i in sorted({*others, *reasons}):
        chunk = _chunk_at(items, i)
        is_short = _is_short(chunk)
        is_break = reasons.get(i) in _BREAKS
        has_gap = any(run) and chunk.blank_lines > _chunk_at(items, run[-1]).blank_lines
        if run and (not is_short or has_gap or is_break or i != run[-1] + 1):
            if len(run) >= _MIN_MENU_LINES:
                yield run
            run = []
        if is_short and not is_break:
            run.append(i)
    if len(run) >= _MIN_MENU_LINES:
        yield run


def _find_end(items: Sequence[Item], start: int = 0) -> tuple[int, int | None]:
    """Return where the header ends, and its subtitle if that reads like a paragraph."""
    first = _find_first_paragraph(items, start)
    if first is None:
        return (start, None) if start else (min(len(items), _MAX_ITEMS_WITHOUT_TEXT), None)
    until = _find_first_paragraph(items, first + 1)
    if until is not None and _is_banner(items, first, until):
        return _find_end(items, first + 1)
    until = len(items) if until is None else until
    item = _chunk_at(items, first)
    has_title = any(
        isinstance(item, Chunk) and not match_edge_boilerplate(item.text)
        for item in items[start:first]
    )
    if not has_title or item.word_count > MAX_SUBTITLE_WORDS:
        return first, None
    near = range(first + 1, min(first + 1 + _MAX_TO_BYLINE, until))
    byline_positions = [i for i in near if _has_byline_or_date(items[i])]
    if not byline_positions:
        return first, None
    end = byline_positions[-1] + 1
    if until < len(items) and until - end <= _MAX_BELOW_BYLINE:
        end = until  # what is no button stays in the text
    while end < until and _is_header_line(items[end]):
        end += 1
    return end, None if item.cites_notes else first


def _is_banner(items: Sequence[Item], first: int, until: int) -> bool:
    """Whether a paragraph is a notice above the menu: short, with many lines and a byline or date below it."""
    if _chunk_at(items, first).word_count > _MAX_BANNER_WORDS:
        return False
    known = [i for i in range(first + 1, until) if _has_byline_or_date(items[i])]
    return bool(known) and known[0] - first > _MIN_LINES_BELOW_BANNER


def _find_first_paragraph(items: Sequence[Item], start: int) -> int | None:
    for i in range(start, min(len(items), start + _MAX_ITEMS)):
        item = items[i]
        if (
            isinstance(item, Chunk)
            and item.is_prose
            and not match_edge_boilerplate(item.text)
            and not is_menu_line(item.text)
            and not is_menu_run(item.text)
            and not _is_dated(item)
        ):
            return i
    return None


def _is_dated(chunk: Chunk) -> bool:
    """Whether a line with a date, and perhaps a byline, ends like a sentence: "12 May 2024, 14.30"."""
    return chunk.word_count <= _MAX_MENU_WORDS * 5 and _has_byline_or_date(chunk)


def _has_byline_or_date(item: Item) -> bool:
    line = read_header_line(item.text) if isinstance(item, Chunk) else None
    return line is not None and (line.byline is not None or line.has_date)


def _is_header_line(item: Item) -> bool:
    """Whether an item is part of the header: byline, date, reading time or boilerplate."""
    if not isinstance(item, Chunk):
        return False
    text = collapse_spaces(item.visible_text)
    return (
        read_header_line(item.text) is not None
        or match_edge_boilerplate(item.text) is not None
        or is_menu_line(item.text)
        or is_button(strip_bullet(text))
        or is_button_row(text)
        or is_count(text)
        or is_reader_service(text)
    )


def _is_name(text: str) -> bool:
    """Whether *text* is a name, and no row of buttons."""
    is_other = is_button(text) or is_button_row(text) or _PUBLISHED_IN.match(text)
    return is_person_name(text) and not is_other


def _is_next_to_date(items: Sequence[Item], i: int) -> bool:
    """Whether the line before or after has a date or a reading time."""
    below = i + 1
    while below < min(len(items), i + _MAX_TO_BYLINE) and _is_between(items[below]):
        below += 1
    near = [items[position] for position in (i - 1, below) if 0 <= position < len(items)]
    lines = [read_header_line(item.text) for item in near if isinstance(item, Chunk)]
    return any(line is not None and line.byline is None for line in lines)


def _is_between(item: Item) -> bool:
    """Whether an item is what platforms print between a name and a date: a point, "Follow", "Published in …"."""
    if not isinstance(item, Chunk):
        return False
    return bool(_BETWEEN.fullmatch(item.text) or _PUBLISHED_IN.match(item.text))


def _chunk_at(items: Sequence[Item], i: int) -> Chunk:
    item = items[i]
    assert isinstance(item, Chunk)  # only indexes of chunks are kept
    return item
