"""Build the blocks of an article from chunks: figures, lists, headings, verse and paragraphs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pipeline.loaders.text.chunks import (
    BULLET,
    LIST_NUMBER,
    RULE,
    Chunk,
    FigureText,
    Item,
    RemovedSpan,
    usual_blank_lines,
)
from pipeline.loaders.text.headings import is_heading
from pipeline.loaders.text.inline_markup import collapse_spaces, parse_inlines, parse_verse
from pipeline.models.article import Block, Figure, Heading, Inline, List, Paragraph, Rule

#: Headings are one level below the title.
_LEVEL = 2
#: Characters that are always bullets; a star or dash needs a neighbour with the same.
_CERTAIN_BULLETS = "•◦▪‣●○■∙⁃·"


@dataclass(frozen=True, kw_only=True, slots=True)
class BuiltBlocks:
    """
    Blocks, and the chunks and labels of credits that their text came from, with all removed spans.

    *notes_index* is the index of the first block that followed the notes in the source; None if none did.
    """

    blocks: tuple[Block, ...]
    notes_index: int | None
    chunks: tuple[Chunk, ...]
    credit_labels: tuple[str, ...] = ()


def build_blocks(
    items: Sequence[Item], *, has_emphasis: bool, byline: str | None = None
) -> BuiltBlocks:
    """Return *items* as blocks."""
    builder = _TextBlockBuilder(items, has_emphasis=has_emphasis, byline=byline)
    return builder.build()


class _TextBlockBuilder:
    """Goes through the items once; each step takes the items of one block."""

    def __init__(self, items: Sequence[Item], *, has_emphasis: bool, byline: str | None) -> None:
        self._items, self._has_emphasis, self._byline = items, has_emphasis, byline
        self._gap = usual_blank_lines(items)
        self._blocks: list[Block] = []
        self._chunks: list[Chunk] = []
        self._credit_labels: list[str] = []
        self._notes_index: int | None = None

    def build(self) -> BuiltBlocks:
        i = 0
        while i < len(self._items):
            item = self._items[i]
            if isinstance(item, FigureText):
                self._blocks.append(self._build_figure(item))
                i += 1
                continue
            if item.is_after_notes and self._notes_index is None:
                self._notes_index = len(self._blocks)
            i += self._add_block(item, i)
        while self._blocks and isinstance(self._blocks[-1], Rule):
            self._blocks.pop()
        notes_index = self._notes_index
        return BuiltBlocks(
            blocks=tuple(self._blocks),
            notes_index=None if notes_index is None else min(notes_index, len(self._blocks)),
            chunks=tuple(self._chunks),
            credit_labels=tuple(self._credit_labels),
        )

    def _add_block(self, chunk: Chunk, i: int) -> int:
        """Add the block that begins with *chunk*; return the number of items it takes."""
        if RULE.match(chunk.text):
            if self._blocks and not isinstance(self._blocks[-1], Rule):
                self._blocks.append(Rule())
            return 1
        if items := self._find_bulleted_items(i):
            self._blocks.append(self._build_list(items, start=None))
            return len(items)
        if items := self._find_numbered_items(i):
            number = LIST_NUMBER.match(items[0].text)
            self._blocks.append(self._build_list(items, start=int(number[1]) if number else 1))
            return len(items)
        lines = self._find_verse_lines(i)
        if len(lines) > 1:
            self._chunks += lines
            verse = parse_verse(lines, has_emphasis=self._has_emphasis)
            self._blocks.append(Paragraph(inlines=verse))
            return len(lines)
        if inlines := self._parse_inlines(chunk):
            is_head = is_heading(self._items, i, blank_lines=self._gap, byline=self._byline)
            block = (
                Heading(level=_LEVEL, inlines=inlines) if is_head else Paragraph(inlines=inlines)
            )
            self._blocks.append(block)
        return 1

    def _build_figure(self, figure: FigureText) -> Figure:
        if figure.label:
            self._credit_labels.append(figure.label)
        return Figure(
            src=None,
            alt=collapse_spaces(figure.alt),
            caption=self._parse_inlines(figure.caption) if figure.caption else (),
            credit=figure.credit,
        )

    def _build_list(self, chunks: Sequence[Chunk], *, start: int | None) -> List:
        items = tuple((Paragraph(inlines=self._parse_inlines(chunk)),) for chunk in chunks)
        return List(ordered=start is not None, start=start, items=items)

    def _parse_inlines(self, chunk: Chunk) -> tuple[Inline, ...]:
        self._chunks.append(chunk)
        return parse_inlines(chunk, has_emphasis=self._has_emphasis)

    def _items_from(self, i: int) -> Iterator[Item]:
        return (self._items[position] for position in range(i, len(self._items)))

    def _find_bulleted_items(self, i: int) -> list[Chunk]:
        """Return the items of the bulleted list that begins at item *i*, without their bullets."""
        items = []
        for item in self._items_from(i):
            bullet = BULLET.match(item.text) if isinstance(item, Chunk) else None
            if not bullet or not isinstance(item, Chunk) or bullet.end() == len(item.text):
                break
            items.append(item.remove([RemovedSpan(start=0, end=bullet.end(), rule="list.bullet")]))
        if not items or items[0].text[0] in _CERTAIN_BULLETS:
            return items
        before = self._items[i - 1] if i else None
        is_introduced = isinstance(before, Chunk) and before.visible_text.endswith(":")
        is_speech = items[0].text[0] == "–"
        return items if is_introduced or (len(items) > 1 and not is_speech) else []

    def _find_numbered_items(self, i: int) -> list[Chunk]:
        """Return the items of the numbered list that begins at item *i*, at least two, without their numbers."""
        items: list[Chunk] = []
        delimiter, number = "", -1
        for item in self._items_from(i):
            match = LIST_NUMBER.match(item.text) if isinstance(item, Chunk) else None
            if not match or not isinstance(item, Chunk):
                break
            if items and (match[2] != delimiter or int(match[1]) != number + 1):
                break
            delimiter, number = match[2], int(match[1])
            items.append(item.remove([RemovedSpan(start=0, end=match.end(), rule="list.number")]))
        return items if len(items) > 1 else []

    def _find_verse_lines(self, i: int) -> list[Chunk]:
        """Return the chunk at *i* and the verse lines that continue it."""
        lines: list[Chunk] = []
        for item in self._items_from(i):
            if not isinstance(item, Chunk) or (lines and not item.is_verse):
                break
            lines.append(item)
        return lines
