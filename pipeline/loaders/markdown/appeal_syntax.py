"""
Teach markdown-it the marked appeal: the lines `::: appeal` and `:::` around the blocks that ask for donations.

What stands between them is the appeal, whatever its words; nothing else in the article is searched for one.
"""

from __future__ import annotations

from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock

#: The lines that open and close the appeal.
APPEAL_START = "::: appeal"
APPEAL_END = ":::"


def appeal_plugin(md: MarkdownIt) -> None:
    """Add the rule to *md*; its tokens are `appeal_open` and `appeal_close`."""
    interrupts = {"alt": ["paragraph", "blockquote"]}
    md.block.ruler.before("attributes", "appeal", _parse_appeal, interrupts)  # type: ignore[arg-type]


def _parse_appeal(state: StateBlock, start_line: int, end_line: int, silent: bool) -> bool:
    if state.level or _read_line(state, start_line) != APPEAL_START:
        return False
    if silent:
        return True
    lines = range(start_line + 1, end_line)
    end = next((line for line in lines if _read_line(state, line) == APPEAL_END), end_line)
    state.push("appeal_open", "", 1)
    before, state.lineMax = state.lineMax, end
    state.md.block.tokenize(state, start_line + 1, end)
    state.lineMax = before
    state.push("appeal_close", "", -1)
    state.line = min(end + 1, end_line)
    return True


def _read_line(state: StateBlock, line: int) -> str:
    """Return the words of *line*, "" if it is indented as code is."""
    if state.is_code_block(line):
        return ""
    text = state.src[state.bMarks[line] + state.tShift[line] : state.eMarks[line]]
    return " ".join(text[: len(APPEAL_START) + 20].split())
