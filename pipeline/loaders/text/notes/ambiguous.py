"""What a person should look at among notes: places that are not sure, and markers whose note is missing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from pipeline.loaders.text.chunks import Chunk
from pipeline.loaders.text.notes.labels import Style
from pipeline.loaders.text.notes.markers import Marker, MarkerIndex
from pipeline.loaders.text.notes.numeric_markers import Weight
from pipeline.loaders.text.notes.references import Reference
from pipeline.models.article import Warning


def uncertain(chunks: Sequence[Chunk], references: Iterable[Reference]) -> Iterator[Warning]:
    for reference in references:
        if reference.is_certain:
            continue
        marker = reference.marker
        places = [marker, *reference.rivals]
        shown = " or ".join(f"“{_around(chunks, place)}”" for place in places)
        yield Warning(
            code="note.uncertain",
            message=f"Note {marker.marks[0]}: its marker may stand at {shown}; the first was taken.",
        )


def missing(
    chunks: Sequence[Chunk],
    references: Sequence[Reference],
    index: MarkerIndex,
    *,
    has_notes: bool,
) -> Iterator[Warning]:
    """Yield a warning for each label in brackets, or raised, that no note bears."""
    cited = {reference.marker.place for reference in references}
    styles = {
        reference.marker.style
        for reference in references
        if reference.marker.style is not Style.SIGN
    }
    told: set[str] = set()
    for style in (Style.BRACKET, Style.RAISED):
        markers = [m for m in index.within(style, 0, len(chunks)) if m.weight is Weight.SURE]
        if has_notes and style not in styles:
            continue
        if not has_notes and not any(marker.marks[0] == "1" for marker in markers):
            continue
        for marker in markers:
            label = ", ".join(marker.marks)
            if marker.place in cited or label in told or not marker.marks[0].isdecimal():
                continue
            told.add(label)
            yield Warning(
                code="note.missing",
                message=f"There is no note {label}; its marker stays after “{_before(chunks, marker)}”.",
            )


def _before(chunks: Sequence[Chunk], marker: Marker) -> str:
    """Return the four words before a marker."""
    text = chunks[marker.chunk].text
    return " ".join(text[max(0, marker.start - 80) : marker.start].split()[-4:])


def _around(chunks: Sequence[Chunk], marker: Marker) -> str:
    text = chunks[marker.chunk].text
    after = " ".join(text[marker.end : marker.end + 40].split()[:2])
    return f"{_before(chunks, marker)} {marker.marks[0]} {after}".strip()
