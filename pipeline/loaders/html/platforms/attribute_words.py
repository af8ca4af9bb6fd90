"""Read out words that stand only in an attribute, where a script of the platform would show them."""

from __future__ import annotations

import html
import json
import re
from typing import Any

from lxml import etree

from pipeline.loaders.html import dom
from pipeline.loaders.html.dom import Element
from pipeline.loaders.shared.html_nodes.load_report import LoadReport
from pipeline.loaders.shared.html_nodes.safe_urls import resolve_web_url

_FORMULA = re.compile(r"(?:^|[\s_-])(?:latex|tex|math|katex|formula|equation)(?:$|[\s_-])", re.I)
_FORMULA_ATTRIBUTES = (
    "data-latex",
    "data-tex",
    "data-formula",
    "data-equation",
    "data-expr",
    "data-math",
)
_TEXT_ATTRIBUTES = (
    "data-content",
    "data-text",
    "data-label",
    "data-mention",
    "data-name",
    "data-value",
)
#: The keys of Substack's and similar JSON, the first that has a text wins.
_FORMULA_KEYS = ("persistentExpression", "expression", "latex", "tex")
_NAME_KEYS = ("name", "title", "text", "label", "handle", "question", "body", "content", "caption")
_URL_KEYS = ("canonical_url", "url", "href", "link", "src")
_EMOJI_NAME = re.compile(r"(?:^|[\s_-])(?:emoji|wp-smiley|twemoji|emojione)(?:$|[\s_-])", re.I)
#: In characters; a longer attribute is data, not words.
_MAX_TEXT = 2_000
_MAX_JSON = 100_000


def read_attribute_words(body: Element, report: LoadReport) -> list[str]:
    """
    Put words that stand only in attributes of empty elements of *body* into it; return what became visible.

    What cannot be put there is named in a warning.
    """
    texts: list[str] = []
    for element in list(body.iter()):
        if not isinstance(element.tag, str) or element.getparent() is None:
            continue
        if element.tag == "img":
            texts += _replace_emoji(element)
        elif element.tag in {"span", "div", "p", "a", "figure", "section", "button", "code"}:
            texts += _read_element(element, report)
    return texts


def _read_element(element: Element, report: LoadReport) -> list[str]:
    data = _read_json(element)
    if dom.has_content(element) or element.find(".//iframe") is not None:
        return []
    formula = _find_formula(element, data)
    if formula:
        code = etree.SubElement(element, "code")
        code.text = formula
        report.formulas.append(formula)
        return [formula]
    name = _find_text(data, _NAME_KEYS)
    if not name:
        name = next(filter(None, (_get(element, key) for key in _TEXT_ATTRIBUTES)), "")
    if not name or name.startswith(("{", "[", "http:", "https:", "data:", "/", "#", ".")):
        return _drop_url(element, data, report)
    url = resolve_web_url(_find_text(data, _URL_KEYS), None) if data else None
    if url and element.tag != "a" and not any(True for _ in element.iterancestors("a")):
        link = etree.SubElement(element, "a", href=url)
        link.text = name
    else:
        element.text = name
    return [name]


def _drop_url(element: Element, data: dict[str, Any], report: LoadReport) -> list[str]:
    """Name the address of an embedded thing that only a script shows, and that has no words."""
    url = resolve_web_url(_find_text(data, _URL_KEYS), None) if data else None
    if not url or element.find(".//img") is not None:
        return []
    report.drop("embed.script-only", url)
    report.warn(
        "embed.script-only",
        f"Something embedded that only a script shows was left out: {url[:80]}. "
        "Link to it in the text if readers need it.",
    )
    return [url]


def _find_formula(element: Element, data: dict[str, Any]) -> str:
    found = next(filter(None, (_get(element, name) for name in _FORMULA_ATTRIBUTES)), "")
    if not found and _FORMULA.search(element.get("class") or ""):
        found = _find_text(data, _FORMULA_KEYS) or _get(element, "data-value")
    return " ".join((found or _find_text(data, _FORMULA_KEYS[:1])).split())


def _read_json(element: Element) -> dict[str, Any]:  # Any: JSON
    for name in ("data-attrs", "data-props", "data-node", "data-embed"):
        source = element.get(name) or ""
        if source.startswith("{") and len(source) <= _MAX_JSON:
            try:
                data = json.loads(source)
            except (ValueError, RecursionError):
                continue
            if isinstance(data, dict):
                return data
    return {}


def _find_text(data: dict[str, Any], keys: tuple[str, ...]) -> str:
    for key in keys:
        value = data.get(key)
        if isinstance(value, str) and value.strip() and len(value) <= _MAX_TEXT:
            return " ".join(html.unescape(value).split())
    return ""


def _get(element: Element, name: str) -> str:
    value = (element.get(name) or "").strip()
    return value if len(value) <= _MAX_TEXT else ""


def _replace_emoji(image: Element) -> list[str]:
    """Replace the picture of an emoji by its character, which is its alternative text."""
    alt = image.get("alt") or ""
    names = f"{image.get('class') or ''}"
    if not _EMOJI_NAME.search(names) or not 0 < len(alt) <= 16:
        return []
    placeholder = dom.detach(image)
    placeholder.text = alt
    return []
