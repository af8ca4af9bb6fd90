"""Blocks of other Markdowns: comments, abbreviations, imports, admonitions, line blocks and tables of contents."""

from __future__ import annotations

import re
from collections.abc import Callable

from markdown_it import MarkdownIt
from markdown_it.ruler import RuleOptionsType
from markdown_it.rules_block import StateBlock
from markdown_it.token import Token

_INTERRUPTS: RuleOptionsType = {"alt": ["paragraph", "blockquote"]}
#: Comments over several lines: what they begin and end with.
_COMMENTS = (("%%", "%%"), ("{::comment}", "{:/"), ("{/*", "*/}"), ("{#", "#}"), ("{>>", "<<}"))
#: Lines that are left out, and the rule that says so.
_LINES = (
    ("markdown.abbreviation", re.compile(r"\*\[[^\[\]\n]{1,80}\]:.*")),
    (
        "markdown.contents",
        re.compile(
            r"(?:\[toc\]|\[\[_?toc_?\]\]|\{\{?toc\}?\}|\$toc\$|@\[toc\].{0,80}|\\tableofcontents)[ \t]*$",
            re.I,
        ),
    ),
    ("markdown.page-break", re.compile(r"\\(?:newpage|pagebreak|clearpage)[ \t]*$")),
    (
        "markdown.mdx",
        re.compile(
            r"import\s++(?:[\w*{}$,\s]{1,200}\sfrom\s+)?[\"'][^\"'\n]{1,200}[\"'];?[ \t]*$"
            r"|export\s+(?:const|let|default|function)\s.*"
        ),
    ),
    ("markdown.comment", re.compile(r"\[(?://|comment|_)\]:[ \t]*(?:#|<>)[ \t]*[\"'(].*")),
)
_ADMONITION = re.compile(
    r"(?:!!!|\?\?\?\+?)[ \t]+([\w\-]{1,40})(?:[ \t]+[\w\-]{1,40}){0,3}+(?:[ \t]+\"([^\"\n]*)\")?[ \t]*$"
)
_DIRECTIVE = re.compile(
    r":{3,}+[ \t]*+(?P<name>[A-Za-z][\w\-]{0,40})"
    r"(?:\[(?P<label>[^\[\]\n]{1,200})\]|[ \t]++(?P<title>[^\s:{][^\n{]{0,200}))[ \t]*$"
)
_LINE_BLOCK = re.compile(r"\|(?:[ \t]|$)")
_GRID_TABLE = re.compile(r"\+[-=]{3,}(?:\+[-=]{3,})*\+[ \t]*$")


def block_marks_plugin(md: MarkdownIt) -> None:
    """Add the rules to *md*, before those that would read the lines as text."""
    rules: tuple[tuple[str, Callable[[StateBlock, int, int, bool], bool]], ...] = (
        ("comment", _parse_comment),
        ("left_out_line", _parse_line),
        ("admonition", _parse_admonition),
        ("directive", _parse_directive),
    )
    for name, rule in rules:
        md.block.ruler.before("appeal", name, rule, _INTERRUPTS)
    md.block.ruler.before("paragraph", "line_block", _parse_line_block)


def _read_line(state: StateBlock, line: int) -> str:
    return state.src[state.bMarks[line] + state.tShift[line] : state.eMarks[line]]


def _parse_comment(state: StateBlock, start_line: int, end_line: int, silent: bool) -> bool:
    first = _read_line(state, start_line)
    pair = next((pair for pair in _COMMENTS if first.startswith(pair[0])), None)
    if pair is None or state.is_code_block(start_line):
        return False
    opening, closing = pair
    for line in range(start_line, end_line):
        text = _read_line(state, line)
        begin = len(opening) if line == start_line else 0
        if (found := text.find(closing, begin)) < 0:
            continue
        after = text[found + len(closing) :].strip()
        if closing == "{:/":
            after = after.partition("}")[2].strip()
        if after:  # text follows: the rule for inlines reads it
            return False
        if not silent:
            lines = [_read_line(state, number) for number in range(start_line, line + 1)]
            _drop(state, "markdown.comment", "\n".join(lines))
            state.line = line + 1
        return True
    return False


