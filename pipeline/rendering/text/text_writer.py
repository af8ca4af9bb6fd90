"""Write the article's tree as plain text, the way people write it by hand."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from pipeline.markup import count_columns
from pipeline.models import article as nodes
from pipeline.models.edition import FieldContext
from pipeline.models.tree import walk
from pipeline.rendering.interface_texts import Translations
from pipeline.rendering.issue_values import has_references
from pipeline.rendering.placeholder_stash import PlaceholderStash
from pipeline.rendering.safe_links import resolve_url, to_safe_url
from pipeline.rendering.text.text_tables import write_table
from pipeline.rendering.text.text_width import COLUMNS, wrap

_CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f\x85\u2028\u2029\ud800-\udfff\ufffe\uffff]")
_SPACE = re.compile("[\x00-\x20\x7f\x85\u2028\u2029\ud800-\udfff\ufffe\uffff]+")
#: A longer URL interrupts a sentence; three quarters of a line.
_MAX_INLINE_URL_COLUMNS = 54
#: Headings of this level and above are underlined with hyphens, those below with tildes.
_SECTION_LEVEL = 2
#: What surrounds a style; text has no form for the others.
_MARKERS: Mapping[type, str] = {
    nodes.Emphasis: "_",
    nodes.Strong: "*",
    nodes.Strike: "~~",
    nodes.Highlight: "==",
}
_DIGITS = "0123456789"
_SUPERSCRIPTS = str.maketrans(_DIGITS, "⁰¹²³⁴⁵⁶⁷⁸⁹")
_SUBSCRIPTS = str.maketrans(_DIGITS, "₀₁₂₃₄₅₆₇₈₉")
#: What is raised in a formula: a number with a sign, a variable, an expression. Not the end of "1st", "2e" or "Mme".
_EXPONENT = re.compile(
    r"[-+−–]?(?:\d+[a-z]?|[xyzijkmn])|.*[\d)][ ]?[-+−–*/=·].*|.*[-+−–*/=·][ ]?[\d(a-z].*"
)
#: Raised or lowered, this needs no parentheses to be one thing.
_ONE_TERM = re.compile(r"[-+−–]?\w+")


@dataclass(kw_only=True)
class TextWriter:
    """
    Writes one issue's text part.

    A URL follows its link text, `text <https://…>`; a long one is written below the paragraph, to keep the sentence
    readable. Each URL is written once per section and once per note.

    Args:
        has_brackets: Whether the text has bracketed numbers of its own, such as `[1]`; references are then written
            `[Note 1]`.
        missing_images: Addresses of images that are not shown; their captions are left out.
    """

    stash: PlaceholderStash
    translations: Translations
    has_fields: bool
    base_url: str | None = None
    has_brackets: bool = False
    missing_images: Collection[str] = ()
    _written_urls: set[str] = field(default_factory=set, init=False)
    _urls_below: list[str] | None = field(default=None, init=False)

    def write_blocks(self, blocks: Iterable[nodes.Block], *, columns: int = COLUMNS) -> str:
        """Write *blocks* with an empty line between them."""
        return "\n\n".join(filter(None, (self._write_block(block, columns) for block in blocks)))

    def write_text(self, text: str, context: FieldContext = FieldContext.TEXT) -> str:
        """Write text of the article, with its fields if it may have any."""
        return self.stash.replace_fields(
            _SPACE.sub(" ", text), str, context, has_fields=self.has_fields
        )

    def write_inlines(self, inlines: Iterable[nodes.Inline]) -> str:
        """Write *inlines*: references as `[1]`, links as their text and `<URL>`."""
        return "".join(self._write_inline(inline) for inline in inlines)

    def measure(self, text: str) -> int:
        """Return how many columns *text* takes, with fields as wide as their fallbacks."""
        return count_columns(self.stash.fill_sample(text))

    def wrap(
        self, text: str, *, columns: int = COLUMNS, first_indent: str = "", indent: str = ""
    ) -> str:
        """Wrap *text* to lines of at most *columns*."""
        return wrap(
            text, columns=columns, first_indent=first_indent, indent=indent, measure=self.measure
        )

    def write_heading(self, text: str, *, underline: str = "-", columns: int = COLUMNS) -> str:
        """Write a heading, underlined."""
        lines = self.wrap(text, columns=columns)
        longest = max(self.measure(line) for line in lines.split("\n"))
        return f"{lines}\n{underline * min(columns, longest)}".rstrip()

    def write_notes(self, notes: Iterable[nodes.Note]) -> str:
        """Write *notes*, each with its number and a hanging indent."""
        return "\n\n".join(self._write_note(note) for note in notes)

    def _write_note(self, note: nodes.Note) -> str:
        self._written_urls.clear()
        marker = f"{self._format_reference(note.number)} "
        width = self.measure(marker)
        return _indent(self.write_blocks(note.blocks, columns=COLUMNS - width), marker, " " * width)

    def _format_reference(self, number: int) -> str:
        if self.has_brackets:
            return f"[{self.translations.note.format(number=number)}]"
        return f"[{number}]"

    def _write_block(self, node: Any, columns: int) -> str:  # Any: one of the closed set of blocks
        match node:
            case nodes.Paragraph(inlines=inlines):
                return self._write_paragraph(inlines, columns)
            case nodes.Heading(inlines=inlines):
                self._written_urls.clear()
                return self.write_heading(
                    self.write_inlines(inlines).strip(),
                    underline="-" if node.level <= _SECTION_LEVEL else "~",
                    columns=columns,
                )
            case nodes.List():
                return self._write_list(node, columns)
            case nodes.Quote():
                return self._write_quote(node, columns)
            case nodes.Code(code=code):
                return _indent(_CONTROLS.sub(" ", code), "    ", "    ")
            case nodes.Table():
                return self._write_table(node, columns)
            case nodes.Figure():
                return self._write_figure(node, columns)
            case nodes.Definitions(items=items):
                return "\n\n".join(
                    f"{self.wrap(self.write_inlines(item.term).strip(), columns=columns)}\n"
                    f"{_indent(self.write_blocks(item.blocks, columns=columns - 4), '    ', '    ')}"
                    for item in items
                )
            case nodes.Rule():
                return "* * *".center(columns).rstrip()
            case nodes.Embed(href=href, title=title):
                url = self._format_url(href)
                text = f"{self.write_text(title)} <{url}>" if title else f"<{url}>"
                return self.wrap(text, columns=columns)
            case _:
                raise TypeError(f"not a block: {node!r}")

    def _write_paragraph(self, inlines: Iterable[nodes.Inline], columns: int) -> str:
        below: list[str] = []
        self._urls_below = below
        text = self.wrap(self.write_inlines(inlines).strip(), columns=columns)
        self._urls_below = None
        return "\n".join(filter(None, (text, *below)))

    def _write_list(self, node: nodes.List, columns: int) -> str:
        is_loose = any(
            isinstance(block, nodes.Paragraph) for item in node.items for block in item[1:]
        )
        separator = "\n\n" if is_loose else "\n"
        start = 1 if node.start is None else node.start
        items = []
        for number, item in enumerate(node.items, start=start):
            marker = f"{number}. " if node.ordered else "- "
            blocks = (self._write_block(block, columns - len(marker)) for block in item)
            items.append(_indent(separator.join(filter(None, blocks)), marker, " " * len(marker)))
        return separator.join(items)

    def _write_quote(self, node: nodes.Quote, columns: int) -> str:
        text = self.write_blocks(node.blocks, columns=columns - 2)
        if node.attribution:
            attribution = self.write_text(node.attribution)
            dash = "" if attribution.startswith(("-", "–", "—", "―")) else "— "
            text += "\n" + self.wrap(
                attribution, columns=columns - 2, first_indent=dash, indent=" " * len(dash)
            )
        return _indent(text, "> ", "> ", empty=">")

    def _write_table(self, node: nodes.Table, columns: int) -> str:
        caption = self.wrap(self.write_inlines(node.caption).strip(), columns=columns)
        return "\n\n".join(filter(None, (caption, write_table(node, columns, self))))

    def write_cell(self, cell: nodes.Cell) -> str:
        """Write a table cell on one line, its headings not underlined."""
        blocks = (
            nodes.Paragraph(inlines=block.inlines) if isinstance(block, nodes.Heading) else block
            for block in cell.blocks
        )
        return _SPACE.sub(" ", self.write_blocks(blocks, columns=10_000)).strip()

    def label_cell(self, heading: str, text: str) -> str:
        """Return the *text* of a table cell behind the *heading* of its column."""
        return self.translations.labelled.format(label=heading, text=text)

    def _write_figure(self, node: nodes.Figure, columns: int) -> str:
        is_missing = node.src is None or node.src in self.missing_images
        if is_missing and not has_references(node):
            return ""
        caption = self.write_inlines(node.caption).strip()
        alt = self.write_text(node.alt).strip()
        credit = f"({self.write_text(node.credit)})" if node.credit else ""
        below = " ".join(filter(None, (caption, credit)))
        if not alt or alt == caption:
            alt, below = below, ""
        if not alt:
            return ""
        text = f"[{self.translations.add_label('image', alt)}]"
        url = self._format_url(node.href) if node.href else ""
        lines = (f"{text} <{url}>" if url else text, below)
        return "\n".join(self.wrap(line, columns=columns) for line in lines if line)

    def _write_inline(self, node: Any) -> str:  # Any: one of the closed set of inlines
        match node:
            case nodes.Text(text=text):
                return self.write_text(text)
            case nodes.Superscript(inlines=inlines):
                return _raise(self.write_inlines(inlines))
            case nodes.Subscript(inlines=inlines):
                return _lower(self.write_inlines(inlines))
            case nodes.Span(inlines=inlines):
                return _surround(_MARKERS.get(type(node), ""), self.write_inlines(inlines))
            case nodes.InlineCode(code=code):
                return _SPACE.sub(" ", code)
            case nodes.Link():
                return self._write_link(node)
            case nodes.Image(alt=alt):
                return f"[{self.write_text(alt)}]" if alt else ""
            case nodes.Break():
                return "\n"
            case nodes.NoteRef(note=number):
                return self._format_reference(number)
            case _:
                raise TypeError(f"not an inline: {node!r}")

    def _write_link(self, node: nodes.Link) -> str:
        text = self.write_inlines(node.inlines)
        url = self._format_url(node.href)
        if not url:
            return text
        bare = url.removeprefix("mailto:").removeprefix("tel:")
        label = text.strip()
        if url.startswith("tel:") and re.sub(r"[\s()./-]", "", label) == bare:
            return text
        if label in ("", url, bare, bare.partition("://")[2]):
            return f"<{bare}>"
        if url in self._written_urls:
            return text
        self._written_urls.add(url)
        if self._urls_below is not None and self.measure(url) > _MAX_INLINE_URL_COLUMNS:
            self._urls_below.append(f"<{url}>")
            return text
        return f"{text} <{url}>"

    def _format_url(self, href: str) -> str:
        """Return the URL of a link, "" if it only leads to another place in the text."""
        if href.startswith("#"):
            return ""
        url = resolve_url(href, self.base_url)
        url = self.stash.replace_fields(url, str, FieldContext.TEXT_URL, has_fields=self.has_fields)
        return to_safe_url(url) or ""


def has_bracketed_numbers(article: nodes.Article) -> bool:
    """Whether the text of *article* contains what would look like a reference to one of its notes."""
    note_count = len(article.notes)
    for node in walk((article.blocks, article.notes)):
        text = node.text if isinstance(node, nodes.Text) else ""
        text = node.code if isinstance(node, nodes.InlineCode) else text
        if any(1 <= int(number) <= note_count for number in re.findall(r"\[(\d{1,4})\]", text)):
            return True
    return False


def _surround(marker: str, text: str) -> str:
    """Put *marker* around *text*, inside the spaces at its ends."""
    bare = text.strip()
    if not bare or "\n" in bare:
        return text
    before, _, after = text.partition(bare)
    return f"{before}{marker}{bare}{marker}{after}"


def _raise(text: str) -> str:
    """Return *text* as it is written above the line: `²`, `^-3`, `^(n+1)`; the end of an ordinal as it is."""
    if set(text) <= set(_DIGITS):
        return text.translate(_SUPERSCRIPTS)
    return f"^{_group(text)}" if _EXPONENT.fullmatch(text) else text


def _lower(text: str) -> str:
    """Return *text* as it is written below the line: `₂`, `_n`, `_(n+1)`."""
    if set(text) <= set(_DIGITS):
        return text.translate(_SUBSCRIPTS)
    return f"_{_group(text)}" if text.strip() else text


def _group(text: str) -> str:
    return text if _ONE_TERM.fullmatch(text) else f"({text})"


def _indent(text: str, first: str, rest: str, *, empty: str = "") -> str:
    """Put *first* before the first line of *text*, *rest* before the others and *empty* before empty ones."""
    first_line, *others = text.split("\n")
    lines = [first + first_line if first_line else first.rstrip()]
    lines += [rest + line if line else empty for line in others]
    return "\n".join(lines)
