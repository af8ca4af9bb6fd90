"""What Project Gutenberg sets around its books: notice before, licence after."""

from __future__ import annotations

import re
from collections.abc import Sequence

from pipeline.loaders.text.chunks import Chunk
from pipeline.models.article import Dropped

_START = re.compile(r"\*{3}\s?START OF (?:TH(?:E|IS) )?PROJECT GUTENBERG", re.I)
_END = re.compile(
    r"\*{3}\s?END OF (?:TH(?:E|IS) )?PROJECT GUTENBERG|End of (?:the )?Project Gutenberg", re.I
)


def drop_boilerplate(chunks: Sequence[Chunk]) -> tuple[Sequence[Chunk], list[Dropped]]:
    """Return *chunks* without the notice and the licence of Project Gutenberg, and these."""
    starts = [at + 1 for at, chunk in enumerate(chunks) if _START.match(chunk.text)]
    start = starts[0] if starts else 0
    ends = [at for at, chunk in enumerate(chunks) if at >= start and _END.match(chunk.text)]
    end = ends[0] if ends else len(chunks)
    left_out = [*chunks[:start], *chunks[end:]]
    dropped = [Dropped(reason="chrome.gutenberg", text=chunk.text) for chunk in left_out]
    return chunks[start:end], dropped
