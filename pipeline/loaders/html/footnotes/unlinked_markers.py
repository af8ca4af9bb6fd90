"""Match superscript numbers without a link with a list of notes that has these labels."""

from __future__ import annotations

import re
from dataclasses import replace

from pipeline.loaders.html.dom import HEADINGS, Element, get_text, get_text_before, has_content
from pipeline.loaders.html.footnotes.match_notes import MatchedNote
from pipeline.loaders.html.footnotes.note_extent import NoteExtent, is_under_notes_heading
from pipeline.loaders.html.footnotes.note_patterns import (
    has_note_name,
    is_notes_heading,
    parse_label,
)
from pipeline.loaders.shared.html_nodes.block_elements import parse_list_start
from pipeline.loaders.shared.languages import is_power

_LABEL = re.compile(r"\[?\(?(\d{1,3}|[*†‡§¶]{1,3})(?!\d)[\])]?[.:]?\s++(?=\S)|([*†‡§¶]{1,3})(?=\w)")
#: How many rules and empty blocks are skipped before and between notes.
_MAX_SKIPPED = 8
#: The share of the labels in a list for which the text must have a marker.
_MIN_SHARE = 0.6


def match_unlinked_notes(root: Element) -> list[MatchedNote]:
    """Return the notes to which superscript numbers without a link refer."""
    markers = [sup for sup in root.iter("sup") if _is_unlinked_marker(sup)]
    if not markers:
        return []
    position = {element: index for index, element in enumerate(root.iter())}
    matched: list[MatchedNote] = []
    start = 0
    for notes in _find_note_lists(root):
        end = position[notes[0].extent.key]
        matched += _match_list(notes, [sup for sup in markers if start <= position[sup] < end])
        start = end
    return matched


def _is_unlinked_marker(sup: Element) -> bool:
    label = parse_label(get_text(sup))
    if not label or not re.fullmatch(r"\d{1,3}|[*†‡§¶]{1,3}", label):
        return False
    return (
        sup.find(".//a") is None
        and next(sup.iterancestors("a", "pre", "code", "sup"), None) is None
    )


def _match_list(notes: list[MatchedNote], markers: list[Element]) -> list[MatchedNote]:
    """Return *notes* with their *markers*, or none if too few of them have one."""
    by_label = {note.label: note for note in reversed(notes)}
    for sup in markers:
        note = by_label.get(parse_label(get_text(sup)) or "")
        previous = sup.getprevious()
        before = get_text_before(sup) or ("" if previous is None else get_text(previous))
        if note is not None and not is_power(before):
            note.markers.append(sup)
    count = sum(bool(note.markers) for note in notes)
    return notes if count and count >= _MIN_SHARE * len(notes) else []


def _find_note_lists(root: Element) -> list[list[MatchedNote]]:
    """Return what may be lists of notes, in document order."""
    found: list[list[MatchedNote]] = []
    seen: set[Element] = set()
    for element in root.iter("ol", "hr", "p", "div", *HEADINGS):
        if element in seen:
            continue
        if element.tag == "ol":
            if _is_note_list(element):
                found.append(_read_list(element))
        elif element.tag == "hr" or (len(get_text(element)) < 60 and is_notes_heading(element)):
            notes = _read_paragraphs_after(element)
            seen.update(note.extent.key for note in notes)
            found.append(notes)
    return list({notes[0].extent.key: notes for notes in found if notes}.values())


def _is_note_list(element: Element) -> bool:
    around = (element, *list(element.iterancestors())[:2])
    return is_under_notes_heading(element) or any(map(has_note_name, around))


def _read_list(element: Element) -> list[MatchedNote]:
    items = [item for item in element if item.tag == "li" and has_content(item)]
    numbered = enumerate(items, start=parse_list_start(element))
    return [MatchedNote(NoteExtent(item, (item,)), str(number)) for number, item in numbered]


def _read_paragraphs_after(element: Element) -> list[MatchedNote]:
    """Return the paragraphs after *element* whose labels increase by one."""
    notes: list[MatchedNote] = []
    skipped = 0
    for block in element.itersiblings():
        if not has_content(block) and skipped < _MAX_SKIPPED:
            skipped += 1
            continue
        if block.tag not in {"p", "div", "aside"}:
            break
        label = _read_label(block)
        if label and _follows(label, [note.label for note in notes]):
            notes.append(MatchedNote(NoteExtent(block, (block,)), label))
        elif notes and has_note_name(block) and not label:
            last = notes[-1]
            last.extent = replace(last.extent, parts=(*last.extent.parts, block))
        else:
            break
    return notes


def _read_label(block: Element) -> str | None:
    text = get_text(block)
    first = next((e for e in block.iter("sup") if text.startswith(get_text(e))), None)
    if first is not None and (label := parse_label(get_text(first))):
        return label
    match = _LABEL.match(text)
    return (match[1] or match[2]) if match else None


def _follows(label: str, labels: list[str]) -> bool:
    """Whether *label* may come after *labels* in a list of notes."""
    if not labels:
        return True
    if label.isdecimal() and labels[-1].isdecimal():
        return int(label) == int(labels[-1]) + 1
    return not label.isdecimal() and label not in labels
