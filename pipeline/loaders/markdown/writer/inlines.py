"""Write inlines as Markdown."""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.loaders.markdown.writer.escape import (
    escape_destination,
    escape_html,
    escape_line_start,
    escape_markdown,
    format_code,
    quote_title,
)
from pipeline.loaders.markdown.writer.html_form import ELEMENTS, write_image_tag, write_tag
from pipeline.models import article as nodes
from pipeline.models.article_text import plain_text

_DELIMITERS: dict[type[nodes.Span], str] = {
    nodes.Strong: "**",
    nodes.Emphasis: "*",
    nodes.Strike: "~~",
}


class InlineWriter:
    """
    Writes inlines.

    Args:
        is_strict: Write styles as tags and escape all punctuation.
        is_cell: Write for a cell of a table, on one line.
    """

    def __init__(self, *, is_strict: bool = False, is_cell: bool = False) -> None:
        self._is_strict = is_strict
        self._is_cell = is_cell

    def write(self, inlines: Sequence[nodes.Inline]) -> str:
        """Return *inlines* as one paragraph."""
        return escape_line_start(self._write_all(inlines, before="", after=""))

    def write_line(self, inlines: Sequence[nodes.Inline]) -> str:
        """Return *inlines* for a place where no block can begin, after `#` or in a cell."""
        return self._write_all(inlines, before="", after="")

    def write_text(self, text: str) -> str:
        """Return *text*."""
        return escape_markdown(text, is_strict=self._is_strict)

    def _write_all(self, inlines: Sequence[nodes.Inline], *, before: str, after: str) -> str:
        """Return *inlines*; *before* and *after* are the characters around them."""
        written = ""
        for index, node in enumerate(inlines):
            following = inlines[index + 1] if index + 1 < len(inlines) else None
            next_character = _first_character(following) if following else after
            written += self._write(node, (written or before)[-1:], next_character)
        return written

    def _write(self, node: nodes.Inline, before: str, after: str) -> str:
        match node:
            case nodes.Text(text=text):
                return self.write_text(text)
            case nodes.InlineCode(code=code):
                return self._write_code(code)
            case nodes.Break():
                return "<br>" if self._is_strict or self._is_cell else "\\\n"
            case nodes.NoteRef(note=note):
                return f"[^{note}]"
            case nodes.Image(src=src, alt=alt):
                if self._is_strict:
                    return write_image_tag(node)
                return f"![{self.write_text(alt)}]({escape_destination(src)})"
            case nodes.Link():
                return self._write_link(node)
            case nodes.Span(inlines=inlines):
                return self._write_span(node, inlines, before, after)

    def _write_code(self, code: str) -> str:
        if self._is_strict or self._is_cell or "\n" in code or "{" in code or not code.strip():
            return f"<code>{self.write_text(code)}</code>"
        return format_code(code)

    def _write_link(self, link: nodes.Link) -> str:
        content = self._write_all(link.inlines, before="[", after="]")
        if self._is_strict:
            return f"{write_tag('a', href=link.href, title=link.title)}{content}</a>"
        title = f" {quote_title(link.title)}" if link.title else ""
        return f"[{content}]({escape_destination(link.href)}{title})"

    def _write_span(
        self, node: nodes.Span, inlines: Sequence[nodes.Inline], before: str, after: str
    ) -> str:
        delimiter = _DELIMITERS.get(type(node))
        is_safe = _can_delimit(plain_text(tuple(inlines)), before, after)
        if delimiter and is_safe and not self._is_strict:
            content = self._write_all(inlines, before=delimiter[0], after=delimiter[0])
            return f"{delimiter}{content}{delimiter}"
        name = ELEMENTS[type(node)]
        return f"<{name}>{self._write_all(inlines, before='>', after='<')}</{name}>"


def write_markdown_image(figure: nodes.Figure, caption: str | None, writer: InlineWriter) -> str:
    """Return *figure*, whose caption is plain text, as an image with its attributes."""
    title = f" {quote_title(caption)}" if caption else ""
    image = f"![{writer.write_text(figure.alt)}]({escape_destination(figure.src) if figure.src else ''}{title})"
    values = (("credit", figure.credit), ("width", figure.width), ("height", figure.height))
    attributes = " ".join(f'{name}="{escape_html(str(value))}"' for name, value in values if value)
    image += f"{{{attributes}}}" if attributes else ""
    return f"[{image}]({escape_destination(figure.href)})" if figure.href else image


def _can_delimit(text: str, before: str, after: str) -> bool:
    """Whether `*` between *text* and the characters around it begins and ends emphasis (CommonMark §6.2)."""
    first, last = text[:1], text[-1:]
    if not text or first.isspace() or last.isspace() or {before, after} & {"*", "~", "\\"}:
        return False
    opens = first.isalnum() or not before.isalnum()
    closes = last.isalnum() or not after.isalnum()
    return opens and closes


def _first_character(node: nodes.Inline) -> str:
    if isinstance(node, nodes.Span) and type(node) in _DELIMITERS:
        return "*"
    return plain_text((node,))[:1]
