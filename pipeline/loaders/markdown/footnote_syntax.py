"""
Teach markdown-it notes: `[^label]` with its definition, and `^[inline notes]`.

The usual plug-in drops definitions that are never cited, and all but the last with the same label. Here each definition
writes its tokens where it is, numbered in source order, and a table of labels tells which one is cited.
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

#: A label may have spaces inside, as in Hugo and Python-Markdown.
_LABEL = r"\[\^([^\s\[\]]++(?:[ \t]++[^\s\[\]]++){0,20}+)\]"
_DEFINITION = re.compile(rf"{_LABEL}:")
_REFERENCE = re.compile(_LABEL)
#: The key of the table in markdown-it's environment.
_KEY = "handbill.notes"
#: Inline notes inside each other, `^[a ^[b]]`; deeper ones stay text.
_MAX_INLINE_DEPTH = 8


@dataclass
class FootnoteTable:
    """
    The notes that one document defines and cites.

    Args:
        labels: The label of each definition, in source order.
        first_positions: For each label, the position of its first definition in *labels*.
        missing: Labels cited but not defined, once each.
        inline_depth: The number of nested inline notes being parsed.
    """

    labels: list[str] = field(default_factory=list)
    first_positions: dict[str, int] = field(default_factory=dict)
    missing: dict[str, None] = field(default_factory=dict)
    inline_depth: int = 0
    _by_casefold: dict[str, int] = field(default_factory=dict)

    def add_definition(self, label: str) -> int:
        """Add a definition and return its position."""
        position = len(self.labels)
        self.labels.append(label)
        self.first_positions.setdefault(label, position)
        self._by_casefold.setdefault(label.casefold(), position)
        return position

    def find_definition(self, label: str) -> int | None:
        """Return the position of the definition with *label*, else of one in other case."""
        position = self.first_positions.get(label)
        return self._by_casefold.get(label.casefold()) if position is None else position


def get_footnote_table(
    env: MutableMapping[str, Any],
) -> FootnoteTable:  # Any: as markdown-it types it
    """Return the table of the document that *env* belongs to."""
    table: FootnoteTable = env.setdefault(_KEY, FootnoteTable())
    return table


def footnotes_plugin(md: MarkdownIt) -> None:
    """
    Add the rules for notes to *md*.

    Tokens: `note_open` and `note_close` around a definition, with `meta["note"]`, its position, and `meta["label"]`;
    `note_ref` with the same; `inline_note` with the tokens of the note as children.
    """
    interrupts: RuleOptionsType = {"alt": ["paragraph", "reference", "blockquote", "list"]}
    md.block.ruler.before("reference", "note_definition", _parse_definition, interrupts)
    md.inline.ruler.before("link", "note_reference", _parse_reference)
    md.inline.ruler.before("link", "inline_note", _parse_inline_note)


def is_note_reference(state: StateInline, position: int) -> bool:
    """Whether a reference to a defined note begins at *position*."""
    match = _REFERENCE.match(state.src, position, state.posMax)
    return match is not None and get_footnote_table(state.env).find_definition(match[1]) is not None


def split_references(text: str, table: FootnoteTable) -> list[tuple[str, int | None]]:
    """Return *text* in pieces, each with the position of the note if it is a reference, else None."""
    pieces: list[tuple[str, int | None]] = []
    end = 0
    for match in _REFERENCE.finditer(text):
        position = table.find_definition(match[1])
        if position is not None:
            pieces += [(text[end : match.start()], None), (match[1], position)]
            end = match.end()
    pieces.append((text[end:], None))
    return pieces


def _parse_definition(state: StateBlock, start_line: int, end_line: int, silent: bool) -> bool:
    if state.is_code_block(start_line):
        return False
    begin = state.bMarks[start_line] + state.tShift[start_line]
    match = _DEFINITION.match(state.src, begin, state.eMarks[start_line])
    if not match or silent:
        return bool(match)
    meta = {"note": get_footnote_table(state.env).add_definition(match[1]), "label": match[1]}
    state.push("note_open", "", 1).meta = meta
    _parse_content(state, start_line, end_line, after=match.end())
    state.push("note_close", "", -1)
    return True


def _parse_content(state: StateBlock, line: int, end_line: int, *, after: int) -> None:
    """Parse the blocks of a definition: the rest of its line, then all lines indented by four."""
    before = state.bMarks[line], state.tShift[line], state.sCount[line], state.parentType
    column = state.sCount[line] + after - (before[0] + before[1])
    position, offset = after, column
    while position < state.eMarks[line] and state.src[position] in " \t":
        offset += 4 - offset % 4 if state.src[position] == "\t" else 1
        position += 1
    state.bMarks[line], state.tShift[line], state.sCount[line] = (
        after,
        position - after,
        offset - column,
    )
    state.blkIndent += 4
    state.parentType = "footnote"
    if state.sCount[line] < state.blkIndent:
        state.sCount[line] += state.blkIndent
    state.md.block.tokenize(state, line, end_line)
    state.blkIndent -= 4
    state.bMarks[line], state.tShift[line], state.sCount[line], state.parentType = before


def _parse_reference(state: StateInline, silent: bool) -> bool:
    match = _REFERENCE.match(state.src, state.pos, state.posMax)
    if not match:
        return False
    table = get_footnote_table(state.env)
    note = table.find_definition(match[1])
    if note is None:
        if not silent and state.src[match.end() : match.end() + 1] not in {"(", "["}:
            table.missing[match[1]] = None
        return False
    if not silent:
        state.push("note_ref", "", 0).meta = {"note": note, "label": match[1]}
    state.pos = match.end()
    return True


def _parse_inline_note(state: StateInline, silent: bool) -> bool:
    start, maximum = state.pos, state.posMax
    table = get_footnote_table(state.env)
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
