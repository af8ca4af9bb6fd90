"""
The CSS cascade over `style` attributes and style elements, without a browser.

It computes only what the checks need: wide screens, one color scheme, sizes in pixels. Important rules in style
elements override the attribute, as in email clients.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from pipeline.checks.html.css import StyleRule, parse_declarations, parse_pixels

#: The defaults of browsers and email clients.
_SIZE_FACTORS = {"h1": 2.0, "h2": 1.5, "h3": 1.17, "h4": 1.0, "h5": 0.83, "h6": 0.67}
_SIZE_FACTORS |= dict.fromkeys(("small", "sup", "sub"), 0.83)
_BOLD = frozenset({"h1", "h2", "h3", "h4", "h5", "h6", "b", "strong", "th"})
_HIDDEN = frozenset({"head", "style", "script", "title", "template", "noscript"})
_LINK_COLORS = {False: "#0000ee", True: "#9e9eff"}
_PROPERTIES = frozenset(
    "background background-color border-bottom color display font font-family font-size font-weight line-height "
    "text-decoration text-decoration-line visibility".split()
)

#: Whether it is important, whether it is in the attribute, the specificity of its selector, its order.
Priority = tuple[bool, bool, tuple[int, int, int], int]


class Cascade:
    """
    The styles of one document.

    Args:
        is_dark: Whether to apply the rules for dark mode.
    """

    def __init__(self, document: Any, rules: Iterable[StyleRule], *, is_dark: bool) -> None:
        self._is_dark = is_dark
        self._document = document
        self._elements = list(document.iter("*"))  # lxml drops elements that nothing refers to
        self._from_rules: dict[Any, dict[str, tuple[Priority, str]]] = {}
        self._inherited: dict[tuple[str, Any], str | None] = {}
        for order, rule in enumerate(rules):
            if _applies(rule.at_rules, is_dark=is_dark) and not _PROPERTIES.isdisjoint(
                declaration.name for declaration in rule.declarations
            ):
                self._add(rule, order)
        self._declared = {element: self._cascade(element) for element in self._elements}
        self._sizes_px: dict[Any, float] = {}
        self._hidden: dict[Any, bool] = {}
        self._colors: dict[Any, str | None] = {}
        self._bold: dict[Any, bool] = {}
        for element in self._elements:  # ancestors come first
            self._sizes_px[element] = self._compute_size_px(element)
            self._hidden[element] = self._compute_hidden(element)
            self._colors[element] = self._compute_color(element)
            self._bold[element] = self._compute_bold(element)

    def _add(self, rule: StyleRule, order: int) -> None:
        for selector in rule.selectors:
            find, specificity = _compile_selector(selector)
            for element in find(self._document) if find else ():
                styles = self._from_rules.setdefault(element, {})
                for declaration in rule.declarations:
                    if declaration.name in _PROPERTIES:
                        priority = (declaration.is_important, False, specificity, order)
                        _declare(styles, declaration.name, priority, declaration.value)

    def _cascade(self, element: Any) -> dict[str, str]:
        styles = dict(self._from_rules.get(element, {}))
        for declaration in parse_declarations(element.get("style") or ""):
            priority = (declaration.is_important, True, (0, 0, 0), 0)
            _declare(styles, declaration.name, priority, declaration.value)
        return {name: value for name, (_, value) in styles.items()}

    def _compute_size_px(self, element: Any) -> float:
        inherited = self._sizes_px.get(element.getparent(), 16.0)
        value = self._declared[element].get("font-size")
        factor = _SIZE_FACTORS.get(element.tag) if value is None else parse_factor(value)
        absolute = parse_pixels(value)
        relative = inherited if factor is None else inherited * factor
        return relative if absolute is None else absolute

    def _compute_hidden(self, element: Any) -> bool:
        declared = self._declared[element]
        is_hidden = declared.get("display") == "none" or declared.get("visibility") == "hidden"
        return is_hidden or element.tag in _HIDDEN or self._hidden.get(element.getparent(), False)

    def _compute_color(self, element: Any) -> str | None:
        value = self._declared[element].get("color")
        if value not in (None, "inherit"):
            return value
        if element.tag == "a" and element.get("href") and value is None:
            return _LINK_COLORS[self._is_dark]
        if element.tag == "font" and element.get("color"):
            return str(element.get("color"))
        return self._colors.get(element.getparent())

    def _compute_bold(self, element: Any) -> bool:
        value = self._declared[element].get("font-weight")
        if value is not None and value != "inherit":
            return value in ("bold", "bolder") or (value.isdigit() and int(value) >= 600)
        return element.tag in _BOLD or self._bold.get(element.getparent(), False)

    def get_declared(self, element: Any) -> dict[str, str]:
        """Return the values declared for *element* itself."""
        return self._declared.get(element, {})

    def get_inherited(self, element: Any, name: str) -> str | None:
        """Return the value of the property *name* for *element*: its own or that of the nearest ancestor."""
        key = (name, element)
        if key not in self._inherited:
            value = self.get_declared(element).get(name)
            parent = element.getparent()
            if value in (None, "inherit"):
                value = self.get_inherited(parent, name) if parent is not None else None
            self._inherited[key] = value
        return self._inherited[key]

    def get_color(self, element: Any) -> str | None:
        """Return the color of the text in *element*; links do not inherit it."""
        return self._colors[element]

    def get_size_px(self, element: Any) -> float:
        """Return the font size in *element*, in pixels."""
        return self._sizes_px[element]

    def is_bold(self, element: Any) -> bool:
        """Whether the text in *element* is bold."""
        return self._bold[element]

    def is_hidden(self, element: Any) -> bool:
        """Whether *element* is not displayed."""
        return self._hidden[element]


def parse_factor(value: str) -> float | None:
    """Return the factor of `1.5em` or `150%`, None for anything else."""
    match = re.fullmatch(r"(\d++\.?+\d*+|\.\d++)(em|%)", value)
    return float(match[1]) / (100 if match[2] == "%" else 1) if match else None


def _declare(
    styles: dict[str, tuple[Priority, str]], name: str, priority: Priority, value: str
) -> None:
    if name not in styles or styles[name][0] <= priority:
        styles[name] = (priority, value)


def _applies(at_rules: tuple[str, ...], *, is_dark: bool) -> bool:
    """Whether rules inside *at_rules* apply on a wide screen in this color scheme."""
    for at_rule in map(str.lower, at_rules):
        if not at_rule.startswith("@media"):
            continue
        scheme = re.search(r"prefers-color-scheme:\s*(dark|light)", at_rule)
        if scheme and (scheme[1] == "dark") is not is_dark:
            return False
        if re.search(r"\bprint\b|\bmax-width|\bmax-device-width", at_rule):
            return False
    return True


@lru_cache(maxsize=1024)
def _compile_selector(selector: str) -> tuple[Any, tuple[int, int, int]]:
    """Return what finds the elements of *selector*, None if it is invalid, and its specificity."""
    from cssselect import SelectorError, parse
    from lxml.cssselect import CSSSelector

    try:
        (parsed,) = parse(selector)
        return CSSSelector(selector, translator="html"), parsed.specificity()
    except (SelectorError, ValueError):
        return None, (0, 0, 0)
