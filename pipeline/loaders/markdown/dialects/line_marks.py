"""Marks at the start or end of a paragraph: task lists, block ids, callouts, lines of tags and properties."""

from __future__ import annotations

import re

from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore
from markdown_it.token import Token

from pipeline.loaders.markdown.dialects.block_marks import is_grid_table

_CALLOUT = re.compile(
    r"\[!([A-Za-z][\w\-]{0,40})(?:\|[^\[\]\n]{0,80})?\][+\-]?[ \t]*([^\n]*)(?:\n|$)"
)
_TASK = re.compile(r"\[([ xX/\-<>?!*\"])\][ \t]+(?=\S)")
_BLOCK_ID = re.compile(r"[ \n]\^(?=[\w\-]*[A-Za-z])([A-Za-z0-9\-]{2,60})$")
_TAG_LINE = re.compile(r"#[^\W\d][\w/\-]*(?:[ \t]+#[^\W\d][\w/\-]*)*[ \t]*$")
_PROPERTY = re.compile(r"[A-Za-z][\w\-]{0,40}::[^\n]*")
_PROGRAM_FENCES = frozenset(
    "mermaid dataview dataviewjs plantuml graphviz dot query tasks kanban chart leaflet".split()
)
_DIRECTIVE_FENCE = re.compile(r"\{[\w:.\-]+\}")


def line_marks_plugin(md: MarkdownIt) -> None:
    """Add the rule to *md*."""
    md.core.ruler.before("inline", "line_marks", _read_line_marks)


def _read_line_marks(state: StateCore) -> None:
    before: list[Token] = []
    for token in state.tokens:
        if token.type == "inline" and before and before[-1].type != "heading_open":
            _read_marks(token, before)
        elif token.type == "fence":
            _read_fence(token)
        before = [*before[-1:], token]


def _read_marks(inline: Token, before: list[Token]) -> None:
    outer = before[0].type if len(before) > 1 else ""
    if block_id := _BLOCK_ID.search(inline.content[-70:]):
        inline.content = inline.content[: len(inline.content) - len(block_id[0])]
        inline.meta["markup"] = block_id[1]
    if outer == "blockquote_open" and (callout := _CALLOUT.match(inline.content)):
        kind, title = callout[1], callout[2].strip()
        rest = inline.content[callout.end() :]
        inline.content = f"**{title or kind.capitalize()}**" + (f"\\\n{rest}" if rest else "")
        if title:
            inline.meta["markup"] = f"{inline.meta.get('markup', '')} {kind}"
    elif outer == "list_item_open" and (task := _TASK.match(inline.content)):
        _read_task(inline, task)
    if _TAG_LINE.match(inline.content):
        _drop(inline, "markdown.tags", inline.content)
    elif is_grid_table(inline):
        message = "A table drawn with + and - stays text. Write it with | or as HTML."
        inline.meta["warning"] = ("markdown.table", message, "")
    elif all(map(_PROPERTY.fullmatch, inline.content.split("\n")[:100])):
        _drop(inline, "markdown.properties", inline.content)


def _read_task(inline: Token, task: re.Match[str]) -> None:
    """Show the box of a task: `[ ]` and `[/]` (begun) empty, `[x]` ticked, `[-]` (cancelled) empty and struck out."""
    mark, text = task[1], inline.content[task.end() :]
    match mark:
        case "x" | "X":
            inline.content = f"☑ {text}"
            inline.meta["markup"] = f"{inline.meta.get('markup', '')} {mark}"
        case "-":
            inline.content = f"☐ <s>{text}</s>"
        case " " | "/":
            inline.content = f"☐ {text}"
        case _:
            message = "Task marks that only Obsidian knows stay as they are written: {}. Write [ ], [x] or [-]."
            inline.meta["warning"] = ("markdown.task", message, f"[{mark}] {text}"[:60])


def _drop(inline: Token, reason: str, text: str) -> None:
    inline.meta["left_out"] = (reason, text)
    inline.content = ""


def _read_fence(token: Token) -> None:
    """Warn about code that another program makes something else of: a diagram, a list of notes, an admonition."""
    name = token.info.strip().split(" ")[0].lower()
    if name.strip("{}") in _PROGRAM_FENCES or _DIRECTIVE_FENCE.fullmatch(name):
        message = "{} stays code: only another program can process such a block."
        token.meta["warning"] = ("markdown.template", message, token.info.strip()[:60])
