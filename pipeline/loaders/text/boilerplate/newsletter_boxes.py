"""Find boxes inside the text that invite to a newsletter: a heading, a sentence, a field and a button."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pipeline.loaders.shared.appeal_phrases import MONEY_WORDS
from pipeline.loaders.shared.find_appeal import is_appeal_opening
from pipeline.loaders.text.boilerplate.edge_lines import is_field, is_newsletter_text
from pipeline.loaders.text.chunks import Chunk, Item
from pipeline.loaders.text.inline_markup import collapse_spaces

#: In words: the longest sentence, heading and button of a box.
_MAX_SENTENCE = 16
_MAX_HEADING = 8
_MAX_BUTTON = 3
_MAX_UNKNOWN_BUTTON = 4


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


def find_unknown_boxes(items: Sequence[Item]) -> Iterator[int]:
    """
    Yield the indexes of boxes in unknown words: between paragraphs a heading, a short sentence, and a shorter line.

    In an article that is a section of one sentence above another heading, which is rare.
    """
    for i in range(1, len(items) - 3):
        before, heading, sentence, button, after = (_chunk(items, j) for j in range(i - 1, i + 4))
        if not (before and after and before.is_prose and after.is_prose and sentence):
            continue
        if after.is_after_notes or _is_about_giving(items[i : i + 3]):
            continue
        is_short = sentence.word_count <= _MAX_SENTENCE and sentence.ends_sentence
        if (
            is_short
            and not sentence.cites_notes
            and _is_short_line(heading, _MAX_HEADING)
            and _is_short_line(button, _MAX_UNKNOWN_BUTTON)
        ):
            yield from range(i, i + 3)


def _is_about_giving(items: Sequence[Item]) -> bool:
    """Whether lines may be an appeal, which is kept whatever its shape."""
    texts = [item.text for item in items if isinstance(item, Chunk)]
    return any(is_appeal_opening(text) or MONEY_WORDS.search(text) for text in texts)


def _chunk(items: Sequence[Item], i: int) -> Chunk | None:
    item = items[i] if 0 <= i < len(items) else None
    return item if isinstance(item, Chunk) else None


def _is_part(item: Item) -> bool:
    if not isinstance(item, Chunk) or item.word_count > _MAX_SENTENCE or item.cites_notes:
        return False
    text = collapse_spaces(item.text)
    is_open = not item.ends_sentence or text.endswith("…")
    return is_newsletter_text(text) or (is_field(text) and is_open)


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
