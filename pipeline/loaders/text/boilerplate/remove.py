"""Remove the boilerplate below the header: labels and boxes inside the text, and everything after it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pipeline.loaders.text.boilerplate import web_phrases
from pipeline.loaders.text.boilerplate.edge_lines import is_advertising, is_button, is_link_to_other
from pipeline.loaders.text.boilerplate.match_lines import match_boilerplate, match_edge_boilerplate
from pipeline.loaders.text.boilerplate.newsletter_boxes import (
    find_newsletter_boxes,
    find_unknown_boxes,
)
from pipeline.loaders.text.boilerplate.page_tail import find_sections, find_tail
from pipeline.loaders.text.chunks import RULE, Chunk, Item, find_first_paragraph
from pipeline.models.article import Dropped

#: In words, of a label that a page repeats.
_MAX_LABEL = 6


def remove_boilerplate(items: Sequence[Item], *, is_page: bool) -> tuple[list[Item], list[Dropped]]:
    """
    Return *items*, which follow the header block, without boilerplate, and what was left out.

    *is_page* tells that there was boilerplate above the title.
    """
    reasons = dict(_find_marked(items))
    if is_page:
        reasons = dict.fromkeys(_find_repeated(items), "boilerplate.repeated") | reasons
    if find_first_paragraph(items) is not None:
        boxes = dict.fromkeys(find_newsletter_boxes(items), "boilerplate.newsletter")
        if is_page:
            boxes = dict.fromkeys(find_unknown_boxes(items), "boilerplate.box") | boxes
        reasons = boxes | reasons
        # the tail is looked for in what the boxes leave
        rest = [i for i in range(len(items)) if i not in boxes]
        kept = [items[i] for i in rest]
        reasons |= {rest[i]: reason for i, reason in find_sections(kept)}
        reasons = {rest[i]: reason for i, reason in find_tail(kept, is_page=is_page)} | reasons
    dropped = [Dropped(reason=reasons[i], text=_join_text(items[i])) for i in sorted(reasons)]
    return [item for i, item in enumerate(items) if i not in reasons], dropped


def _find_marked(items: Sequence[Item]) -> Iterator[tuple[int, str]]:
    """Yield items with an explicit label, and the linked title below a line "Read also"."""
    for i, item in enumerate(items):
        if not isinstance(item, Chunk):
            continue
        if (reason := match_boilerplate(item.text)) or (
            is_button(item.text) and (reason := match_edge_boilerplate(item.text))
        ):
            yield i, reason
        elif is_advertising(item.text):
            yield i, "boilerplate.advertisement"
        elif is_link_to_other(item.text):
            yield i, "boilerplate.read-also"
        elif web_phrases.READ_ALSO_ABOVE.fullmatch(item.text):
            after = items[i + 1] if i + 1 < len(items) else None
            yield i, "boilerplate.read-also"
            if isinstance(after, Chunk) and after.word_count <= 20 and not after.ends_sentence:
                yield i + 1, "boilerplate.read-also"


def _find_repeated(items: Sequence[Item]) -> list[int]:
    """Return the short lines without a full stop that stand between paragraphs more than once: labels of the page."""
    found: dict[str, list[int]] = {}
    for i in range(1, len(items) - 1):
        item, before, after = items[i], items[i - 1], items[i + 1]
        if not (isinstance(item, Chunk) and isinstance(before, Chunk) and isinstance(after, Chunk)):
            continue
        is_label = item.word_count <= _MAX_LABEL and not item.ends_sentence and not item.is_verse
        if is_label and before.is_prose and after.is_prose and not RULE.match(item.text):
            found.setdefault(item.text.casefold(), []).append(i)
    return [i for positions in found.values() if len(positions) > 1 for i in positions]


def _join_text(item: Item) -> str:
    """Return all text of an item."""
    if isinstance(item, Chunk):
        return item.text
    caption = item.caption.text if item.caption else ""
    return " ".join(part for part in (item.alt, caption, item.label, item.credit) if part)
