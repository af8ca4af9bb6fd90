"""Load pages and write their articles as short text, so that a test shows structure at a glance."""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.loaders.base import Source
from pipeline.loaders.html import HtmlLoader
from pipeline.loaders.shared.completeness import find_unplaced_words
from pipeline.models import article
from pipeline.models.article import Article, Block, Inline

#: A paragraph long enough to be the text of an article.
LONG = (
    "The ferry to the outer island was rowed by two sisters for eleven years, and the book in which they wrote down "
    "every crossing lies in the harbour office to this day."
)
_MARKS: dict[type, tuple[str, str]] = {
    article.Strong: ("**", "**"),
    article.Emphasis: ("*", "*"),
    article.Strike: ("~~", "~~"),
    article.Highlight: ("==", "=="),
    article.Superscript: ("^(", ")"),
    article.Subscript: ("_(", ")"),
}


def load_page(html: str) -> Article:
    """Return the article of the page *html*, after checking that no word is missing."""
    source = Source(content=html.encode(), media_type="text/html", location="page.html")
    result = HtmlLoader().read(source)
    assert [] == find_unplaced_words(result)
    return result.article


def load_body(body: str, *, head: str = "") -> Article:
    """Return the article of a page with *body* in its `<article>`."""
    return load_page(
        f"<!DOCTYPE html><html lang=en><head>{head}</head><body><article>{body}</article></body></html>"
    )


def list_reasons(found: Article) -> set[str]:
    """Return the reasons for which parts of *found* were left out."""
    return {dropped.reason for dropped in found.dropped}


def write_notes(found: Article) -> list[str]:
    """Return the notes of *found*, each on one line."""
    return [write(note.blocks).replace("\n", " / ") for note in found.notes]


def write(blocks: Sequence[Block], indent: str = "") -> str:
    """Return *blocks* as text, one line each."""
    return "\n".join(_write_block(block, indent) for block in blocks)


def _write_block(block: Block, indent: str) -> str:
    match block:
        case article.Paragraph(inlines=inlines):
            return indent + _write_inlines(inlines)
        case article.Heading(level=level, inlines=inlines):
            return f"{indent}{'#' * level} {_write_inlines(inlines)}"
        case article.List(ordered=is_ordered, start=start, items=items):
            labels = [f"{(start or 1) + n}." if is_ordered else "-" for n in range(len(items))]
            return "\n".join(
                f"{indent}{label} {write(item, indent + '  ').lstrip()}"
                for label, item in zip(labels, items, strict=True)
            )
        case article.Quote(blocks=blocks):
            return "\n".join(f"{indent}> {line}" for line in write(blocks).split("\n"))
        case article.Table(header=header, rows=rows):
            lines = [
                " | ".join(write(cell.blocks) for cell in row) for row in (header, *rows) if row
            ]
            return "\n".join(f"{indent}| {line}" for line in lines)
        case article.Code(code=code):
            return f"{indent}```{code}```"
        case article.Definitions(items=entries):
            return "\n".join(
                f"{indent}{_write_inlines(entry.term)}: {write(entry.blocks)}" for entry in entries
            )
        case article.Figure(src=src):
            return f"{indent}[{src}]"
    return f"{indent}({block.type})"


def _write_inlines(inlines: Sequence[Inline]) -> str:
    written = []
    for node in inlines:
        match node:
            case article.Text(text=text):
                written.append(text)
            case article.NoteRef(note=number):
                written.append(f"[^{number}]")
            case article.Break():
                written.append("\\")
            case article.InlineCode(code=code):
                written.append(f"`{code}`")
            case article.Image(src=src):
                written.append(f"[{src}]")
            case article.Span() | article.Link():
                before, after = _MARKS.get(type(node), ("", ""))
                written.append(f"{before}{_write_inlines(node.inlines)}{after}")
    return "".join(written)
