"""
Find links that are markers although neither their names nor a raised position say so.

A link forward, with the text of a marker, to the beginning of a block is one

- if the block has a link that leads back to it, or
- if the block begins with the same label, and the link follows its word as a marker does.

Numbers in a table of contents lead to headings or stand at the start of their lines; numbers in the text that lead to
numbered paragraphs, as in contracts, do not count up from the first.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from pipeline.loaders.html.dom import (
    BLOCKS,
    HEADINGS,
    Element,
    find_block,
    get_text,
    get_text_before,
)
from pipeline.loaders.html.footnotes.anchor_index import AnchorIndex
from pipeline.loaders.html.footnotes.note_patterns import is_superscript, parse_label
from pipeline.loaders.shared.html_nodes.block_elements import parse_list_start

_SYMBOL = re.compile(r"[*†‡§¶]{1,3}")
_LEADING_LABEL = re.compile(
    r"\W{0,3}(\d{1,3}|[a-z]|[ivxlc]{1,7}|[*†‡§¶]{1,3})(?![\w])", re.IGNORECASE
)
_LEADING_SYMBOL = re.compile(r"[\[(]?([*†‡§¶]{1,3})")
#: What may stand before a marker, besides a word that it touches.
_PUNCTUATION = re.compile(r"[.,;:!?…”’»\"')\]]\s*$")
_PAGE_PARTS = frozenset("html body main article section table tbody".split())
_TEXT_BLOCKS = frozenset("p li td th dd dt div blockquote figcaption caption".split())
#: In characters, before and after a marker.
_MAX_CONTEXT = 60
#: Elements beside a marker or a target that are looked at.
_MAX_SIBLINGS = 30
#: The share of labels that may be out of order: a marker may be lost, but most must count up.
_MAX_DISORDER = 0.2
#: A higher first number refers to something else.
_MAX_FIRST = 10


@dataclass(frozen=True, slots=True)
class _Candidate:
    link: Element
    label: str
    target: Element
    block: Element
    text: str


def find_unnamed_markers(anchors: AnchorIndex) -> dict[Element, Element]:
    """Return the links in *anchors* that are markers by what they lead to, each with its target."""
    candidates = list(_find_candidates(anchors))
    back_links = _list_back_links(anchors, {candidate.block for candidate in candidates})
    found: dict[Element, Element] = {}
    labelled: list[_Candidate] = []
    for candidate in candidates:
        ways_back = back_links.get(candidate.block, [])
        if _has_text_before(candidate.link) and any(_is_at(t, candidate.link) for t in ways_back):
            found[candidate.link] = candidate.target
        elif _is_attached(candidate) and _begins_with_label(candidate):
            labelled.append(candidate)
    if labelled and _is_counting(labelled):
        found |= {candidate.link: candidate.target for candidate in labelled}
    return found


def _find_candidates(anchors: AnchorIndex) -> Iterator[_Candidate]:
    texts: dict[Element, str | None] = {}
    for link in anchors.elements:
        if link.tag != "a" or "#" not in (link.get("href") or ""):
            continue
        label = parse_label(get_text(link))
        target = anchors.find_target(link) if label else None
        if (
            not label
            or target is None
            or anchors.get_position(target) <= anchors.get_position(link)
        ):
            continue
        block = find_block(target)
        if block not in texts:
            texts[block] = _read_note_text(block)
        text = texts[block]
        if text is None or not _is_at_start(target, block):
            continue
        if next(link.iterancestors(*HEADINGS, "nav", "pre"), None) is None:
            yield _Candidate(link, label, target, block, text)


def _read_note_text(block: Element) -> str | None:
    """Return the text of *block*, or None if it is no note: a heading, something with a heading, or all bold."""
    if block.tag in _PAGE_PARTS or next(block.iter(*HEADINGS), None) is not None:
        return None
    text = get_text(block)
    bold = next(block.iter("b", "strong"), None)
    return None if bold is not None and len(text) > 5 and get_text(bold) == text else text


def _list_back_links(anchors: AnchorIndex, blocks: set[Element]) -> dict[Element, list[Element]]:
    """Return where the links in each of *blocks* lead to, if they lead back."""
    found: dict[Element, list[Element]] = {}
    for block in blocks:
        start = anchors.get_position(block)
        for part in _iter_parts(block, blocks):
            for link in part.iter("a"):
                target = anchors.find_target(link)
                if target is not None and anchors.get_position(target) < start:
                    found.setdefault(block, []).append(target)
    return found


def _iter_parts(block: Element, blocks: set[Element]) -> Iterator[Element]:
    """Yield *block* and what may belong to its note: the cells beside it, a description, two paragraphs."""
    yield block
    if block.tag in {"td", "th"}:
        yield from islice(block.itersiblings("td"), 4)
        return
    for count, element in enumerate(block.itersiblings()):
        if element in blocks or element.tag in {*HEADINGS, "hr", "dt", "li"} or count > 1:
            return
        yield element


def _is_at(target: Element, link: Element) -> bool:
    """Whether *target* is the marker *link*, is in it, or is an anchor right beside or around it."""
    if target is link or any(e is link for e in target.iterancestors()):
        return True
    if target.tag in BLOCKS:
        return target is find_block(link) and target.tag in _TEXT_BLOCKS
    if any(e is target for e in link.iterancestors()):
        return True
    return (
        target.getparent() is link.getparent()
        and not get_text(target)
        and (target.getnext() is link or target.getprevious() is link)
    )


def _begins_with_label(candidate: _Candidate) -> bool:
    """Whether the note would begin with the label of its marker, or be the item of that number."""
    block, label, text = candidate.block, candidate.label.lower(), candidate.text
    found = _LEADING_SYMBOL.match(text[:20]) or _LEADING_LABEL.match(text[:20])
    if found and found[1].lower() == label:
        return len(text) > len(found[0]) + 2 or block.tag in {"td", "th", "dt", "p"}
    parent = block.getparent()
    if block.tag != "li" or parent is None or parent.tag != "ol" or not label.isdecimal():
        return False
    before = sum(1 for _ in islice(block.itersiblings("li", preceding=True), 1000))
    return parse_list_start(parent) + before == int(label) and _is_bracketed(candidate.link)


def _is_attached(candidate: _Candidate) -> bool:
    """Whether the link follows a word or a sentence as a marker does, rather than being a word of its own."""
    if is_superscript(candidate.link):
        return True
    before = _get_line_before(candidate.link)
    is_symbol = bool(_SYMBOL.fullmatch(candidate.label))
    if not before.strip(" [("):
        return is_symbol or (
            find_block(candidate.link).tag in {"td", "th"} and _is_bracketed(candidate.link)
        )
    touches = not before.endswith((" ", "\n", "\t", "\xa0"))
    is_bracketed = _is_bracketed(candidate.link)
    if is_bracketed and candidate.label.isdecimal():
        return True
    before = before.rstrip("[(")
    return (
        is_symbol
        or (touches and before[-1:] not in {"(", "[", "§", "/", "-"})
        or bool(_PUNCTUATION.search(before[-3:]))
    )


def _is_bracketed(link: Element) -> bool:
    """Whether the marker *link* stands in square brackets, its own or those around it."""
    text = get_text(link)
    if text.startswith("["):
        return True
    return get_text_before(link).rstrip().endswith("[") and (link.tail or "").lstrip().startswith(
        "]"
    )


def _has_text_before(link: Element) -> bool:
    block = find_block(link)
    return bool(re.search(r"\w", _get_line_before(link))) or block.tag in {"td", "th"}


def _get_line_before(link: Element) -> str:
    """Return the last characters before *link* in its block."""
    texts: list[str] = []
    element, length = link, 0
    while length < _MAX_CONTEXT and element.tag not in BLOCKS and len(texts) < _MAX_SIBLINGS:
        previous, parent = element.getprevious(), element.getparent()
        if previous is not None and previous.tag in {"br", *BLOCKS}:
            texts.append(previous.tail or "")
            break
        if previous is not None:
            texts.append("".join(map(str, previous.itertext())) + (previous.tail or ""))
            element = previous
        elif parent is not None:
            texts.append(parent.text or "")
            element = parent
        else:
            break
        length += len(texts[-1])
    return "".join(reversed(texts))


def _is_at_start(target: Element, block: Element) -> bool:
    """Whether nothing but brackets stands before *target* in *block*."""
    element = target
    while element is not block:
        for count, previous in enumerate(element.itersiblings(preceding=True)):
            if count > _MAX_SIBLINGS or re.search(
                r"\w", get_text(previous) + (previous.tail or "")
            ):
                return False
        parent = element.getparent()
        if parent is None or re.search(r"\w", parent.text or ""):
            return False
        element = parent
    return True


def _is_counting(candidates: list[_Candidate]) -> bool:
    """Whether the numbers of *candidates* count up in the order of the text, as notes do."""
    numbers = [int(c.label) for c in candidates if c.label.isdecimal()]
    seen: set[int] = set()
    disorder = last = 0
    for number in numbers:
        if number in seen:
            continue
        disorder += number not in {last + 1, 1} if seen else number > _MAX_FIRST
        seen.add(number)
        last = number
    return disorder <= _MAX_DISORDER * len(seen) if seen else True
