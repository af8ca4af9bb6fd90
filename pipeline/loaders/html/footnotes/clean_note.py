"""Take the frame off a note: its label, and the links back to the text (rule N13)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pipeline.loaders.html.dom import Element, get_text, remove_as_markup
from pipeline.loaders.html.footnotes.anchors import AnchorIndex
from pipeline.loaders.html.footnotes.note_patterns import (
    is_arrow,
    is_back_link_text,
    is_label_or_back_link,
    parse_label,
)
from pipeline.loaders.shared.html_nodes import LoadReport

#: So much of a note's beginning may be its label.
_MAX_LEAD = 24
_EMPTY_LEAD = re.compile(r"\s*+(?:\[\s*+\]|\(\s*+\))?\s*+(?:[.:)\]](?=\s|$))?\s*+[\^↑↩]?\s*+")
_EMPTY_TAIL = re.compile(r"(?:\s|\[\s*\]|\(\s*\)|[↑↩↵⤴⏎\ufe0e\ufe0f])+$")
_LABEL_ELEMENTS = frozenset("sup b strong span a".split())


def clean_note(
    holder: Element, label: str, place: int, anchors: AnchorIndex, report: LoadReport
) -> None:
    """
    Take label and back links out of the note in *holder*.

    Args:
        label: The mark of the note.
        place: Where the note began in the document: links to before it lead back.
    """
    is_numbered = holder.get("data-list") is None
    for element in [e for e in holder.iter() if e is not holder and is_label_or_back_link(e)]:
        if element.getparent() is not None and _is_short(element):
            remove_as_markup(element, "note.back-link", report)
    has_lost_label = False
    for link in list(holder.iter("a")):
        if _is_back_link(link, place, anchors):
            remove_as_markup(_around(link), "note.back-link", report)
        elif _is_label_link(link, label, place, anchors):
            remove_as_markup(_around(link), "note.label", report)
            has_lost_label = True
    _strip_lead(holder, label, report, is_bare=is_numbered and not has_lost_label)
    _strip_tail(holder)


def _is_back_link(link: Element, place: int, anchors: AnchorIndex) -> bool:
    text, href = get_text(link), (link.get("href") or "").strip()
    if not href and not text and link.find(".//img") is None:
        return False
    picture = link.find(".//img")
    if picture is not None and not text:
        return "#" in href and is_arrow(picture.get("alt") or "↩")
    if is_arrow(text):
        return "#" in href or not href
    target = anchors.find_target(link)
    leads_back = target is not None and anchors.get_position(target) < place
    return (leads_back or (anchors.is_local(link) and target is None)) and is_back_link_text(text)


def _is_label_link(link: Element, label: str, place: int, anchors: AnchorIndex) -> bool:
    text = parse_label(get_text(link))
    target = anchors.find_target(link)
    if not text or (target is not None and anchors.get_position(target) > place):
        return False
    is_local = target is not None or anchors.is_local(link)
    return is_local and (text == label or not _before(link))


def _before(link: Element) -> str:
    """Return the words between the beginning of the note and *link*, as far as it shares their block."""
    texts = []
    element = link
    while element.tag not in {"p", "div", "li"} and (parent := element.getparent()) is not None:
        texts += [
            parent.text or "",
            *(get_text(e) + (e.tail or "") for e in element.itersiblings(preceding=True)),
        ]
        element = parent
    return re.sub(r"\W", "", "".join(texts))


def _around(link: Element) -> Element:
    """Return the widest inline around *link* that holds nothing else."""
    while (parent := link.getparent()) is not None and parent.tag in {
        "sup",
        "span",
        "b",
        "strong",
        "small",
        "em",
    }:
        if re.sub(r"[\[\]()\s]", "", get_text(parent)) != re.sub(r"[\[\]()\s]", "", get_text(link)):
            break
        link = parent
    return link


def _is_short(element: Element) -> bool:
    return len(get_text(element)) < 60


def _strip_lead(holder: Element, label: str, report: LoadReport, *, is_bare: bool) -> None:
    """Take the label, if it is the first thing in words, and what is left around it."""
    texts = list(_lead(holder))
    lead = "".join(text for _, _, text in texts)
    end = 0
    if label and (match := _label_pattern(label).match(lead)):
        inside = texts[0][0].tag in _LABEL_ELEMENTS and texts[0][1] == "text"
        if is_bare or inside or match["sign"]:
            end = match.end()
    label_end = end
    end += _EMPTY_LEAD.match(lead[end:]).end()  # type: ignore[union-attr]  # it matches anything
    for element, where, text in texts:
        taken = min(end, len(text))
        report.add_markup("note.label", text[: max(min(label_end, taken), 0)])
        setattr(element, where, text[taken:])
        end, label_end = end - taken, label_end - taken


def _label_pattern(label: str) -> re.Pattern[str]:
    return re.compile(
        rf"\s*+[\[(]?\s?{re.escape(label)}(?P<sign>\s?[\])]?[.:)]?)(?!\w)(?![.,]\d)\s*+",
        re.IGNORECASE,
    )


def _lead(holder: Element) -> Iterator[tuple[Element, str, str]]:
    """Yield the texts at the beginning of the note, each with its element and where it hangs."""
    length = 0
    for element in holder.iter():
        if element.tag in {"img", "pre", "table", "ul", "ol"} or length > _MAX_LEAD:
            return
        if element.text:
            yield element, "text", element.text
            length += len(element.text.strip())
        if not len(element) and element is not holder and element.tail and length <= _MAX_LEAD:
            yield element, "tail", element.tail
            length += len(element.tail.strip())


def _strip_tail(holder: Element) -> None:
    """Take arrows and empty brackets off the end."""
    for element in reversed(list(holder.iter())):
        if element is not holder and element.tail and element.tail.strip():
            element.tail = (
                _EMPTY_TAIL.sub("", element.tail) if len(element.tail) < 5000 else element.tail
            )
            if element.tail.strip():
                return
        if element.text and element.text.strip():
            if not len(element):
                element.text = (
                    _EMPTY_TAIL.sub("", element.text) if len(element.text) < 5000 else element.text
                )
            return
