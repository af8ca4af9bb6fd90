"""Turn paragraphs that Word numbers itself, `<p class=MsoListParagraph>`, into lists."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from pipeline.loaders.html.dom import Element, get_text
from pipeline.loaders.html.structure.stylesheet import Stylesheet, get_length
from pipeline.loaders.shared.html_nodes.load_report import LoadReport

_LIST_CLASS = re.compile(r"(?:^|\s)MsoList(?:Paragraph|Bullet|Number)", re.IGNORECASE)
_MAX_LEVELS = 9
_LEVEL = re.compile(r"\blevel(\d)")
#: A bullet in one of Word's fonts, or a number, and the spaces that set it apart.
_BULLET = re.compile(r"[·•●○◦▪■§ØüoØ➢❖\uf0b7\uf0a7\uf0d8–—-]")
_NUMBER = re.compile(r"\(?(\d{1,3}|[a-z]|[ivx]{1,5})[.)]", re.IGNORECASE)


@dataclass(slots=True)
class _ListParagraph:
    element: Element
    label: Element
    level: int
    margin: float
    start: int | None


def restore_word_lists(body: Element, sheet: Stylesheet, report: LoadReport) -> None:
    """Replace each run of numbered paragraphs in *body* by nested lists; their labels are markup."""
    run: list[_ListParagraph] = []
    for element in [e for e in body.iter("p") if _LIST_CLASS.search(e.get("class") or "")]:
        paragraph = _read_paragraph(element, sheet)
        if paragraph is None:
            continue
        if run and not _follows(element, run[-1].element):
            _replace(run, report)
            run = []
        run.append(paragraph)
    _replace(run, report)


def _read_paragraph(element: Element, sheet: Stylesheet) -> _ListParagraph | None:
    """Return the list item that *element* is, or None if no label is at its start."""
    label = next(element.iter("span"), None)
    if label is None or not get_text(element).startswith(get_text(label)):
        return None
    while (parent := label.getparent()) is not None and parent is not element:
        if get_text(parent) != get_text(label):
            break
        label = parent
    text = get_text(label)
    number = _NUMBER.fullmatch(text)
    if not (number or _BULLET.fullmatch(text)):
        return None
    style = sheet.get_style(element)
    level = _LEVEL.search(style.get("mso-list", ""))
    start = (int(number[1]) if number[1].isdecimal() else 1) if number else None
    margin = get_length(style.get("margin-left", ""))
    return _ListParagraph(element, label, int(level[1]) if level else 0, margin, start)


def _follows(element: Element, previous: Element) -> bool:
    return element.getprevious() is previous and not (previous.tail or "").strip()


def _replace(run: list[_ListParagraph], report: LoadReport) -> None:
    if not run:
        return
    stack: list[tuple[int, Element]] = []
    for paragraph, level in zip(run, list(_iter_levels(run)), strict=True):
        while stack and stack[-1][0] > level:
            stack.pop()
        if not stack or stack[-1][0] < level:
            stack.append((level, _start_list(paragraph, stack)))
        _move(paragraph, stack[-1][1], report)


def _iter_levels(run: list[_ListParagraph]) -> Iterator[int]:
    """Yield the level of each of *run*: as Word says, else by its margin."""
    margins = sorted({paragraph.margin for paragraph in run})
    levels = {margin: level for level, margin in enumerate(margins, start=1)}
    for paragraph in run:
        yield min(paragraph.level or levels[paragraph.margin], _MAX_LEVELS)


def _start_list(paragraph: _ListParagraph, stack: list[tuple[int, Element]]) -> Element:
    """Return a new list for *paragraph*: in the last item of the list around it, else in its place."""
    element = paragraph.element.makeelement("ul" if paragraph.start is None else "ol")
    if paragraph.start not in {None, 1}:
        element.set("start", str(paragraph.start))
    if stack:
        stack[-1][1][-1].append(element)
    else:
        paragraph.element.addprevious(element)
    return element


def _move(paragraph: _ListParagraph, target: Element, report: LoadReport) -> None:
    """Make *paragraph* the last item of the list *target*."""
    report.add_markup("list.label", get_text(paragraph.label))
    label, element = paragraph.label, paragraph.element
    label.text = None
    for child in list(label):
        label.remove(child)
    element.tag = "li"
    if element.tail and not element.tail.strip():
        element.tail = None
    target.append(element)
