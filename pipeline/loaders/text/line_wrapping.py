"""
Split text into chunks.

In text copied from a web page each line is a chunk. In hard-wrapped text, such as old mail and books from Project
Gutenberg, the lines between two blank lines are joined.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import pairwise
from statistics import median

from pipeline.loaders.text.chunks import SENTENCE_END, Chunk, starts_list_item

#: Line separators other than the line feed.
_LINE_END = re.compile("[\x0b\x0c\x85\u2028\u2029]")
#: Invisible characters: soft hyphen, zero-width space, word joiner, byte order mark, and the variation selectors after
#: an arrow.
_INVISIBLE = re.compile("[\u00ad\u200b\u2060\ufeff]|(?<=[←-⇿⏎⤴⤵⬀-⬍])[\ufe0e\ufe0f]")
#: No-break spaces that are only padding; those that French punctuation and long numbers need are kept.
_PADDING = re.compile("(?<!«)[\xa0\u202f](?![?!:;»%€])(?!(?<=\\d.)\\d)")
#: Longer runs of white space mean the same as two spaces, and slow down every pattern.
_WIDE_SPACES = re.compile(r"[^\S\n]{3,}")
#: A word broken by a hyphen at the end of a line; and the words after which such a hyphen stays: "pre- and post-war".
_HYPHEN = re.compile(r"[^\W\d_]-$")
_CONJUNCTION = re.compile(r"(?:and|or|und|oder|bzw|et|ou|y|o|e|en|of|och|i|lub)\b")

#: The widths at which people and programs wrap lines.
_WRAP_WIDTHS = range(40, 111)


def normalize_text(text: str) -> str:
    """Return *text* as a reader sees it: without invisible characters, with uniform line ends and spaces."""
    text = _INVISIBLE.sub("", _LINE_END.sub("\n", text))
    return _WIDE_SPACES.sub("  ", _PADDING.sub(" ", text))


def split_chunks(text: str) -> tuple[tuple[Chunk, ...], bool]:
    """Return the chunks of normalized *text*, and whether its lines were hard-wrapped."""
    groups = list(_group_lines(_split_lines(text)))
    width = _find_wrap_width(groups)
    if width is None:
        return tuple(line for group in groups for line in group), False
    return tuple(chunk for group in groups for chunk in _join_group(group, width)), True


def _split_lines(text: str) -> Iterator[Chunk]:
    """Yield the lines that are not blank."""
    blank_lines = 0
    for line in text.split("\n"):
        if stripped := line.strip():
            indent = len(line) - len(line.lstrip())
            yield Chunk(text=stripped, blank_lines=blank_lines, indent=indent)
            blank_lines = 0
        else:
            blank_lines += 1


def _group_lines(lines: Iterable[Chunk]) -> Iterator[list[Chunk]]:
    """Yield the lines between blank lines."""
    group: list[Chunk] = []
    for line in lines:
        if line.blank_lines and group:
            yield group
            group = []
        group.append(line)
    if group:
        yield group


def _find_wrap_width(groups: Sequence[Sequence[Chunk]]) -> int | None:
    """
    Return the width at which the lines are wrapped, None if each line is a block.

    A wrapped line is full: the next word would not have fitted. And the next line continues the sentence, often in
    lower case, where a new block would begin with a capital.
    """
    pairs = [pair for group in groups for pair in pairwise(group)]
    if len(pairs) < 2:
        return None
    widths = sorted(_width(line) for line, _ in pairs)
    width = widths[int(len(widths) * 0.98)]
    long_lines = sum(_width(line) > _WRAP_WIDTHS[-1] for group in groups for line in group)
    total = sum(len(group) for group in groups)
    if width not in _WRAP_WIDTHS or median(widths) < _WRAP_WIDTHS[0] or long_lines > total * 0.05:
        return None
    full = sum(_is_full(line, after, width) for line, after in pairs)
    next_starts = [after.text for _, after in pairs if after.text[0].isalpha()]
    lower_case = sum(not text[0].isupper() for text in next_starts)
    is_wrapped = full >= len(pairs) * 0.6 and lower_case * 4 >= len(next_starts)
    return width if is_wrapped else None


def _width(line: Chunk) -> int:
    return line.indent + len(line.text)


def _is_full(line: Chunk, after: Chunk, width: int) -> bool:
    first_word = after.text.split(maxsplit=1)[0]
    return _width(line) + 1 + len(first_word) > width * 0.85


def _join_group(group: list[Chunk], width: int) -> Iterator[Chunk]:
    """Yield the chunks of a group of wrapped lines; verse keeps its lines."""
    for lines in _split_group(group):
        pairs = list(pairwise(lines))
        full = sum(_is_full(line, after, width) for line, after in pairs)
        if pairs and full * 2 < len(pairs) + 1:
            yield from (replace(line, is_verse=line is not lines[0]) for line in lines)
        else:
            yield replace(lines[0], text=_join_lines(lines))


def _split_group(group: list[Chunk]) -> Iterator[list[Chunk]]:
    """Split a group where a list item, a note or an indented paragraph begins."""
    lines: list[Chunk] = []
    is_list = starts_list_item(group[0].text)
    margin = min(line.indent for line in group)
    is_indented = sum(line.indent > margin for line in group) * 2 < len(group) and not is_list
    for line in group:
        starts_item = is_list and starts_list_item(line.text)
        starts_paragraph = is_indented and line.indent >= margin + 2
        ends_sentence = lines and SENTENCE_END.search(lines[-1].text[-8:])
        if lines and (starts_item or (starts_paragraph and ends_sentence)):
            yield lines
            lines = []
        lines.append(line)
    yield lines


def _join_lines(lines: Sequence[Chunk]) -> str:
    """Join lines; a word broken by a hyphen is closed up, a dash keeps its space."""
    pieces = [lines[0].text]
    for before, line in pairwise(lines):
        is_broken = _HYPHEN.search(before.text[-2:]) and line.text[0].isalpha()
        is_closed_up = is_broken and not _CONJUNCTION.match(line.text)
        pieces.append(line.text if is_closed_up else f" {line.text}")
    return "".join(pieces)
