"""
Parse the attributes of kramdown and Pandoc: `{#anchor .class key=value}`, `{: .class}` and `::: {.class}`.

Only the anchor of a heading, and the credit and size of an image, are used; the rest is recorded as markup, so that it
does not appear in the text.
"""

from __future__ import annotations

import html
import re

from markdown_it.rules_block import StateBlock
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token

_ITEM = r"""(?:[#.][\w:.\-]+|[\w\-]+=(?:"[^"\n{}]*"|'[^'\n{}]*'|[^\s"'{}]+)|-)"""
_ATTRIBUTE_LIST = rf"\{{:?[ \t]*+{_ITEM}(?:[ \t]++{_ITEM})*+[ \t]*+\}}"
#: After a heading, link or image.
_ATTACHED = re.compile(_ATTRIBUTE_LIST)
#: The longest attribute list after a heading.
_MAX_HEADING_ATTRIBUTES = 500
#: The lines that open and close Pandoc's fenced divs.
_FENCED_DIV = re.compile(
    r":{3,}+[ \t]*+(?:\{[^{}\n]*+\}|[\w\-]*+(?:[ \t]*+\{[^{}\n]*+\})?+)[ \t]*+:*+[ \t]*+$",
    re.MULTILINE,
)
#: kramdown's form, valid anywhere in a line or on its own line.
_KRAMDOWN = re.compile(r"\{:[^{}\n]*\}")
_KRAMDOWN_LINE = re.compile(r"\{:[^{}\n]*+\}[ \t]*+$", re.MULTILINE)
_IMAGE_ATTRIBUTE = re.compile(
    r"""(?<=[\s{])(?:(credit)=(?:"([^"]*)"|'([^']*)'|([^\s"'{}]+))|(width|height)=["']?(\d{1,5})(?=["'\s}]|px))"""
)
_ANCHOR = re.compile(r"#([^\s{}]+)")


def split_heading_attributes(content: str) -> tuple[str, str]:
    """Return the text of a heading and the attribute list after it, "" without one."""
    stripped = content.rstrip(" \t")
    start = stripped.rfind("{", len(stripped) - _MAX_HEADING_ATTRIBUTES)
    if start < 1 or content[start - 1] not in " \t":
        return content, ""
    match = _ATTACHED.fullmatch(stripped, start)
    return (content[:start].rstrip(" \t"), match[0]) if match else (content, "")


def find_anchor(attributes: str) -> str | None:
    """Return the anchor in *attributes*."""
    match = _ANCHOR.search(attributes)
    return match[1] if match else None


def match_attribute_list(source: str, start: int, end: int) -> str | None:
    """Return the attribute list of *source* that begins at *start*, None without one."""
    match = _ATTACHED.match(source, start, end)
    return match[0] if match else None


def parse_image_attributes(source: str) -> dict[str, str]:
    """Return the attributes of an image in *source*: its `credit`, and its `width` and `height` in pixels."""
    found = {}
    for match in _IMAGE_ATTRIBUTE.finditer(source):
        credit = html.unescape(match[2] or match[3] or match[4] or "")
        found[match[1] or match[5]] = match[6] or credit
    return found


def parse_attribute_line(state: StateBlock, line: int, end_line: int, silent: bool) -> bool:
    """Block rule: a line `{: …}`, which may set the anchor of the heading before it, or a line `::: {…}`."""
    start, end = state.bMarks[line] + state.tShift[line], state.eMarks[line]
    match = _KRAMDOWN_LINE.match(state.src, start, end) or _FENCED_DIV.match(state.src, start, end)
    if not match or state.is_code_block(line):
        return False
    if silent:
        return True
    heading = _find_heading_before(state.tokens)
    if heading and (anchor := find_anchor(match[0])):
        heading.meta.setdefault("anchor", anchor)
    state.push("attributes", "", 0).content = match[0]
    state.line = line + 1
    return True


def parse_inline_attributes(state: StateInline, silent: bool) -> bool:
    """Inline rule: `{: …}` anywhere, `{.class}` directly after a link or image."""
    if state.src[state.pos] != "{":
        return False
    is_attached = state.src[state.pos - 1 : state.pos] in {")", "]", "`"} and bool(
        state.tokens
        and not state.pending
        and state.tokens[-1].type in {"link_close", "image", "code_inline"}
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


def _find_heading_before(tokens: list[Token]) -> Token | None:
    if not tokens or tokens[-1].type != "heading_close":
        return None
    return next(token for token in reversed(tokens) if token.type == "heading_open")
