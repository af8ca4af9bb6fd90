"""Compare two versions of a message word by word."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from typing import Any

from pipeline.web.preview.messages.html_tokens import parse_html
from pipeline.web.preview.messages.preview_message import PreviewMessage

#: Unchanged lines shown around a change.
_CONTEXT_LINES = 2
#: Equal pairs of lines or words; comparing more would take too long, and the whole is shown as changed.
_MAX_PAIRS = 200_000

#: Some text, and whether it is unchanged ("="), removed ("-") or added ("+").
DiffRun = tuple[str, str]


def find_differences(
    before: PreviewMessage, after: PreviewMessage
) -> dict[str, list[list[DiffRun] | None]]:
    """Return the parts that differ: their lines as lists of runs, None where unchanged lines are omitted."""
    parts = (
        ("From", [before.sender], [after.sender]),
        ("Subject", [before.subject], [after.subject]),
        ("Plain text", _split_paragraphs(before.text), _split_paragraphs(after.text)),
        ("HTML: text, links and images", _split_blocks(before.html), _split_blocks(after.html)),
    )
    return {name: list(_compare_lines(old, new)) for name, old, new in parts if old != new}


def _split_paragraphs(text: str) -> list[str]:
    """Return the paragraphs of a text part, each on one line: other line breaks are no difference."""
    paragraphs = (" ".join(each.split()) for each in re.split(r"\n[ \t]*\n", text))
    return [paragraph for paragraph in paragraphs if paragraph]


def _compare_lines(before: Sequence[str], after: Sequence[str]) -> Iterator[list[DiffRun] | None]:
    if _count_pairs(before, after) > _MAX_PAIRS:
        yield from _compare_changed(before, [])
        yield from _compare_changed([], after)
        return
    matcher = SequenceMatcher(None, before, after, autojunk=False)
    for number, group in enumerate(matcher.get_grouped_opcodes(_CONTEXT_LINES)):
        if number:
            yield None
        for tag, old, old_end, new, new_end in group:
            if tag == "equal":
                yield from ([("=", line)] for line in after[new:new_end])
            else:
                yield from _compare_changed(before[old:old_end], after[new:new_end])


def _compare_changed(before: Sequence[str], after: Sequence[str]) -> Iterator[list[DiffRun]]:
    """Yield changed lines in pairs, compared word by word; lines without a pair are removed or added as a whole."""
    for old, new in zip(before, after, strict=False):
        yield list(_compare_words(old, new))
    paired = min(len(before), len(after))
    yield from ([("-", line)] for line in before[paired:])
    yield from ([("+", line)] for line in after[paired:])


def _compare_words(before: str, after: str) -> Iterator[DiffRun]:
    old, new = before.split(), after.split()
    matcher = SequenceMatcher(None, old, new, autojunk=False)
    if _count_pairs(old, new) > _MAX_PAIRS or matcher.quick_ratio() < 0.3:
        yield from (("-", before), ("+", after))
        return
    for tag, old_start, old_end, new_start, new_end in matcher.get_opcodes():
        if tag == "equal":
            is_first, is_last = (
                not (old_start or new_start),
                old_end == len(old) and new_end == len(new),
            )
            line = " ".join(new[new_start:new_end])
            yield "=", f"{'' if is_first else ' '}{line}{'' if is_last else ' '}"
            continue
        if old_end > old_start:
            yield "-", " ".join(old[old_start:old_end])
        if new_end > new_start:
            yield "+", " ".join(new[new_start:new_end])


def _count_pairs(before: Sequence[str], after: Sequence[str]) -> int:
    counts = Counter(after)
    return sum(count * counts[each] for each, count in Counter(before).items())


_BLOCKS = frozenset("p div h1 h2 h3 h4 h5 h6 li tr table blockquote pre figure hr br ol ul".split())


def _split_blocks(html: str) -> list[str]:
    """Return the text of *html*, one line per block, with the targets of links and the texts of images."""
    parts: list[str] = []
    _collect(parse_html(html), parts)
    return [line for raw in "".join(parts).split("\n") if (line := " ".join(raw.split()))]


def _collect(node: Any, parts: list[str]) -> None:  # Any: lxml has no types
    if not isinstance(node.tag, str) or node.tag in ("style", "head", "script", "title"):
        return
    is_block = node.tag in _BLOCKS
    if is_block:
        parts.append("\n")
    if node.tag == "img":
        parts.append(f"[image: {node.get('alt') or node.get('src') or ''}]")
    parts.append((node.text or "").replace("\n", " "))
    for child in node:
        _collect(child, parts)
        parts.append((child.tail or "").replace("\n", " "))
    href = node.get("href") if node.tag == "a" else None
    if href and not href.startswith("#"):
        parts.append(f" <{href}>")
    if is_block:
        parts.append("\n")
