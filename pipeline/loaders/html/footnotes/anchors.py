"""Index the places of a document that links may lead to, and the order of its elements (rule N1)."""

from __future__ import annotations

import re
from collections.abc import Collection
from urllib.parse import unquote

from pipeline.loaders.html.dom import Element


class AnchorIndex:
    """The ids of one document, and where everything stands in it."""

    def __init__(self, root: Element) -> None:
        self.root = root
        self.elements = list(root.iter())
        self._place = {element: place for place, element in enumerate(self.elements)}
        self._named: dict[str, list[Element]] = {}
        for element in self.elements:
            for name in {element.get("id"), element.get("name") if element.tag == "a" else None}:
                if name:
                    self._named.setdefault(name, []).append(element)

    def get_position(self, element: Element) -> int:
        """Return the place of *element* in document order."""
        return self._place.get(element, -1)

    def get_fragment(self, link: Element) -> str | None:
        """Return the fragment *link* leads to, as the document spells it if it does; null without one."""
        _, sign, fragment = (link.get("href") or "").strip().partition("#")
        if not sign or not fragment:
            return None
        return fragment if fragment in self._named else unquote(fragment)

    def is_local(self, link: Element) -> bool:
        """Whether *link* is written as a link within its own document."""
        return (link.get("href") or "").strip().startswith("#")

    def find_target(self, link: Element) -> Element | None:
        """
        Return where *link* leads within this document, an absolute address with a known fragment included.

        Of several elements with that id the first after the link is meant, as on pages of several articles, else the
        first of all.
        """
        fragment = self.get_fragment(link)
        found = self._named.get(fragment, []) if fragment else []
        after = self.get_position(link)
        return next((e for e in found if self.get_position(e) > after), found[0] if found else None)

    def find_similar(self, targets: Collection[Element]) -> list[Element]:
        """Return the places behind the first of *targets* whose names differ from theirs in numbers only."""
        first = min(map(self.get_position, targets), default=0)
        patterns = {pattern for target in targets for pattern in _patterns(target)}
        return [e for e in self.elements[first:] if patterns & _patterns(e) and e not in targets]


def _patterns(element: Element) -> set[str]:
    names = {element.get("id"), element.get("name") if element.tag == "a" else None}
    return {re.sub(r"\d+", "#", name) for name in names if name and re.search(r"\d", name)}
