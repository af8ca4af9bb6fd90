"""Match markers without a link with a list of notes that has their labels."""

from __future__ import annotations

from itertools import pairwise

from pipeline.loaders.html.dom import Element
from pipeline.loaders.html.footnotes.labels import is_first
from pipeline.loaders.html.footnotes.match_notes import MatchedNote
from pipeline.loaders.html.footnotes.unlinked.markers import (
    LabelForm,
    UnlinkedMarker,
    find_markers,
    isolate,
)
from pipeline.loaders.html.footnotes.unlinked.note_lists import (
    UnlinkedNotes,
    find_note_lists,
    split_lines,
)

#: The share of the notes of a list for which the text must have a marker, if a heading or rule says what the list is.
_MIN_SHARE = 0.6
#: The forms of markers that may refer to notes whose labels have a form.
_FORMS = {
    LabelForm.RAISED: {LabelForm.RAISED, LabelForm.BRACKET, LabelForm.SYMBOL},
    LabelForm.BRACKET: {LabelForm.RAISED, LabelForm.BRACKET},
    LabelForm.PAREN: {LabelForm.RAISED, LabelForm.PAREN, LabelForm.BRACKET},
    LabelForm.PLAIN: {LabelForm.RAISED, LabelForm.BRACKET},
    LabelForm.SYMBOL: {LabelForm.RAISED, LabelForm.SYMBOL, LabelForm.BRACKET},
}


def match_unlinked_notes(root: Element) -> list[MatchedNote]:
    """Return the notes to which markers without a link refer; their markers become elements."""
    markers, positions = find_markers(root)
    if not markers:
        return []
    if split_lines(root, {label for marker in markers for label, _ in marker.labels}):
        markers, positions = find_markers(root)
    matched: list[UnlinkedNotes] = []
    chosen: list[list[UnlinkedMarker]] = []
    start = 0
    for notes in find_note_lists(root):
        first, last = positions[notes.notes[0].extent.key], positions[notes.notes[-1].extent.key]
        before = [marker for marker in markers if start <= marker.position < first]
        if found := _choose_markers(notes, before):
            matched.append(notes)
            chosen.append(found)
            start = last
    for notes, found in zip(reversed(matched), reversed(chosen), strict=True):
        by_label = {note.label: note for note in reversed(notes.notes)}
        for label, element in isolate(found):
            if label in by_label:
                by_label[label].markers.append(element)
    return [note for notes in matched for note in notes.notes]


def _choose_markers(notes: UnlinkedNotes, markers: list[UnlinkedMarker]) -> list[UnlinkedMarker]:
    """Return those of *markers* that refer to *notes*, or none if they are not the markers of this list."""
    forms = set().union(*(_FORMS[form] for form in notes.forms))
    labels = set(notes.labels)
    found = [
        marker
        for marker in markers
        if marker.form in forms and labels.issuperset(label for label, _ in marker.labels if label)
    ]
    cited = list(dict.fromkeys(label for marker in found for label, _ in marker.labels if label))
    if not cited:
        return []
    if notes.is_marked and len(cited) < _MIN_SHARE * len(notes.notes):
        return []
    if notes.is_marked and any(
        marker.form in {LabelForm.RAISED, LabelForm.SYMBOL} for marker in found
    ):
        return found
    index = {label: number for number, label in enumerate(notes.labels)}
    order = [index[label] for label in cited]
    is_counting = all(before < after for before, after in pairwise(order))
    if notes.is_marked:  # of sources in brackets those in another order are a bibliography
        return found if is_counting and is_first(notes.labels[0]) else []
    return found if len(cited) == len(labels) and is_counting else []
