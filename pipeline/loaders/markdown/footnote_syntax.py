"""
Teach markdown-it notes: `[^label]` and its definitions, and `^[notes written in place]`.

The known plug-in forgets definitions that are never cited and all but the last of those with one label. Here each
definition leaves its tokens where it stands, numbered in source order, and the table of labels says which is meant.
"""

from __future__ import annotations

import re
from collections.abc import MutableMapping
from dataclasses import dataclass, field
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.ruler import RuleOptionsType
from markdown_it.rules_block import StateBlock
from markdown_it.rules_inline import StateInline

_LABEL = r"\[\^([^\s\[\]]+)\]"
_DEFINITION = re.compile(rf"{_LABEL}:")
_REFERENCE = re.compile(_LABEL)
#: Where the notes' own parser state lies in markdown-it's environment.
_KEY = "handbill.notes"
#: Notes within notes in place, `^[a ^[b]]`; beyond this they stay text.
_MAX_INLINE_DEPTH = 8


@dataclass
class NoteTable:
    """
    What one document defines and cites.

    Args:
        labels: The label of each definition, in source order.
        first: For each label, the place of its first definition among them.
        missing: Labels that are cited and never defined, each once.
        inline_depth: How many notes in place are being read within each other.
    """

    labels: list[str] = field(default_factory=list)
    first: dict[str, int] = field(default_factory=dict)
    missing: dict[str, None] = field(default_factory=dict)
    inline_depth: int = 0
    _folded: dict[str, int] = field(default_factory=dict)

    def define(self, label: str) -> int:
        """Add a definition and return its place."""
        place = len(self.labels)
        self.labels.append(label)
        self.first.setdefault(label, place)
        self._folded.setdefault(label.casefold(), place)
        return place

    def find(self, label: str) -> int | None:
        """Return the place of the definition that *label* means: exactly so written, else in other case."""
        exact = self.first.get(label)
        return self._folded.get(label.casefold()) if exact is None else exact


def note_table(env: MutableMapping[str, Any]) -> NoteTable:  # Any: as markdown-it types it
    """Return the table of the document that *env* belongs to."""
    table: NoteTable = env.setdefault(_KEY, NoteTable())
    return table


def footnotes_plugin(md: MarkdownIt) -> None:
    """
    Add the rules for notes to *md*.

    Tokens: `note_open` and `note_close` around a definition, with `meta["note"]`, its place, and `meta["label"]`;
    `note_ref` with the same; `inline_note` with the note's own tokens as children.
    """
    interrupts: RuleOptionsType = {"alt": ["paragraph", "reference", "blockquote", "list"]}
    md.block.ruler.before("reference", "note_definition", _definition, interrupts)
    md.inline.ruler.before("link", "note_reference", _reference)
    md.inline.ruler.before("link", "inline_note", _inline_note)


def cites_note(state: StateInline, place: int) -> bool:
    """Whether a reference to a note that is defined begins at *place*."""
    found = _REFERENCE.match(state.src, place, state.posMax)
    return found is not None and note_table(state.env).find(found[1]) is not None


def split_references(text: str, table: NoteTable) -> list[tuple[str, int | None]]:
    """Return *text* in pieces, each with the place of the note if it is a reference to one, else null."""
    pieces: list[tuple[str, int | None]] = []
    end = 0
    for match in _REFERENCE.finditer(text):
        place = table.find(match[1])
        if place is not None:
            pieces += [(text[end : match.start()], None), (match[1], place)]
            end = match.end()
    pieces.append((text[end:], None))
    return pieces


def _definition(state: StateBlock, start_line: int, end_line: int, silent: bool) -> bool:
    if state.is_code_block(start_line):
        return False
    begin = state.bMarks[start_line] + state.tShift[start_line]
    match = _DEFINITION.match(state.src, begin, state.eMarks[start_line])
    if not match or silent:
        return bool(match)
    meta = {"note": note_table(state.env).define(match[1]), "label": match[1]}
    state.push("note_open", "", 1).meta = meta
    _tokenize_content(state, start_line, end_line, after=match.end())
    state.push("note_close", "", -1)
    return True


def _tokenize_content(state: StateBlock, line: int, end_line: int, *, after: int) -> None:
    """Read the blocks of a definition: the rest of its line, then all lines indented by four."""
    before = state.bMarks[line], state.tShift[line], state.sCount[line], state.parentType
    column = state.sCount[line] + after - (before[0] + before[1])
    place, offset = after, column
    while place < state.eMarks[line] and state.src[place] in " \t":
        offset += 4 - offset % 4 if state.src[place] == "\t" else 1
        place += 1
    state.bMarks[line], state.tShift[line], state.sCount[line] = (
        after,
        place - after,
        offset - column,
    )
    state.blkIndent += 4
    state.parentType = "footnote"
    if state.sCount[line] < state.blkIndent:
        state.sCount[line] += state.blkIndent
    state.md.block.tokenize(state, line, end_line)
    state.blkIndent -= 4
    state.bMarks[line], state.tShift[line], state.sCount[line], state.parentType = before


def _reference(state: StateInline, silent: bool) -> bool:
    match = _REFERENCE.match(state.src, state.pos, state.posMax)
    if not match:
        return False
    table = note_table(state.env)
    note = table.find(match[1])
    if note is None:
        if not silent and state.src[match.end() : match.end() + 1] not in {"(", "["}:
            table.missing[match[1]] = None
        return False
    if not silent:
        state.push("note_ref", "", 0).meta = {"note": note, "label": match[1]}
    state.pos = match.end()
    return True


def _inline_note(state: StateInline, silent: bool) -> bool:
    start, maximum = state.pos, state.posMax
    table = note_table(state.env)
    if not state.src.startswith("^[", start) or table.inline_depth >= _MAX_INLINE_DEPTH:
        return False
    end = state.md.helpers.parseLinkLabel(state, start + 1)
    if end < 0 or not state.src[start + 2 : end].strip():
        return False
    if not silent:
        token = state.push("inline_note", "", 0)
        table.inline_depth += 1
        token.children = state.md.inline.parse(state.src[start + 2 : end], state.md, state.env, [])
        table.inline_depth -= 1
    state.pos, state.posMax = end + 1, maximum
    return True
