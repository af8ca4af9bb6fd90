"""Find markers without a link, and put those in text into elements of their own."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

from lxml import etree

from pipeline.loaders.html.dom import BLOCKS, Element, get_text
from pipeline.loaders.html.footnotes.labels import SEVERAL, read_labels
from pipeline.loaders.html.footnotes.note_patterns import parse_label
from pipeline.loaders.shared.languages import SUPERSCRIPT_DIGITS, SUPERSCRIPTS, is_power

_IN_TEXT = re.compile(
    rf"\[(?P<bracket>{SEVERAL.pattern}|\d{{1,3}}|[*†‡§¶]{{1,3}}|[ivx]{{1,5}}|[a-z])\]|\((?P<paren>\d{{1,3}})\)|"
    rf"(?P<raised>[{SUPERSCRIPTS}]{{1,3}})|(?<=[^\s*†‡§¶])(?P<symbol>[*†‡§¶]{{1,3}})(?![\w*†‡§¶])"
)
_RAISED = re.compile(r"\d{1,3}|[*†‡§¶]{1,3}|[a-z]|[ivx]{1,5}", re.IGNORECASE)
_LITERAL = frozenset("a pre code textarea button option".split())


class LabelForm(Enum):
    """How a marker or the label of a note is written."""

    #: Raised: `<sup>1</sup>`, `¹`.
    RAISED = "raised"
    #: `[1]`.
    BRACKET = "bracket"
    #: `(1)`.
    PAREN = "paren"
    #: `*`, `†`.
    SYMBOL = "symbol"
    #: `1.`, `1)`.
    PLAIN = "plain"


@dataclass(slots=True)
class UnlinkedMarker:
    """
    A marker: *labels* with the text that stands for each, "" for what separates them.

    Args:
        node: The superscript that it is; or the element whose text or tail, *attribute*, contains it.
        position: Its place in reading order.
    """

    labels: list[tuple[str, str]]
    form: LabelForm
    node: Element
    position: int
    attribute: str = ""
    start: int = 0
    end: int = 0


def find_markers(root: Element) -> tuple[list[UnlinkedMarker], dict[Element, int]]:
    """Return the markers in *root*, and the positions of its elements."""
    return _MarkerFinder(root).find()


class _MarkerFinder:
    def __init__(self, root: Element) -> None:
        self._root = root
        self._markers: list[UnlinkedMarker] = []
        self._positions: dict[Element, int] = {}
        self._count = 0
        self._before = ""

    def find(self) -> tuple[list[UnlinkedMarker], dict[Element, int]]:
        skipped = 0
        for event, element in etree.iterwalk(self._root, events=("start", "end")):
            self._count += 1
            if event == "start":
                self._positions[element] = self._count
                if element.tag in BLOCKS or element.tag == "br":
                    self._before = ""
                if not skipped and element.tag == "sup":
                    self._add_superscript(element)
                skipped += element.tag in _LITERAL or element.tag == "sup"
                self._read_text(element, "text", is_skipped=bool(skipped))
                continue
            skipped -= element.tag in _LITERAL or element.tag == "sup"
            if element.tag in BLOCKS:
                self._before = ""
            if element is not self._root:
                self._read_text(element, "tail", is_skipped=bool(skipped))
        return self._markers, self._positions

    def _add_superscript(self, sup: Element) -> None:
        text = get_text(sup)
        labels = read_labels(text)
        label = parse_label(text)
        if not labels and label and _RAISED.fullmatch(label):
            labels = [(label.lower(), text)]
        if (
            labels
            and sup.find(".//a") is None
            and not (text[:1].isdecimal() and is_power(self._before))
        ):
            self._markers.append(UnlinkedMarker(labels, LabelForm.RAISED, sup, self._count))

    def _read_text(self, node: Element, attribute: str, *, is_skipped: bool) -> None:
        text = (node.text if attribute == "text" else node.tail) or ""
        if not is_skipped and text:
            for match in _IN_TEXT.finditer(text):
                before = self._before + text[max(match.start() - 30, 0) : match.start()]
                if re.search(r"\w", before) and (
                    marker := self._read(match, node, attribute, before)
                ):
                    self._markers.append(marker)
        self._before = (self._before + text[-30:])[-30:]

    def _read(
        self, match: re.Match[str], node: Element, attribute: str, before: str
    ) -> UnlinkedMarker | None:
        form = LabelForm(str(match.lastgroup))
        text = match[str(match.lastgroup)]
        labels = read_labels(text) or [(text.translate(SUPERSCRIPT_DIGITS), match[0])]
        if form is LabelForm.RAISED and is_power(before):
            return None
        self._count += 1
        return UnlinkedMarker(
            labels, form, node, self._count, attribute, match.start(), match.end()
        )


def isolate(markers: list[UnlinkedMarker]) -> Iterator[tuple[str, Element]]:
    """Put each label of *markers* into an element of its own, and yield both."""
    for marker in reversed(
        markers
    ):  # from the end: what is cut off does not move what comes before
        element = marker.node if not marker.attribute else _cut(marker)
        if len(marker.labels) == 1:
            yield marker.labels[0][0], element
            continue
        element.text = None
        for child in list(element):
            element.remove(child)
        for label, text in marker.labels:
            part = etree.SubElement(element, "span")
            part.text = text
            if label:
                yield label, part
            else:
                part.text = None  # what separates two references says nothing without them


def _cut(marker: UnlinkedMarker) -> Element:
    """Put the text of *marker* into an element."""
    node, element = marker.node, marker.node.makeelement("span")
    text = (node.text if marker.attribute == "text" else node.tail) or ""
    element.text = text[marker.start : marker.end]
    if marker.attribute == "text":
        node.text = text[: marker.start]
        node.insert(0, element)
        element.tail = text[marker.end :]
        return element
    node.tail = None
    node.addnext(element)
    node.tail, element.tail = text[: marker.start], text[marker.end :]
    return element
