"""
From text to chunks.

In text copied from a web page one line is one chunk. Where the lines are broken by hand at one width, as in old mail
and Project Gutenberg's books, the lines between two empty ones are joined.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from pipeline.loaders.text.chunks import SENTENCE_END, Chunk, begins_item

#: Line ends of every kind beside the line feed.
_LINE_END = re.compile("[\x0b\x0c\x85\u2028\u2029]")
#: Signs that are never seen: soft hyphen, zero-width space, word joiner, byte order mark, and the selectors that make
#: an arrow a text sign or a picture.
_UNSEEN = re.compile("[\u00ad\u200b\u2060\ufeff]|(?<=[←-⇿⏎⤴⤵⬀-⬍])[\ufe0e\ufe0f]")
#: A no-break space keeps its place where French or a long number needs it, else it is a copied page's padding.
_PADDING = re.compile("(?<!«)[\xa0\u202f](?![?!:;»%€])(?!(?<=\\d.)\\d)")
#: Longer runs of white space say no more than two spaces, and cost time in every pattern.
_WIDE = re.compile(r"[^\S\n]{3,}")
#: A word broken at its hyphen, at the end of a line; and the words before which a hyphen stands for a missing half.
_HYPHEN = re.compile(r"[^\W\d_]-$")
_JOINING = re.compile(r"(?:and|or|und|oder|bzw|et|ou|y|o|e|en|of|och|i|lub)\b")

#: The widths that hands and programs break lines at.
_WIDTHS = range(40, 111)


@dataclass(frozen=True, kw_only=True, slots=True)
class SourceLine:
    """A line that is not empty, without the white space around it."""

    text: str
    gap: int
    indent: int

    @property
    def width(self) -> int:
        return self.indent + len(self.text)


def normalize(text: str) -> str:
    """Return *text* as a reader sees it: without invisible signs, line ends and padding made alike."""
    text = _UNSEEN.sub("", _LINE_END.sub("\n", text))
    return _WIDE.sub("  ", _PADDING.sub(" ", text))


def split(text: str) -> tuple[tuple[Chunk, ...], bool]:
    """Return the chunks of normalized *text*, and whether its lines were broken by hand."""
    groups = list(_groups(_lines(text)))
    width = _wrapped_at(groups)
    if width is None:
        lines = (line for group in groups for line in group)
        return tuple(Chunk(text=ln.text, gap=ln.gap, indent=ln.indent) for ln in lines), False
    return tuple(chunk for group in groups for chunk in _joined(group, width)), True


def _lines(text: str) -> Iterator[SourceLine]:
    gap = 0
    for raw in text.split("\n"):
        stripped = raw.strip()
        if stripped:
            yield SourceLine(text=stripped, gap=gap, indent=len(raw) - len(raw.lstrip()))
            gap = 0
        else:
            gap += 1


def _groups(lines: Iterable[SourceLine]) -> Iterator[list[SourceLine]]:
    """Yield the lines between empty lines."""
    group: list[SourceLine] = []
    for line in lines:
        if line.gap and group:
            yield group
            group = []
        group.append(line)
    if group:
        yield group


def _wrapped_at(groups: Sequence[Sequence[SourceLine]]) -> int | None:
    """
    Return the width the lines were broken at, or nothing if each line is a block of its own.

    A line broken by hand is full: the next word would not have fitted. And the next line goes on within the sentence,
    often in lower case, where a new block would begin with a capital.
    """
    pairs = [pair for group in groups for pair in pairwise(group)]
    if len(pairs) < 2:
        return None
    widths = sorted(line.width for line, _ in pairs)
    width = widths[int(len(widths) * 0.98)]
    long_lines = sum(line.width > _WIDTHS[-1] for group in groups for line in group)
    total = sum(len(group) for group in groups)
    if width not in _WIDTHS or median(widths) < _WIDTHS[0] or long_lines > total * 0.05:
        return None
    full = sum(_is_full(line, after, width) for line, after in pairs)
    cased = [after.text for _, after in pairs if after.text[0].isalpha()]
    going_on = sum(not text[0].isupper() for text in cased)
    is_wrapped = full >= len(pairs) * 0.6 and going_on * 4 >= len(cased)
    return width if is_wrapped else None


def _is_full(line: SourceLine, after: SourceLine, width: int) -> bool:
    first_word = after.text.split(maxsplit=1)[0]
    return line.width + 1 + len(first_word) > width * 0.85


def _joined(group: list[SourceLine], width: int) -> Iterator[Chunk]:
    """Yield the chunks of a group of hand-broken lines."""
    for lines in _parts(group):
        pairs = list(pairwise(lines))
        full = sum(_is_full(line, after, width) for line, after in pairs)
        if pairs and full * 2 < len(pairs) + 1:
            yield from (
                Chunk(text=line.text, gap=line.gap, indent=line.indent, is_verse=place > 0)
                for place, line in enumerate(lines)
            )
        else:
            first = lines[0]
            yield Chunk(text=_join(lines), gap=first.gap, indent=first.indent)


def _parts(group: list[SourceLine]) -> Iterator[list[SourceLine]]:
    """Split a group where an item of a list, a note or an indented paragraph begins."""
    part: list[SourceLine] = []
    is_list = begins_item(group[0].text)
    margin = min(line.indent for line in group)
    is_indented = sum(line.indent > margin for line in group) * 2 < len(group)
    for line in group:
        begins = is_list and begins_item(line.text)
        opens = is_indented and line.indent >= margin + 2 and not is_list
        if part and (begins or (opens and SENTENCE_END.search(part[-1].text[-8:]))):
            yield part
            part = []
        part.append(line)
    yield part


def _join(lines: Sequence[SourceLine]) -> str:
    """Join lines; a word broken at its hyphen closes up, a dash keeps its space."""
    pieces = [lines[0].text]
    for before, line in pairwise(lines):
        is_broken = _HYPHEN.search(before.text[-2:]) and line.text[0].isalpha()
        closes_up = is_broken and not _JOINING.match(line.text)
        pieces.append(line.text if closes_up else f" {line.text}")
    return "".join(pieces)
