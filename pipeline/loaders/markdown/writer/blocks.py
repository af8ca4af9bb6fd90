"""Write blocks as Markdown, or as HTML where Markdown has no syntax for them."""

from __future__ import annotations

from collections.abc import Sequence
from enum import IntEnum

from pipeline.loaders.markdown.writer.escape import escape_html
from pipeline.loaders.markdown.writer.html_form import write_html_block
from pipeline.loaders.markdown.writer.inlines import InlineWriter, write_markdown_image
from pipeline.models import article as nodes

#: Keeps two lists apart.
SEPARATOR = "<!-- -->"
_ALIGNS = {"left": ":---", "center": ":---:", "right": "---:", None: "---"}


class Form(IntEnum):
    """How a block is written: each form is more certain to be read as meant, and harder to read."""

    #: Markdown with the fewest escapes.
    READABLE = 0
    #: Markdown with tags for styles, and all punctuation escaped.
    STRICT = 1
    #: HTML.
    HTML = 2


class BlockWriter:
    """Writes blocks in *form*."""

    def __init__(self, form: Form) -> None:
        self._form = form
        self._inlines = InlineWriter(is_strict=form > Form.READABLE)
        self._cells = InlineWriter(is_strict=form > Form.READABLE, is_cell=True)

    def write_blocks(self, blocks: Sequence[nodes.Block]) -> str:
        """Return *blocks*, with a blank line between two of them."""
        written: list[str] = []
        for index, block in enumerate(blocks):
            if index and would_join(blocks[index - 1], block):
                written.append(SEPARATOR)
            written.append(self.write_block(block))
        return "\n\n".join(written)

    def write_block(self, block: nodes.Block) -> str:
        """Return *block*."""
        if self._form == Form.HTML:
            return write_html_block(block)
        match block:
            case nodes.Paragraph(inlines=inlines):
                return self._inlines.write(inlines)
            case nodes.Heading():
                return self._write_heading(block)
            case nodes.List():
                return self._write_list(block)
            case nodes.Quote(blocks=blocks, attribution=by):
                text = self.write_blocks(blocks) + (
                    f"\n\n— {self._inlines.write_text(by)}" if by else ""
                )
                return _indent(text, "> ", "> ")
            case nodes.Code(code=code, language=language):
                return _write_code(code, language)
            case nodes.Table():
                return self._write_table(block) or write_html_block(block)
            case nodes.Figure():
                return self._write_figure(block)
            case nodes.Definitions(items=items):
                return self._write_definitions(items) or write_html_block(block)
            case nodes.Rule():
                return "* * *"
            case nodes.Embed():
                return write_html_block(block)

    def write_note(self, number: int, blocks: Sequence[nodes.Block]) -> str:
        """Return the definition of the note *number*."""
        text = self.write_blocks(blocks)
        starts_on_next_line = bool(blocks) and isinstance(
            blocks[0], nodes.List | nodes.Code | nodes.Quote | nodes.Table | nodes.Definitions
        )
        if starts_on_next_line:
            return f"[^{number}]:\n\n{_indent(text, '    ', '    ')}"
        return _indent(text, f"[^{number}]: ", "    ") if text else f"[^{number}]:"

    def _write_heading(self, heading: nodes.Heading) -> str:
        if any(isinstance(node, nodes.Break) for node in heading.inlines):
            return write_html_block(heading)
        anchor = f" {{#{heading.anchor}}}" if heading.anchor else ""
        return f"{'#' * heading.level} {self._inlines.write_line(heading.inlines)}{anchor}"

    def _write_list(self, block: nodes.List) -> str:
        first = 1 if block.start is None else block.start
        if (block.ordered and not 0 <= first < 999_000_000) or not all(block.items):
            return write_html_block(block)
        items = []
        is_loose = any(len(item) > 1 for item in block.items)
        for number, item in enumerate(block.items, start=first):
            marker = f"{number}. " if block.ordered else "- "
            items.append(_indent(self.write_blocks(item), marker, " " * len(marker)))
        return ("\n\n" if is_loose else "\n").join(items)

    def _write_figure(self, figure: nodes.Figure) -> str:
        caption = "".join(node.text for node in figure.caption if isinstance(node, nodes.Text))
        is_plain = all(isinstance(node, nodes.Text) for node in figure.caption)
        is_found = bool(figure.src or figure.alt or caption)
        if not is_plain or not is_found or (not figure.src and not figure.alt):
            return write_html_block(figure)
        return write_markdown_image(figure, caption, self._inlines)

    def _write_table(self, table: nodes.Table) -> str | None:
        """Return a table of Markdown, None if it cannot express *table*."""
        rows = (table.header, *table.rows)
        columns = len(table.header)
        aligns = [cell.align for cell in table.header]
        if not columns or not table.rows or table.caption:
            return None
        for row in rows:
            if len(row) != columns or [cell.align for cell in row] != aligns:
                return None
            if any(cell.colspan != 1 or cell.rowspan != 1 or not _is_line(cell) for cell in row):
                return None
        lines = [self._write_row(row) for row in rows]
        lines.insert(1, f"| {' | '.join(_ALIGNS[align] for align in aligns)} |")
        return "\n".join(lines)

    def _write_row(self, row: Sequence[nodes.Cell]) -> str:
        cells = (
            self._cells.write_line(block.inlines)
            for cell in row
            for block in cell.blocks or (nodes.Paragraph(inlines=()),)
            if isinstance(block, nodes.Paragraph)
        )
        return f"| {' | '.join(cells)} |"

    def _write_definitions(self, items: Sequence[nodes.Definition]) -> str | None:
        """Return a definition list of Markdown, None if it cannot express *items*."""
        written = []
        for item in items:
            has_break = any(isinstance(node, nodes.Break) for node in item.term)
            if not item.term or not item.blocks or has_break:
                return None
            if not isinstance(item.blocks[0], nodes.Paragraph):
                return None
            definition = _indent(self.write_blocks(item.blocks), ":   ", "    ")
            written.append(f"{self._inlines.write(item.term)}\n{definition}")
        return "\n\n".join(written)


def write_comment(lines: Sequence[str]) -> str:
    """Return *lines* as a comment, which is not mailed."""
    text = "\n".join(lines)
    while "--" in text:
        text = text.replace("--", "- -")
    return f"<!--\n{text}\n-->"


def would_join(before: nodes.Block, block: nodes.Block) -> bool:
    """Whether two blocks, one after the other, would be read as one."""
    kinds = (nodes.List, nodes.Definitions)
    return isinstance(block, kinds) and isinstance(before, kinds)


def _write_code(code: str, language: str | None) -> str:
    fence = "```"
    while fence in code:
        fence += "`"
    if language and (not language.strip() or "`" in language or " " in language):
        return (
            f'<pre><code class="language-{escape_html(language)}">{escape_html(code)}</code></pre>'
        )
    return f"{fence}{language or ''}\n{code}\n{fence}"


def _is_line(cell: nodes.Cell) -> bool:
    """Whether *cell* is one paragraph or empty."""
    return not cell.blocks or (
        len(cell.blocks) == 1 and isinstance(cell.blocks[0], nodes.Paragraph)
    )


def _indent(text: str, first: str, rest: str) -> str:
    """Return *text* with *first* before its first line and *rest* before all others that are not empty."""
    lines = text.split("\n")
    indented = [first + lines[0]]
    indented += [f"{rest}{line}".rstrip() if not line else f"{rest}{line}" for line in lines[1:]]
    return "\n".join(indented)
