"""The HTML of one variant, read once for all checks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from pipeline.checks.findings import shorten
from pipeline.checks.html.cascade import Cascade
from pipeline.checks.html.css import StyleRule, parse_style_sheet
from pipeline.checks.variants import Variant

_BLOCKS = (
    "p",
    "li",
    "td",
    "th",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "blockquote",
    "div",
    "dt",
    "dd",
)


@dataclass(frozen=True, kw_only=True)
class HtmlPart:
    """
    One variant as a mail program reads it.

    What stands in conditional comments for Outlook is no part of the document.
    """

    variant: Variant

    @cached_property
    def document(self) -> Any:  # Any: lxml has no types
        """The whole document."""
        from lxml import html

        return html.document_fromstring(self.variant.html)

    @cached_property
    def sheet(self) -> tuple[StyleRule, ...]:
        """The rules of all its style elements."""
        found: list[StyleRule] = []
        for style in self.document.iter("style"):
            media = style.get("media")
            found += parse_style_sheet(style.text or "", (f"@media {media}",) if media else ())
        return tuple(found)

    @cached_property
    def light(self) -> Cascade:
        """How it looks on a light screen."""
        return Cascade(self.document, self.sheet, is_dark=False)

    @cached_property
    def dark(self) -> Cascade:
        """How it looks on a dark one."""
        return Cascade(self.document, self.sheet, is_dark=True)

    @cached_property
    def texts(self) -> tuple[tuple[Any, str], ...]:
        """The words that are seen, in reading order, each with the element they stand in."""
        return tuple(self._texts())

    def _texts(self) -> Iterator[tuple[Any, str]]:
        for text in self.document.xpath("/html/body//text()[normalize-space()]"):
            element = text.getparent()
            if text.is_tail:
                element = element.getparent()
            if isinstance(element.tag, str) and not self.light.is_hidden(element):
                yield element, str(text)


def quote_context(node: Any) -> str:
    """Return the words around *node*, to search for."""
    block = next(node.iterancestors("p", "li", "td", "h2", "h3", "h4"), node)
    return f'near "{shorten(block.text_content())}"'


def find_block(node: Any) -> Any:
    """Return the block of text that *node* stands in."""
    return next(node.iterancestors(*_BLOCKS), node)


def quote_preceding(element: Any) -> str:
    """Say where an *element* without words is: by the last words before it."""
    before = [
        text.strip()
        for text in element.xpath("preceding::text()[normalize-space()][position() < 4]")
    ]
    return f'after "{shorten(before[-1])}"' if before else "at the start"
