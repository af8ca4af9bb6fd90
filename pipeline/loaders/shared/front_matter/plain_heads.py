"""
Find metadata that stands above an article without `---` lines.

Known are: `Key: value` lines (MultiMarkdown, Pelican, Hexo), also in an HTML comment, below the title (Notion) or with
their marks of other formats: `#+KEY: value` (Org), `:Key: value` (reStructuredText) and `.. key: value` (Nikola). A
block of lines is metadata only if every line has a key and the keys are those of such metadata, so that a first
paragraph "Note: …" stays text.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

#: Keys by which a block is recognized, in lower case with single spaces.
_KNOWN_KEYS = frozenset(
    (
        "title subtitle author authors byline date published created updated modified lang language tags tag keywords "
        "category categories slug permalink summary description abstract excerpt status draft layout template type url "
        "canonical image cover copyright affiliation email subject preheader aliases publish id owner"
    ).split()
) | {"created by", "created time", "last edited", "last edited by", "last edited time"}
#: Keys that show alone, on one line above the text, that it is metadata.
_STRONG_KEYS = frozenset({"title"})
#: Keys that show it on one line below the title.
_PROPERTY_KEYS = frozenset("author authors byline date published created tags status".split())
#: Longer blocks of lines are not metadata.
_MAX_LINES = 60

_KEY = r"(?P<key>[^\W\d_][\w .\-]{0,40}?)"
_LINE_FORMS = tuple(
    re.compile(form)
    for form in (
        rf"{_KEY}:(?:[ \t]+(?P<value>\S.*))?$",
        rf"#\+{_KEY}:(?:[ \t]+(?P<value>\S.*))?$",
        rf":{_KEY}:(?:[ \t]+(?P<value>\S.*))?$",
        rf"\.\.[ \t]{_KEY}:(?:[ \t]+(?P<value>\S.*))?$",
    )
)
_FENCE = re.compile(r"(?:---|\.\.\.)[ \t]*$")
_ATX_HEADING = re.compile(r"#{1,2}[ \t]+\S")
_SETEXT_UNDERLINE = re.compile(r"(?:={3,}|-{3,})[ \t]*$")


@dataclass(frozen=True, kw_only=True, slots=True)
class PlainHead:
    """The lines of metadata from *start* to *end*, and its *entries*: key, value and line number of each."""

    start: int
    end: int
    entries: Sequence[tuple[str, str, int]]


def find_plain_head(lines: Sequence[str]) -> PlainHead | None:
    """Return the metadata at the beginning of *lines*, or below the title there."""
    start = next((n for n, line in enumerate(lines[:_MAX_LINES]) if line.strip()), None)
    if start is None:
        return None
    if lines[start].startswith("<!--"):
        return _read_comment(lines, start)
    head = _read_lines(lines, start)
    if head:
        return head if _is_certain(head, _STRONG_KEYS) else None
    below = _find_line_below_title(lines, start)
    head = None if below is None else _read_lines(lines, below)
    return head if head and _is_certain(head, _PROPERTY_KEYS) else None


def _is_certain(head: PlainHead, alone: frozenset[str]) -> bool:
    keys = [_normalize(key) for key, _, _ in head.entries]
    if len(keys) == 1:
        return keys[0] in alone and bool(head.entries[0][1])
    known = [key for key in keys if key in _KNOWN_KEYS]
    return keys[0] in _KNOWN_KEYS or 2 * len(known) > len(keys)


def _normalize(key: str) -> str:
    return " ".join(key.lower().replace("_", " ").split())


def _read_lines(lines: Sequence[str], start: int) -> PlainHead | None:
    """Read lines of one form up to an empty line, the end, or a fence that only closes (Hexo)."""
    form = next((form for form in _LINE_FORMS if form.match(lines[start])), None)
    if form is None:
        return None
    entries: list[tuple[str, str, int]] = []
    for number, line in enumerate(lines[start : start + _MAX_LINES], start=start):
        if not line.strip():
            return PlainHead(start=start, end=number, entries=entries)
        match = form.match(line)
        if match:
            entries.append((match["key"], (match["value"] or "").strip(), number + 1))
        elif line[0] in " \t" and entries:
            key, value, first = entries[-1]
            entries[-1] = (key, f"{value} {line.strip()}".strip(), first)
        elif _FENCE.match(line) and len(entries) > 1:
            return PlainHead(start=start, end=number + 1, entries=entries)
        else:
            return None
    end = start + _MAX_LINES
    return PlainHead(start=start, end=len(lines), entries=entries) if end >= len(lines) else None


def _read_comment(lines: Sequence[str], start: int) -> PlainHead | None:
    """Read lines of metadata in an HTML comment."""
    end = next(
        (n for n, line in enumerate(lines[: start + _MAX_LINES]) if n >= start and "-->" in line),
        None,
    )
    if end is None or lines[end].strip() not in {"-->"} or lines[start].strip() != "<!--":
        return None
    inner = [line for line in lines[start + 1 : end] if line.strip()]
    head = _read_lines(inner, 0) if inner else None
    if head is None or head.end != len(inner) or not _is_certain(head, _STRONG_KEYS):
        return None
    return PlainHead(start=start, end=end + 1, entries=head.entries)


def _find_line_below_title(lines: Sequence[str], start: int) -> int | None:
    """Return the first line with text after the heading at *start*."""
    following = start + 1
    if not _ATX_HEADING.match(lines[start]):
        if following >= len(lines) or not _SETEXT_UNDERLINE.match(lines[following]):
            return None
        following += 1
    below = next(
        (n for n in range(following, min(len(lines), following + 4)) if lines[n].strip()), None
    )
    return below


def merge_entries(entries: Sequence[tuple[str, str, int]]) -> Mapping[str, tuple[str, int]]:
    """Return value and line of each key; the values of a repeated key (Org) are joined."""
    merged: dict[str, tuple[str, int]] = {}
    for key, value, line in entries:
        name = key.lower().strip()
        before = merged.get(name)
        merged[name] = (f"{before[0]}, {value}", before[1]) if before else (value, line)
    return merged
