"""The text of a source, to find the line of a passage in it."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Container, Iterator, Sequence
from functools import cached_property

#: A passage is found by its first words; later ones may be beyond a line of markup.
_MAX_WORDS = 6
_MAX_TEXT = 2_000_000
#: How many places of one passage are looked at.
_MAX_FOUND = 200
_WORD = re.compile(r"\w+")
_TAG = re.compile(r"<[^<>]{0,2000}>")


class SourceText:
    """
    The text of a source.

    Args:
        media_type: Its format: `text/markdown`, `text/plain`, `text/html`, or that of a binary format without lines.
        content: Its bytes.
    """

    def __init__(self, media_type: str, content: bytes) -> None:
        self.media_type = media_type
        self._content = content

    @property
    def has_lines(self) -> bool:
        """Whether it is a text that people edit line by line."""
        return self.media_type in ("text/markdown", "text/plain", "text/html")

    @property
    def lines(self) -> Sequence[str]:
        """Its lines, without their ends."""
        return self._text.split("\n")

    def find_lines(self, passage: str) -> list[int]:
        """Return the lines, from 1, where *passage* begins, each once; none if it is not in the source."""
        if not self.has_lines or not passage.strip():
            return []
        exact = (self._find_exactly(text) for text in (passage, passage.strip(" .…")))
        found = next(filter(None, exact), [])
        words = [word.casefold() for word in _WORD.findall(passage.rstrip("…"))]
        if passage.endswith("…") and len(words) > 1:
            words.pop()  # may be cut off
        if len("".join(words)) < 4 or (found and len(words) > _MAX_WORDS):
            return found
        joined, starts, lines = self._tokens
        places = _find_all(f" {joined} ", f" {' '.join(words[:_MAX_WORDS])} ")
        return sorted({*found, *(lines[bisect_right(starts, at) - 1] for at in places)})

    def choose_line(self, passages: Sequence[str], used: Container[int] = ()) -> int | None:
        """
        Return the line of the first of *passages* that is in the source.

        If it is there more than once, the line nearest to the other passages is meant; among equals the first one that
        is not in *used*.
        """
        found = [lines for lines in map(self.find_lines, dict.fromkeys(passages)) if lines]
        if not found:
            return None
        lines, *others = found
        if len(lines) == 1:
            return lines[0]
        distances = {line: sum(_distance(line, other) for other in others) for line in lines}
        nearest = min(distances.values())
        equal = [line for line in lines if distances[line] == nearest]
        return next((line for line in equal if line not in used), equal[-1])

    def _find_exactly(self, passage: str) -> list[int]:
        """Return the lines where *passage* is, not as a part of a word."""
        if not passage:
            return []
        found = []
        for at in _find_all(self._text, passage):
            end = at + len(passage)
            starts_word = at > 0 and passage[0].isalnum() and self._text[at - 1].isalnum()
            ends_word = passage[-1].isalnum() and self._text[end : end + 1].isalnum()
            if not starts_word and not (ends_word and passage[-1].isascii()):
                found.append(bisect_right(self._line_starts, at))
        return list(dict.fromkeys(found))

    @cached_property
    def _line_starts(self) -> list[int]:
        return [0, *(match.end() for match in re.finditer("\n", self._text))]

    @cached_property
    def _text(self) -> str:
        encoding = "utf-16" if self._content[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
        text = self._content[:_MAX_TEXT].decode(encoding, errors="replace")
        return text.replace("\r\n", "\n").replace("\r", "\n")

    @cached_property
    def _tokens(self) -> tuple[str, list[int], list[int]]:
        """Return the words of the text, joined by spaces, where each begins, and its line."""
        text = self._text
        if self.media_type == "text/html":
            text = _TAG.sub(lambda tag: " " + "\n" * tag[0].count("\n"), text)
        words, starts, lines, at = [], [], [], 0
        for number, line in enumerate(text.split("\n"), start=1):
            for word in _WORD.findall(line.casefold()):
                words.append(word)
                starts.append(at)
                lines.append(number)
                at += len(word) + 1
        return " ".join(words), starts, lines


def _find_all(text: str, passage: str) -> Iterator[int]:
    """Yield where *passage* begins in *text*."""
    at = text.find(passage)
    for _ in range(_MAX_FOUND):
        if at < 0:
            return
        yield at
        at = text.find(passage, at + 1)


def _distance(line: int, others: Sequence[int]) -> int:
    """Return how far *line* is from the nearest of *others*, which are in order."""
    i = bisect_left(others, line)
    return min(abs(line - other) for other in others[max(0, i - 1) : i + 1])
