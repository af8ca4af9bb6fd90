"""
Which HTML and CSS features a newsletter uses, by their slugs at caniemail.com.

Conditional comments for Outlook are not part of the document and not counted, nor are rules whose selectors target a
single email client.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from pipeline.checks.html.css import Declaration, StyleRule, parse_declarations
from pipeline.checks.html.html_part import HtmlPart

_SEMANTIC_TAGS = frozenset(
    "article aside details figcaption figure footer header main mark nav section summary time".split()
)
#: Forbidden tags and image formats have checks of their own.
_TAGS = {
    "picture": "html-picture", "ruby": "html-ruby", "rt": "html-rt", "rp": "html-rp", "dialog": "html-dialog",
    "meter": "html-meter", "progress": "html-progress", "marquee": "html-marquee", "map": "html-image-maps",
    "bdi": "html-bdi", "wbr": "html-wbr", "acronym": "html-acronym", "abbr": "html-abbr", "dfn": "html-dfn",
    "address": "html-address",
}  # fmt: skip
_ATTRIBUTES = {
    "srcset": "html-srcset", "hidden": "html-hidden", "loading": "html-loading-attribute", "target": "html-target",
    "background": "html-background", "popover": "html-popover", "inert": "css-inert-attribute",
    "aria-live": "html-aria-live", "aria-labelledby": "html-aria-labelledby",
    "aria-describedby": "html-aria-describedby",
}  # fmt: skip
_PROPERTY_PATTERNS = (
    (r"margin-(inline|block)(-start|-end)", "css-margin-inline-start-end"),
    (r"margin-(inline|block)", "css-margin-inline-block"),
    (r"padding-(inline|block)(-start|-end)", "css-padding-inline-start-end"),
    (r"padding-(inline|block)", "css-padding-inline-block"),
    (r"border-(inline|block)(-(start|end))?(-.*)?", "css-border-inline-block"),
    (r"border-(start|end)-(start|end)-radius", "css-border-radius-logical"),
    (r"border(-.*)?-radius", "css-border-radius"),
    (r"border-image-.*", "css-border-image"),
    (r"margin-.*", "css-margin"),
    (r"padding-.*", "css-padding"),
    (r"border-(top|right|bottom|left|width|style|color).*", "css-border"),
    (r"(top|right|bottom|left)", "css-left-right-top-bottom"),
    (r"overflow-.*", "css-overflow"),
    (r"(animation|transition|transform|mask|shape|scroll-snap|column)-.*", "css-{0}"),
    (r"flex-.*", "css-display-flex"),
    (r"grid(-.*)?", "css-display-grid"),
    (r"(row-gap|column-gap)", "css-gap"),
)
_VALUE_PATTERNS = (
    (r"\bvar\(", "css-variables"),
    (r"\bcalc\(", "css-unit-calc"),
    (r"(?<![\w-])(clamp|min|max)\(", "css-function-{0}"),
    (r"\blight-dark\(", "css-function-light-dark"),
    (r"\b(linear|radial|conic)-gradient\(", "css-{0}-gradient"),
    (r"\brgba?\([^)]*\s/\s|\brgba?\(\s*\d+\s+\d|\b(?:hwb|lab|lch|oklab|oklch|color|color-mix)\(", "css-modern-color"),
    (r"\brgba\(", "css-rgba"),
    (r"(?<![\w.#-])[\d.]+(rem|vh|vw|vmin|vmax|ch|ex|cm|mm|in|pc)\b", "css-unit-{0}"),
    (r"\bsystem-ui\b", "css-sytem-ui"),
)  # fmt: skip
_PSEUDO = re.compile(r":(:?)([a-z-]+)")
_AT_RULES = {
    "@font-face": "css-at-font-face",
    "@import": "css-at-import",
    "@keyframes": "css-at-keyframes",
    "@supports": "css-at-supports",
}
#: Selectors that target a single email client.
_CLIENT_SELECTORS = re.compile(
    r"\[data-og|\[owa|#outlook|\.ExternalClass|\.ReadMsgBody|#MessageViewBody|#MessageWebViewDiv|u\s*[+~]\s*[.#]|"
    r"\.moz-text-html|x-apple-data-detectors|\.gmail|\.yshortcuts|:root|\[class~=|-outlook\b|\.mj-"
)


def find_features(part: HtmlPart) -> dict[str, str]:
    """Return the features in use by slug, each with one place where it is used."""
    found: dict[str, str] = {}
    for slug, place in _find_all(part):
        found.setdefault(slug, place)
    return found


def _find_all(part: HtmlPart) -> Iterator[tuple[str, str]]:
    for node in part.document.iter():
        if isinstance(node.tag, str):
            yield from _find_in_element(node)
    for rule in part.style_rules:
        if not any(_CLIENT_SELECTORS.search(selector) for selector in rule.selectors):
            yield from _find_in_rule(rule)


def _find_in_element(node: Any) -> Iterator[tuple[str, str]]:  # Any: lxml has no types
    place = f"<{node.tag}>"
    if node.tag in _SEMANTIC_TAGS:
        yield "html-semantics", place
    elif node.tag in _TAGS:
        yield _TAGS[node.tag], place
    for name, slug in _ATTRIBUTES.items():
        if node.get(name) is not None:
            yield slug, f"{name} on {place}"
    for name, slug in _find_in_style(node.get("style") or ""):
        yield slug, f"{name} on {place}"


@lru_cache(maxsize=2048)
def _find_in_style(style: str) -> tuple[tuple[str, str], ...]:
    """Return the names of declarations and the slugs of their features; many elements have the same style."""
    return tuple(
        (declaration.name, slug)
        for declaration in parse_declarations(style)
        for slug in find_declaration_features(declaration)
    )


def _find_in_rule(rule: StyleRule) -> Iterator[tuple[str, str]]:
    for at_rule in rule.at_rules:
        yield from _find_in_at_rule(at_rule)
    for selector in rule.selectors:
        if selector.startswith("@"):
            yield from _find_in_at_rule(selector)
        else:
            for slug in _find_in_selector(selector):
                yield slug, selector
    for declaration in rule.declarations:
        for slug in find_declaration_features(declaration):
            yield slug, f"{declaration.name} in {rule.selectors[0]}"


def _find_in_at_rule(at_rule: str) -> Iterator[tuple[str, str]]:
    name, _, condition = at_rule.partition(" ")
    if slug := _AT_RULES.get(name.lower()):
        yield slug, at_rule
    if name.lower() == "@media":
        yield "css-at-media", at_rule
        for feature in ("prefers-color-scheme", "prefers-reduced-motion", "orientation", "hover"):
            if feature in condition:
                yield f"css-at-media-{feature}", at_rule


def _find_in_selector(selector: str) -> Iterator[str]:
    bare = re.sub(r"\[[^\[\]]*+\]", "", selector)
    for double, name in _PSEUDO.findall(bare):
        is_element = bool(double) or name in ("before", "after", "first-line", "first-letter")
        yield f"css-pseudo-{'element' if is_element else 'class'}-{name}"
    if "[" in selector:
        yield "css-selector-attribute"
    for combinator, slug in (
        (">", "child"),
        ("+", "adjacent-sibling"),
        ("~", "general-sibling"),
        ("*", "universal"),
    ):
        if combinator in bare:
            yield f"css-selector-{slug}"
    if re.search(r"\w\s+[\w.#]", bare):
        yield "css-selector-descendant"
    if re.search(r"\.[\w-]+\.", bare):
        yield "css-selector-chaining"


def find_declaration_features(declaration: Declaration) -> Iterator[str]:
    """Yield the slugs of the features that one declaration uses."""
    name, value = declaration.name, declaration.value
    if name.startswith("--"):
        yield "css-variables"
        return
    if name.startswith(("mso-", "-ms-", "-moz-", "-webkit-")):
        return
    for pattern, slug in _VALUE_PATTERNS:
        if match := re.search(pattern, value):
            yield slug.format(*match.groups())
    if declaration.is_important:
        yield "css-important"
    if name == "display":
        kind = value.removeprefix("inline-")
        if kind in ("flex", "grid", "none"):
            yield f"css-display-{kind}"
        elif not re.fullmatch(r"block|inline|inline-block|list-item|table(-.*)?", value):
            yield "css-display"
        return
    if not _is_affected(name, value):
        return
    pattern_slug = next(
        (
            s.format(*(m.groups() or ("",)))
            for p, s in _PROPERTY_PATTERNS
            if (m := re.fullmatch(p, name))
        ),
        None,
    )
    yield pattern_slug or f"css-{name}"


def _is_affected(name: str, value: str) -> bool:
    """Whether this value is among those that clients do not support, for properties they support in part."""
    if name.startswith(("margin", "padding")) and not ("-inline" in name or "-block" in name):
        return re.search(r"(^|\s)-[\d.]", value) is not None
    if name == "text-align":
        return value not in ("left", "right", "center", "justify")
    return True