def _parse_line(state: StateBlock, start_line: int, end_line: int, silent: bool) -> bool:
    if state.is_code_block(start_line):
        return False
    text = _read_line(state, start_line)
    reason = next((reason for reason, pattern in _LINES if pattern.match(text)), None)
    if reason is None:
        return False
    if not silent:
        _drop(state, reason, text)
        state.line = start_line + 1
    return True


def _drop(state: StateBlock, reason: str, text: str) -> None:
    token = state.push("left_out", "", 0)
    token.content = text
    token.meta = {"reason": reason}


def _parse_admonition(state: StateBlock, start_line: int, end_line: int, silent: bool) -> bool:
    """`!!! note "Title"` with its text indented by four."""
    match = _ADMONITION.match(_read_line(state, start_line))
    if not match or state.is_code_block(start_line):
        return False
    if silent:
        return True
    title = match[2] if match[2] is not None else match[1].capitalize()
    token = state.push("left_out", "", 0)
    token.meta = {"reason": ""}
    token.info = match[0]
    state.push("blockquote_open", "blockquote", 1)
    _push_title(state, title, start_line)
    state.blkIndent += 4
    before, state.parentType = state.parentType, "footnote"
    state.line = start_line + 1
    last = start_line + 1
    while last < end_line and (state.isEmpty(last) or state.sCount[last] >= state.blkIndent):
        last += 1
    state.md.block.tokenize(state, start_line + 1, last)
    state.blkIndent -= 4
    state.parentType = before
    state.push("blockquote_close", "blockquote", -1)
    state.line = max(last, start_line + 1)
    return True


def _parse_directive(state: StateBlock, start_line: int, end_line: int, silent: bool) -> bool:
    """`:::tip Title` or `:::tip[Title]`: the title stays, the line that closes is that of any division."""
    match = _DIRECTIVE.match(_read_line(state, start_line))
    if not match or state.is_code_block(start_line) or match["name"] == "appeal":
        return False
    if silent:
        return True
    token = state.push("left_out", "", 0)
    token.meta = {"reason": ""}
    token.info = match[0]
    _push_title(state, (match["label"] or match["title"]).rstrip(" :"), start_line)
    state.line = start_line + 1
    return True


def _push_title(state: StateBlock, title: str, line: int) -> None:
    if not title.strip():
        return
    state.push("paragraph_open", "p", 1)
    inline = state.push("inline", "", 0)
    inline.content, inline.map, inline.children = f"**{title.strip()}**", [line, line + 1], []
    state.push("paragraph_close", "p", -1)


def _parse_line_block(state: StateBlock, start_line: int, end_line: int, silent: bool) -> bool:
    """Lines that begin with `| ` keep their breaks, indents and empty lines, as verses and addresses do in Pandoc."""
    if silent or not _LINE_BLOCK.match(_read_line(state, start_line)):
        return False
    lines: list[str] = []
    for line in range(start_line, end_line):
        text = _read_line(state, line)
        if not _LINE_BLOCK.match(text) or state.isEmpty(line):
            break
        if text.rstrip().endswith("|") and len(text.strip()) > 1:
            return False
        lines.append(_indent_line(text[1:].rstrip()))
    count = len(lines)
    while lines and not lines[-1]:
        lines.pop()
    while lines and not lines[0]:
        lines.pop(0)
    state.push("paragraph_open", "p", 1)
    inline = state.push("inline", "", 0)
    inline.content = "\\\n".join(lines)
    inline.map, inline.children = [start_line, start_line + count], []
    state.push("paragraph_close", "p", -1)
    state.line = start_line + count
    return True


def _indent_line(text: str) -> str:
    """Return *text* with no-break spaces for those beyond the one after the bar."""
    stripped = text.lstrip(" \t")
    return "\u00a0" * max(len(text.expandtabs(4)) - len(stripped) - 1, 0) + stripped


def is_grid_table(token: Token) -> bool:
    """Whether the paragraph in *token* is a table drawn with characters."""
    return bool(_GRID_TABLE.match(token.content.partition("\n")[0]))
