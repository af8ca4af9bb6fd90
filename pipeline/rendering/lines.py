"""Lines and paragraphs that the publication writes itself."""

from __future__ import annotations

import re


def paragraphs(text: str) -> list[str]:
    """Return the paragraphs of *text*, its single line ends made spaces."""
    return [chunk for chunk in map(one_line, re.split(r"\r?\n[ \t]*\r?\n", text)) if chunk]


def one_line(text: str) -> str:
    """Return *text* with its line ends made spaces; a space that must not break stays one."""
    return re.sub(r"[\x00-\x20\x7f\x85\u2028\u2029]+", " ", text).strip(" ")
