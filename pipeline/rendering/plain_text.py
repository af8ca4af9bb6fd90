"""Write the article's tree as plain text, as if by hand."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from pipeline.models.article import (
    Article,
    Block,
    Break,
    Cell,
    Code,
    Definitions,
    Embed,
    Emphasis,
    Figure,
    Heading,
    Image,
    Inline,
    InlineCode,
    Link,
    List,
    Note,
    NoteRef,
    Paragraph,
    Quote,
    Rule,
    Small,
    Strike,
    Strong,
    Subscript,
    Superscript,
    Table,
    Text,
)
from pipeline.models.edition import FieldContext
from pipeline.models.tree import walk
from pipeline.rendering.inline_html import absolute
from pipeline.rendering.interface_words import Words
from pipeline.rendering.safe_links import safe_href
from pipeline.rendering.shell_tokens import StandIns
from pipeline.rendering.text_tables import Layout, lay_out
from pipeline.rendering.text_width import COLUMNS, width, wrap

_CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f\x85\u2028\u2029\ud800-\udfff\ufffe\uffff]")
_SPACE = re.compile("[\x00-\x20\x7f\x85\u2028\u2029\ud800-\udfff\ufffe\uffff]+")


@dataclass(kw_only=True)
class PlainText:
    """
    The writer of one issue's text part.

    An address is told in place, `words <https://…>`; one that is long stands below its paragraph, so that the
    sentence can be read. It is told once in each section and once in each note: who reads on needs no second one.

    Args:
        has_brackets: Whether the text holds numbers in brackets of its own, such as `[1]`; references to notes then
            say what they are, `[Note 1]`.
    """

    stand_ins: StandIns
    words: Words
    has_fields: bool
    base_url: str | None = None
    has_brackets: bool = False
    _told: set[str] = field(default_factory=set, init=False)
    _below: list[str] | None = field(default=None, init=False)

    def blocks(self, blocks: Iterable[Block], *, columns: int = COLUMNS) -> str:
        """Write *blocks*, an empty line between two."""
        return "\n\n".join(filter(None, (self._block(block, columns) for block in blocks)))

    def text(self, text: str, place: FieldContext = FieldContext.TEXT) -> str:
        """Write the article's own words, with its fields if it may have any."""
        return self.stand_ins.with_fields(
            _SPACE.sub(" ", text), str, place, has_fields=self.has_fields
        )

    def inlines(self, inlines: Iterable[Inline]) -> str:
        """Write *inlines*, a note reference as `[1]`, a link as its words and `<address>`."""
        return "".join(self._inline(inline) for inline in inlines)

    def width(self, text: str) -> int:
        """Return how many columns *text* takes, fields as wide as their fallbacks."""
        return width(self.stand_ins.as_shown(text))

    def wrap(self, text: str, *, columns: int = COLUMNS, first: str = "", rest: str = "") -> str:
        """Set *text* to lines of at most *columns*."""
        return wrap(text, columns=columns, first=first, rest=rest, measure=self.width)

    def heading(self, words: str, *, under: str = "-", columns: int = COLUMNS) -> str:
        """Write a heading with a line below it."""
        lines = self.wrap(words, columns=columns)
        longest = max(self.width(line) for line in lines.split("\n"))
        return f"{lines}\n{under * min(columns, longest)}".rstrip()

    def notes(self, notes: Iterable[Note]) -> str:
        """Write the notes, each with its number and a hanging indent."""
        return "\n\n".join(self._note(note) for note in notes)

    def _note(self, note: Note) -> str:
        self._told.clear()
        mark = f"{self._mark(note.number)} "
        hanging = self.width(mark)
        return _hang(self.blocks(note.blocks, columns=COLUMNS - hanging), mark, " " * hanging)

    def _mark(self, number: int) -> str:
        return f"[{self.words.note.format(number=number) if self.has_brackets else number}]"

    def _block(self, node: Any, columns: int) -> str:  # Any: one of the closed set of blocks
        match node:
            case Paragraph(inlines=inlines):
                return self._paragraph(inlines, columns)
            case Heading(inlines=inlines):
                self._told.clear()
                return self.heading(self.inlines(inlines).strip(), columns=columns)
            case List():
                return self._list(node, columns)
            case Quote():
                return self._quote(node, columns)
            case Code(code=code):
                return _hang(_CONTROLS.sub(" ", code), "    ", "    ")
            case Table():
                return self._table(node, columns)
            case Figure():
                return self._figure(node, columns)
            case Definitions(items=items):
                return "\n\n".join(
                    f"{self.wrap(self.inlines(item.term).strip(), columns=columns)}\n"
                    f"{_hang(self.blocks(item.blocks, columns=columns - 4), '    ', '    ')}"
                    for item in items
                )
            case Rule():
                return "* * *".center(columns).rstrip()
            case Embed(href=href, title=title):
                address = self._address(href)
                return self.wrap(
                    f"{self.text(title)} <{address}>" if title else f"<{address}>", columns=columns
                )
            case _:
                raise TypeError(f"not a block: {node!r}")

    def _paragraph(self, inlines: Iterable[Inline], columns: int) -> str:
        below: list[str] = []
        self._below = below
        words = self.wrap(self.inlines(inlines).strip(), columns=columns)
        self._below = None
        return "\n".join(filter(None, (words, *below)))

    def _list(self, node: List, columns: int) -> str:
        is_loose = any(isinstance(block, Paragraph) for item in node.items for block in item[1:])
        between = "\n\n" if is_loose else "\n"
        first = 1 if node.start is None else node.start
        items = []
        for number, item in enumerate(node.items, start=first):
            mark = f"{number}. " if node.ordered else "- "
            blocks = filter(None, (self._block(block, columns - len(mark)) for block in item))
            items.append(_hang(between.join(blocks), mark, " " * len(mark)))
        return between.join(items)

    def _quote(self, node: Quote, columns: int) -> str:
        said = self.blocks(node.blocks, columns=columns - 2)
        if node.attribution:
            by = self.text(node.attribution)
            dash = "" if by.startswith(("-", "–", "—", "―")) else "— "
            said += "\n" + self.wrap(by, columns=columns - 2, first=dash, rest=" " * len(dash))
        return _hang(said, "> ", "> ", on_empty=">")

    def _table(self, node: Table, columns: int) -> str:
        caption = self.wrap(self.inlines(node.caption).strip(), columns=columns)
        layout = Layout(
            say=self._cell,
            width=self.width,
            wrap=lambda words: self.wrap(words, columns=columns, rest="  "),
            label=lambda head, cell: self.words.labelled.format(label=head, text=cell),
        )
        return "\n\n".join(filter(None, (caption, lay_out(node, columns, layout))))

    def _cell(self, cell: Cell) -> str:
        """Write a cell on one line, its headings without the line below them."""
        blocks = (
            Paragraph(inlines=block.inlines) if isinstance(block, Heading) else block
            for block in cell.blocks
        )
        return _SPACE.sub(" ", self.blocks(blocks, columns=10_000)).strip()

    def _figure(self, node: Figure, columns: int) -> str:
        caption = self.inlines(node.caption).strip() or self.text(node.alt)
        credit = f"({self.text(node.credit)})" if node.credit else ""
        if not caption and not credit:
            return ""
        said = " ".join(filter(None, (caption, credit)))
        words = f"[{self.words.label('picture', said)}]"
        address = self._address(node.href) if node.href else ""
        return self.wrap(f"{words} <{address}>" if address else words, columns=columns)

    def _inline(self, node: Any) -> str:  # Any: one of the closed set of inlines
        match node:
            case Text(text=text):
                return self.text(text)
            case Emphasis(inlines=inlines):
                return _around("_", self.inlines(inlines))
            case Strong(inlines=inlines):
                return _around("*", self.inlines(inlines))
            case Strike(inlines=inlines):
                return _around("~~", self.inlines(inlines))
            case Small(inlines=inlines) | Subscript(inlines=inlines):
                return self.inlines(inlines)
            case Superscript(inlines=inlines):
                raised = self.inlines(inlines)
                return raised.translate(_RAISED) if set(raised) <= set(_DIGITS) else raised
            case InlineCode(code=code):
                return _SPACE.sub(" ", code)
            case Link():
                return self._link(node)
            case Image(alt=alt):
                return f"[{self.text(alt)}]" if alt else ""
            case Break():
                return "\n"
            case NoteRef(note=number):
                return self._mark(number)
            case _:
                raise TypeError(f"not an inline: {node!r}")

    def _link(self, node: Link) -> str:
        words = self.inlines(node.inlines)
        address = self._address(node.href)
        if not address:
            return words
        bare = address.removeprefix("mailto:").removeprefix("tel:")
        said = words.strip()
        if address.startswith("tel:") and re.sub(r"[\s()./-]", "", said) == bare:
            return words
        if said in ("", address, bare, bare.partition("://")[2]):
            return f"<{bare}>"
        if address in self._told:
            return words
        self._told.add(address)
        if self._below is not None and self.width(address) > _LONG:
            self._below.append(f"<{address}>")
            return words
        return f"{words} <{address}>"

    def _address(self, href: str) -> str:
        """Return where a link leads, "" if it leads to no web page: nobody can click on a place in a text."""
        if href.startswith("#"):
            return ""
        href = absolute(href, self.base_url)
        href = self.stand_ins.with_fields(
            href, str, FieldContext.TEXT_URL, has_fields=self.has_fields
        )
        return safe_href(href) or ""


#: An address longer than this breaks a sentence apart; three quarters of a line.
_LONG = 54
_DIGITS = "0123456789"
_RAISED = str.maketrans(_DIGITS, "⁰¹²³⁴⁵⁶⁷⁸⁹")


def holds_marks(article: Article) -> bool:
    """Whether the words of *article* hold what would look like a reference to one of its notes in the text part."""
    last = len(article.notes)
    for node in walk((article.blocks, article.notes)):
        said = node.text if isinstance(node, Text) else ""
        said = node.code if isinstance(node, InlineCode) else said
        if any(1 <= int(number) <= last for number in re.findall(r"\[(\d{1,4})\]", said)):
            return True
    return False


def _around(sign: str, words: str) -> str:
    """Put *sign* around the words, inside of the spaces at their ends."""
    bare = words.strip()
    if not bare or "\n" in bare:
        return words
    before, _, after = words.partition(bare)
    return f"{before}{sign}{bare}{sign}{after}"


def _hang(text: str, first: str, rest: str, *, on_empty: str = "") -> str:
    lines = text.split("\n")
    return "\n".join(
        (first if index == 0 else rest) + line
        if line
        else (first if index == 0 else on_empty).rstrip()
        for index, line in enumerate(lines)
    )
