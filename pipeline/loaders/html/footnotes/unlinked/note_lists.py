"""Find what may be lists of notes without links: blocks, items, rows or lines with labels that count up."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field

from lxml import etree

from pipeline.loaders.html.dom import (
    BLOCKS,
    HEADINGS,
    Element,
    find_block,
    find_previous,
    get_text,
    has_content,
)
from pipeline.loaders.html.footnotes.labels import follows, is_first
from pipeline.loaders.html.footnotes.match_notes import MatchedNote
from pipeline.loaders.html.footnotes.note_extent import NoteExtent, is_under_notes_heading
from pipeline.loaders.html.footnotes.note_patterns import (
    has_note_name,
    is_notes_heading,
    parse_label,
)
from pipeline.loaders.html.footnotes.unlinked.markers import LabelForm
from pipeline.loaders.shared.html_nodes.block_elements import parse_list_start
from pipeline.loaders.shared.languages import SUPERSCRIPT_DIGITS, SUPERSCRIPTS

_LABEL = re.compile(
    rf"(?:\[ ?(?P<bracket>\d{{1,3}}|[*†‡§¶]{{1,3}}|[a-z]|[ivx]{{1,5}}) ?\][.:]?|"
    rf"\((?P<paren>\d{{1,3}}|[a-z]|[ivx]{{1,5}})\)|"
    rf"(?P<raised>[{SUPERSCRIPTS}]{{1,3}})|(?P<symbol>[*†‡§¶]{{1,3}})(?![*†‡§¶])|"
    r"(?P<plain>\d{1,3})(?:[.:)]|(?=\s)))\s*+(?=\S)"
)
#: Unlabelled paragraphs between two notes.
_MAX_CONTINUATION = 3
#: In characters, of the text in which a label is looked for.
_MAX_LEAD = 40
_UNREAD = ("ul", "ol", "table", "dl", "pre", "figure")


@dataclass(slots=True)
class UnlinkedNotes:
    """
    Notes in order, with how their labels are written.

    Args:
        is_marked: Whether a heading, a rule or a name says that these are notes.
    """

    notes: list[MatchedNote] = field(default_factory=list)
    forms: set[LabelForm] = field(default_factory=set)
    is_marked: bool = False

    @property
    def labels(self) -> list[str]:
        """The labels in order."""
        return [note.label for note in self.notes]


def find_note_lists(root: Element) -> list[UnlinkedNotes]:
    """Return what may be lists of notes, in document order."""
    found: list[UnlinkedNotes] = []
    current = UnlinkedNotes()
    pending: list[Element] = []
    for element in _iter_units(root):
        read = _read_structure(element)
        label = None if read else read_label(element)
        is_next = current.notes and label and follows(label[0], current.labels)
        if label and is_next and (current.is_marked or not pending):
            _extend(current, pending)
            _add(current, element, label)
            pending = []
            continue
        is_text = not (label or read or _is_divider(element))
        if current.notes and is_text and len(pending) < _MAX_CONTINUATION:
            pending.append(element)
            continue
        is_after_divider = current.is_marked and not current.notes
        if current.notes:
            if current.is_marked and pending and all(map(has_note_name, pending)):
                _extend(current, pending)
            found.append(current)
        pending = []
        current = UnlinkedNotes(is_marked=_is_divider(element))
        if read:
            read.is_marked = read.is_marked or is_after_divider
            found.append(read)
        elif label:
            is_marked = is_after_divider or is_under_notes_heading(element)
            if is_marked or is_first(label[0]):
                current.is_marked = is_marked
                _add(current, element, label)
    if current.notes:
        found.append(current)
    return found


def split_lines(root: Element, labels: Collection[str]) -> bool:
    """Give each line a block of its own where lines begin with *labels* that count up; return whether any does."""
    is_changed = False
    for block in {line_break.getparent(): None for line_break in root.iter("br")}:
        if block is None or block.tag not in {"p", "div", "td", "small", "span"}:
            continue
        lines = list(_iter_lines(block))
        starts: list[int] = []
        found: list[str] = []
        for index, line in enumerate(lines):
            label = _read_line_label(line)
            if label and label in labels and follows(label, found) and (found or is_first(label)):
                starts.append(index)
                found.append(label)
        if len(starts) > 1 or (starts and starts[0] > 0 and _is_heading_line(lines[0])):
            _split(block, lines, starts)
            is_changed = True
    return is_changed


def read_label(block: Element) -> tuple[str, LabelForm] | None:
    """Return the label at the beginning of *block* and its form."""
    lead = get_text(block)[:_MAX_LEAD]
    first = next((e for e in block.iter("sup") if lead.startswith(get_text(e)[:_MAX_LEAD])), None)
    if first is not None and (label := parse_label(get_text(first))):
        return label.lower(), LabelForm.RAISED
    return _match_label(lead)


def _match_label(lead: str) -> tuple[str, LabelForm] | None:
    match = _LABEL.match(lead)
    if not match:
        return None
    name = str(match.lastgroup)
    return match[name].translate(SUPERSCRIPT_DIGITS), LabelForm(name)


def _iter_units(root: Element) -> Iterator[Element]:
    """Yield rules, headings, lists, tables and the innermost blocks with content, in document order."""
    outer: list[Element] = []
    parents = (e.getparent() for e in root.iter(*BLOCKS) if e is not root and has_content(e))
    with_blocks = {find_block(parent) for parent in parents if parent is not None}
    for element in root.iter(*BLOCKS):
        while outer and not any(a is outer[-1] for a in element.iterancestors()):
            outer.pop()
        if outer:
            continue
        if element.tag in _UNREAD:
            outer.append(element)
            yield element
        elif element.tag in {"hr", *HEADINGS} or (
            element not in with_blocks and has_content(element)
        ):
            yield element


def _is_divider(element: Element) -> bool:
    if element.tag == "hr":
        return True
    return len(get_text(element)) < 60 and is_notes_heading(element)


def _add(notes: UnlinkedNotes, element: Element, label: tuple[str, LabelForm]) -> None:
    notes.notes.append(MatchedNote(NoteExtent(element, (element,)), label[0]))
    notes.forms.add(label[1])


def _extend(notes: UnlinkedNotes, blocks: list[Element]) -> None:
    """Add *blocks* to the last of *notes*."""
    last = notes.notes[-1]
    last.extent = NoteExtent(last.extent.key, (*last.extent.parts, *blocks), last.extent.labels)


def _read_structure(element: Element) -> UnlinkedNotes | None:
    """Return the notes in a numbered list, a table or a definition list."""
    if element.tag == "ol":
        return _read_numbered_list(element)
    if element.tag == "table":
        return _read_rows([row for row in element.iter("tr")])
    if element.tag == "dl":
        return _read_rows([e for e in element if e.tag == "dt"])
    return None


def _read_numbered_list(element: Element) -> UnlinkedNotes | None:
    around = (element, *list(element.iterancestors())[:2])
    previous = find_previous(element)
    is_marked = is_under_notes_heading(element) or any(map(has_note_name, around))
    is_marked = is_marked or (previous is not None and previous.tag == "hr")
    items = [item for item in element if item.tag == "li" and has_content(item)]
    numbered = enumerate(items, start=parse_list_start(element))
    notes = [MatchedNote(NoteExtent(item, (item,)), str(number)) for number, item in numbered]
    return UnlinkedNotes(notes, {LabelForm.PLAIN}, is_marked) if notes else None


def _read_rows(rows: list[Element]) -> UnlinkedNotes | None:
    """Return the notes of which each is a row, its label in the first cell; or a term with its description."""
    found = UnlinkedNotes(is_marked=bool(rows) and is_under_notes_heading(rows[0]))
    for row in rows:
        cells = [
            e
            for e in (row if row.tag == "tr" else row.itersiblings())
            if e.tag in {"td", "th", "dd"}
        ]
        first = row if row.tag == "dt" else next(iter(cells), None)
        text = "" if first is None else get_text(first)
        label = _match_label(f"{text[:_MAX_LEAD]} x")
        parts = tuple(cells[1:] if row.tag == "tr" else cells[:1])
        if (
            first is None
            or label is None
            or len(text) > 6
            or not parts
            or not follows(label[0], found.labels)
        ):
            return None
        found.notes.append(MatchedNote(NoteExtent(row, parts, (first,)), label[0]))
        found.forms.add(label[1])
    return found if found.notes and is_first(found.labels[0]) else None


def _iter_lines(block: Element) -> Iterator[list[Element | str]]:
    """Yield the content of *block* between its line breaks."""
    line: list[Element | str] = [block.text or ""]
    for child in block:
        if child.tag == "br":
            yield line
            line = []
        else:
            line.append(child)
        line.append(child.tail or "")
    yield line


def _read_line_label(line: list[Element | str]) -> str | None:
    text = ""
    for part in line:
        is_raised = not isinstance(part, str) and part.tag == "sup" and not text.strip()
        if is_raised and not isinstance(part, str) and (label := parse_label(get_text(part))):
            return label.lower()
        text += part if isinstance(part, str) else get_text(part)
        if len(text) > _MAX_LEAD:
            break
    match = _match_label(" ".join(text.split())[:_MAX_LEAD])
    return match[0] if match else None


def _is_heading_line(line: list[Element | str]) -> bool:
    probe = etree.Element("p")
    probe.text = "".join(part if isinstance(part, str) else get_text(part) for part in line)
    return is_notes_heading(probe)


def _split(block: Element, lines: list[list[Element | str]], starts: list[int]) -> None:
    """Put each of *lines* that starts a note, and what follows it, into a block."""
    for child in list(block):
        child.tail = None
        block.remove(child)
    block.text = None
    if block.tag in {"p", "small", "span"}:
        block.tag = "div"
    wrapper: Element | None = None
    for index, line in enumerate(lines):
        if wrapper is None or index in starts:
            wrapper = etree.SubElement(block, "p")
        else:
            etree.SubElement(wrapper, "br")
        for part in line:
            if not isinstance(part, str):
                wrapper.append(part)
            elif len(wrapper):
                wrapper[-1].tail = (wrapper[-1].tail or "") + part
            else:
                wrapper.text = (wrapper.text or "") + part
