"""Remove the label and the back links from a note."""

from __future__ import annotations

import re
from collections.abc import Iterator

from lxml import etree

from pipeline.loaders.html.dom import Element, get_text, remove_as_markup
from pipeline.loaders.html.footnotes.anchor_index import AnchorIndex
from pipeline.loaders.html.footnotes.note_patterns import (
    is_arrow,
    is_back_link_text,
    is_label_or_back_link,
    parse_label,
)
from pipeline.loaders.shared.html_nodes.load_report import LoadReport
from pipeline.loaders.shared.languages import SUPERSCRIPT_DIGITS, SUPERSCRIPTS

#: In characters; the label is in this much of the note's beginning.
_MAX_LABEL = 24
_EMPTY_LABEL = re.compile(r"\s*+(?:\[\s*+\]|\(\s*+\))?\s*+(?:[.:)\]](?=\s|$))?\s*+[\^↑↩]?\s*+")
_ARROWS = "↑↩↵⤴⏎\ufe0e\ufe0f"
_LEADING_LABEL = re.compile(
    rf"\s*+[\[(]?\s?(?:(?P<word>\d{{1,4}}|[^\W\d_{SUPERSCRIPTS}]{{1,8}})"
    r"(?P<word_end>\s?[\])]?[.:)]?)(?!\w)(?![.,]\d)|"
    r"(?P<symbol>[*†‡§¶]{1,3})(?P<symbol_end>\s?[\])]?[.:)]?)(?![*†‡§¶])|"
    rf"(?P<raised>[{SUPERSCRIPTS}]{{1,3}}))\s*+"
)
_LABEL_ELEMENTS = frozenset("sup b strong span a".split())
_INLINE = frozenset("sup span b strong small em".split())


def clean_note(
    content: Element,
    label: str,
    start: int,
    anchors: AnchorIndex,
    report: LoadReport,
    *,
    is_list_item: bool,
) -> None:
    """
    Remove label and back links from the note in *content*.

    Links to a position before its *start* in the document are back links. A list numbers its items, so a number at the
    start of a note that *is_list_item* is not the label.
    """
    for element in [e for e in content.iter() if e is not content and is_label_or_back_link(e)]:
        if element.getparent() is not None and len(get_text(element)) < 60:
            remove_as_markup(element, "note.back-link", report)
    is_label_removed = False
    for link in list(content.iter("a")):
        if _is_back_link(link, start, anchors):
            remove_as_markup(_widen_link(link), "note.back-link", report)
        elif _is_label_link(link, label, start, anchors):
            remove_as_markup(_widen_link(link), "note.label", report)
            is_label_removed = True
    is_in_text = not is_list_item and not is_label_removed
    _remove_label_text(content, label, report, is_in_text=is_in_text)
    _remove_trailing_arrows(content)


def _is_back_link(link: Element, start: int, anchors: AnchorIndex) -> bool:
    text, href = get_text(link), (link.get("href") or "").strip()
    image = link.find(".//img")
    if not href and not text and image is None:
        return False
    if image is not None and not text:
        return "#" in href and is_arrow(image.get("alt") or "↩")
    if is_arrow(text):
        return "#" in href or not href
    target = anchors.find_target(link)
    leads_back = target is not None and anchors.get_position(target) < start
    return (leads_back or (anchors.is_local(link) and target is None)) and is_back_link_text(text)


def _is_label_link(link: Element, label: str, start: int, anchors: AnchorIndex) -> bool:
    text = parse_label(get_text(link))
    target = anchors.find_target(link)
    if not text or (target is not None and anchors.get_position(target) > start):
        return False
    is_local = target is not None or anchors.is_local(link)
    return is_local and (text == label or not _get_text_before(link))


def _get_text_before(link: Element) -> str:
    """Return the text between the start of the note and *link* in the same block, without punctuation."""
    texts = []
    element = link
    while element.tag not in {"p", "div", "li"} and (parent := element.getparent()) is not None:
        texts += [
            parent.text or "",
            *(get_text(e) + (e.tail or "") for e in element.itersiblings(preceding=True)),
        ]
        element = parent
    return re.sub(r"\W", "", "".join(texts))


def _widen_link(link: Element) -> Element:
    """Return the widest inline around *link* that contains nothing else."""
    while (parent := link.getparent()) is not None and parent.tag in _INLINE:
        if _strip_brackets(get_text(parent)) != _strip_brackets(get_text(link)):
            break
        link = parent
    return link


def _strip_brackets(text: str) -> str:
    return re.sub(r"[\[\]()\s]", "", text)


def _remove_label_text(
    content: Element, label: str, report: LoadReport, *, is_in_text: bool
) -> None:
    """Remove the label at the start of the note and the punctuation around it."""
    texts = list(_iter_leading_texts(content))
    lead = "".join(text for _, _, text in texts)
    end = 0
    if label and (match := _match_label(label, lead)):
        in_element = texts[0][0].tag in _LABEL_ELEMENTS and texts[0][1] == "text"
        has_punctuation = bool(match["word_end"] or match["symbol_end"] or match["raised"])
        if is_in_text or in_element or has_punctuation:
            end = match.end()
    label_end = end
    end += _EMPTY_LABEL.match(lead[end:]).end()  # type: ignore[union-attr]  # it matches anything
    for element, attribute, text in texts:
        cut = min(end, len(text))
        report.add_markup("note.label", text[: max(min(label_end, cut), 0)])
        setattr(element, attribute, text[cut:])
        end, label_end = end - cut, label_end - cut


def _match_label(label: str, lead: str) -> re.Match[str] | None:
    """Return the match of *label* at the beginning of *lead*, raised or not."""
    match = _LEADING_LABEL.match(lead)
    if match is None:
        return None
    found = match["word"] or match["symbol"] or match["raised"].translate(SUPERSCRIPT_DIGITS)
    return match if found.lower() == label.lower() else None


def _iter_leading_texts(content: Element) -> Iterator[tuple[Element, str, str]]:
    """Yield the texts at the start of the note, each with its element and the attribute that contains it."""
    length = 0
    for event, element in etree.iterwalk(content, events=("start", "end")):
        attribute = "text" if event == "start" else "tail"
        if attribute == "text" and element.tag in {"img", "pre", "table", "ul", "ol"}:
            return
        text = element.text if attribute == "text" else element.tail
        if text and (attribute == "text" or element is not content):
            yield element, attribute, text
            length += len(text.strip())
        if length > _MAX_LABEL:
            return


def _remove_trailing_arrows(content: Element) -> None:
    """Remove arrows and empty brackets from the end of the note."""
    for element in reversed(list(content.iter())):
        if element is not content and element.tail and element.tail.strip():
            element.tail = _strip_arrows(element.tail)
            if element.tail.strip():
                return
        if element.text and element.text.strip():
            if element.find(".//img") is None:
                element.text = _strip_arrows(element.text)
            return


def _strip_arrows(text: str) -> str:
    """Remove white space, arrows and empty brackets from the end of *text*, if it is as short as a note."""
    rest, before = text, ""
    while rest != before and len(text) < 5000:
        before, rest = rest, rest.rstrip().rstrip(_ARROWS)
        inner = rest[:-1].rstrip()
        if inner[-1:] + rest[-1:] in {"[]", "()"}:
            rest = inner[:-1]
    return rest
