"""Read a DOM into blocks and inlines: the closed vocabulary itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from lxml import etree

from pipeline.loaders.shared.html_nodes.account import Account
from pipeline.loaders.shared.html_nodes.block_elements import (
    read_code,
    read_heading,
    read_list,
    read_quote,
)
from pipeline.loaders.shared.html_nodes.flatten import flatten
from pipeline.loaders.shared.html_nodes.flow import Flow
from pipeline.loaders.shared.html_nodes.inline_elements import (
    WRAPPERS,
    read_inline_code,
    read_link,
    read_short_quote,
    read_wrapped,
)
from pipeline.loaders.shared.html_nodes.media_elements import read_embed, read_figure, read_image
from pipeline.loaders.shared.html_nodes.table_elements import read_definitions, read_table
from pipeline.models.article import Block, Break, Inline, Rule

Element = etree._Element

#: Says what stands for an element, or null to read it like any other.
Resolve = Callable[[Element], tuple[Block | Inline, ...] | None]

#: Elements below this depth lose their nesting but no word. No real article comes near it, and every later walk over
#: the tree is recursive.
MAX_DEPTH = 48

#: Attributes that hold words or addresses of the article: each is placed in the tree, dropped or marked. For all
#: others whoever makes the DOM must account.
COUNTED_ATTRIBUTES: Mapping[str, tuple[str, ...]] = {
    "a": ("href", "title"),
    "audio": ("src", "title"),
    "embed": ("src", "title"),
    "iframe": ("src", "title"),
    "img": ("src", "alt", "title"),
    "object": ("data", "title"),
    "source": ("src",),
    "video": ("src", "title"),
}

#: What is left out with everything in it, and the rule's name.
SILENT: Mapping[str, str] = {
    "annotation": "html.annotation",
    "annotation-xml": "html.annotation",
    "head": "html.head",
    "script": "html.script",
    "style": "html.style",
    "svg": "html.svg",
    "template": "html.template",
    "title": "html.head",
}

#: What parts two paragraphs and means no more than that: the parts of tables and lists only where those are missing.
PARTS = frozenset(
    "address article aside body caption center dd details dialog div dt fieldset figcaption footer form header hgroup "
    "legend li main nav noframes optgroup option p search section summary tbody td textarea tfoot th thead tr".split()
)


class Reader:
    """
    Reads elements of one document.

    Args:
        account: Takes what is left out.
        resolve: Says what stands for elements the caller knows better, such as a note reference. It is asked before
            anything else, though not within scripts, code blocks and the like.
    """

    def __init__(self, account: Account, resolve: Resolve | None = None) -> None:
        self.account = account
        self.is_in_link = False
        self._resolve = resolve or (lambda element: None)
        self._depth = 0

    def blocks(self, element: Element, *, has_figures: bool = True) -> tuple[Block, ...]:
        """Return what is within *element* as blocks."""
        flow = Flow(self.account, has_figures=has_figures)
        self.content(element, flow)
        return flow.close()

    def inlines(self, element: Element) -> tuple[Inline, ...]:
        """Return what is within *element* as inlines; a break stands between two blocks."""
        return flatten(self.blocks(element, has_figures=False))

    def content(self, element: Element, flow: Flow) -> None:
        """Read what is within *element* into *flow*."""
        flow.text(element.text)
        for child in element:
            self.node(child, flow)
            flow.text(child.tail)

    def node(self, element: Element, flow: Flow) -> None:
        """Read *element*, without its tail, into *flow*."""
        if self._is_settled(element, flow):
            return
        if self._depth >= MAX_DEPTH:
            self._read_flat(element, flow)
            return
        self._depth += 1
        try:
            _READINGS.get(str(element.tag), Reader.content)(self, element, flow)
        finally:
            self._depth -= 1

    def leave(self, element: Element, reason: str) -> None:
        """Leave *element* out with everything in it."""
        self.leave_attributes(element)
        self.leave_within(element, reason)

    def leave_within(self, element: Element, reason: str) -> None:
        """Leave out what is within *element*."""
        if not isinstance(element.tag, str):
            self.account.drop(reason, str(element.text or ""))
            return
        self.account.drop(reason, " ".join(map(str, element.itertext())))
        for inner in element.iterdescendants():
            self.leave_attributes(inner)

    def leave_attributes(self, element: Element) -> None:
        """Leave out the attributes of *element* that hold words or addresses."""
        for name in COUNTED_ATTRIBUTES.get(str(element.tag), ()):
            self.account.mark("html.left-out", element.get(name) or "")

    def silent_rule(self, element: Element) -> str | None:
        """Return the name of the rule by which *element* is left out, null if it is not."""
        if isinstance(element, etree._Comment):
            return "html.comment"
        return SILENT.get(element.tag) if isinstance(element.tag, str) else "html.instruction"

    def _is_settled(self, element: Element, flow: Flow) -> bool:
        """Whether nothing of *element* is left to read: it was resolved, or is left out."""
        if rule := self.silent_rule(element):
            self.leave(element, rule)
            return True
        found = self._resolve(element)
        if found is not None:
            flow.add(*found)
        return found is not None

    def _read_flat(self, element: Element, flow: Flow) -> None:
        """Read words, pictures and references within *element* in their order, and nothing of its nesting."""
        todo: list[Element | str | None] = [element]
        while todo:
            item = todo.pop()
            if item is None:
                flow.end()
            elif isinstance(item, str):
                flow.text(item)
            elif not self._is_settled(item, flow):
                self._open_flat(item, flow)
                if item.tag in _PARTING:
                    todo.append(None)
                for child in reversed(item):
                    todo += [child.tail or "", child]

    def _open_flat(self, element: Element, flow: Flow) -> None:
        if element.tag in _PARTING:
            flow.end()
        if element.tag == "img":
            read_image(self, element, flow)
        elif element.tag == "br":
            flow.add(Break())
        else:
            self.leave_attributes(element)
        flow.text(element.text)


def _read_part(reader: Reader, element: Element, flow: Flow) -> None:
    flow.end()
    reader.content(element, flow)
    flow.end()


def _read_source(reader: Reader, element: Element, flow: Flow) -> None:
    reader.leave_attributes(element)
    reader.content(element, flow)


# The next three hold nothing in a page, but may in a DOM made otherwise.


def _read_break(reader: Reader, element: Element, flow: Flow) -> None:
    flow.add(Break())
    reader.content(element, flow)


def _read_rule(reader: Reader, element: Element, flow: Flow) -> None:
    flow.add(Rule())
    reader.content(element, flow)


def _read_image(reader: Reader, element: Element, flow: Flow) -> None:
    read_image(reader, element, flow)
    reader.content(element, flow)


_READINGS: Mapping[str, Callable[[Reader, Element, Flow], None]] = {
    **dict.fromkeys(PARTS, _read_part),
    **dict.fromkeys(("h1", "h2", "h3", "h4", "h5", "h6"), read_heading),
    **dict.fromkeys(("ul", "ol", "menu", "dir"), read_list),
    **dict.fromkeys(("pre", "listing", "xmp", "plaintext"), read_code),
    **dict.fromkeys(("iframe", "video", "audio", "embed", "object"), read_embed),
    **dict.fromkeys(("code", "kbd", "samp", "tt"), read_inline_code),
    **dict.fromkeys(WRAPPERS, read_wrapped),
    "a": read_link,
    "blockquote": read_quote,
    "br": _read_break,
    "dl": read_definitions,
    "figure": read_figure,
    "hr": _read_rule,
    "img": _read_image,
    "q": read_short_quote,
    "source": _read_source,
    "table": read_table,
}

#: What parts paragraphs where nesting is lost.
_PARTING = PARTS | frozenset(
    "blockquote dd dir dl dt figure h1 h2 h3 h4 h5 h6 hr menu ol pre table ul".split()
)

#: Every element that means something here.
KNOWN_ELEMENTS = frozenset(_READINGS) | frozenset(SILENT)
