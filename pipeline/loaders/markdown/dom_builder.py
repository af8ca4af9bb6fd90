"""
Build one DOM of Markdown's structure and the raw HTML written into it.

Markdown opens and closes its elements in order; raw HTML need not. So a raw end tag closes only what raw HTML opened
since Markdown's last open element, and Markdown's own end closes all that is open within. What nests deeper than
`MAX_DEPTH` becomes a sibling.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import replace

from lxml import etree

from pipeline.loaders.markdown.html_tokenizer import (
    EndTag,
    HtmlText,
    SpecialMarkup,
    StartTag,
    tokenize_html,
)
from pipeline.loaders.shared.html_nodes import (
    DROPPED_ELEMENTS,
    KNOWN_ELEMENTS,
    MAX_DEPTH,
    TEXT_ATTRIBUTES,
    Element,
    LoadReport,
)

#: What an lxml text cannot hold; markdown-it reads `&#12;` as a form feed.
_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

#: What holds nothing; `<colgroup>` holds nothing that is read here.
_VOID = frozenset(
    "area base br col colgroup embed hr img input link meta param source track wbr".split()
)

#: Attributes the vocabulary, or a later search for notes, looks at.
_KEPT_ATTRIBUTES = frozenset(
    "align alt class colspan data height href id name role rowspan src start style title width".split()
)

_PARAGRAPH_ENDS = frozenset(
    "address article aside blockquote center details dialog div dl fieldset figure footer form h1 h2 h3 h4 h5 h6 "
    "header hr main menu nav ol p pre section table ul".split()
)
_TABLE_PARTS = {"caption", "thead", "tbody", "tfoot", "tr", "td", "th"}
#: What the start of an element ends, if it is open (WHATWG HTML §13.1.2.4, optional tags).
_ENDS = {
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
#: Elements that a reader sees nothing of, or only where they do not work.
HIDING = frozenset({"audio", "iframe", "object", "video", *DROPPED_ELEMENTS})
#: Where words are shown as written.
_LITERAL = frozenset(
    {"code", "kbd", "listing", "plaintext", "pre", "samp", "tt", "xmp", *DROPPED_ELEMENTS}
)
#: Where the search for an open element stops.
_SCOPES = frozenset("ul ol menu dir dl table td th blockquote select".split())

#: Takes a run of words of raw HTML, `Builder.text` or something that looks for note references first.
TextHandler = Callable[["DomBuilder", str], None]


class DomBuilder:
    """
    One DOM in the making.

    Args:
        report: Takes the tags, and the attributes that have no place in the DOM.
        take_words: What to do with the words of raw HTML outside code.
    """

    def __init__(self, report: LoadReport, take_words: TextHandler) -> None:
        self.root = etree.Element("body")
        self._report = report
        self._take_words = take_words
        self._open: list[Element] = [self.root]
        #: For each element Markdown opened: how many elements are open with it, and whether it is one of them or, too
        #: deep, became a sibling.
        self._own: list[tuple[int, bool]] = [(1, True)]
        self._too_deep: Counter[str] = Counter()
        self._text: list[str] = []
        #: Whether raw HTML brought something that may be a note or a reference to one.
        self.has_raw_places = False

    def open(self, name: str, **attributes: str) -> None:
        """Open an element of Markdown's."""
        element = self.leaf(name, **attributes)
        is_open = len(self._open) <= MAX_DEPTH
        if is_open:
            self._open.append(element)
        self._own.append((len(self._open) if is_open else self._own[-1][0], is_open))

    def close(self) -> None:
        """Close the last element of Markdown's that is open, and all of raw HTML's within it."""
        self._flush()
        height, is_open = self._own.pop()
        if is_open:
            del self._open[height - 1 :]

    def leaf(self, name: str, **attributes: str) -> Element:
        """Add an element that stays empty."""
        self._flush()
        element = etree.SubElement(self._open[-1], name)
        for key, value in attributes.items():
            element.set(key, _storable(value))
        return element

    def text(self, text: str) -> None:
        """Go on with *text*."""
        self._text.append(text)

    def last(self) -> Element | None:
        """Return the element that stands last where the next would be added."""
        self._flush()
        return next(self._open[-1].iterchildren(reversed=True), None)

    def part(self) -> None:
        """Keep the words before and after apart, as markup between them did."""
        self.leaf("span")

    def raw_block(self, html: str) -> None:
        """Read a block of raw HTML; what it hides from readers ends with it."""
        self.raw(html)
        self._flush()
        for place in range(self._own[-1][0], len(self._open)):
            if self._open[place].tag in HIDING:
                del self._open[place:]
                return

    def raw(self, html: str, *, is_alone: bool = False) -> None:
        """Read a piece of raw HTML; a start tag that *is_alone* has no end tag and holds nothing."""
        for piece in tokenize_html(html):
            if isinstance(piece, StartTag):
                self._start(replace(piece, is_closed=True) if is_alone else piece)
            elif isinstance(piece, EndTag):
                self._end(piece)
            elif isinstance(piece, HtmlText):
                self._words(piece)
            else:
                self._remark(piece)

    def _start(self, tag: StartTag) -> None:
        name = tag.name if tag.name in KNOWN_ELEMENTS else "span"
        self._end_implied(name)
        self._mark_attributes(tag)
        given = {attribute.name for attribute in tag.attributes}
        self.has_raw_places |= name == "sup" or not given.isdisjoint({"id", "name"})
        element = self.leaf(name)
        for attribute in reversed(tag.attributes):  # of two, the first counts
            if attribute.name in _KEPT_ATTRIBUTES:
                element.set(attribute.name, _storable(attribute.value))
        if tag.is_closed or tag.name in _VOID:
            return
        if len(self._open) <= MAX_DEPTH:
            self._open.append(element)
        else:
            self._too_deep[name] += 1

    def _end(self, tag: EndTag) -> None:
        self._report.add_markup("html.tag", f"{tag.name} {tag.rest}")
        name = tag.name if tag.name in KNOWN_ELEMENTS else "span"
        if tag.name in _VOID:
            self.part()
        elif self._too_deep[name]:
            self._too_deep[name] -= 1
            self.part()
        elif not self._end_nearest({name}, scopes=_SCOPES if name != "table" else frozenset()):
            self.part()

    def _end_implied(self, name: str) -> None:
        if name in _ENDS:
            while self._end_nearest(_ENDS[name], scopes=_SCOPES - _ENDS[name]):
                pass

    def _end_nearest(self, names: set[str], *, scopes: frozenset[str]) -> bool:
        """Close the innermost element of raw HTML's that bears one of *names*; false if there is none in scope."""
        self._flush()
        for place in range(len(self._open) - 1, self._own[-1][0] - 1, -1):
            tag = self._open[place].tag
            if tag in names:
                del self._open[place:]
                return True
            if tag in scopes:
                return False
        return False

    def _words(self, piece: HtmlText) -> None:
        self._report.add_changed_words("html.entity", [piece.written], [piece.text])
        if any(element.tag in _LITERAL for element in self._open[self._own[-1][0] :]):
            self.text(piece.text)
        else:
            self._take_words(self, piece.text)

    def _remark(self, remark: SpecialMarkup) -> None:
        if remark.kind == "declaration":
            self._report.add_markup("html.declaration", remark.text)
        else:
            inside = remark.text.removeprefix("<!--").removesuffix("-->")
            self._report.drop(f"html.{remark.kind}", inside)
        self.part()

    def _mark_attributes(self, tag: StartTag) -> None:
        """Mark the tag but for the values that the vocabulary accounts for."""
        counted = set(TEXT_ATTRIBUTES.get(tag.name, ()))
        syntax = [tag.name]
        for attribute in tag.attributes:
            syntax.append(attribute.name)
            if attribute.name not in counted:
                syntax.append(attribute.written)
                continue
            counted.remove(attribute.name)
            self._report.add_changed_words("html.entity", [attribute.written], [attribute.value])
        self._report.add_markup("html.tag", " ".join(syntax))

    def _flush(self) -> None:
        """Store the text that is waiting."""
        if not self._text:
            return
        text = _storable("".join(self._text))
        self._text.clear()
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


def _storable(text: str) -> str:
    return _FORBIDDEN.sub(" ", text)
