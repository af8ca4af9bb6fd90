"""Nest lists whose levels are only in classes, attributes or margins, as word processors on the web write them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from pipeline.loaders.html.dom import Element, detach, has_content
from pipeline.loaders.html.structure.stylesheet import Stylesheet, get_length

_LISTS = frozenset({"ul", "ol"})
#: Classes with the level of a list or item: Google Docs, Quill, Dropbox Paper, others.
_LEVEL_CLASS = re.compile(
    r"(?:^|\s)(?:lst-kix_(?P<kix>[\w.]{1,40})-|ql-indent-|listindent|list-?level-?|indent-?(?:level-?)?)(?P<level>\d)(?=\s|$)"
)
#: The names that items of one list share.
_LIST_NAMES = ("data-listid", "data-list-id")
_WRAPPER = re.compile(r"ListContainerWrapper|OutlineElement", re.IGNORECASE)
#: In points; margins that differ less are one level.
_MIN_STEP = 6.0
_MAX_LEVELS = 9


@dataclass(slots=True)
class _Item:
    """An item of a flat list: its level, counted from any number, and the kind and first number of its list."""

    element: Element
    level: int
    tag: str
    start: str | None


def nest_lists(body: Element, sheet: Stylesheet) -> None:
    """Nest the lists of *body* that follow one another by the levels of their items."""
    seen: set[Element] = set()
    for element in list(body.iter("ul", "ol")):
        if element in seen or next(element.iterancestors("li"), None) is not None:
            continue
        run = list(_iter_run(element, sheet))
        seen.update(run)
        items = [item for part in run for item in _list_items(part, sheet)]
        levels = {item.level for item in items}
        if items and (len(levels) > 1 or len(run) > 1):
            _replace_run(run, items)


def _iter_run(element: Element, sheet: Stylesheet) -> Iterator[Element]:
    """Yield *element* and the lists right after it that continue it on some level."""
    yield element
    name = _get_name(element)
    if name is None:
        return
    current = _get_outer(element)
    while not (current.tail or "").strip():
        following = current.getnext()
        while (
            following is not None
            and not has_content(following)
            and not (following.tail or "").strip()
        ):
            following = following.getnext()
        inner = None if following is None else _get_list(following)
        if following is None or inner is None or _get_name(inner) != name:
            return
        yield inner
        current = following


def _get_outer(element: Element) -> Element:
    """Return the wrapper that contains only the list *element*, or *element*."""
    parent = element.getparent()
    is_wrapper = (
        parent is not None and parent.tag == "div" and _WRAPPER.search(parent.get("class") or "")
    )
    return parent if parent is not None and is_wrapper and len(parent) == 1 else element


def _get_list(element: Element) -> Element | None:
    if element.tag in _LISTS:
        return element
    is_wrapper = (
        element.tag == "div" and len(element) == 1 and _WRAPPER.search(element.get("class") or "")
    )
    return element[0] if is_wrapper and element[0].tag in _LISTS else None


def _get_name(element: Element) -> str | None:
    """Return what the parts of one list have in common, or None if *element* cannot be such a part."""
    match = _LEVEL_CLASS.search(element.get("class") or "")
    if match:
        return f"kix {match['kix']}" if match["kix"] else "level"
    first = next(element.iter("li"), None)
    for name in _LIST_NAMES if first is not None else ():
        if first is not None and (value := first.get(name)):
            return f"{name} {value}" if _get_outer(element) is element else "wrapped"
    return None


def _list_items(element: Element, sheet: Stylesheet) -> list[_Item]:
    """Return the items of the list *element* with their levels; none if it is nested already."""
    items = [child for child in element if child.tag == "li"]
    if len(items) != len(element) or any(e.tag in _LISTS for e in element.iterdescendants()):
        return []
    match = _LEVEL_CLASS.search(element.get("class") or "")
    margins = _rank_margins(items, sheet)
    found = []
    for index, item in enumerate(items):
        level = int(match["level"]) if match else _get_item_level(item)
        if level is None:
            level = margins.get(item, 0)
        kind = item.get("data-list")
        tag = {"bullet": "ul", "ordered": "ol"}.get(kind or "", str(element.tag))
        start = element.get("start") if index == 0 else None
        found.append(_Item(item, level, tag, start or item.get("data-aria-posinset")))
    return found


def _get_item_level(item: Element) -> int | None:
    for name in ("data-aria-level", "aria-level"):
        value = item.get(name) or ""
        if value.isdecimal() and len(value) < 3:
            return int(value)
    match = _LEVEL_CLASS.search(item.get("class") or "")
    return int(match["level"]) if match else None


def _rank_margins(items: list[Element], sheet: Stylesheet) -> dict[Element, int]:
    """Return the level of each of *items* by its left margin."""
    margins = {item: _get_margin(item, sheet) for item in items}
    steps: list[float] = []  # where a level begins
    for margin in sorted(set(margins.values())):
        if not steps or (margin - steps[-1] >= _MIN_STEP and len(steps) < _MAX_LEVELS):
            steps.append(margin)
    return {item: sum(margin >= step for step in steps[1:]) for item, margin in margins.items()}


def _get_margin(item: Element, sheet: Stylesheet) -> float:
    style = sheet.get_style(item)
    return get_length(style.get("margin-left", "")) + get_length(style.get("padding-left", ""))


def _replace_run(run: list[Element], items: list[_Item]) -> None:
    """Put nested lists of *items* in place of the lists of *run*."""
    root = run[0].makeelement(items[0].tag)
    _get_outer(run[0]).addprevious(root)
    stack = [(items[0].level, _start_list(root, items[0]))]
    for item in items:
        while len(stack) > 1 and stack[-1][0] > item.level:
            stack.pop()
        level, current = stack[-1]
        has_items = current.find("li") is not None  # len() counts all of them
        if item.level > level and has_items:
            inner = current[-1].makeelement(item.tag)
            current[-1].append(inner)
            stack.append((item.level, _start_list(inner, item)))
        elif current.tag != item.tag and has_items:
            _add_list(stack, item)
        item.element.tail = None
        stack[-1][1].append(item.element)
    for part in run:
        outer = _get_outer(part)
        if outer.getparent() is not None:
            detach(outer)


def _add_list(stack: list[tuple[int, Element]], item: _Item) -> None:
    """Begin a list of another kind on the level of the last one."""
    level, current = stack.pop()
    following = current.makeelement(item.tag)
    current.addnext(following)
    stack.append((level, _start_list(following, item)))


def _start_list(element: Element, item: _Item) -> Element:
    """Give the list *element* the number of its first *item*."""
    if element.tag == "ol" and item.start and item.start != "1":
        element.set("start", item.start)
    return element
