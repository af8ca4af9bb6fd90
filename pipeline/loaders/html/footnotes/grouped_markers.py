"""Split links that are markers of several notes, `2,3`, and complete ranges, `2–4`, so that each note has a link."""

from __future__ import annotations

import re
from collections.abc import Sequence

from pipeline.loaders.html.dom import Element, get_text
from pipeline.loaders.html.footnotes.anchor_index import AnchorIndex
from pipeline.loaders.html.footnotes.labels import RANGE, read_labels

_LAST_NUMBER = re.compile(r"\d+(?=\D*$)")
#: In characters; a longer link is text.
_MAX_TEXT = 24


def split_grouped_markers(anchors: AnchorIndex) -> bool:
    """Change the links in *anchors*; return whether any was split or added."""
    is_changed = False
    for link in anchors.elements:
        if link.tag != "a" or "#" not in (link.get("href") or ""):
            continue
        text = get_text(link)
        if len(text) > _MAX_TEXT:
            continue
        labels = read_labels(text.strip("[]() "))
        following = link.getnext()
        if labels and _can_split(link, labels, anchors):
            _split(link, labels)
            is_changed = True
        elif following is not None and RANGE.fullmatch(link.tail or ""):
            is_changed |= _complete_range(link, following, anchors)
    return is_changed


def _make_href(link: Element, label: str) -> str | None:
    """Return the address of *link* with *label* as its last number, or None if it has no number."""
    href, count = _LAST_NUMBER.subn(label, (link.get("href") or "").strip(), count=1)
    return href if count and len(href) < 2_000 else None


def _can_split(link: Element, labels: Sequence[tuple[str, str]], anchors: AnchorIndex) -> bool:
    """Whether *link* leads to the note of its first label, and there is a note for each of the others."""
    if _make_href(link, labels[0][0]) != (link.get("href") or "").strip():
        last = next(label for label, _ in reversed(labels) if label)
        if _make_href(link, last) != (link.get("href") or "").strip():
            return False
    return all(_has_target(link, label, anchors) for label, _ in labels if label)


def _has_target(link: Element, label: str, anchors: AnchorIndex) -> bool:
    href = _make_href(link, label)
    return href is not None and anchors.has_id(href.partition("#")[2])


def _split(link: Element, labels: Sequence[tuple[str, str]]) -> None:
    """Replace *link* by one link for each of *labels*."""
    href = {label: _make_href(link, label) or "" for label, _ in labels if label}
    tail = link.tail
    link.tail, link.text = None, labels[0][1]
    for child in list(link):
        link.remove(child)
    link.set("href", href[labels[0][0]])
    last = link
    for label, text in labels[1:]:
        if not label:
            last.tail = text
            continue
        part = link.makeelement("a", {"href": href[label]})
        part.text = text if text.strip("–—- ") else label
        last.addnext(part)
        last = part
    last.tail = tail


def _complete_range(link: Element, following: Element, anchors: AnchorIndex) -> bool:
    """Add the links between *link* and the one after a dash; return whether there were any."""
    labels = read_labels(
        f"{get_text(link)}–{get_text(following)}".replace("[", "").replace("]", "")
    )
    between = [label for label, _ in labels[1:-1] if label]
    if (
        following.tag != "a"
        or not between
        or not all(_has_target(link, n, anchors) for n in between)
    ):
        return False
    link.tail = None
    last = link
    for label in between:
        part = link.makeelement("a", {"href": _make_href(link, label) or ""})
        part.text = label
        last.addnext(part)
        last = part
    return True
