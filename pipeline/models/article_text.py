"""The plain text of blocks and inlines."""

from __future__ import annotations

from pipeline.models.article import (
    Break,
    Cell,
    Code,
    Definition,
    Definitions,
    Embed,
    Emphasis,
    Figure,
    Heading,
    Image,
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


def plain_text(node: object) -> str:
    """
    Return the text of *node*, inlines or blocks or a tuple of them, without note references and alt texts.

    A break and the end of a block become a line end.
    """
    if isinstance(node, tuple):
        return "".join(plain_text(item) for item in node)
    match node:
        case Text(text=text):
            return text
        case InlineCode(code=code):
            return code
        case Break() | Rule():
            return "\n"
        case Image() | NoteRef():
            return ""
        case Link(inlines=inlines):
            return plain_text(inlines)
        case Strong(inlines=i) | Emphasis(inlines=i) | Strike(inlines=i) | Small(inlines=i):
            return plain_text(i)
        case Superscript(inlines=i) | Subscript(inlines=i):
            return plain_text(i)
        case Paragraph(inlines=i) | Heading(inlines=i):
            return plain_text(i) + "\n"
        case Code(code=code):
            return code + "\n"
        case List(items=items):
            return "".join(plain_text(item) for item in items)
        case Quote(blocks=blocks, attribution=by):
            return plain_text(blocks) + (f"{by}\n" if by else "")
        case Table(header=header, rows=rows, caption=caption):
            cells = plain_text(header) + "".join(plain_text(row) for row in rows)
            return cells + plain_text(caption) + "\n"
        case Cell(blocks=blocks) | Note(blocks=blocks):
            return plain_text(blocks)
        case Figure(caption=caption, credit=credit):
            return f"{plain_text(caption)}{' ' if caption and credit else ''}{credit or ''}\n"
        case Definitions(items=items):
            return plain_text(items)
        case Definition(term=term, blocks=blocks):
            return f"{plain_text(term)}\n{plain_text(blocks)}"
        case Embed(title=title, href=href):
            return f"{title or href}\n"
        case _:
            raise TypeError(f"not a block or an inline: {node!r}")
