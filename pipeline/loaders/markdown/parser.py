"""
Set up markdown-it so that nothing in a source is lost.

It is CommonMark with tables, strikethrough, definition lists, notes, marked appeals and what other kinds of
Markdown write (`dialects`), except that:

1. URLs stay as written, unsafe ones too: the HTML reader removes and reports them.
2. Containers nest up to `MAX_BLOCK_LEVEL`; deeper markers are text. The library skips what is deeper.
3. Cells beyond the header of a table are kept. The library drops them, as GFM requires.
4. Links and images record the syntax after their text, and link definitions their source.
5. A label that begins with a caret is never that of a link, and a link may contain references to notes.
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

from pipeline.loaders.markdown.appeal_syntax import appeal_plugin
from pipeline.loaders.markdown.attributes import (
    find_anchor,
    parse_attribute_line,
    parse_inline_attributes,
    split_heading_attributes,
)
from pipeline.loaders.markdown.dialects import dialects_plugin
from pipeline.loaders.markdown.footnote_syntax import (
    FootnoteTable,
    footnotes_plugin,
    get_footnote_table,
    is_note_reference,
)

BlockRule = Callable[[StateBlock, int, int, bool], bool]
InlineRule = Callable[[StateInline, bool], bool]

#: A list counts two levels, everything else one.
MAX_BLOCK_LEVEL = 32
#: The deepest nesting of brackets; each level costs the parser three stack frames. Deeper ones are text.
_MAX_INLINE_LEVEL = 40
_CONTAINERS = ("blockquote", "list", "deflist", "note_definition", "admonition")
#: The key of the link definitions in markdown-it's environment.
_LINK_DEFINITIONS = "handbill.link-definitions"
#: What the library strips from a cell.
_CELL_PADDING = " \t\n\v\f\r\xa0\u1680\u2028\u2029\u202f\u205f\u3000" + "".join(
    map(chr, range(0x2000, 0x200B))
)


#: The key, not a position, under which the library's cache of positions also holds that of the last bracket.
_LAST_BRACKET = -1


_DOUBLE_ANGLES = re.compile(r"<<[\w .-]{1,60}>>")


@dataclass(frozen=True, kw_only=True, slots=True)
class ParsedMarkdown:
    """
    The result of markdown-it.

    Args:
        definitions: Each `[label]: url "title"` as written, and its label unless it repeats an earlier definition.
        references: URL and title of each link label.
    """

    tokens: Sequence[Token]
    notes: FootnoteTable
    definitions: Sequence[tuple[str, str | None]]
    references: Mapping[str, Mapping[str, Any]]  # as markdown-it types it


class _MarkdownParser(MarkdownIt):
    """markdown-it without changes to URLs."""

    def normalizeLink(self, url: str) -> str:
        return url

    def normalizeLinkText(self, link: str) -> str:
        return link

    def validateLink(self, url: str) -> bool:
        return True


def parse_markdown(text: str) -> ParsedMarkdown:
    """Parse *text*."""
    env: dict[str, Any] = {}
    tokens = _create_parser().parse(text, env)
    return ParsedMarkdown(
        tokens=tokens,
        notes=get_footnote_table(env),
        definitions=env.get(_LINK_DEFINITIONS, ()),
        references=env.get("references", {}),
    )


@cache
def _create_parser() -> MarkdownIt:
    md = _MarkdownParser("commonmark", {"maxNesting": _MAX_INLINE_LEVEL, "store_labels": True})
    md.enable(["table", "strikethrough"])
    md.disable("text_join")  # it would hide which text came from a character reference
    md.use(deflist_plugin).use(footnotes_plugin)
    md.helpers = SimpleNamespace(  # type: ignore[assignment]  # a module in the library, only read from
        parseLinkDestination=parseLinkDestination,
        parseLinkTitle=parseLinkTitle,
        parseLinkLabel=_find_label_end,
    )
    md.block.ruler.before(
        "note_definition", "attributes", parse_attribute_line, {"alt": ["paragraph", "blockquote"]}
    )
    appeal_plugin(md)
    md.inline.ruler.before("link", "attributes", parse_inline_attributes)
    md.inline.ruler.before("autolink", "double_angles", _parse_double_angles)
    md.core.ruler.before("inline", "heading_attributes", _read_heading_attributes)
    dialects_plugin(md)
    for name in _CONTAINERS:
        _wrap_rule(md.block.ruler, name, _limit_depth)
    _wrap_rule(md.block.ruler, "table", _keep_all_cells)
    _wrap_rule(md.block.ruler, "reference", _record_definition)
    _wrap_rule(md.inline.ruler, "link", partial(_record_link_syntax, kind="link_open", offset=0))
    _wrap_rule(md.inline.ruler, "image", partial(_record_link_syntax, kind="image", offset=1))
    return md


def _parse_double_angles(state: StateInline, silent: bool) -> bool:
    """Read `<<name>>`, a field of another mail system, as text: as a tag its name would be gone."""
    found = _DOUBLE_ANGLES.match(state.src, state.pos)
    if found is None:
        return False
    if not silent:
        state.push("text", "", 0).content = found[0]
    state.pos = found.end()
    return True


def _wrap_rule(ruler: Any, name: str, wrap: Callable[[Any], Any]) -> None:  # Any: of both kinds
    rule = ruler.__rules__[ruler.__find__(name)]
    ruler.at(name, wrap(rule.fn), {"alt": rule.alt})


def _limit_depth(rule: BlockRule) -> BlockRule:
    def limited(state: StateBlock, start_line: int, end_line: int, silent: bool) -> bool:
        return state.level < MAX_BLOCK_LEVEL and rule(state, start_line, end_line, silent)

    return limited


def _keep_all_cells(rule: BlockRule) -> BlockRule:
    def table(state: StateBlock, start_line: int, end_line: int, silent: bool) -> bool:
        first = len(state.tokens)
        if not rule(state, start_line, end_line, silent):
            return False
        if not silent:
            tokens = state.tokens[first:]
            columns = sum(token.type == "th_open" for token in tokens)
            state.tokens[first:] = list(_add_extra_cells(state, tokens, columns))
        return True

    return table


def _add_extra_cells(state: StateBlock, tokens: list[Token], columns: int) -> Iterator[Token]:
    extra: list[str] = []
    for token in tokens:
        if token.type == "tr_open" and token.map:
            extra = _split_cells(getLine(state, token.map[0]))[columns:]
        if token.type == "tr_close":
            for content in extra:
                yield Token("td_open", "td", 1)
                yield Token("inline", "", 0, content=content.strip(_CELL_PADDING), children=[])
                yield Token("td_close", "td", -1)
        yield token


def _split_cells(line: str) -> list[str]:
    """Split a row as the library does."""
    cells = escapedSplit(line.strip(_CELL_PADDING))
    if cells and not cells[0]:
        cells.pop(0)
    if cells and not cells[-1]:
        cells.pop()
    return cells


def _record_definition(rule: BlockRule) -> BlockRule:
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
            definition = ("\n".join(lines), label if is_new else None)
            state.env.setdefault(_LINK_DEFINITIONS, []).append(definition)
        return True

    return reference


def _record_link_syntax(rule: InlineRule, *, kind: str, offset: int) -> InlineRule:
    """Record in the token of *kind* what follows its text: a URL in parentheses or a label in brackets."""

    def link(state: StateInline, silent: bool) -> bool:
        start, first = state.pos, len(state.tokens)
        if not rule(state, silent):
            return False
        if not silent:
            end = _find_label_end(state, start + offset, kind == "link_open")
            token = next(token for token in state.tokens[first:] if token.type == kind)
            token.meta["tail"] = state.src[end + 1 : state.pos]
        return True

    return link


def _find_label_end(state: StateInline, start: int, disableNested: bool = False) -> int:
    """
    Return where the label that begins at *start* ends, -1 if nowhere.

    Like `markdown_it.helpers.parseLinkLabel`, but a reference to a note is not a link inside the link.
    """
    positions = state.cache
    if _LAST_BRACKET not in positions:
        positions[_LAST_BRACKET] = state.src.rfind("]")
    if positions[_LAST_BRACKET] < start:
        return -1
    before = state.pos
    position, level = start + 1, 1
    end = -1
    while position < state.posMax:
        character = state.src[position]
        if character == "]":
            level -= 1
            if level == 0:
                end = position
                break
        if position not in positions:
            state.pos = position
            state.md.inline.skipToken(state)
        following = positions[position]
        if character == "[" and following == position + 1:
            level += 1
        elif character == "[" and disableNested and not is_note_reference(state, position):
            break
        position = following
    state.pos = before
    return end


def _read_heading_attributes(state: StateCore) -> None:
    for token, inline in zip(state.tokens, state.tokens[1:], strict=False):
        if token.type == "heading_open":
            inline.content, attributes = split_heading_attributes(inline.content)
            if attributes:
                token.meta["attributes"] = attributes
                token.meta["anchor"] = find_anchor(attributes)
