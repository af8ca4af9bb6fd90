"""
Find what follows the text of a page: related articles, comments, newsletter boxes, footers.

Where the tail begins, a line is known by its words or its shape. From then on everything is part of it but an appeal.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from pipeline.loaders.shared.find_appeal import is_appeal_opening, is_donate_button
from pipeline.loaders.text.boilerplate import web_phrases
from pipeline.loaders.text.boilerplate.edge_lines import (
    is_button,
    is_button_row,
    is_count,
    is_menu_line,
    is_menu_run,
    is_newsletter_text,
)
from pipeline.loaders.text.boilerplate.match_lines import match_edge_boilerplate
from pipeline.loaders.text.boilerplate.reader_links import is_footer_link
from pipeline.loaders.text.chunks import (
    RULE,
    Chunk,
    FigureText,
    Item,
    strip_bullet,
    usual_blank_lines,
)
from pipeline.loaders.text.footnotes.labels import read_label

#: "Related" and "3 comments" begin a section only after this share of the words.
_LATE = 0.6
#: In words; a shorter paragraph at the end may be a notice.
_LONG_PARAGRAPH = 20
#: From this number of words on a related article is told with its text, and not by its title alone.
_FULL_ARTICLE = 60
#: A label and a short list, below the text: "Mehr zu: Hafenstadt".
_TAGS = re.compile(r"[^\W\d_]{2,20}(?: [^\W\d_]{1,20}){0,2}\s?:\s[^\s:/.][^:/.]{1,120}[^\s:/.?!]")
#: What an unfinished line of an appeal has: an address, a number.
_ASKS = re.compile(r"://|@|\d")
#: A run of this many lines without a full stop is a list of links; fewer may be a signature.
_MIN_LINKS = 3
#: The most links between an appeal and a known line.
_MAX_LINKS = 12


def find_sections(items: Sequence[Item]) -> Iterator[tuple[int, str]]:
    """Yield "Related", "Most read" and comments with what follows them, up to the notes, an appeal or the end."""
    total = sum(item.word_count for item in items if isinstance(item, Chunk))
    before, reason, was_after_notes = 0, "", False
    for i, item in enumerate(items):
        if isinstance(item, Chunk):
            if item.is_after_notes and not was_after_notes:
                was_after_notes, reason = True, ""
            is_late = was_after_notes or before >= total * _LATE
            is_article = reason == "boilerplate.related" and item.word_count >= _FULL_ARTICLE
            if is_article or is_appeal_opening(item.text):
                reason = ""
            elif is_late and len(item.text) < 80 and not _is_long_paragraph(items, i + 1):
                reason = _match_section_heading(item.text) or reason
            before += item.word_count
        if reason:
            known = match_edge_boilerplate(item.text) if isinstance(item, Chunk) else None
            yield i, known or reason


def find_tail(items: Sequence[Item], *, is_page: bool) -> Iterator[tuple[int, str]]:
    """
    Yield what follows the last paragraph of the text, and why: a footer, buttons, links, boxes.

    With *is_page* there was boilerplate above the title, and lists of links are some too.
    """
    start = _find_end_of_text(items)
    if not start:
        return
    reasons = {i: _match_tail(items, i) for i in range(start, len(items))}
    has_tail = is_page or any(reasons.values())
    links = _find_links(items, start, reasons) if has_tail else set()
    footers = set(_find_footer_lists(items, start))
    is_tail = is_appeal = False
    for i in range(start, len(items)):
        item = items[i]
        if isinstance(item, FigureText):
            if is_tail and not is_appeal:
                yield i, "boilerplate.footer"
            continue
        if (
            is_appeal_opening(item.text)
            and not is_menu_line(item.text)
            and _has_text_below(items, i)
        ):
            is_appeal = True
            continue
        reason = reasons[i]
        if is_appeal and (item.is_list_item or is_donate_button(item.text)):
            reason = match_edge_boilerplate(strip_bullet(item.text))
            if i in footers:
                reason = reason or "boilerplate.footer"
        elif is_appeal and not reason and _ends_appeal(items, i, reasons):
            reason = "boilerplate.footer"
        if reason:
            is_tail, is_appeal = True, False
            yield i, reason
        elif i in links and not is_appeal:
            is_tail = True
            yield i, "boilerplate.short-lines"
        elif is_tail and not is_appeal and item.word_count < _LONG_PARAGRAPH:
            yield i, "boilerplate.footer"


def _find_footer_lists(items: Sequence[Item], start: int) -> Iterator[int]:
    """Yield the items of lists that are a footer: at least half of them are known links."""
    run: list[int] = []
    known = 0
    for i in range(start, len(items) + 1):
        item = items[i] if i < len(items) else None
        if isinstance(item, Chunk) and item.is_list_item:
            text = strip_bullet(item.text)
            run.append(i)
            known += bool(match_edge_boilerplate(text) or is_footer_link(text))
            continue
        if known * 2 >= len(run):
            yield from run
        run, known = [], 0


def _ends_appeal(items: Sequence[Item], i: int, reasons: dict[int, str | None]) -> bool:
    """Whether an unknown line below an appeal begins something else: a list of links, or a box with a known line."""
    end = i
    while end < min(len(items), i + _MAX_LINKS) and not reasons[end]:
        item = items[end]
        if not isinstance(item, Chunk) or not _is_link(item) or _ASKS.search(item.text):
            return False
        if is_donate_button(item.text):
            return False
        end += 1
    if end == len(items) or not reasons[end]:
        return False
    after = items[end]
    is_joined = isinstance(after, Chunk) and after.blank_lines == 0 and end == i + 1
    if is_joined and usual_blank_lines(items) == 0:
        # without blank lines, one unknown line belongs to a footer if several known ones follow
        following = [reasons[j] for j in range(end, min(len(items), end + _MIN_LINKS))]
        return len(following) == _MIN_LINKS and all(following)
    return end > i and (end - i >= _MIN_LINKS or is_joined)


def _match_tail(items: Sequence[Item], i: int) -> str | None:
    """Return the rule by which an item after the text is boilerplate, if any."""
    item = items[i]
    if not isinstance(item, Chunk):
        return None
    text = strip_bullet(item.text)
    if reason := match_edge_boilerplate(text) or _match_section_heading(text):
        return reason
    if is_menu_line(text) or is_menu_run(text):
        return "boilerplate.menu"
    if is_button(text) or is_button_row(text) or is_count(text):
        return "boilerplate.share"
    if is_newsletter_text(text):
        return "boilerplate.newsletter"
    if is_footer_link(text):
        return "boilerplate.footer"
    return "boilerplate.tags" if _TAGS.fullmatch(text) and not item.is_prose else None


def _match_section_heading(text: str) -> str:
    if web_phrases.COMMENTS.fullmatch(text):
        return "boilerplate.comments"
    return "boilerplate.related" if web_phrases.RELATED.fullmatch(text) else ""


def _find_end_of_text(items: Sequence[Item]) -> int:
    """Return the end of the text: after its last paragraph, or where the notes were; 0 without a paragraph."""
    end = 0
    was_tail = False
    for i, item in enumerate(items):
        if not isinstance(item, Chunk):
            continue
        if item.is_after_notes and end:
            return i
        if not item.is_prose or match_edge_boilerplate(item.text) or is_menu_line(item.text):
            was_tail = was_tail or bool(_match_section_heading(item.text))
        elif not is_newsletter_text(item.text) and (
            item.word_count >= _LONG_PARAGRAPH or not was_tail
        ):
            end = i + 1
    return end


def _find_links(items: Sequence[Item], start: int, reasons: dict[int, str | None]) -> set[int]:
    """Return the lines of runs without a full stop, which are links: titles of other articles, a menu."""
    found: set[int] = set()
    run: list[int] = []
    for i in range(start, len(items) + 1):
        item = items[i] if i < len(items) else None
        if isinstance(item, Chunk) and (reasons[i] or _is_link(item)):
            run.append(i)
            continue
        if len(run) >= _MIN_LINKS:
            found.update(run)
        run = []
    return found


def _is_link(chunk: Chunk) -> bool:
    if RULE.match(chunk.text) or read_label(chunk.text) or chunk.is_verse:
        return False
    return not chunk.is_prose and (not chunk.ends_sentence or chunk.text[-1] in "?”»")


def _has_text_below(items: Sequence[Item], i: int) -> bool:
    """Whether a longer text follows a line, as it does in an appeal."""
    after = items[i + 1] if i + 1 < len(items) else None
    return isinstance(after, Chunk) and (after.word_count >= 6 or after.is_list_item)


def _is_long_paragraph(items: Sequence[Item], i: int) -> bool:
    """Whether item *i* is a long paragraph."""
    item = items[i] if i < len(items) else None
    return isinstance(item, Chunk) and item.is_prose and item.word_count >= 25
