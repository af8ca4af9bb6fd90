"""The plain text of blocks and inlines."""

from __future__ import annotations

from pipeline.models import article as nodes


def plain_text(node: object) -> str:
    """
    Return the text of *node*, inlines or blocks or a tuple of them, without note references and alt texts.

    A break and the end of a block become a line end.
    """
    if isinstance(node, tuple):
        return "".join(plain_text(item) for item in node)
    match node:
        case nodes.Text(text=text):
            return text
        case nodes.InlineCode(code=code):
            return code
        case nodes.Break() | nodes.Rule():
            return "\n"
        case nodes.Image() | nodes.NoteRef():
            return ""
        case nodes.Span(inlines=inlines) | nodes.Link(inlines=inlines):
            return plain_text(inlines)
        case nodes.Paragraph(inlines=inlines) | nodes.Heading(inlines=inlines):
            return plain_text(inlines) + "\n"
        case nodes.Code(code=code):
            return code + "\n"
        case nodes.List(items=items):
            return "".join(plain_text(item) for item in items)
        case nodes.Quote(blocks=blocks, attribution=by):
            return plain_text(blocks) + (f"{by}\n" if by else "")
        case nodes.Table(header=header, rows=rows, caption=caption):
            cells = plain_text(header) + "".join(plain_text(row) for row in rows)
            return cells + plain_text(caption) + "\n"
        case nodes.Cell(blocks=blocks) | nodes.Note(blocks=blocks):
            return plain_text(blocks)
        case nodes.Figure(caption=caption, credit=credit):
            return f"{plain_text(caption)}{' ' if caption and credit else ''}{credit or ''}\n"
        case nodes.Definitions(items=items):
            return plain_text(items)
        case nodes.Definition(term=term, blocks=blocks):
            return f"{plain_text(term)}\n{plain_text(blocks)}"
        case nodes.Embed(title=title, href=href):
            return f"{title or href}\n"
        case _:
            raise TypeError(f"not a block or an inline: {node!r}")
