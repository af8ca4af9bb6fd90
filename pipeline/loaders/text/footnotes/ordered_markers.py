"""
Choose among bare numbers by their order: markers rise through a text, other numbers do not.

1. The heaviest row of markers whose labels rise.
2. What fills a gap in that row, at places that would not do alone.
3. Repeats: a note cited again at a place that leaves no doubt.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pipeline.loaders.text.footnotes.markers import Marker
from pipeline.loaders.text.footnotes.numeric_markers import Weight


@dataclass(frozen=True, kw_only=True, slots=True)
class ChosenMarker:
    """A bare number taken for a marker; *rivals* are places as good for the same note."""

    marker: Marker
    rivals: tuple[Marker, ...] = ()
    is_certain: bool = True


def choose(markers: Sequence[Marker], labels: Sequence[str]) -> list[ChosenMarker]:
    """Return the markers of *labels*, which rise, among *markers*, which are in reading order."""
    rank = {label: place for place, label in enumerate(labels)}
    known = [marker for marker in markers if marker.marks[0] in rank]
    row = _heaviest_row([marker for marker in known if marker.weight >= Weight.FAIR], rank)
    filled = _fill(row, known, labels)
    cited = {marker.marks[0]: marker.place for marker in row}
    taken = {marker.place for marker in row} | {chosen.marker.place for chosen in filled}
    repeats = [
        ChosenMarker(marker=marker)
        for marker in known
        if marker.weight is Weight.SURE
        and marker.place not in taken
        and cited.get(marker.marks[0], marker.place) < marker.place
    ]
    return [*_with_rivals(row, known), *filled, *repeats]


def _with_rivals(row: Sequence[Marker], known: Sequence[Marker]) -> list[ChosenMarker]:
    """Add to each marker of *row* the places between its neighbours that weigh as much; where it is sure, none do."""
    by_label = _by_label(known)
    chosen = []
    for number, marker in enumerate(row):
        rivals: tuple[Marker, ...] = ()
        if marker.weight is not Weight.SURE:
            upper = row[number + 1].place if number + 1 < len(row) else None
            same = by_label[marker.marks[0]]
            after = same[bisect_left(same, marker.place, key=lambda other: other.place) + 1 :][:3]
            rivals = tuple(
                other
                for other in after
                if other.weight >= marker.weight and (upper is None or other.place < upper)
            )
        chosen.append(ChosenMarker(marker=marker, rivals=rivals, is_certain=not rivals))
    return chosen


def _fill(
    row: Sequence[Marker], known: Sequence[Marker], labels: Sequence[str]
) -> list[ChosenMarker]:
    """Return, for labels not in *row*, the first place between those of their neighbours."""
    place_of = {marker.marks[0]: marker.place for marker in row}
    upper_of = _next_places(place_of, labels)
    by_label = _by_label(known)
    filled = []
    lower = (-1, -1)
    for label in labels:
        if label in place_of:
            lower = place_of[label]
            continue
        places = by_label.get(label, [])
        low = bisect_left(places, lower, key=lambda marker: marker.place)
        between = [m for m in places[low : low + 3] if m.place < upper_of[label]]
        if between:
            filled.append(
                ChosenMarker(marker=between[0], rivals=tuple(between[1:]), is_certain=False)
            )
            lower = between[0].place
    return filled


def _next_places(
    place_of: Mapping[str, tuple[int, int]], labels: Sequence[str]
) -> dict[str, tuple[float, int]]:
    """Return for each label the place of the next one that has a place."""
    upper: tuple[float, int] = (float("inf"), 0)
    result = {}
    for label in reversed(labels):
        result[label] = upper
        upper = place_of.get(label, upper)
    return result


def _by_label(markers: Sequence[Marker]) -> dict[str, list[Marker]]:
    result = defaultdict(list)
    for marker in markers:
        result[marker.marks[0]].append(marker)
    return result


def _heaviest_row(markers: Sequence[Marker], rank: Mapping[str, int]) -> list[Marker]:
    """
    Return the row of markers, labels rising, that weighs most; the earlier of two that weigh the same.

    A Fenwick tree over the labels keeps the best row that ends below each: n log n.
    """
    size = len(rank)
    tree: list[tuple[int, int]] = [(0, -1)] * (size + 1)  # weight of a row, its last marker
    before: list[int] = []
    for number, marker in enumerate(markers):
        label = rank[marker.marks[0]]
        best = (0, -1)
        at = label
        while at > 0:
            if tree[at][0] > best[0]:
                best = tree[at]
            at -= at & -at
        before.append(best[1])
        weight = best[0] + marker.weight
        at = label + 1
        while at <= size:
            if weight > tree[at][0]:
                tree[at] = (weight, number)
            at += at & -at
    _, last = max(tree, key=lambda row: row[0])
    row = []
    while last >= 0:
        row.append(markers[last])
        last = before[last]
    return row[::-1]
