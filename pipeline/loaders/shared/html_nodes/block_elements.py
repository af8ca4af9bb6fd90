"""Read headings, lists, quotes and code."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from pipeline.loaders.shared.conservation import words
from pipeline.loaders.shared.html_nodes.flow import Flow
from pipeline.loaders.shared.html_nodes.inline_text import is_plain, pieces
from pipeline.models.article import Block, Code, Heading, List, Paragraph, Quote
from pipeline.models.article_text import plain_text

if TYPE_CHECKING:
    from pipeline.loaders.shared.html_nodes.node_reader import Element, Reader

_LANGUAGE = re.compile(r"(?:^|\s)(?:language|lang|highlight-source)-(\S+)")
_DASH = re.compile(r"\s*(?:[—―–]|--+)\s*(?=\S)")
#: A longer line after a dash is speech, not a name.
_MAX_ATTRIBUTION = 120


def read_heading(reader: Reader, element: Element, flow: Flow) -> None:
    """Read `<h1>` to `<h6>`; its anchor is its own id, else that of an `<a>` in it."""
    inlines = reader.inlines(element)
    named = (inner for inner in element.iter() if inner is element or inner.tag == "a")
    anchor = next(filter(None, (inner.get("id") or inner.get("name") for inner in named)), None)
    flow.end()
    if inlines:
        flow.add(Heading(level=int(str(element.tag)[1]), anchor=anchor, inlines=inlines))


def read_list(reader: Reader, element: Element, flow: Flow) -> None:
    """Read a list; what stands between two items belongs to the first of them, as browsers show it."""
    items: list[tuple[Block, ...]] = []
    for blocks, is_item in _items(reader, element):
        if is_item or not items:
            items.append(blocks)
        else:
            items[-1] += blocks
    is_ordered = element.tag == "ol"
    flow.end()
    if items:
        start = _start(element) if is_ordered else None
        flow.add(List(ordered=is_ordered, start=start, items=tuple(items)))


def read_quote(reader: Reader, element: Element, flow: Flow) -> None:
    """Read `<blockquote>`; a last line by itself that names who said it becomes the attribution."""
    blocks = reader.blocks(element)
    by = _attribution(blocks, is_named=_ends_in_name(blocks, element))
    if by and isinstance(blocks[-1], Paragraph):
        reader.account.respelled("text.joined", pieces(blocks[-1].inlines), [by])
        blocks = blocks[:-1]
    flow.end()
    if blocks:
        flow.add(Quote(blocks=blocks, attribution=by))


def read_code(reader: Reader, element: Element, flow: Flow) -> None:
    """Read `<pre>`, its lines as they are."""
    lines = list(_lines(reader, element))
    code = "".join(lines)
    reader.account.respelled("text.joined", lines, [code])
    if (element.text or "").startswith("\n"):  # HTML ignores a line end right after the tag
        code = code[1:]
    classes = (inner.get("class") or "" for inner in element.iter("pre", "code"))
    language = next(filter(None, map(_LANGUAGE.search, classes)), None)
    flow.end()
    if code.strip():
        flow.add(Code(code=code.removesuffix("\n"), language=language[1] if language else None))


def _items(reader: Reader, element: Element) -> Iterator[tuple[tuple[Block, ...], bool]]:
    """Yield the blocks of each item, and of what stands between items; the flag tells which."""
    between = Flow(reader.account)
    between.text(element.text)
    for child in element:
        if child.tag == "li":
            if stray := between.close():
                yield stray, False
            yield reader.blocks(child), True
        else:
            reader.node(child, between)
        between.text(child.tail)
    if stray := between.close():
        yield stray, False


def _lines(reader: Reader, element: Element) -> Iterator[str]:
    todo: list[Element | str] = [element]
    while todo:
        item = todo.pop()
        if isinstance(item, str):
            yield item
        elif rule := reader.silent_rule(item):
            reader.leave(item, rule)
        else:
            reader.leave_attributes(item)
            yield ("\n" if item.tag == "br" else "") + (item.text or "")
            for child in reversed(item):
                todo += [child.tail or "", child]


def _start(element: Element) -> int:
    written = (element.get("start") or "").strip()
    return int(written) if re.fullmatch(r"-?[0-9]{1,9}", written) else 1


def _ends_in_name(blocks: Sequence[Block], element: Element) -> bool:
    """Whether the last block is what a closing `<footer>` or `<cite>` of *element* holds."""
    if not blocks or not len(element):
        return False
    last = element[-1]
    inside = "".join(map(str, last.itertext()))
    is_name = last.tag in {"footer", "cite"} and not (last.tail or "").strip()
    return is_name and words(inside) == words(plain_text(blocks[-1]))


def _attribution(blocks: Sequence[Block], *, is_named: bool) -> str | None:
    """Return who is quoted, if the last of *blocks* says so in plain words."""
    last = blocks[-1] if len(blocks) > 1 else None
    if not isinstance(last, Paragraph) or not is_plain(last.inlines):
        return None
    text = "".join(pieces(last.inlines)).strip()
    dash = _DASH.match(text)
    is_speech = any(_DASH.match(plain_text(block)) for block in blocks[:-1])
    if len(text) > _MAX_ATTRIBUTION or not (is_named or (dash and not is_speech)):
        return None
    return text[dash.end() :] if dash else text
