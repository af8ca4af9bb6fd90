"""Find boxes inside the text that invite to a newsletter: a heading, a sentence, a field and a button."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pipeline.loaders.text.boilerplate.edge_lines import is_field, is_newsletter_text
from pipeline.loaders.text.chunks import Chunk, Item
from pipeline.loaders.text.inline_markup import collapse_spaces

#: In words: the longest sentence, heading and button of a box.
_MAX_SENTENCE = 16
_MAX_HEADING = 8
_MAX_BUTTON = 3


def find_newsletter_boxes(items: Sequence[Item]) -> Iterator[int]:
    """Yield the indexes of the lines of newsletter boxes: at least two, one of them a field or a button."""
    i = 0
    while i < len(items):
        run: list[int] = []
        while i < len(items) and _is_part(items[i]) and not _is_sentence_below_field(items, i, run):
            run.append(i)
            i += 1
        i += 1
        if not run:
            continue
        last = _chunk(items, run[-1])
        if last and last.ends_sentence and _is_short_line(_chunk(items, run[-1] + 1), _MAX_BUTTON):
            run.append(run[-1] + 1)
            i += 1
        first = _chunk(items, run[0])
        if (
            first
            and first.ends_sentence
            and _is_short_line(_chunk(items, run[0] - 1), _MAX_HEADING)
        ):
            run.insert(0, run[0] - 1)
        if len(run) > 1 and _is_box([one for i in run if (one := _chunk(items, i))]):
            yield from run


def _chunk(items: Sequence[Item], i: int) -> Chunk | None:
    item = items[i] if 0 <= i < len(items) else None
    return item if isinstance(item, Chunk) else None


def _is_part(item: Item) -> bool:
    if not isinstance(item, Chunk) or item.word_count > _MAX_SENTENCE or item.cites_notes:
        return False
    text = collapse_spaces(item.text)
    return is_newsletter_text(text) or (is_field(text) and not item.ends_sentence)


def _is_sentence_below_field(items: Sequence[Item], i: int, run: Sequence[int]) -> bool:
    """Whether item *i* is a sentence below the field of a box: of the text, unless it is as short as "No spam."."""
    chunk = _chunk(items, i)
    if chunk is None or not chunk.ends_sentence or chunk.word_count <= _MAX_HEADING:
        return False
    above = [one for j in run if (one := _chunk(items, j))]
    return any(one.ends_sentence for one in above) and not above[-1].ends_sentence


def _is_short_line(chunk: Chunk | None, limit: int) -> bool:
    return (
        chunk is not None
        and chunk.word_count <= limit
        and not chunk.ends_sentence
        and not chunk.is_list_item
        and not chunk.text.endswith((":", ","))
    )


def _is_box(chunks: Sequence[Chunk]) -> bool:
    """Whether lines are a box: one names a newsletter, and one is a field or a button."""
    lines = [collapse_spaces(chunk.text) for chunk in chunks]
    has_button = any(map(is_field, lines)) or _is_short_line(chunks[-1], _MAX_BUTTON)
    return has_button and any(map(is_newsletter_text, lines))
