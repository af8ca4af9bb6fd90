"""Settle what a mail shows otherwise than a page: formulas, line numbers, pull quotes, hidden repeats."""

from __future__ import annotations

import re

from lxml import etree

from pipeline.loaders.html.boilerplate import is_hidden
from pipeline.loaders.html.dom import Element, detach, drop_element, get_text, get_visible_text
from pipeline.loaders.shared.html_nodes import LoadReport

_LINE_NUMBERS = re.compile(
    r"(?:^|\s)(?:linenos?|lineno|gutter|line-numbers?(?:-rows)?|rouge-gutter|blob-num)(?:\s|$)"
)
_DISPLAY = re.compile(r"^\s*\{\\(?:displaystyle|textstyle)\s+(.*)\}\s*$", re.DOTALL)
_PULL_QUOTE = re.compile(r"(?:^|[\s_-])pull-?quotes?(?:$|[\s_-])", re.IGNORECASE)


def replace_web_only_elements(body: Element, report: LoadReport) -> list[str]:
    """
    Settle formulas, line numbers and pull quotes in *body*.

    Returns:
        Words that stood in attributes and are now part of the text.
    """
    formulas = [e for e in body.iter("math") if next(e.iterancestors("math"), None) is None]
    extra = [_settle_formula(formula, report) for formula in formulas]
    for element in list(body.iter("td", "span", "div", "table")):
        if _LINE_NUMBERS.search(element.get("class") or "") and not re.search(
            r"[A-Za-z]", get_text(element)
        ):
            drop_element(element, "code.line-numbers", report)
    quotes = [
        e
        for e in body.iter("aside", "blockquote", "div", "figure")
        if _PULL_QUOTE.search(e.get("class") or "")
    ]
    if quotes:
        _settle_pull_quotes(body, quotes, report)
    return extra


def _settle_formula(formula: Element, report: LoadReport) -> str:
    """
    Give a formula the words of its source, TeX most often; its signs in a row would mean nothing.

    A picture of it that stands beside it goes, unless it is of a kind that mails show.
    """
    source = next(
        (e for e in formula.iter("annotation") if "tex" in (e.get("encoding") or "").lower()), None
    )
    written = formula.get("alttext") or (source.text if source is not None else "") or ""
    if not written.strip() or formula.getparent() is None:
        return ""
    picture = _picture_of(formula)
    report.drop("math.presentation", get_visible_text(formula))
    placeholder = detach(formula)
    if picture is not None and not re.search(r"svg", picture.get("src") or "", re.IGNORECASE):
        return ""
    hidden = next((e for e in placeholder.iterancestors("span", "div") if is_hidden(e)), None)
    if picture is not None:
        drop_element(picture, "math.presentation", report)
    code = etree.Element("code")
    code.text = " ".join((_DISPLAY.sub(r"\1", written)).split())
    place = placeholder if hidden is None else drop_element(hidden, "boilerplate.hidden", report)
    place.append(code)
    return code.text


def _picture_of(formula: Element) -> Element | None:
    """Return the picture that shows *formula* where it is not shown itself."""
    hidden = next((e for e in formula.iterancestors("span", "div") if is_hidden(e)), None)
    after = hidden.getnext() if hidden is not None else None
    return after if after is not None and after.tag == "img" else None


def _settle_pull_quotes(body: Element, quotes: list[Element], report: LoadReport) -> None:
    """Leave out pull quotes that repeat the text; set others as quotes."""
    squeezed = re.sub(r"\W", "", get_text(body)).casefold()
    for quote in quotes:
        words = re.sub(r"\W", "", get_text(quote)).casefold()
        if words and squeezed.count(words) > 1:
            drop_element(quote, "pullquote.repeated", report)
        elif quote.tag in {"aside", "div"}:
            quote.tag = "blockquote"
