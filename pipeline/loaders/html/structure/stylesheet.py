"""Read the few styles of a page that carry meaning, from `<style>` elements and `style` attributes."""

from __future__ import annotations

import re
from collections.abc import Mapping

from pipeline.loaders.html.dom import Element

#: The properties that are read.
_PROPERTIES = frozenset(
    "display font font-family font-style font-weight margin-left mso-list mso-text-raise padding-left text-decoration "
    "text-decoration-line vertical-align white-space".split()
)
#: In characters; the style sheets of one page are shorter.
_MAX_SHEET = 2_000_000
_MAX_ATTRIBUTE = 5_000
#: Classes of one element, and rules that begin with one class.
_MAX_CLASSES = 20
_MAX_RULES = 50
_SELECTOR = re.compile(r"([a-z][a-z0-9]{0,15})?((?:\.[\w-]{1,80}){1,3})", re.IGNORECASE)
_BRACE = re.compile(r"([{}])")
_SHEET_COMMENT = re.compile(r"/\*(?:[^*]|\*(?!/))*+(?:\*/|\Z)|<!--|-->")

Style = Mapping[str, str]


class Stylesheet:
    """
    The styles of a page.

    Rules for classes are read, with or without the name of an element (`.c1`, `span.c1`). Rules that depend on the
    place of an element, on its state or on the device are not.
    """

    def __init__(self, root: Element | None = None) -> None:
        self._rules: dict[str, list[tuple[str, frozenset[str], Style]]] = {}
        styles = () if root is None else root.iter("style")
        css = "\n".join("".join(map(str, style.itertext())) for style in styles)
        if css:
            self._read_rules(_SHEET_COMMENT.sub(" ", css[:_MAX_SHEET]))
        self._inline: dict[str, Style] = {}
        self._by_class: dict[tuple[str, str], Style] = {}

    def get_style(self, element: Element) -> Style:
        """Return the properties of *element* in lower case, those of its own `style` last."""
        key = (str(element.tag), element.get("class") or "")
        if key not in self._by_class:
            self._by_class[key] = self._find_declarations(*key)
        return {**self._by_class[key], **self.get_own_style(element)}

    def get_own_style(self, element: Element) -> Style:
        """Return the properties in the `style` attribute of *element*."""
        text = element.get("style")
        if not text:
            return {}
        if text not in self._inline:
            self._inline[text] = _read_declarations(text[:_MAX_ATTRIBUTE])
        return self._inline[text]

    def _find_declarations(self, tag: str, names: str) -> Style:
        classes = names.split()[:_MAX_CLASSES] if self._rules else []
        style: dict[str, str] = {}
        for name in classes:
            for rule_tag, required, declared in self._rules.get(name, ()):
                if rule_tag in {"", tag} and required.issubset(classes):
                    style |= declared
        return style

    def _read_rules(self, css: str) -> None:
        selectors, depth = "", 0
        for part in _BRACE.split(css):
            if part == "{":
                depth += 1
            elif part == "}":
                depth = max(depth - 1, 0)
            elif depth == 0:
                selectors = part.rpartition(";")[2]
            elif depth == 1 and "@" not in selectors:
                self._add_rules(selectors, part)

    def _add_rules(self, selectors: str, declarations: str) -> None:
        if style := _read_declarations(declarations):
            for selector in selectors.split(","):
                if match := _SELECTOR.fullmatch(selector.strip()):
                    names = match[2][1:].split(".")
                    rule = ((match[1] or "").lower(), frozenset(names), style)
                    rules = self._rules.setdefault(names[0], [])
                    if len(rules) < _MAX_RULES:
                        rules.append(rule)


def is_bold(style: Style) -> bool | None:
    """Whether *style* makes text bold; None if it does not say."""
    weight = style.get("font-weight") or _find_word(style.get("font", ""), r"bold|bolder|[6-9]00")
    if not weight:
        return None
    return weight in {"bold", "bolder"} or (weight.isdecimal() and int(weight[:5]) >= 600)


def is_italic(style: Style) -> bool | None:
    """Whether *style* makes text italic; None if it does not say."""
    slope = style.get("font-style") or _find_word(style.get("font", ""), r"italic|oblique")
    return None if not slope else slope.startswith(("italic", "oblique"))


def is_struck(style: Style) -> bool:
    """Whether *style* strikes text out."""
    decoration = f"{style.get('text-decoration', '')} {style.get('text-decoration-line', '')}"
    return "line-through" in decoration


def get_shift(style: Style) -> int:
    """Return 1 if *style* raises text, -1 if it lowers it, else 0."""
    value = style.get("vertical-align", "")
    if value in {"super", "sub"}:
        return 1 if value == "super" else -1
    shift = re.match(
        r"(-?)(?:\d++(?:\.\d++)?|\.\d++)(?:px|pt|em|ex|%)", value or style.get("mso-text-raise", "")
    )
    if not shift or not re.search(r"[1-9]", shift[0]):
        return 0
    return -1 if shift[1] else 1


def get_length(value: str) -> float:
    """Return the CSS length *value* in points, 0 if it has none."""
    match = re.match(r"(\d{1,5}(?:\.\d{1,6})?|\.\d{1,6})(pt|px|in|cm|mm|em|rem)", value)
    points = {"pt": 1, "px": 0.75, "in": 72, "cm": 28.35, "mm": 2.835, "em": 12, "rem": 12}
    return float(match[1]) * points[match[2]] if match else 0.0


def _find_word(text: str, words: str) -> str:
    match = re.search(rf"(?:^|\s)({words})(?=\s|$)", text)
    return match[1] if match else ""


def _read_declarations(text: str) -> Style:
    found = {}
    for declaration in text.split(";"):
        name, colon, value = declaration.partition(":")
        name = name.strip().lower()
        if colon and name in _PROPERTIES:
            found[name] = value.replace("!important", "").strip().lower()
    return found
