"""
Build one DOM from Markdown and the raw HTML in it.

Markdown opens and closes its elements in order; raw HTML may not. So a raw end tag closes only raw elements opened
since the last open element of Markdown, and the end of a Markdown element closes all that is open inside it. Elements
nested deeper than `MAX_DEPTH` become siblings.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import replace

from lxml import etree

from pipeline.loaders.shared.html_nodes.element_handlers import KNOWN_ELEMENTS
from pipeline.loaders.shared.html_nodes.load_report import LoadReport
from pipeline.loaders.shared.html_nodes.node_reader import (
    DROPPED_ELEMENTS,
    MAX_DEPTH,
    TEXT_ATTRIBUTES,
    Element,
)
from pipeline.loaders.shared.html_tokenizer import (
    EndTag,
    HtmlText,
    SpecialMarkup,
    StartTag,
    tokenize_html,
)

#: Characters that lxml rejects; markdown-it reads `&#12;` as a form feed.
_CONTROL_CHARACTERS = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

#: Elements without content; that of `<colgroup>` is not used.
_VOID_ELEMENTS = frozenset(
    "area base br col colgroup embed hr img input link meta param source track wbr".split()
)

#: Attributes used by the HTML reader or by the search for notes.
_KEPT_ATTRIBUTES = frozenset(
    "align alt class colspan credit data height href id name role rowspan src start style title width".split()
)

_PARAGRAPH_ENDS = frozenset(
    "address article aside blockquote center details dialog div dl fieldset figure footer form h1 h2 h3 h4 h5 h6 "
    "header hr main menu nav ol p pre section table ul".split()
)
_TABLE_PARTS = {"caption", "thead", "tbody", "tfoot", "tr", "td", "th"}
#: The open elements that a start tag closes (WHATWG HTML §13.1.2.4, optional tags).
_IMPLIED_ENDS = {
    "li": {"li"},
    "dt": {"dt", "dd"},
    "dd": {"dt", "dd"},
    "option": {"option"},
    "tr": {"caption", "tr", "td", "th"},
    "td": {"caption", "td", "th"},
    "th": {"caption", "td", "th"},
    "thead": _TABLE_PARTS,
    "tbody": _TABLE_PARTS,
    "tfoot": _TABLE_PARTS,
    **{name: {"p"} for name in _PARAGRAPH_ENDS},
}
#: Elements whose content is never shown, or only where they are not supported.
HIDDEN_ELEMENTS = frozenset({"audio", "iframe", "object", "video", *DROPPED_ELEMENTS})
#: Elements whose text is shown as written.
_LITERAL_ELEMENTS = frozenset(
    {"code", "kbd", "listing", "plaintext", "pre", "samp", "tt", "xmp", *DROPPED_ELEMENTS}
)
#: Elements that end the search for an open element.
_SCOPE_ELEMENTS = frozenset("ul ol menu dir dl table td th blockquote select".split())

#: Elements of HTML, today's and former ones, that are read without a word; any other tag is not HTML.
_SILENT_ELEMENTS = frozenset(
    "abbr acronym applet area base basefont bdi bdo bgsound big blink body button canvas cite col colgroup data "
    "datalist del dfn em figcaption font frame frameset hgroup html i image input ins isindex keygen label link map "
    "mark marquee math menuitem meta meter multicol nextid nobr noembed noscript output param picture portal progress "
    "rb rp rt rtc ruby s search select slot small spacer span strike strong sub sup time track tt u var wbr".split()
)

#: Handles text of raw HTML: `DomBuilder.add_text`, or a function that looks for note references first.
TextHandler = Callable[["DomBuilder", str], None]


class DomBuilder:
    """
    Builds one DOM.

    *report* records the tags, and the attributes that have no place in the DOM; *handle_text* is called with raw HTML
    text outside code. `may_have_notes` says whether raw HTML has something that may be a note or a reference to one.
    """

    def __init__(self, report: LoadReport, handle_text: TextHandler) -> None:
        self.root = etree.Element("body")
        self._report = report
        self._handle_text = handle_text
        self._open: list[Element] = [self.root]
        #: For each open Markdown element: the number of open elements with it, and whether it is one of them or, too
        #: deep, became a sibling.
        self._markdown_levels: list[tuple[int, bool]] = [(1, True)]
        self._too_deep: Counter[str] = Counter()
        self._pending_text: list[str] = []
        self.may_have_notes = False
        #: Start tags that are not HTML, such as `<firstname>` or `<Tweet>`, in lower case.
        self.unknown_tags: dict[str, None] = {}

    def open_element(self, name: str, **attributes: str) -> None:
        """Open an element of Markdown."""
        element = self.add_element(name, **attributes)
        is_open = len(self._open) <= MAX_DEPTH
        if is_open:
            self._open.append(element)
        self._markdown_levels.append(
            (len(self._open) if is_open else self._markdown_levels[-1][0], is_open)
        )

    def close_element(self) -> None:
        """Close the last open element of Markdown, and all raw elements inside it."""
        self._flush()
        height, is_open = self._markdown_levels.pop()
        if is_open:
            del self._open[height - 1 :]

    def add_element(self, name: str, **attributes: str) -> Element:
        """Add an empty element."""
        self._flush()
        element = etree.SubElement(self._open[-1], name)
        for key, value in attributes.items():
            element.set(key, _remove_control_characters(value))
        return element

    def add_text(self, text: str) -> None:
        """Add *text*."""
        self._pending_text.append(text)

    def get_parent(self) -> Element:
        """Return the element that is open at the current position."""
        return self._open[-1]

    def get_last_element(self) -> Element | None:
        """Return the last element at the current position."""
        self._flush()
        return next(self._open[-1].iterchildren(reversed=True), None)

    def separate_words(self) -> None:
        """Keep the words before and after separate, as the markup between them did."""
        self.add_element("span")

    def add_html_block(self, html: str) -> None:
        """Add a block of raw HTML; elements whose content is hidden end with it."""
        self.add_html(html)
        self._flush()
        for position in range(self._markdown_levels[-1][0], len(self._open)):
            if self._open[position].tag in HIDDEN_ELEMENTS:
                del self._open[position:]
                return

    def add_html(self, html: str, *, is_unclosed: bool = False) -> None:
        """Add raw HTML; a start tag that *is_unclosed* has no end tag and no content."""
        for token in tokenize_html(html):
            if isinstance(token, StartTag):
                self._open_tag(replace(token, is_self_closing=True) if is_unclosed else token)
            elif isinstance(token, EndTag):
                self._close_tag(token)
            elif isinstance(token, HtmlText):
                self._add_html_text(token)
            else:
                self._record_special(token)

    def _open_tag(self, tag: StartTag) -> None:
        name = tag.name if tag.name in KNOWN_ELEMENTS else "span"
        if name == "span" and tag.name not in _SILENT_ELEMENTS and self._is_visible(tag.name):
            self.unknown_tags.setdefault(tag.name)
        self._close_implied(name)
        self._record_tag(tag)
        names = {attribute.name for attribute in tag.attributes}
        self.may_have_notes |= name == "sup" or not names.isdisjoint({"id", "name"})
        element = self.add_element(name)
        for attribute in reversed(tag.attributes):  # the first of two counts
            if attribute.name in _KEPT_ATTRIBUTES:
                element.set(attribute.name, _remove_control_characters(attribute.value))
        if tag.is_self_closing or tag.name in _VOID_ELEMENTS:
            return
        if len(self._open) <= MAX_DEPTH:
            self._open.append(element)
        else:
            self._too_deep[name] += 1

    def _is_visible(self, name: str) -> bool:
        """Whether a tag called *name* is not Word's own, nor inside something that is dropped, such as a drawing."""
        return ":" not in name and all(
            element.tag not in DROPPED_ELEMENTS and element.tag != "math" for element in self._open
        )

    def _close_tag(self, tag: EndTag) -> None:
        self._report.add_markup("html.tag", f"{tag.name} {tag.rest}")
        name = tag.name if tag.name in KNOWN_ELEMENTS else "span"
        scopes = frozenset[str]() if name == "table" else _SCOPE_ELEMENTS
        if tag.name not in _VOID_ELEMENTS:
            if self._too_deep[name]:
                self._too_deep[name] -= 1
            elif self._close_nearest({name}, scopes=scopes):
                return
        self.separate_words()

    def _close_implied(self, name: str) -> None:
        names = _IMPLIED_ENDS.get(name, set())
        while names and self._close_nearest(names, scopes=_SCOPE_ELEMENTS - names):
            pass

    def _close_nearest(self, names: set[str], *, scopes: frozenset[str]) -> bool:
        """Close the innermost raw element with one of *names*; return False if none is in scope."""
        self._flush()
        for position in range(len(self._open) - 1, self._markdown_levels[-1][0] - 1, -1):
            tag = self._open[position].tag
            if tag in names:
                del self._open[position:]
                return True
            if tag in scopes:
                return False
        return False

    def _add_html_text(self, token: HtmlText) -> None:
        self._report.add_changed_words("html.entity", [token.source], [token.text])
        if any(
            element.tag in _LITERAL_ELEMENTS
            for element in self._open[self._markdown_levels[-1][0] :]
        ):
            self.add_text(token.text)
        else:
            self._handle_text(self, token.text)

    def _record_special(self, markup: SpecialMarkup) -> None:
        if markup.kind == "declaration":
            self._report.add_markup("html.declaration", markup.text)
        else:
            inside = markup.text.removeprefix("<!--").removesuffix("-->")
            self._report.drop(f"html.{markup.kind}", inside)
        self.separate_words()

    def _record_tag(self, tag: StartTag) -> None:
        """Record the tag as markup, without the attributes that are reported later."""
        reported_later = set(TEXT_ATTRIBUTES.get(tag.name, ()))
        syntax = [tag.name]
        for attribute in tag.attributes:
            syntax.append(attribute.name)
            if attribute.name not in reported_later:
                syntax.append(attribute.source)
                continue
            reported_later.remove(attribute.name)
            self._report.add_changed_words("html.entity", [attribute.source], [attribute.value])
        self._report.add_markup("html.tag", " ".join(syntax))

    def _flush(self) -> None:
        """Store the pending text."""
        if not self._pending_text:
            return
        text = _remove_control_characters("".join(self._pending_text))
        self._pending_text.clear()
        parent = self._open[-1]
        try:
            last = parent[-1]  # len() would count all children each time
        except IndexError:
            parent.text = (parent.text or "") + text
        else:
            last.tail = (last.tail or "") + text

    def finish(self) -> Element:
        """Return the root of the DOM."""
        self._flush()
        return self.root


def _remove_control_characters(text: str) -> str:
    return _CONTROL_CHARACTERS.sub(" ", text)
