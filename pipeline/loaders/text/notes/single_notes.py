"""Notes that stand alone, in no run: `[Footnote 1: …]` wherever it stands, and what begins with `*` or `†`."""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.loaders.text.chunks import Chunk
from pipeline.loaders.text.list_markers import BULLET, RULE
from pipeline.loaders.text.notes.labels import Style, read_named, read_sign
from pipeline.loaders.text.notes.note_runs import FoundNote

#: So many chunks at most are sought through for the bracket that ends a note.
_FURTHER = 30


def find_named(chunks: Sequence[Chunk]) -> list[FoundNote]:
    """Return the notes in brackets that name themselves, `[Footnote 1: …]`, wherever they stand."""
    found = []
    for start, chunk in enumerate(chunks):
        label = read_named(chunk.text)
        if label:
            end = _closing(chunks, start) + 1
            found.append(FoundNote(mark=label.mark, style=Style.NAMED, start=start, end=end))
    return found


def find_signed(chunks: Sequence[Chunk]) -> list[FoundNote]:
    """Return what may be notes that begin with `*` or `†`; a chunk of a bulleted list is none."""
    found = []
    for start, chunk in enumerate(chunks):
        label = read_sign(chunk.text)
        if label and not RULE.match(chunk.text) and not _is_bulleted(chunks, start):
            found.append(FoundNote(mark=label.mark, style=Style.SIGN, start=start, end=start + 1))
    return found


def _closing(chunks: Sequence[Chunk], start: int) -> int:
    """Return the chunk that closes the bracket opened at *start*; *start* if none near does."""
    depth = 0
    for at in range(start, min(start + _FURTHER, len(chunks))):
        depth += chunks[at].text.count("[") - chunks[at].text.count("]")
        if depth <= 0:
            return at
    return start


def _is_bulleted(chunks: Sequence[Chunk], at: int) -> bool:
    """Whether the star of a chunk is a bullet: its neighbour begins with one as well."""
    if not BULLET.match(chunks[at].text):
        return False
    near = [chunks[place].text for place in (at - 1, at + 1) if 0 <= place < len(chunks)]
    return any(text.startswith("* ") for text in near)
