"""
Set markdown-it up so that nothing of a source is lost on the way to its tokens.

It is CommonMark with tables, strikethrough, definition lists and notes. What differs from the library's own rules:

1. Addresses stay as written, and unsafe ones are read like others: the vocabulary leaves them out and says so.
2. Containers nest up to `MAX_BLOCK_LEVEL`; from there on their signs are text. The library skips what is deeper.
3. Cells beyond a table's header are kept. The library drops them, as GFM asks.
4. Links and pictures carry what stood behind their words, definitions of links what they said.
5. A label that begins with a caret is never a link's, and a note may be cited within a link.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, partial
from types import SimpleNamespace
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.helpers import parseLinkDestination, parseLinkTitle
from markdown_it.rules_block import StateBlock
from markdown_it.rules_block.table import escapedSplit, getLine
from markdown_it.rules_core import StateCore
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token
from mdit_py_plugins.deflist import deflist_plugin

from pipeline.loaders.markdown.attributes import (
    anchor_of,
    attribute_line,
    inline_attributes,
    split_heading,
)
from pipeline.loaders.markdown.footnote_syntax import (
    NoteTable,
    cites_note,
    footnotes_plugin,
    note_table,
)

BlockRule = Callable[[StateBlock, int, int, bool], bool]
InlineRule = Callable[[StateInline, bool], bool]

#: A list counts two, everything else one.
MAX_BLOCK_LEVEL = 32
#: Brackets within brackets; each costs the parser three stack frames. Deeper ones are text.
_MAX_INLINE_LEVEL = 40
_ALERT = re.compile(r"\[!(NOTE|TIP|IMPORTANT|WARNING|CAUTION)\][ \t]*(?:\n|$)", re.IGNORECASE)
_CONTAINERS = ("blockquote", "list", "deflist", "note_definition")
#: Where the definitions of links lie in markdown-it's environment.
_LINK_DEFINITIONS = "handbill.link-definitions"
#: What the library takes off both ends of a cell.
_TRIMMED = " \t\n\v\f\r\xa0\u1680\u2028\u2029\u202f\u205f\u3000" + "".join(
    map(chr, range(0x2000, 0x200B))
)


#: Under which key, no place in any text, the library's memory of places also holds that of the last bracket.
_LAST_BRACKET = -1


@dataclass(frozen=True, kw_only=True, slots=True)
class LinkDefinition:
    """`[label]: address "title"` as it stands in the source; *label* is null if an earlier one defined the same."""

    source: str
    label: str | None


@dataclass(frozen=True, kw_only=True, slots=True)
class ParsedMarkdown:
    """
    What markdown-it makes of a source.

    Args:
        references: For each label of a link, its address and title.
    """

    tokens: Sequence[Token]
    notes: NoteTable
    definitions: Sequence[LinkDefinition]
    references: Mapping[str, Mapping[str, Any]]  # as markdown-it types it


class _Parser(MarkdownIt):
    """markdown-it that leaves addresses alone."""

    def normalizeLink(self, url: str) -> str:
        return url

    def normalizeLinkText(self, link: str) -> str:
        return link

    def validateLink(self, url: str) -> bool:
        return True


def parse(text: str) -> ParsedMarkdown:
    """Parse *text*."""
    env: dict[str, Any] = {}
    tokens = _parser().parse(text, env)
    return ParsedMarkdown(
        tokens=tokens,
        notes=note_table(env),
        definitions=env.get(_LINK_DEFINITIONS, ()),
        references=env.get("references", {}),
    )


@cache
def _parser() -> MarkdownIt:
    md = _Parser("commonmark", {"maxNesting": _MAX_INLINE_LEVEL, "store_labels": True})
    md.enable(["table", "strikethrough"])
    md.disable("text_join")  # it would hide which text came from a character reference
    md.use(deflist_plugin).use(footnotes_plugin)
    md.helpers = SimpleNamespace(  # type: ignore[assignment]  # a module in the library, only read from
        parseLinkDestination=parseLinkDestination,
        parseLinkTitle=parseLinkTitle,
        parseLinkLabel=_link_label_end,
    )
    md.block.ruler.before(
        "note_definition", "attributes", attribute_line, {"alt": ["paragraph", "blockquote"]}
    )
    md.inline.ruler.before("link", "attributes", inline_attributes)
    md.core.ruler.before("inline", "heading_attributes", _read_heading_attributes)
    md.core.ruler.before("inline", "alerts", _read_alerts)
    for name in _CONTAINERS:
        _replace(md.block.ruler, name, _bounded)
    _replace(md.block.ruler, "table", _with_all_cells)
    _replace(md.block.ruler, "reference", _with_source)
    _replace(md.inline.ruler, "link", partial(_with_tail, kind="link_open", offset=0))
    _replace(md.inline.ruler, "image", partial(_with_tail, kind="image", offset=1))
    return md


def _replace(ruler: Any, name: str, change: Callable[[Any], Any]) -> None:  # Any: of both kinds
    rule = ruler.__rules__[ruler.__find__(name)]
    ruler.at(name, change(rule.fn), {"alt": rule.alt})


def _bounded(rule: BlockRule) -> BlockRule:
    def bounded(state: StateBlock, start_line: int, end_line: int, silent: bool) -> bool:
        return state.level < MAX_BLOCK_LEVEL and rule(state, start_line, end_line, silent)

    return bounded


def _with_all_cells(rule: BlockRule) -> BlockRule:
    def table(state: StateBlock, start_line: int, end_line: int, silent: bool) -> bool:
        first = len(state.tokens)
        if not rule(state, start_line, end_line, silent):
            return False
        if not silent:
            tokens = state.tokens[first:]
            columns = sum(token.type == "th_open" for token in tokens)
            state.tokens[first:] = list(_complete_rows(state, tokens, columns))
        return True

    return table


def _complete_rows(state: StateBlock, tokens: list[Token], columns: int) -> Iterator[Token]:
    extra: list[str] = []
    for token in tokens:
        if token.type == "tr_open" and token.map:
            extra = _cells(getLine(state, token.map[0]))[columns:]
        if token.type == "tr_close":
            for content in extra:
                yield Token("td_open", "td", 1)
                yield Token("inline", "", 0, content=content.strip(_TRIMMED), children=[])
                yield Token("td_close", "td", -1)
        yield token


def _cells(line: str) -> list[str]:
    """Split a row as the library does."""
    cells = escapedSplit(line.strip(_TRIMMED))
    if cells and not cells[0]:
        cells.pop(0)
    if cells and not cells[-1]:
        cells.pop()
    return cells


def _with_source(rule: BlockRule) -> BlockRule:
    def reference(state: StateBlock, start_line: int, end_line: int, silent: bool) -> bool:
        known = len(state.env.get("references", ()))
        begin = state.bMarks[start_line] + state.tShift[start_line]
        if state.src.startswith("[^", begin) or not rule(state, start_line, end_line, silent):
            return False
        if not silent:
            lines = (
                state.src[state.bMarks[line] + state.tShift[line] : state.eMarks[line]]
                for line in range(start_line, state.line)
            )
            label = next(reversed(state.env["references"]))
            is_new = len(state.env["references"]) > known
            definition = LinkDefinition(source="\n".join(lines), label=label if is_new else None)
            state.env.setdefault(_LINK_DEFINITIONS, []).append(definition)
        return True

    return reference


def _with_tail(rule: InlineRule, *, kind: str, offset: int) -> InlineRule:
    """Let the token of *kind* carry what stood behind its words: an address in parentheses or a label in brackets."""

    def link(state: StateInline, silent: bool) -> bool:
        start, first = state.pos, len(state.tokens)
        if not rule(state, silent):
            return False
        if not silent:
            end = _link_label_end(state, start + offset, kind == "link_open")
            token = next(token for token in state.tokens[first:] if token.type == kind)
            token.meta["tail"] = state.src[end + 1 : state.pos]
        return True

    return link


def _link_label_end(state: StateInline, start: int, disableNested: bool = False) -> int:
    """
    Return where the label that begins at *start* ends, -1 if nowhere.

    As `markdown_it.helpers.parseLinkLabel`, but the brackets of a note's reference are no link within the link.
    """
    skipped = state.cache
    if _LAST_BRACKET not in skipped:
        skipped[_LAST_BRACKET] = state.src.rfind("]")
    if skipped[_LAST_BRACKET] < start:
        return -1
    before = state.pos
    place, level = start + 1, 1
    end = -1
    while place < state.posMax:
        sign = state.src[place]
        if sign == "]":
            level -= 1
            if level == 0:
                end = place
                break
        if place not in skipped:
            state.pos = place
            state.md.inline.skipToken(state)
        following = skipped[place]
        if sign == "[" and following == place + 1:
            level += 1
        elif sign == "[" and disableNested and not cites_note(state, place):
            break
        place = following
    state.pos = before
    return end


def _read_alerts(state: StateCore) -> None:
    """Make GitHub's `> [!NOTE]` a line of its own, in words."""
    for quote, _, inline in zip(state.tokens, state.tokens[1:], state.tokens[2:], strict=False):
        alert = _ALERT.match(inline.content) if quote.type == "blockquote_open" else None
        if alert and inline.type == "inline":
            rest = inline.content[alert.end() :]
            inline.content = f"**{alert[1].capitalize()}**" + (f"\\\n{rest}" if rest else "")


def _read_heading_attributes(state: StateCore) -> None:
    for token, inline in zip(state.tokens, state.tokens[1:], strict=False):
        if token.type == "heading_open":
            inline.content, attributes = split_heading(inline.content)
            if attributes:
                token.meta["attributes"] = attributes
                token.meta["anchor"] = anchor_of(attributes)
