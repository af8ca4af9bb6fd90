"""The text of a source, to find the line of a passage in it."""

from __future__ import annotations

import re
from bisect import bisect_right
from functools import cached_property

#: A passage is found by its first words; later ones may be beyond a line of markup.
_MAX_WORDS = 6
_MAX_TEXT = 2_000_000
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

    def find_line(self, passage: str) -> int | None:
        """Return the number of the line, from 1, where *passage* begins, None if it is not in the source."""
        if not self.has_lines or not passage.strip():
            return None
        for text in dict.fromkeys((passage, passage.strip(" .…"))):
            at = self._text.find(text)
            if text and at >= 0:
                return self._text.count("\n", 0, at) + 1
        words = [word.casefold() for word in _WORD.findall(passage.rstrip("…"))]
        if passage.endswith("…") and len(words) > 1:
            words.pop()  # may be cut off
        if len("".join(words)) < 4:
            return None
        joined, starts, lines = self._tokens
        at = f" {joined} ".find(f" {' '.join(words[:_MAX_WORDS])} ")
        return lines[bisect_right(starts, at) - 1] if at >= 0 else None

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
