"""Drop what publishing platforms set into an article: buttons, sign-up boxes, players, lines about feeds and mails."""

from __future__ import annotations

from collections.abc import Collection

from pipeline.loaders.html import dom
from pipeline.loaders.html.dom import Element
from pipeline.loaders.html.platforms.furniture_words import (
    BUTTON,
    LABEL,
    LINES,
    RULE_BY_NAME,
    TARGET,
    UNSUBSCRIBE,
)
from pipeline.loaders.shared.html_nodes.load_report import LoadReport

#: In words, of a line.
_MAX_LINE = 60
_BLOCKS = ("p", "div", "footer", "section", "figure", "td", "h4", "h5", "h6", "li")


def drop_furniture(root: Element, references: Collection[Element], report: LoadReport) -> None:
    """Remove the furniture of platforms from the article *root*; elements that contain a reference stay."""
    kept = {ancestor for reference in references for ancestor in reference.iterancestors()}
    total = len(dom.get_text(root).split())
    for element in list(root.iter()):
        if element is root or element in kept or not dom.is_inside(element, root):
            continue
        if rule := _find_rule(element, total):
            dom.drop_element(element, rule, report)


def _find_rule(element: Element, total: int) -> str | None:
    if not isinstance(element.tag, str):
        return None
    names = f"{element.get('class') or ''} {element.get('id') or ''}".split()
    rule = next((RULE_BY_NAME[name] for name in names if name in RULE_BY_NAME), None)
    if rule:
        return rule if len(dom.get_text(element).split()) <= max(total * 0.4, _MAX_LINE) else None
    if element.tag == "a":
        return _find_button_rule(element)
    return _find_line_rule(element) if element.tag in _BLOCKS else None


def _find_button_rule(link: Element) -> str | None:
    """Return the rule for a link in the text that is styled as a button of the platform."""
    is_button = BUTTON.search(link.get("class") or "") or link.get("role") == "button"
    return "boilerplate.button" if is_button and _is_label(dom.get_text(link)) else None


def _find_line_rule(element: Element) -> str | None:
    text = dom.get_text(element)
    if not text or len(text) > 500 or len(text.split()) > _MAX_LINE or _has_blocks(element):
        return None
    for rule, pattern in LINES.items():
        if pattern.fullmatch(text.rstrip(". ") + ".") or pattern.fullmatch(text):
            return rule
    links = list(element.iter("a"))
    if any(UNSUBSCRIBE.fullmatch(dom.get_text(link)) for link in links):
        return "boilerplate.unsubscribe"
    linked = " ".join(dom.get_text(link) for link in links)
    is_only_links = bool(links) and len(linked) >= len(text) - 2
    if is_only_links and element.find(".//img") is None:
        is_target = all(TARGET.search(link.get("href") or "") for link in links)
        is_styled = bool(BUTTON.search(element.get("class") or ""))
        if all(_is_label(dom.get_text(link)) for link in links) or (is_target and is_styled):
            return "boilerplate.button"
    return (
        "boilerplate.share"
        if not links and text.casefold() in {"share", "teilen", "partager"}
        else None
    )


def _is_label(text: str) -> bool:
    return len(text) <= 160 and bool(LABEL.fullmatch(text.strip()))


def _has_blocks(element: Element) -> bool:
    return any(
        inner.tag in {"p", "div", "ul", "ol", "table", "blockquote", "figure"} for inner in element
    )
