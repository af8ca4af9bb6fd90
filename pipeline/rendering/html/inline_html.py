"""Write inlines as HTML: known node types in, escaped HTML out."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import groupby
from typing import Any

from pipeline.markup import escape_html
from pipeline.models import article as nodes
from pipeline.models.article_text import plain_text
from pipeline.models.edition import FieldContext
from pipeline.models.finding import Finding, Severity
from pipeline.models.issue import NoteAnchors
from pipeline.models.tree import walk
from pipeline.rendering.html.note_links import BETWEEN_REFERENCES, NoteForm, NoteLinks
from pipeline.rendering.images.email_image import EmailImage
from pipeline.rendering.interface_texts import Translations
from pipeline.rendering.locales import starts_with_italics
from pipeline.rendering.placeholder_stash import PlaceholderStash
from pipeline.rendering.safe_links import resolve_url, to_safe_url

# The ids of notes and references; headings must not use them.
_NOTE_ID = re.compile(r"fn(ref)?[0-9]+(-[0-9]+)?")
#: The text width of the smallest screen; a wider image must be able to shrink, also when images are blocked.
_NARROW_PX = 240
_UNLINKED = (nodes.Link, nodes.NoteRef)
_TAGS: Mapping[type, str] = {
    nodes.Strong: "strong",
    nodes.Emphasis: "em",
    nodes.Strike: "s",
    nodes.Highlight: "mark",
    nodes.Superscript: "sup",
    nodes.Subscript: "sub",
    nodes.Small: "small",
}


@dataclass(kw_only=True)
class InlineHtmlWriter:
    """
    Writes the inlines of one issue's article as HTML.

    Args:
        blocks: All blocks that will be written, in reading order; they determine the headings, the anchors and how
            often each note is referenced.
        images: The image for each `src`; of others the alt text is written.
        base_url: The article's URL, against which relative links are resolved.
        web_url: Where the notes are on the web.
        direction: Of the surrounding text, `ltr` or `rtl`; code is always left to right.
        language: Of the article.
        form: What is written; only an email needs attributes for its looks, the others have a style sheet or none.
    """

    blocks: tuple[nodes.Block, ...]
    notes: tuple[nodes.Note, ...]
    stash: PlaceholderStash
    translations: Translations
    images: Mapping[str, EmailImage]
    has_fields: bool
    note_anchors: NoteAnchors = NoteAnchors.MAIL
    base_url: str | None = None
    web_url: str | None = None
    direction: str = "ltr"
    language: str = "en"
    form: NoteForm = NoteForm.EMAIL
    findings: list[Finding] = field(default_factory=list)

    def __post_init__(self) -> None:
        tree = list(walk((self.blocks, self.notes)))
        self.headings = [node for node in tree if isinstance(node, nodes.Heading)]
        self.has_highlights = any(isinstance(node, nodes.Highlight) for node in tree)
        anchors = {node.anchor for node in self.headings if node.anchor}
        self.anchors = {anchor for anchor in anchors if not _NOTE_ID.fullmatch(anchor)}
        self.note_links = NoteLinks(
            (node for node in tree if isinstance(node, nodes.NoteRef)),
            anchors=self.note_anchors,
            web_url=self.web_url,
            form=self.form,
            translations=self.translations,
        )
        self.code_direction = ' dir="ltr"' if self.direction == "rtl" else ""
        self._writers: Mapping[type, Callable[[Any], str]] = {
            nodes.Text: lambda node: self.write_text(node.text),
            nodes.InlineCode: lambda node: (
                f"<code{self.code_direction}>{escape_html(node.code)}</code>"
            ),
            nodes.Break: lambda _: "<br>",
            nodes.NoteRef: lambda node: self.note_links.format_reference(node.note),
            nodes.Link: self._write_link,
            nodes.Image: self._write_inline_image,
        }

    def write(self, inlines: Iterable[nodes.Inline]) -> str:
        """Write *inlines*, with a comma between adjacent references: notes 1 and 2 are not note 12."""
        html = ""
        previous = None
        for inline in inlines:
            if isinstance(inline, nodes.NoteRef) and isinstance(previous, nodes.NoteRef):
                html = html.removesuffix("</sup>") + BETWEEN_REFERENCES
            html += self._write_one(inline)
            previous = inline
        return html

    def write_text(self, text: str, context: FieldContext = FieldContext.HTML_TEXT) -> str:
        """Write text of the article, with its fields if it may have any."""
        if not self.has_fields or "{{" not in text:
            return escape_html(text)
        return self.stash.replace_fields(text, escape_html, context)

    def _write_one(self, inline: nodes.Inline) -> str:
        if isinstance(inline, nodes.Emphasis) and not starts_with_italics(
            plain_text(inline.inlines)
        ):
            return f'<em class="upright">{self.write(inline.inlines)}</em>'
        if isinstance(inline, nodes.Highlight) and self.form is NoteForm.EMAIL:
            # some clients know no <mark> (caniemail, html-semantics)
            return f'<span class="mark">{self.write(inline.inlines)}</span>'
        if isinstance(inline, nodes.Span):
            tag = _TAGS[type(inline)]
            return f"<{tag}>{self.write(inline.inlines)}</{tag}>"
        return self._writers[type(inline)](inline)

    def _write_link(self, node: nodes.Link) -> str:
        """Write a link; references and links inside it are written next to it, because parsers split nested links."""
        href = self.format_href(node.href, plain_text(node.inlines))
        if href is None:
            return "".join(map(self.write, _split_links(node.inlines)))
        title = ""
        if node.title:
            title = f' title="{self.write_text(node.title, FieldContext.HTML_ATTRIBUTE)}"'
        parts = []
        for part in _split_links(node.inlines):
            html = self.write(part)
            is_linked = not isinstance(part[0], _UNLINKED)
            parts.append(f'<a href="{href}"{title}>{html}</a>' if is_linked else html)
        return "".join(parts) or f'<a href="{href}"{title}>{self.write_text(node.href)}</a>'

    def format_href(self, href: str, link_text: str) -> str | None:
        """Return *href* for a double-quoted attribute, None if an email cannot link to it."""
        if href.startswith("#") and href[1:] in self.anchors:
            return escape_html(href)
        url = to_safe_url(
            self.stash.replace_fields(
                resolve_url(href, self.base_url),
                str,
                FieldContext.HTML_URL,
                has_fields=self.has_fields,
            )
        )
        if url is None:
            self.findings.append(_unusable_link(href, link_text.strip()))
        return None if url is None else escape_html(url)

    def _write_inline_image(self, node: nodes.Image) -> str:
        image = self.images.get(node.src)
        if image is None:
            return self.write_text(node.alt)
        width = min(image.width, image.column_width) if image.width else None
        is_wide = width and width > _NARROW_PX
        style = f"width:{width}px;max-width:100%" if is_wide else ""
        return self.write_image(image, node.alt, width, image.height_at(width), style)

    def write_image(
        self, image: EmailImage, alt: str, width: int | None, height: int | None, style: str
    ) -> str:
        """Write an image; its size is set by attributes, which classic Outlook obeys, and CSS may make it smaller."""
        attributes = f' width="{width}"' if width else ""
        attributes += f' height="{height}"' if height else ""
        if self.form is NoteForm.EMAIL:
            attributes += f' style="{style}"' if style else ""
            attributes += ' border="0"'
        alt = self.write_text(alt, FieldContext.HTML_ATTRIBUTE)
        return f'<img src="{escape_html(image.url)}" alt="{alt}"{attributes}>'


def _split_links(inlines: tuple[nodes.Inline, ...]) -> Iterator[tuple[nodes.Inline, ...]]:
    """Yield *inlines* in runs of either links and references, at any depth, or what is between them."""
    for _, run in groupby(_split_nested(inlines), key=lambda node: isinstance(node, _UNLINKED)):
        yield tuple(run)


def _split_nested(inlines: tuple[nodes.Inline, ...]) -> Iterator[nodes.Inline]:
    for inline in inlines:
        if not isinstance(inline, nodes.Span):
            yield inline
            continue
        for run in _split_links(inline.inlines):
            if isinstance(run[0], _UNLINKED):
                yield from run
            else:
                yield replace(inline, inlines=run)


def _unusable_link(href: str, link_text: str) -> Finding:
    return Finding(
        code="link.unusable",
        severity=Severity.WARNING,
        where=f'the link "{link_text or href}"',
        message=f'Emails cannot link to "{href[:120]}", so only the link text is kept.',
        hint="Write the full URL, https://…, or set canonical_url in the front matter.",
    )
