"""Pair raised numbers without a link with a list of notes that bears their labels (rule N10)."""

from __future__ import annotations

import re
from dataclasses import dataclass

from pipeline.loaders.html.dom import HEADINGS, Element, get_text, has_content
from pipeline.loaders.html.footnotes.match_notes import MatchedNote
from pipeline.loaders.html.footnotes.note_extent import NoteExtent, is_under_notes_heading
from pipeline.loaders.html.footnotes.note_patterns import (
    has_note_name,
    is_notes_heading,
    parse_label,
)
from pipeline.loaders.shared.languages import is_power

_LABEL = re.compile(r"\[?\(?(\d{1,3}|[*†‡§¶]{1,3})(?!\d)[\])]?[.:]?\s++(?=\S)|([*†‡§¶]{1,3})(?=\w)")
#: So many rules and empty blocks may stand before and between notes.
_MAX_SKIPPED = 8
#: So many of a list's labels must be found in the text.
_SHARE = 0.6


@dataclass(slots=True)
class _NoteList:
    labels: list[str]
    extents: list[NoteExtent]

    @property
    def first(self) -> Element:
        return self.extents[0].key


def match_unlinked_notes(root: Element) -> list[MatchedNote]:
    """Return the notes that raised numbers without a link cite."""
    raised = [sup for sup in root.iter("sup") if _is_bare_marker(sup)]
    if not raised:
        return []
    place = {element: number for number, element in enumerate(root.iter())}
    found: list[MatchedNote] = []
    start = 0
    for notes in _lists(root):
        end = place[notes.first]
        markers = [sup for sup in raised if start <= place[sup] < end]
        found += _paired(notes, markers)
        start = end
    return found


def _is_bare_marker(sup: Element) -> bool:
    label = parse_label(get_text(sup))
    if not label or not re.fullmatch(r"\d{1,3}|[*†‡§¶]{1,3}", label):
        return False
    return (
        sup.find(".//a") is None
        and next(sup.iterancestors("a", "pre", "code", "sup"), None) is None
    )


def _paired(notes: _NoteList, markers: list[Element]) -> list[MatchedNote]:
    paired = [
        MatchedNote(extent, label)
        for extent, label in zip(notes.extents, notes.labels, strict=True)
    ]
    by_label = {note.label: note for note in reversed(paired)}
    sure = [sup for sup in markers if not is_power(_before(sup))]
    for sup in sure:
        note = by_label.get(parse_label(get_text(sup)) or "")
        if note is not None:
            note.markers.append(sup)
    cited = sum(bool(note.markers) for note in paired)
    return paired if cited and cited >= _SHARE * len(paired) else []


def _before(sup: Element) -> str:
    previous, parent = sup.getprevious(), sup.getparent()
    if previous is not None:
        return (previous.tail or get_text(previous))[-12:]
    return ((parent.text if parent is not None else "") or "")[-12:]


def _lists(root: Element) -> list[_NoteList]:
    """Return what may be lists of notes, in document order."""
    found: list[_NoteList] = []
    taken: set[Element] = set()
    for element in root.iter("ol", "hr", "p", "div", *HEADINGS):
        if element in taken:
            continue
        if element.tag == "ol":
            if is_under_notes_heading(element) or any(
                has_note_name(e) for e in (element, *list(element.iterancestors())[:2])
            ):
                items = [item for item in element if item.tag == "li" and has_content(item)]
                start = (
                    int(element.get("start") or 1)
                    if (element.get("start") or "1").isdecimal()
                    else 1
                )
                labels = [str(start + count) for count in range(len(items))]
                found.append(_NoteList(labels, [NoteExtent(item, (item,)) for item in items]))
        elif element.tag == "hr" or (len(get_text(element)) < 60 and is_notes_heading(element)):
            for notes in _paragraphs_after(element):
                taken.update(extent.key for extent in notes.extents)
                found.append(notes)
    return list({notes.first: notes for notes in found if notes.extents}.values())


def _paragraphs_after(element: Element) -> list[_NoteList]:
    """Return the run of paragraphs behind *element* whose labels rise by one."""
    labels: list[str] = []
    extents: list[NoteExtent] = []
    skipped = 0
    for block in element.itersiblings():
        if not has_content(block) and skipped < _MAX_SKIPPED:
            skipped += 1
            continue
        if block.tag not in {"p", "div", "aside"}:
            break
        label = _leading_label(block)
        if label and _is_next(label, labels):
            labels.append(label)
            extents.append(NoteExtent(block, (block,)))
        elif extents and has_note_name(block) and not label:
            last = extents.pop()
            extents.append(NoteExtent(last.key, (*last.parts, block)))
        else:
            break
    return [_NoteList(labels, extents)] if extents else []


def _leading_label(block: Element) -> str | None:
    first = next((e for e in block.iter("sup") if get_text(block).startswith(get_text(e))), None)
    if first is not None and (label := parse_label(get_text(first))):
        return label
    match = _LABEL.match(get_text(block))
    return (match[1] or match[2]) if match else None


def _is_next(label: str, labels: list[str]) -> bool:
    if not labels:
        return True
    if label.isdecimal() and labels[-1].isdecimal():
        return int(label) == int(labels[-1]) + 1
    return not label.isdecimal() and label not in labels
