"""
What an element looks like: the cascade over `style` attributes and the head's rules, without a browser.

Only what these checks ask of it: rules for a wide screen, in one colour scheme; sizes in pixels. Important rules of
the head beat the attribute, as they do in mail programs.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from pipeline.checks.html.css import StyleRule, parse_declarations, parse_pixels

#: What browsers and mail programs set by themselves.
_SIZES = {"h1": 2.0, "h2": 1.5, "h3": 1.17, "h4": 1.0, "h5": 0.83, "h6": 0.67, "small": 0.83}
_SIZES |= {"sup": 0.83, "sub": 0.83}
_BOLD = frozenset({"h1", "h2", "h3", "h4", "h5", "h6", "b", "strong", "th"})
_HIDDEN = frozenset({"head", "style", "script", "title", "template", "noscript"})
_LINK = {False: "#0000ee", True: "#9e9eff"}
_USED = frozenset(
    "background background-color border-bottom color display font font-family font-size font-weight line-height "
    "text-decoration text-decoration-line visibility".split()
)

Weight = tuple[bool, bool, tuple[int, int, int], int]


class Cascade:
    """
    The styles of one document.

    Args:
        is_dark: As a reader with a dark screen sees it.
    """

    def __init__(self, document: Any, sheet: Iterable[StyleRule], *, is_dark: bool) -> None:
        self._is_dark = is_dark
        self._document = document
        self._elements = list(document.iter())  # lxml forgets an element that nobody holds
        self._own: dict[Any, dict[str, tuple[Weight, str]]] = {}
        self._known: dict[tuple[str, Any], Any] = {}
        for order, rule in enumerate(sheet):
            if _applies(rule.within, is_dark=is_dark) and not _USED.isdisjoint(
                declaration.name for declaration in rule.declarations
            ):
                self._add(rule, order)

    def _add(self, rule: StyleRule, order: int) -> None:
        for selector in rule.selectors:
            find, specificity = _selector(selector)
            for element in find(self._document) if find else ():
                for declaration in rule.declarations:
                    if declaration.name in _USED:
                        weight = (declaration.is_important, False, specificity, order)
                        self._declare(element, declaration.name, weight, declaration.value)

    def _declare(self, element: Any, name: str, weight: Weight, value: str) -> None:
        own = self._own.setdefault(element, {})
        if name not in own or own[name][0] <= weight:
            own[name] = (weight, value)

    def own(self, element: Any) -> dict[str, str]:
        """Return what is declared for *element* itself."""
        key = ("own", element)
        if key not in self._known:
            found = dict(self._own.get(element, {}))
            for declaration in parse_declarations(element.get("style") or ""):
                weight = (declaration.is_important, True, (0, 0, 0), 0)
                name = declaration.name
                if name not in found or found[name][0] <= weight:
                    found[name] = (weight, declaration.value)
            self._known[key] = {name: value for name, (_, value) in found.items()}
        known: dict[str, str] = self._known[key]
        return known

    def inherited(self, element: Any, name: str) -> str | None:
        """Return the value of *name* that holds in *element*: its own or that of the nearest element around it."""
        key = (name, element)
        if key not in self._known:
            value = self.own(element).get(name)
            parent = element.getparent()
            if value in (None, "inherit"):
                value = self.inherited(parent, name) if parent is not None else None
            self._known[key] = value
        found: str | None = self._known[key]
        return found

    def colour(self, element: Any) -> str | None:
        """Return the colour of the text in *element*; links do not take that of the text around."""
        while element is not None:
            value = self.own(element).get("color")
            if value not in (None, "inherit"):
                return value
            if element.tag == "a" and element.get("href") and value is None:
                return _LINK[self._is_dark]
            if element.tag == "font" and element.get("color"):
                return str(element.get("color"))
            element = element.getparent()
        return None

    def size_px(self, element: Any) -> float:
        """Return the size of the text in *element*, in pixels."""
        key = ("size", element)
        if key not in self._known:
            parent = element.getparent()
            around = self.size_px(parent) if parent is not None else 16.0
            value = self.own(element).get("font-size")
            factor = _SIZES.get(element.tag, 1.0) if value is None else _factor(value)
            own = parse_pixels(value)
            self._known[key] = own if own is not None else around * factor
        size: float = self._known[key]
        return size

    def is_bold(self, element: Any) -> bool:
        """Whether the text in *element* is bold."""
        while element is not None:
            value = self.own(element).get("font-weight")
            if value not in (None, "inherit"):
                return value in ("bold", "bolder") or (
                    (value or "").isdigit() and int(value or 0) >= 600
                )
            if element.tag in _BOLD:
                return True
            element = element.getparent()
        return False

    def is_hidden(self, element: Any) -> bool:
        """Whether nobody sees *element*."""
        key = ("hidden", element)
        if key not in self._known:
            parent = element.getparent()
            own = self.own(element)
            self._known[key] = (
                element.tag in _HIDDEN
                or own.get("display") == "none"
                or own.get("visibility") == "hidden"
                or (parent is not None and self.is_hidden(parent))
            )
        hidden: bool = self._known[key]
        return hidden


def _factor(value: str) -> float:
    match = re.fullmatch(r"([\d.]+)(em|%)", value)
    if match is None or match[1].count(".") > 1 or match[1] == ".":
        return 1.0
    return float(match[1]) / (100 if match[2] == "%" else 1)


def _applies(within: tuple[str, ...], *, is_dark: bool) -> bool:
    """Whether rules within these at-rules hold on a wide screen in that colour scheme."""
    for head in map(str.lower, within):
        if not head.startswith("@media"):
            continue
        scheme = re.search(r"prefers-color-scheme:\s*(dark|light)", head)
        if scheme and (scheme[1] == "dark") is not is_dark:
            return False
        if re.search(r"\bprint\b|\bmax-width|\bmax-device-width", head):
            return False
    return True


@lru_cache(maxsize=1024)
def _selector(selector: str) -> tuple[Any, tuple[int, int, int]]:
    """Return what finds the elements of *selector*, nothing if it cannot be read, and its specificity."""
    from cssselect import SelectorError, parse
    from lxml.cssselect import CSSSelector

    try:
        (read,) = parse(selector)
        return CSSSelector(selector, translator="html"), read.specificity()
    except (SelectorError, ValueError):
        return None, (0, 0, 0)
