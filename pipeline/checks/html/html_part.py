"""The HTML part of one variant, parsed once for all checks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from pipeline.checks.findings import shorten
from pipeline.checks.html.cascade import Cascade
from pipeline.checks.html.css import StyleRule, parse_style_sheet
from pipeline.checks.variants import Variant

_BLOCKS = tuple("p li td th h1 h2 h3 h4 h5 h6 blockquote div dt dd".split())


@dataclass(frozen=True, kw_only=True)
class HtmlPart:
    """
    The HTML of one variant as an email client sees it.

    Conditional comments for Outlook are not part of the document.
    """

    variant: Variant

    @cached_property
    def size_bytes(self) -> int:
        """The size of the HTML in UTF-8."""
        return len(self.variant.html.encode())

    @cached_property
    def document(self) -> Any:  # Any: lxml has no types
        """The root of the document."""
        from lxml import html

        return html.document_fromstring(self.variant.html)

    @cached_property
    def links(self) -> list[Any]:
        """The links of the document, in order."""
        return [link for link in self.document.iter("a") if link.get("href") is not None]

    @cached_property
    def style_rules(self) -> tuple[StyleRule, ...]:
        """The rules of all style elements."""
        rules: list[StyleRule] = []
        for style in self.document.iter("style"):
            media = style.get("media")
            rules += parse_style_sheet(style.text or "", (f"@media {media}",) if media else ())
        return tuple(rules)

    @property
    def has_dark_styles(self) -> bool:
        """Whether there are rules for dark mode."""
        return any(
            "prefers-color-scheme" in at for rule in self.style_rules for at in rule.at_rules
        )

    @cached_property
    def light_styles(self) -> Cascade:
        """The styles in light mode."""
        return Cascade(self.document, self.style_rules, is_dark=False)

    @cached_property
    def dark_styles(self) -> Cascade:
        """The styles in dark mode."""
        return Cascade(self.document, self.style_rules, is_dark=True)

    @cached_property
    def visible_texts(self) -> tuple[tuple[Any, str], ...]:
        """The visible texts in reading order, each with its element."""
        return tuple(self._find_visible_texts())

    def _find_visible_texts(self) -> Iterator[tuple[Any, str]]:
        # Not `//text()`, for which libxml2 sorts all that it finds again and again.
        for text in self.document.xpath("/html/body/descendant::text()[normalize-space()]"):
            element = get_parent(text)
            if isinstance(element.tag, str) and not self.light_styles.is_hidden(element):
                yield element, str(text)


#: In characters; more than `shorten()` shows.
_MAX_QUOTED = 80


def get_parent(text: Any) -> Any:
    """Return the element that contains *text*, a text node found by XPath."""
    element = text.getparent()
    return element.getparent() if text.is_tail else element


def find_block(node: Any) -> Any:
    """Return the block of text that contains *node*."""
    return next(node.iterancestors(*_BLOCKS), node)


def quote_context(node: Any) -> str:
    """Return where *node* is, by the text around it: `near "…"`."""
    block = next(node.iterancestors("p", "li", "td", "h2", "h3", "h4"), node)
    return f'near "{shorten(_get_beginning(block))}"'


def _get_beginning(block: Any) -> str:
    """Return the first of the text in *block*, without reading all of a long one for each of its links."""
    text = ""
    for part in block.itertext():
        text += part
        if len(text) > _MAX_QUOTED and len(" ".join(text.split())) > _MAX_QUOTED:
            break
    return text.replace("\u2060", "")  # before references; nobody can see or type it


def quote_preceding(element: Any) -> str:
    """Return where *element* is, by the text before it: `after "…"`."""
    preceding = element.xpath("preceding::text()[normalize-space()][position() < 4]")
    return f'after "{shorten(preceding[-1].strip())}"' if preceding else "at the start"
