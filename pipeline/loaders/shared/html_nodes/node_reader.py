"""Read a DOM into blocks and inlines."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from lxml import etree

from pipeline.loaders.shared.html_nodes.block_builder import BlockBuilder
from pipeline.loaders.shared.html_nodes.flatten import flatten
from pipeline.loaders.shared.html_nodes.load_report import LoadReport
from pipeline.loaders.shared.html_nodes.pending_image import read_image
from pipeline.models.article import Block, Break, Inline

Element = etree._Element

#: Returns what replaces an element, or None to read the element normally.
ElementResolver = Callable[[Element], tuple[Block | Inline, ...] | None]

#: Reads one element, without its tail.
ElementHandler = Callable[["NodeReader", Element, BlockBuilder], None]

#: Elements below this depth lose their nesting but no word. Real articles stay far above it, and every later walk over
#: the tree is recursive.
MAX_DEPTH = 48

#: Attributes that contain words or URLs of the article: each is placed in the tree, dropped or recorded as markup.
#: Whoever builds the DOM records all others.
TEXT_ATTRIBUTES: Mapping[str, tuple[str, ...]] = {
    "a": ("href", "title"),
    "audio": ("src", "title"),
    "embed": ("src", "title"),
    "iframe": ("src", "title"),
    "img": ("src", "alt", "title"),
    "object": ("data", "title"),
    "source": ("src",),
    "video": ("src", "title"),
}

#: Elements that are dropped with their content, and the name of the rule.
DROPPED_ELEMENTS: Mapping[str, str] = {
    "annotation": "html.annotation",
    "annotation-xml": "html.annotation",
    "head": "html.head",
    "script": "html.script",
    "style": "html.style",
    "svg": "html.svg",
    "template": "html.template",
    "title": "html.head",
}

#: Elements that only separate paragraphs. The parts of tables and lists are read this way outside their parent.
CONTAINERS = frozenset(
    "address article aside body caption center dd details dialog div dt fieldset figcaption footer form header hgroup "
    "legend li main nav noframes optgroup option p search section summary tbody td textarea tfoot th thead tr".split()
)

#: Elements that end a paragraph where nesting is lost.
_PARAGRAPH_ENDS = CONTAINERS | frozenset(
    "blockquote dd dir dl dt figure h1 h2 h3 h4 h5 h6 hr menu ol pre table ul".split()
)


class NodeReader:
    """
    Reads elements of one document with the handler of each; the content of unknown ones is read without them.

    *resolve* replaces elements that the caller knows better, such as note references. It is called before any handler,
    but not inside scripts, code blocks and the like.
    """

    def __init__(
        self,
        report: LoadReport,
        handlers: Mapping[str, ElementHandler],
        resolve: ElementResolver | None = None,
    ) -> None:
        self.report = report
        self.is_in_link = False
        self._handlers = handlers
        self._resolve = resolve or (lambda element: None)
        self._depth = 0

    def read_blocks(self, element: Element, *, has_figures: bool = True) -> tuple[Block, ...]:
        """Return the content of *element* as blocks."""
        builder = BlockBuilder(self.report, has_figures=has_figures)
        self.read_content(element, builder)
        return builder.pop_blocks()

    def read_inlines(self, element: Element) -> tuple[Inline, ...]:
        """Return the content of *element* as inlines, with a break between two blocks."""
        return flatten(self.read_blocks(element, has_figures=False))

    def read_content(self, element: Element, builder: BlockBuilder) -> None:
        """Add the content of *element* to *builder*."""
        builder.add_text(element.text)
        for child in element:
            self.read_node(child, builder)
            builder.add_text(child.tail)

    def read_node(self, element: Element, builder: BlockBuilder) -> None:
        """Add *element*, without its tail, to *builder*."""
        if self._drop_or_resolve(element, builder):
            return
        if self._depth >= MAX_DEPTH:
            self._read_flat(element, builder)
            return
        self._depth += 1
        try:
            handler = self._handlers.get(str(element.tag), NodeReader.read_content)
            handler(self, element, builder)
        finally:
            self._depth -= 1

    def drop_element(self, element: Element, reason: str) -> None:
        """Record *element* and its content as left out."""
        self.drop_attributes(element)
        self.drop_content(element, reason)

    def drop_content(self, element: Element, reason: str) -> None:
        """Record the content of *element* as left out."""
        if not isinstance(element.tag, str):
            self.report.drop(reason, str(element.text or ""))
            return
        self.report.drop(reason, " ".join(map(str, element.itertext())))
        for inner in element.iterdescendants():
            self.drop_attributes(inner)

    def drop_attributes(self, element: Element) -> None:
        """Record the attributes of *element* that contain words or URLs as left out."""
        for name in TEXT_ATTRIBUTES.get(str(element.tag), ()):
            self.report.add_markup("html.left-out", element.get(name) or "")

    def find_drop_rule(self, element: Element) -> str | None:
        """Return the name of the rule by which *element* is dropped, or None."""
        if isinstance(element, etree._Comment):
            return "html.comment"
        if isinstance(element.tag, str):
            return DROPPED_ELEMENTS.get(element.tag)
        return "html.instruction"

    def _drop_or_resolve(self, element: Element, builder: BlockBuilder) -> bool:
        """Return whether *element* needs no further reading because it was dropped or resolved."""
        if rule := self.find_drop_rule(element):
            self.drop_element(element, rule)
            return True
        nodes = self._resolve(element)
        if nodes is not None:
            builder.add(*nodes)
        return nodes is not None

    def _read_flat(self, element: Element, builder: BlockBuilder) -> None:
        """Read the text, images and references in *element* in order, without nesting."""
        stack: list[Element | str | None] = [element]
        while stack:
            item = stack.pop()
            if item is None:
                builder.end_paragraph()
            elif isinstance(item, str):
                builder.add_text(item)
            elif not self._drop_or_resolve(item, builder):
                self._open_flat(item, builder)
                if item.tag in _PARAGRAPH_ENDS:
                    stack.append(None)
                for child in reversed(item):
                    stack += [child.tail or "", child]

    def _open_flat(self, element: Element, builder: BlockBuilder) -> None:
        if element.tag in _PARAGRAPH_ENDS:
            builder.end_paragraph()
        if element.tag == "img":
            if image := read_image(element, self.report):
                builder.add(image)
        elif element.tag == "br":
            builder.add(Break())
        else:
            self.drop_attributes(element)
        builder.add_text(element.text)
