"""Write what stands within a line as HTML: closed vocabulary in, escaped out."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import groupby
from typing import Any
from urllib.parse import urljoin

from pipeline.markup import escape_html
from pipeline.models.article import (
    Block,
    Break,
    Emphasis,
    Heading,
    Image,
    Inline,
    InlineCode,
    Link,
    Note,
    NoteRef,
    Small,
    Strike,
    Strong,
    Subscript,
    Superscript,
    Text,
)
from pipeline.models.article_text import plain_text
from pipeline.models.edition import FieldContext
from pipeline.models.finding import Finding, Severity
from pipeline.models.issue import NoteAnchors
from pipeline.models.tree import walk
from pipeline.rendering.direction import begins_in_italics
from pipeline.rendering.images import Picture
from pipeline.rendering.interface_words import Words
from pipeline.rendering.note_links import BETWEEN_REFERENCES, References
from pipeline.rendering.safe_links import safe_href
from pipeline.rendering.shell_tokens import StandIns

# The ids of notes and of the references to them; no heading may take one.
_NOTE_ID = re.compile(r"fn(ref)?[0-9]+(-[0-9]+)?")
#: What fits beside the margins of the smallest screen; a wider picture must be able to shrink, blocked or not.
_NARROW_PX = 240
_ALONE = (Link, NoteRef)
#: Signs behind which a line may end; none is escaped in HTML.
_EAST_ASIAN = re.compile(
    r"[\u3001-\u3020\u3041-\u3096\u30a0-\u30ff\u3400-\u9fff\uf900-\ufaff\uff01-\uff60]\Z"
)
_HELD = '<span style="white-space:nowrap">'
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
class RunningText:
    """
    The writer of what stands within the lines of one issue's article.

    Args:
        shown: Everything that will be written, in reading order; settles headings, anchors and how often each note
            is cited.
        pictures: What to show for each `src`; sources without an entry are linked, not shown.
        base_url: The article's own address; relative links are resolved against it.
        direction: Of the text around, `ltr` or `rtl`; code always runs from the left.
        has_italics: Whether the script of the text around knows italics.
    """

    shown: tuple[Block, ...]
    notes: tuple[Note, ...]
    stand_ins: StandIns
    words: Words
    pictures: Mapping[str, Picture]
    has_fields: bool
    note_anchors: NoteAnchors = NoteAnchors.MAIL
    base_url: str | None = None
    direction: str = "ltr"
    has_italics: bool = True
    findings: list[Finding] = field(default_factory=list)

    def __post_init__(self) -> None:
        nodes = list(walk((self.shown, self.notes)))
        anchors = {node.anchor for node in nodes if isinstance(node, Heading) and node.anchor}
        self._anchors = {name for name in anchors if not _NOTE_ID.fullmatch(name)}
        self._references = References(
            (node for node in nodes if isinstance(node, NoteRef)),
            anchors=self.note_anchors,
            base_url=self.base_url,
            words=self.words,
        )
        self._forwards = ' dir="ltr"' if self.direction == "rtl" else ""
        self._inline: Mapping[type, Callable[[Any], str]] = {
            Text: lambda node: self.text(node.text),
            InlineCode: lambda node: f"<code{self._forwards}>{escape_html(node.code)}</code>",
            Break: lambda _: "<br>",
            NoteRef: lambda node: self._references.reference(node.note),
            Link: self._link,
            Image: self._image,
        }

    def inlines(self, inlines: Iterable[Inline]) -> str:
        """
        Write *inlines*, a comma between two references: notes 1 and 2 are not note 12.

        A line may end after an East Asian sign: there a reference is held to it, or it would begin the next one.
        """
        written, after = "", ""
        before = None
        for inline in inlines:
            is_reference = isinstance(inline, NoteRef)
            if is_reference and isinstance(before, NoteRef):
                written = written.removesuffix("</sup>") + BETWEEN_REFERENCES
            elif is_reference and isinstance(before, Text) and _EAST_ASIAN.search(before.text):
                written = f"{written[:-1]}{_HELD}{written[-1]}"
                after = "</span>"
            elif not is_reference:
                written, after = written + after, ""
            written += self._one(inline)
            before = inline
        return written + after

    def text(self, text: str, place: FieldContext = FieldContext.HTML_TEXT) -> str:
        """Write the article's own words, with its fields if it may have any."""
        if not self.has_fields or "{{" not in text:
            return escape_html(text)
        return self.stand_ins.with_fields(text, escape_html, place)

    def _one(self, inline: Inline) -> str:
        if isinstance(inline, Emphasis) and not (
            self.has_italics or begins_in_italics(plain_text(inline.inlines))
        ):
            return f'<em class="upright">{self.inlines(inline.inlines)}</em>'
        if tag := _WRAPPERS.get(type(inline)):
            return f"<{tag}>{self.inlines(inline.inlines)}</{tag}>"  # type: ignore[union-attr]  # wrappers have inlines
        return self._inline[type(inline)](inline)

    def _link(self, node: Link) -> str:
        """Write a link; references and links inside stand beside it, for a link in a link is two halves to a parser."""
        href = self._href(node.href, plain_text(node.inlines))
        if href is None:
            return "".join(map(self.inlines, _apart(node.inlines)))
        title = (
            f' title="{self.text(node.title, FieldContext.HTML_ATTRIBUTE)}"' if node.title else ""
        )
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
            self.stand_ins.with_fields(
                whole, str, FieldContext.HTML_URL, has_fields=self.has_fields
            )
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
            f'<img src="{escape_html(picture.url)}" alt="{self.text(alt, FieldContext.HTML_ATTRIBUTE)}"'
            f'{shown} border="0">'
        )


def absolute(href: str, base_url: str | None) -> str:
    """Return *href* as it leads from *base_url*, unchanged without one."""
    return href if base_url is None or _ABSOLUTE.match(href) else urljoin(base_url, href)


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
                yield replace(inline, inlines=run)  # type: ignore[arg-type]  # as above


def _unusable_link(href: str, words: str) -> Finding:
    return Finding(
        code="link.unusable",
        severity=Severity.WARNING,
        where=f'the link "{words or href}"',
        message=f"It leads to {href[:120]}, which a mail cannot link to; its words are kept.",
        hint="Write the whole address, https://…, or give the article a canonical URL.",
    )
