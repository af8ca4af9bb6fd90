"""Change what an email shows differently from a web page: formulas, tasks, line numbers, pull quotes."""

from __future__ import annotations

import itertools
import re

from lxml import etree

from pipeline.loaders.html import dom
from pipeline.loaders.html.boilerplate import is_hidden
from pipeline.loaders.html.dom import Element
from pipeline.loaders.shared.html_nodes.load_report import LoadReport

_LINE_NUMBERS = re.compile(
    r"(?:^|\s)(?:linenos?|lineno|gutter|line-numbers?(?:-rows)?|rouge-gutter|blob-num)(?:\s|$)"
)
_DISPLAY_STYLE = re.compile(r"^\s*\{\\(?:displaystyle|textstyle)\s++(.*)\}\s*$", re.DOTALL)
_PULL_QUOTE = re.compile(r"(?:^|[\s_-])pull-?quotes?(?:$|[\s_-])", re.IGNORECASE)


def replace_web_only_elements(body: Element, report: LoadReport) -> list[str]:
    """
    Replace formulas by their source and boxes of tasks by characters; remove line numbers and repeated pull quotes.

    Return the texts from attributes that are now part of it.
    """
    formulas = [e for e in body.iter("math") if next(e.iterancestors("math"), None) is None]
    sources = [_replace_formula(formula, report) for formula in formulas]
    report.formulas += filter(None, sources)
    for box in list(body.iter("input")):
        _replace_task_box(box)
    for element in list(body.iter("td", "span", "div", "table")):
        if _LINE_NUMBERS.search(element.get("class") or "") and not re.search(
            r"[A-Za-z]", dom.get_text(element)
        ):
            dom.drop_element(element, "code.line-numbers", report)
    quotes = [
        e
        for e in body.iter("aside", "blockquote", "div", "figure")
        if _PULL_QUOTE.search(e.get("class") or "")
    ]
    if quotes:
        _replace_pull_quotes(body, quotes, report)
    return sources


def _replace_task_box(box: Element) -> None:
    """Replace the box that a list item begins with, outside a form, by its character."""
    item = next(box.iterancestors("li"), None)
    if (
        (box.get("type") or "").lower() != "checkbox"
        or item is None
        or next(box.iterancestors("form"), None) is not None
        or next(item.iter("input")) is not box
        or not _is_first(box, item)
    ):
        return
    dom.detach(box).text = "☐ " if box.get("checked") is None else "☑ "


def _is_first(element: Element, item: Element) -> bool:
    """Whether no text of *item* stands before *element*."""
    if (item.text or "").strip():
        return False
    before = itertools.takewhile(lambda inner: inner is not element, item.iterdescendants())
    return not any((inner.text or "").strip() or (inner.tail or "").strip() for inner in before)


def _replace_formula(formula: Element, report: LoadReport) -> str:
    """
    Replace a formula by its source, usually TeX, because its characters in a row mean nothing.

    An image of the formula is removed, except in a format that email clients display: then it replaces the formula.
    """
    annotation = next(
        (e for e in formula.iter("annotation") if "tex" in (e.get("encoding") or "").lower()), None
    )
    in_annotation = annotation.text if annotation is not None else ""
    source = formula.get("alttext") or in_annotation or ""
    if not source.strip() or formula.getparent() is None:
        return ""
    image = _find_image(formula)
    report.drop("math.presentation", dom.get_visible_text(formula))
    placeholder = dom.detach(formula)
    if image is not None and not re.search(r"svg", image.get("src") or "", re.IGNORECASE):
        return ""
    hidden = _find_hidden_ancestor(placeholder)
    if image is not None:
        dom.drop_element(image, "math.presentation", report)
    code = etree.Element("code")
    code.text = " ".join((_DISPLAY_STYLE.sub(r"\1", source)).split())
    if hidden is not None:
        placeholder = dom.drop_element(hidden, "boilerplate.hidden", report)
    placeholder.append(code)
    return code.text


def _find_image(formula: Element) -> Element | None:
    """Return the image that shows *formula*, if the formula itself is hidden."""
    hidden = _find_hidden_ancestor(formula)
    after = hidden.getnext() if hidden is not None else None
    return after if after is not None and after.tag == "img" else None


def _find_hidden_ancestor(element: Element) -> Element | None:
    return next((e for e in element.iterancestors("span", "div") if is_hidden(e)), None)


def _replace_pull_quotes(body: Element, quotes: list[Element], report: LoadReport) -> None:
    """Drop pull quotes that repeat the text; turn others into quotes."""
    text = dom.strip_punctuation(dom.get_text(body))
    for quote in quotes:
        words = dom.strip_punctuation(dom.get_text(quote))
        if words and text.count(words) > 1:
            dom.drop_element(quote, "pullquote.repeated", report)
        elif quote.tag in {"aside", "div"}:
            quote.tag = "blockquote"
