"""Index the anchors of a document that links may lead to, and the order of its elements."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Collection
from urllib.parse import unquote

from pipeline.loaders.html.dom import BLOCKS, Element

#: Blocks to which an anchor right before them may belong.
_ATTACHABLE = frozenset("p div li dt dd blockquote aside section".split())


def attach_anchors(root: Element) -> None:
    """Move each empty anchor that stands between two blocks of *root* to the beginning of the block after it."""
    for anchor in list(root.iter("a", "span")):
        parent = anchor.getparent()
        if (anchor.tail or "").strip() or len(anchor) or (anchor.text or "").strip():
            continue
        if parent is None or not _get_ids(anchor) or anchor.get("href"):
            continue
        block, previous = anchor.getnext(), anchor.getprevious()
        is_between = (previous is None and not (parent.text or "").strip()) or (
            previous is not None and previous.tag in BLOCKS and not (previous.tail or "").strip()
        )
        if block is not None and block.tag in _ATTACHABLE and is_between:
            anchor.tail, block.text = block.text, None
            block.insert(0, anchor)


class AnchorIndex:
    """The ids of one document and the position of its elements."""

    def __init__(self, root: Element) -> None:
        self.elements = list(root.iter())
        self._positions = {element: index for index, element in enumerate(self.elements)}
        self._by_id: dict[str, list[Element]] = {}
        for element in self.elements:
            for name in _get_ids(element):
                self._by_id.setdefault(name, []).append(element)

    def get_position(self, element: Element) -> int:
        """Return the index of *element* in document order."""
        return self._positions.get(element, -1)

    def get_fragment(self, link: Element) -> str | None:
        """Return the fragment of *link* as the document spells it, or None if it has none."""
        _, _, fragment = (link.get("href") or "").strip().partition("#")
        if not fragment:
            return None
        return fragment if fragment in self._by_id else unquote(fragment)

    def has_id(self, name: str) -> bool:
        """Whether an element of this document has the id *name*."""
        return name in self._by_id

    def is_local(self, link: Element) -> bool:
        """Whether *link* is written as a link inside its own document."""
        return (link.get("href") or "").strip().startswith("#")

    def find_target(self, link: Element) -> Element | None:
        """
        Return the element in this document to which *link* leads; its URL may be absolute if the fragment is known.

        If several elements have the id it is the first one after the link, as on pages of several articles, else the
        first of all.
        """
        fragment = self.get_fragment(link)
        found = self._by_id.get(fragment, []) if fragment else []
        position = self.get_position(link)
        after = bisect_right(found, position, key=self.get_position)
        return found[after] if after < len(found) else next(iter(found), None)

    def find_similar(self, targets: Collection[Element]) -> list[Element]:
        """Return the elements after the first of *targets* whose ids differ from theirs only in numbers."""
        first = min(map(self.get_position, targets), default=0)
        patterns = {pattern for target in targets for pattern in _get_id_patterns(target)}
        return [
            e for e in self.elements[first:] if patterns & _get_id_patterns(e) and e not in targets
        ]


def _get_ids(element: Element) -> set[str]:
    ids = {element.get("id"), element.get("name") if element.tag == "a" else None}
    return {name for name in ids if name}


def _get_id_patterns(element: Element) -> set[str]:
    return {re.sub(r"\d+", "#", name) for name in _get_ids(element) if re.search(r"\d", name)}
