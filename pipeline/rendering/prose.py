"""Write the article's tree as HTML: closed vocabulary in, escaped out."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import groupby
from typing import Any
from urllib.parse import urljoin

from pipeline.article import (
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
    plain_text,
    walk,
)
from pipeline.edition import Place
from pipeline.finding import Finding, Severity
from pipeline.issue import NoteAnchors
from pipeline.markup import escape_html
from pipeline.rendering.direction import begins_in_italics
from pipeline.rendering.pictures import Picture
from pipeline.rendering.pieces import StandIns
from pipeline.rendering.references import BETWEEN_REFERENCES, References
from pipeline.rendering.urls import safe_href
from pipeline.rendering.words import Words

# The ids of notes and of the references to them; no heading may take one.
_NOTE_ID = re.compile(r"fn(ref)?[0-9]+(-[0-9]+)?")
#: What fits beside the margins of the smallest screen; a wider picture must be able to shrink, blocked or not.
_NARROW_PX = 240
#: A table of so many columns is never wider than the smallest screen.
_FEW_COLUMNS = 3
_ALONE = (Link, NoteRef)
_ABSOLUTE = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
_WRAPPERS: Mapping[type, str] = {
    Strong: "strong",
    Emphasis: "em",
    Strike: "s",
    Superscript: "sup",
    Subscript: "sub",
    Small: "small",
}


@dataclass(kw_only=True)
class Prose:
    """
    The writer of one issue's article HTML.

    Args:
        shown: Everything that will be written, in reading order; settles headings, anchors and how often each note
            is cited.
        pictures: What to show for each `src`; sources without an entry are linked, not shown.
        notes_online: A link to the notes on the web stands in their place.
        base_url: The article's own address; relative links are resolved against it.
        direction: Of the text around, `ltr` or `rtl`; code always runs from the left.
        has_italics: Whether the script of the text around knows italics.
        level_above: The level of the heading written last; the title's is 1.
    """

    shown: tuple[Block, ...]
    notes: tuple[Note, ...]
    stand_ins: StandIns
    words: Words
    pictures: Mapping[str, Picture]
    has_fields: bool
    note_anchors: NoteAnchors = NoteAnchors.MAIL
    base_url: str | None = None
    notes_online: bool = False
    direction: str = "ltr"
    has_italics: bool = True
    level_above: int = 1
    findings: list[Finding] = field(default_factory=list)

    def __post_init__(self) -> None:
        nodes = list(walk((self.shown, self.notes)))
        headings = [node for node in nodes if isinstance(node, Heading)]
        levels = sorted({heading.level for heading in headings})
        self._level = {level: min(place, 6) for place, level in enumerate(levels, start=2)}
        anchors = {heading.anchor for heading in headings if heading.anchor}
        self._anchors = {name for name in anchors if not _NOTE_ID.fullmatch(name)}
        self._free_anchors = set(self._anchors)
        self._references = References(
            (node for node in nodes if isinstance(node, NoteRef)),
            anchors=self.note_anchors,
            base_url=self.base_url,
            words=self.words,
        )
        self._forwards = ' dir="ltr"' if self.direction == "rtl" else ""
        self._block: Mapping[type, Callable[[Any], str]] = {
            Paragraph: self._paragraph,
            Heading: self._heading,
            List: self._list,
            Quote: self._quote,
            Code: self._code,
            Table: self._table,
            Figure: self._figure,
            Definitions: self._definitions,
            Rule: lambda _: "<hr>",
            Embed: self._embed,
        }
        self._inline: Mapping[type, Callable[[Any], str]] = {
            Text: lambda node: self.text(node.text),
            InlineCode: lambda node: f"<code{self._forwards}>{escape_html(node.code)}</code>",
            Break: lambda _: "<br>",
            NoteRef: lambda node: self._references.reference(node.note),
            Link: self._link,
            Image: self._image,
        }

    def blocks(self, blocks: Iterable[Block]) -> str:
        """Write *blocks*, one after the other."""
        return "\n".join(self._block[type(block)](block) for block in blocks)

    def inlines(self, inlines: Iterable[Inline]) -> str:
        """Write *inlines*, a comma between two references: notes 1 and 2 are not note 12."""
        written = ""
        before = None
        for inline in inlines:
            if isinstance(inline, NoteRef) and isinstance(before, NoteRef):
                written = written.removesuffix("</sup>") + BETWEEN_REFERENCES
            written += self._one(inline)
            before = inline
        return written

    def text(self, text: str, place: Place = Place.HTML_TEXT) -> str:
        """Write the article's own words, with its fields if it may have any."""
        if not self.has_fields or "{{" not in text:
            return escape_html(text)
        return self.stand_ins.with_fields(text, escape_html, place)

    def endnotes(self) -> str:
        """Write the notes as a numbered list, each with the way back to where it is cited, below the way to the web."""
        self.level_above = 2
        if self.notes_online:
            return f"<div><h2>{self.words.html('notes')}</h2>\n{self._references.online()}</div>"
        items = "\n".join(self._note(note) for note in self.notes)
        online = self._references.online()
        heading = f"<h2>{self.words.html('notes')}</h2>"
        return f'<div role="doc-endnotes">{heading}\n{online}<ol>\n{items}\n</ol></div>'

    def lead(self, figure: Figure, width: int) -> str:
        """Write the lead image, in a column of *width* pixels."""
        return self._figure(figure, width)

    def _one(self, inline: Inline) -> str:
        if isinstance(inline, Emphasis) and not (
            self.has_italics or begins_in_italics(plain_text(inline.inlines))
        ):
            return f'<em class="upright">{self.inlines(inline.inlines)}</em>'
        if tag := _WRAPPERS.get(type(inline)):
            return f"<{tag}>{self.inlines(inline.inlines)}</{tag}>"  # type: ignore[union-attr]
        return self._inline[type(inline)](inline)

    # Notes

    def _note(self, note: Note) -> str:
        name = f"fn{note.number}"
        back = self._references.way_back(note.number)
        blocks = list(note.blocks)
        last = blocks.pop() if blocks else Paragraph(inlines=())
        before = self.blocks(blocks)  # first: references and headings are counted as they come
        if isinstance(last, Paragraph) and not blocks:
            ending = f"{self.inlines(last.inlines)}{back}"
        elif isinstance(last, Paragraph):
            ending = f"<p>{self.inlines(last.inlines)}{back}</p>"
        else:
            ending = self.blocks((last,)) + (f"<p>{back.lstrip()}</p>" if back else "")
        inside = "\n".join(filter(None, (before, ending)))
        return f'<li id="{name}"><a name="{name}"></a>{inside}</li>'

    # Inlines

    def _link(self, node: Link) -> str:
        """Write a link; references and links inside stand beside it, for a link in a link is two halves to a parser."""
        href = self._href(node.href, plain_text(node.inlines))
        if href is None:
            return "".join(map(self.inlines, _apart(node.inlines)))
        title = f' title="{self.text(node.title, Place.HTML_ATTRIBUTE)}"' if node.title else ""
        written = []
        for part in _apart(node.inlines):
            inside = self.inlines(part)
            is_link = not isinstance(part[0], _ALONE)
            written.append(f'<a href="{href}"{title}>{inside}</a>' if is_link else inside)
        return "".join(written) or f'<a href="{href}"{title}>{self.text(node.href)}</a>'

    def _href(self, href: str, words: str) -> str | None:
        """Return *href* ready for a double-quoted attribute, null if only its words can be kept."""
        if href.startswith("#") and href[1:] in self._anchors:
            return escape_html(href)
        whole = absolute(href, self.base_url)
        safe = safe_href(
            self.stand_ins.with_fields(whole, str, Place.HTML_URL, has_fields=self.has_fields)
        )
        if safe is None:
            self.findings.append(_unusable_link(href, words.strip()))
        return None if safe is None else escape_html(safe)

    def _image(self, node: Image) -> str:
        picture = self.pictures.get(node.src)
        if picture is None:
            return self.text(node.alt)
        width = min(picture.width, picture.measure) if picture.width else None
        is_wide = width and width > _NARROW_PX
        limit = f"width:100%;max-width:{width}px" if is_wide else ""
        return self._img(picture, node.alt, width, picture.height_at(width), limit)

    def _img(
        self, picture: Picture, alt: str, width: int | None, height: int | None, style: str
    ) -> str:
        """Write a picture; its sizes stand in attributes, which classic Outlook obeys, and CSS may make it smaller."""
        shown = f' width="{width}"' if width else ""
        shown += f' height="{height}"' if height else ""
        shown += f' style="{style}"' if style else ""
        return (
            f'<img src="{escape_html(picture.url)}" alt="{self.text(alt, Place.HTML_ATTRIBUTE)}"'
            f'{shown} border="0">'
        )

    # Blocks

    def _paragraph(self, node: Paragraph, name: str = "") -> str:
        """Write a paragraph; a picture in a line needs lines that can grow, also in classic Outlook."""
        if any(isinstance(inline, Image) and inline.src in self.pictures for inline in walk(node)):
            return f'<p style="mso-line-height-rule:at-least">{self.inlines(node.inlines)}</p>'
        return f"<p{name}>{self.inlines(node.inlines)}</p>"

    def _heading(self, node: Heading) -> str:
        self.level_above = min(self._level[node.level], self.level_above + 1)
        tag = f"h{self.level_above}"
        if node.anchor not in self._free_anchors:
            if node.anchor:
                self.findings.append(_taken_anchor(node.anchor))
            return f"<{tag}>{self.inlines(node.inlines)}</{tag}>"
        self._free_anchors.remove(node.anchor)
        anchor = escape_html(node.anchor)
        return f'<{tag} id="{anchor}"><a name="{anchor}"></a>{self.inlines(node.inlines)}</{tag}>'

    def _list(self, node: List) -> str:
        tag = "ol" if node.ordered else "ul"
        start = f' start="{node.start}"' if node.ordered and node.start not in (None, 1) else ""
        items = "\n".join(f"<li>{self._tight(item)}</li>" for item in node.items)
        return f"<{tag}{start}>\n{items}\n</{tag}>"

    def _tight(self, blocks: tuple[Block, ...]) -> str:
        """Write an item or cell without a paragraph around a single line of it."""
        if not blocks or not isinstance(blocks[0], Paragraph):
            return self.blocks(blocks)
        if any(isinstance(block, Paragraph) for block in blocks[1:]):
            return self.blocks(blocks)
        first, rest = self.inlines(blocks[0].inlines), self.blocks(blocks[1:])
        return f"{first}\n{rest}" if rest else first

    def _quote(self, node: Quote) -> str:
        """Write a quote; its bar is the border of a cell, for classic Outlook draws no other."""
        blocks = [*node.blocks]
        last = blocks.pop() if blocks and isinstance(blocks[-1], Paragraph) else None
        parts = [self.blocks(blocks)] if blocks else []
        if isinstance(last, Paragraph):
            parts.append(self._paragraph(last, ' class="last"'))
        if node.attribution:
            parts.append(f'<p class="attribution">{self.text(node.attribution)}</p>')
        inside = "\n".join(parts)
        return f"<blockquote>{_cell('bar', inside)}</blockquote>"

    def _code(self, node: Code) -> str:
        """Write code on a ground of its own, which in classic Outlook only cells have."""
        code = f"<pre{self._forwards}>\n{escape_html(node.code)}</pre>"  # a parser eats the first line end
        return f'<div class="block">{_cell("code tint", code)}</div>'

    def _table(self, node: Table) -> str:
        """
        Write a table; one of many columns can be moved sideways on a phone, by keys too.

        For that it stands in a table of fixed layout: in any other the whole page would grow with it.
        """
        caption = f"<caption>{self.inlines(node.caption)}</caption>" if node.caption else ""
        header = self._row(node.header, "th") if node.header else ""
        head = f"<thead>{header}</thead>" if header else ""
        rows = "\n".join(self._row(row, "td") for row in node.rows)
        columns = max(len(row) for row in (node.header, *node.rows)) if node.rows else 0
        table = (
            '<table class="data" border="0" cellpadding="0" cellspacing="0" width="100%">'
            f"{caption}{head}<tbody>{rows}</tbody></table>"
        )
        if columns <= _FEW_COLUMNS:
            return f'<div class="block">{table}</div>'
        return _cell("fit", f'<div class="wide" tabindex="0">{table}</div>', "fixed")

    def _row(self, cells: tuple[Cell, ...], tag: str) -> str:
        written = [self._cell(cell, tag) for cell in cells[:-1]]
        written += [self._cell(cell, tag, is_last=True) for cell in cells[-1:]]
        return f"<tr>{''.join(written)}</tr>"

    def _cell(self, cell: Cell, tag: str, *, is_last: bool = False) -> str:
        """Write a cell; the last one of a row, if set to the far side, ends where the text does."""
        spans = "".join(
            f' {name}="{number}"'
            for name, number in (("colspan", cell.colspan), ("rowspan", cell.rowspan))
            if number != 1
        )
        scope = ' scope="col"' if tag == "th" else ""
        far = "left" if self.direction == "rtl" else "right"
        align = f' style="text-align:{cell.align}"' if cell.align else ""
        if is_last and cell.align == far:
            align = ' class="num"'
        return f"<{tag}{scope}{spans}{align}>{self._tight(cell.blocks)}</{tag}>"

    def _figure(self, node: Figure, column: int | None = None) -> str:
        caption = self.inlines(node.caption)
        if node.credit:
            caption += (
                f'{" " if caption else ""}<span class="credit">{self.text(node.credit)}</span>'
            )
        under = f'\n<p class="caption">{caption}</p>' if caption else ""
        picture = self.pictures.get(node.src) if node.src else None
        image = ""
        if picture:
            column = column or picture.measure
            width = min(filter(None, (node.width, picture.width, column)))
            limit = f"max-width:{width}px" if width < column else ""
            height = picture.height_at(width) or _scaled(node.height, node.width, width)
            image = self._img(picture, node.alt, width, height, limit)
        href = self._href(node.href, node.alt) if node.href and image else None
        if href:
            image = f'<a href="{href}">{image}</a>'
        if not image and not under:
            under = f'<p class="caption">{self.text(node.alt)}</p>' if node.alt else ""
        kind = "picture" if under else "picture alone"
        return f'<p class="{kind}">{image}</p>{under}' if image else under

    def _definitions(self, node: Definitions) -> str:
        items = "\n".join(
            f"<dt>{self.inlines(item.term)}</dt>\n<dd>{self._tight(item.blocks)}</dd>"
            for item in node.items
        )
        return f"<dl>\n{items}\n</dl>"

    def _embed(self, node: Embed) -> str:
        title = self.text(node.title or node.href)
        href = self._href(node.href, node.title or node.href)
        if href is None:
            return f"<p>{title}</p>"
        link = f'<a href="{href}">{title}</a>'
        return f'<div class="block">{_cell("card", link)}</div>'


