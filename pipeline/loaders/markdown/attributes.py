"""
Read what kramdown and Pandoc write about a text: `{#anchor .class key=value}`, `{: .class}` and `::: {.class}`.

Only a heading's anchor has a meaning here; the rest is marked, so that it does not stand in the text.
"""

from __future__ import annotations

import re

from markdown_it.rules_block import StateBlock
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token

_PART = r"""(?:[#.][\w:.\-]+|[\w\-]+=(?:"[^"\n{}]*"|'[^'\n{}]*'|[^\s"'{}]+)|-)"""
_LIST = rf"\{{:?[ \t]*{_PART}(?:[ \t]+{_PART})*[ \t]*\}}"
#: After a heading, link or picture.
_ATTACHED = re.compile(_LIST)
_AT_END = re.compile(rf"[ \t]+({_LIST})[ \t]*$")
#: What opens and closes Pandoc's fenced divisions.
_DIVISION = re.compile(r":{3,}[ \t]*(?:\{[^{}\n]*\}|[\w\-]*)[ \t]*:*[ \t]*$", re.MULTILINE)
#: kramdown's own form, good anywhere in a line or on a line by itself.
_KRAMDOWN = re.compile(r"\{:[^{}\n]*\}")
_KRAMDOWN_LINE = re.compile(r"\{:[^{}\n]*\}[ \t]*$", re.MULTILINE)
_ANCHOR = re.compile(r"#([^\s{}]+)")


def split_heading(content: str) -> tuple[str, str]:
    """Return the text of a heading and the attribute list behind it, "" if there is none."""
    match = _AT_END.search(content)
    return (content[: match.start()], match[1]) if match else (content, "")


def anchor_of(attributes: str) -> str | None:
    """Return the anchor that *attributes* give."""
    match = _ANCHOR.search(attributes)
    return match[1] if match else None


def attribute_line(state: StateBlock, line: int, end_line: int, silent: bool) -> bool:
    """Block rule: a line `{: …}`, which may give the heading before it its anchor, or a line `::: {…}`."""
    start, end = state.bMarks[line] + state.tShift[line], state.eMarks[line]
    match = _KRAMDOWN_LINE.match(state.src, start, end) or _DIVISION.match(state.src, start, end)
    if not match or state.is_code_block(line):
        return False
    if silent:
        return True
    heading = _heading_before(state.tokens)
    if heading and (anchor := anchor_of(match[0])):
        heading.meta.setdefault("anchor", anchor)
    state.push("attributes", "", 0).content = match[0]
    state.line = line + 1
    return True


def inline_attributes(state: StateInline, silent: bool) -> bool:
    """Inline rule: `{: …}` anywhere, `{.class}` right after a link or picture."""
    if state.src[state.pos] != "{":
        return False
    is_attached = state.src[state.pos - 1 : state.pos] in {")", "]"} and bool(
        state.tokens and not state.pending and state.tokens[-1].type in {"link_close", "image"}
    )
    pattern = _ATTACHED if is_attached else _KRAMDOWN
    match = pattern.match(state.src, state.pos, state.posMax) or _KRAMDOWN.match(
        state.src, state.pos, state.posMax
    )
    if not match:
        return False
    if not silent:
        state.push("attributes", "", 0).content = match[0]
    state.pos = match.end()
    return True


def _heading_before(tokens: list[Token]) -> Token | None:
    if not tokens or tokens[-1].type != "heading_close":
        return None
    return next(token for token in reversed(tokens) if token.type == "heading_open")
