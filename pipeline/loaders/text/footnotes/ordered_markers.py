"""
Select markers among bare numbers by their order: markers rise through a text, other numbers do not.

1. The best sequence of markers with rising labels.
2. Numbers that fill a gap in that sequence, at positions that would not be enough alone.
3. Repetitions: a note cited again at a position that leaves no doubt.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pipeline.loaders.text.footnotes.markers import Marker
from pipeline.loaders.text.footnotes.note_lists import NoteSpan
from pipeline.loaders.text.footnotes.numeric_markers import Confidence


@dataclass(frozen=True, slots=True)
class ReferenceMatch:
    """A marker and the notes it cites; *alternatives* are other positions as good for the same note."""

    marker: Marker
    notes: tuple[NoteSpan, ...]
    alternatives: tuple[Marker, ...] = ()
    is_certain: bool = True


def select_in_order(
    markers: Sequence[Marker], notes: Mapping[str, NoteSpan]
) -> list[ReferenceMatch]:
    """Return the references among *markers*, which are in reading order, to *notes* by label; the labels rise."""
    rank = {label: position for position, label in enumerate(notes)}
    candidates = [marker for marker in markers if marker.labels[0] in rank]
    sequence = _find_best_sequence([m for m in candidates if m.confidence >= Confidence.FAIR], rank)
    filled = _fill_gaps(sequence, candidates, notes)
    first_positions = {marker.labels[0]: marker.position for marker in sequence}
    taken = {marker.position for marker in sequence} | {chosen.marker.position for chosen in filled}
    repeats = [
        ReferenceMatch(marker, (notes[marker.labels[0]],))
        for marker in candidates
        if marker.confidence is Confidence.SURE
        and marker.position not in taken
        and first_positions.get(marker.labels[0], marker.position) < marker.position
    ]
    return [*_add_alternatives(sequence, candidates, notes), *filled, *repeats]


def _add_alternatives(
    sequence: Sequence[Marker], candidates: Sequence[Marker], notes: Mapping[str, NoteSpan]
) -> list[ReferenceMatch]:
    """Return the markers of *sequence*, each with the later positions before the next marker that are as good."""
    by_label = _group_by_label(candidates)
    chosen = []
    for number, marker in enumerate(sequence):
        alternatives: tuple[Marker, ...] = ()
        if marker.confidence is not Confidence.SURE:
            upper = sequence[number + 1].position if number + 1 < len(sequence) else None
            same = by_label[marker.labels[0]]
            start = bisect_left(same, marker.position, key=lambda other: other.position) + 1
            later = [m for m in same[start : start + 3] if upper is None or m.position < upper]
            alternatives = tuple(m for m in later if m.confidence >= marker.confidence)
        cited = (notes[marker.labels[0]],)
        chosen.append(ReferenceMatch(marker, cited, alternatives, is_certain=not alternatives))
    return chosen


def _fill_gaps(
    sequence: Sequence[Marker], candidates: Sequence[Marker], notes: Mapping[str, NoteSpan]
) -> list[ReferenceMatch]:
    """Return, for labels not in *sequence*, the first position between those of their neighbours."""
    position_of = {marker.labels[0]: marker.position for marker in sequence}
    upper_of = _find_next_positions(position_of, list(notes))
    by_label = _group_by_label(candidates)
    filled = []
    lower = (-1, -1)
    for label, note in notes.items():
        if label in position_of:
            lower = position_of[label]
            continue
        positions = by_label.get(label, [])
        low = bisect_left(positions, lower, key=lambda marker: marker.position)
        between = [m for m in positions[low : low + 3] if m.position < upper_of[label]]
        if between:
            first, *others = between
            filled.append(ReferenceMatch(first, (note,), tuple(others), is_certain=False))
            lower = first.position
    return filled


def _find_next_positions(
    position_of: Mapping[str, tuple[int, int]], labels: Sequence[str]
) -> dict[str, tuple[float, int]]:
    """Return for each label the position of the next label that has one."""
    upper: tuple[float, int] = (float("inf"), 0)
    next_positions = {}
    for label in reversed(labels):
        next_positions[label] = upper
        upper = position_of.get(label, upper)
    return next_positions


def _group_by_label(markers: Sequence[Marker]) -> dict[str, list[Marker]]:
    by_label = defaultdict(list)
    for marker in markers:
        by_label[marker.labels[0]].append(marker)
    return by_label


def _find_best_sequence(markers: Sequence[Marker], rank: Mapping[str, int]) -> list[Marker]:
    """
    Return the sequence of markers with rising labels whose confidences add up to most; of two equal ones the earlier.

    A Fenwick tree over the labels keeps the best sequence that ends below each: n log n.
    """
    size = len(rank)
    tree: list[tuple[int, int]] = [(0, -1)] * (size + 1)  # weight of a sequence, its last marker
    before: list[int] = []
    for number, marker in enumerate(markers):
        label = rank[marker.labels[0]]
        best = (0, -1)
        node = label
        while node > 0:
            if tree[node][0] > best[0]:
                best = tree[node]
            node -= node & -node
        before.append(best[1])
        weight = best[0] + marker.confidence
        node = label + 1
        while node <= size:
            if weight > tree[node][0]:
                tree[node] = (weight, number)
            node += node & -node
    _, last = max(tree, key=lambda sequence: sequence[0])
    sequence = []
    while last >= 0:
        sequence.append(markers[last])
        last = before[last]
    return sequence[::-1]