def absolute(href: str, base_url: str | None) -> str:
    """Return *href* as it leads from *base_url*, unchanged without one."""
    return href if base_url is None or _ABSOLUTE.match(href) else urljoin(base_url, href)


def _cell(name: str, html: str, layout: str = "") -> str:
    """Return *html* in a cell of the class *name*; to those who hear it, it is no table."""
    named = f' class="{layout}"' if layout else ""
    return (
        f'<table role="presentation"{named} border="0" cellpadding="0" cellspacing="0" width="100%">'
        f'<tr><td class="{name}">{html}</td></tr></table>'
    )


def _scaled(height: int | None, width: int | None, shown: int) -> int | None:
    """Return the height of a picture of *width* by *height* that is *shown* so wide; null if it is not known."""
    return round(height * shown / width) if height and width else None


def _apart(inlines: tuple[Inline, ...]) -> Iterator[tuple[Inline, ...]]:
    """Yield *inlines* in runs: of links and references, however deep they stand, and of what is between them."""
    for _, run in groupby(_split(inlines), key=lambda inline: isinstance(inline, _ALONE)):
        yield tuple(run)


def _split(inlines: tuple[Inline, ...]) -> Iterator[Inline]:
    for inline in inlines:
        if type(inline) not in _WRAPPERS:
            yield inline
            continue
        for run in _apart(inline.inlines):  # type: ignore[union-attr]  # wrappers have inlines
            if isinstance(run[0], _ALONE):
                yield from run
            else:
                yield replace(inline, inlines=run)  # type: ignore[arg-type]


def _taken_anchor(anchor: str) -> Finding:
    return Finding(
        code="anchor.duplicate",
        severity=Severity.WARNING,
        where=f"#{anchor}",
        message="More than one place bears this anchor; links lead to the first.",
        hint="Give the headings different anchors.",
    )


def _unusable_link(href: str, words: str) -> Finding:
    return Finding(
        code="link.unusable",
        severity=Severity.WARNING,
        where=f'the link "{words or href}"',
        message=f"It leads to {href[:120]}, which a mail cannot link to; its words are kept.",
        hint="Write the whole address, https://…, or give the article a canonical URL.",
    )
