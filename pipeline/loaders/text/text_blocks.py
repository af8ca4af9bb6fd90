"""From chunks and pictures to blocks of the tree: figures, lists, headings, verse, paragraphs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pipeline.loaders.text.chunks import (
    BULLET,
    HORIZONTAL_RULE,
    LIST_NUMBER,
    Chunk,
    FigureText,
    Item,
    RemovedSpan,
    usual_gap,
)
from pipeline.loaders.text.headings import is_heading
from pipeline.loaders.text.inline_markup import inlines, one_line, verse
from pipeline.models.article import Block, Figure, Heading, Inline, List, Paragraph, Rule

#: Headings in the text stand one level below the title.
_LEVEL = 2
#: Bullets that are nothing else; other signs need a neighbour that begins alike.
_PLAIN_BULLETS = "•◦▪‣●○■∙⁃"


@dataclass(frozen=True, kw_only=True, slots=True)
class BuiltBlocks:
    """
    Blocks, and what they were built from.

    Args:
        after_notes: Where in *blocks* those begin that stood after the notes; null if none did.
        placed: The chunks whose words are in *blocks*, with all their cuts.
        labels: The words before credits, which are not kept.
    """

    blocks: tuple[Block, ...]
    after_notes: int | None
    placed: tuple[Chunk, ...]
    labels: tuple[str, ...] = ()


def build(items: Sequence[Item], *, has_emphasis: bool, byline: str | None = None) -> BuiltBlocks:
    """Return *items* as blocks."""
    builder = _Builder(items, has_emphasis=has_emphasis, byline=byline)
    return builder.build()


class _Builder:
    """Walks the items once, taking as many at each step as make one block."""

    def __init__(self, items: Sequence[Item], *, has_emphasis: bool, byline: str | None) -> None:
        self._items, self._has_emphasis, self._byline = items, has_emphasis, byline
        self._gap = usual_gap(items)
        self._blocks: list[Block] = []
        self._placed: list[Chunk] = []
        self._labels: list[str] = []
        self._after_notes: int | None = None

    def build(self) -> BuiltBlocks:
        at = 0
        while at < len(self._items):
            item = self._items[at]
            if isinstance(item, FigureText):
                self._blocks.append(self._figure(item))
                at += 1
                continue
            if item.is_after_notes and self._after_notes is None:
                self._after_notes = len(self._blocks)
            at += self._chunk(item, at)
        while self._blocks and isinstance(self._blocks[-1], Rule):
            self._blocks.pop()
        after = self._after_notes
        return BuiltBlocks(
            blocks=tuple(self._blocks),
            after_notes=None if after is None else min(after, len(self._blocks)),
            placed=tuple(self._placed),
            labels=tuple(self._labels),
        )

    def _chunk(self, chunk: Chunk, at: int) -> int:
        """Add the block that begins with *chunk*; return how many items it took."""
        if HORIZONTAL_RULE.match(chunk.text):
            if self._blocks and not isinstance(self._blocks[-1], Rule):
                self._blocks.append(Rule())
            return 1
        if items := self._bulleted(at):
            self._blocks.append(self._list(items, start=None))
            return len(items)
        if items := self._numbered(at):
            number = LIST_NUMBER.match(items[0].text)
            self._blocks.append(self._list(items, start=int(number[1]) if number else 1))
            return len(items)
        lines = self._verse(at)
        if len(lines) > 1:
            self._placed += lines
            self._blocks.append(Paragraph(inlines=verse(lines, has_emphasis=self._has_emphasis)))
            return len(lines)
        content = self._inlines(chunk)
        if content and is_heading(self._items, at, gap=self._gap, byline=self._byline):
            self._blocks.append(Heading(level=_LEVEL, inlines=content))
        elif content:
            self._blocks.append(Paragraph(inlines=content))
        return 1

    def _figure(self, picture: FigureText) -> Figure:
        if picture.label:
            self._labels.append(picture.label)
        return Figure(
            src=None,
            alt=one_line(picture.alt),
            caption=self._inlines(picture.caption) if picture.caption else (),
            credit=picture.credit,
        )

    def _list(self, chunks: Sequence[Chunk], *, start: int | None) -> List:
        items = tuple((Paragraph(inlines=self._inlines(chunk)),) for chunk in chunks)
        return List(ordered=start is not None, start=start, items=items)

    def _inlines(self, chunk: Chunk) -> tuple[Inline, ...]:
        self._placed.append(chunk)
        return inlines(chunk, has_emphasis=self._has_emphasis)

    def _from(self, at: int) -> Iterator[Item]:
        return (self._items[place] for place in range(at, len(self._items)))

    def _bulleted(self, at: int) -> list[Chunk]:
        """Return the items of the bulleted list that begins at a place, their bullets cut."""
        items = []
        for item in self._from(at):
            bullet = BULLET.match(item.text) if isinstance(item, Chunk) else None
            if not bullet or not isinstance(item, Chunk) or bullet.end() == len(item.text):
                break
            items.append(
                item.with_cuts([RemovedSpan(start=0, end=bullet.end(), rule="list.bullet")])
            )
        if not items or items[0].text[0] in _PLAIN_BULLETS or items[0].text[0] == "·":
            return items
        before = self._items[at - 1] if at else None
        is_announced = isinstance(before, Chunk) and before.shown.endswith(":")
        is_speech = items[0].text[0] == "–"
        return items if is_announced or (len(items) > 1 and not is_speech) else []

    def _numbered(self, at: int) -> list[Chunk]:
        """Return the items of the numbered list that begins at a place, their numbers cut; two at least."""
        items: list[Chunk] = []
        sign, number = "", -1
        for item in self._from(at):
            found = LIST_NUMBER.match(item.text) if isinstance(item, Chunk) else None
            if not found or not isinstance(item, Chunk):
                break
            if items and (found[2] != sign or int(found[1]) != number + 1):
                break
            sign, number = found[2], int(found[1])
            items.append(
                item.with_cuts([RemovedSpan(start=0, end=found.end(), rule="list.number")])
            )
        return items if len(items) > 1 else []

    def _verse(self, at: int) -> list[Chunk]:
        """Return the chunk at a place and the lines that go on from it."""
        lines: list[Chunk] = []
        for item in self._from(at):
            if not isinstance(item, Chunk) or (lines and not item.is_verse):
                break
            lines.append(item)
        return lines
