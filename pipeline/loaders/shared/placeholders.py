"""
Carry fields and template tags through Markdown's parser as one sign each, so that no rule takes them apart.

`{{ name | "friend" }}` comes back as written wherever it stands. So does what other programs fill in, such as
`{{ site.url }}`. Tags that only those programs can obey, `{{< figure … >}}` and `{% include … %}`, can be told from the
rest by their sign.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TypeVar

from pipeline.models.tree import map_nodes

T = TypeVar("T")

_TAG = r"\{\{[<%](?:(?![>%]\}\})[^\n`])*+[>%]\}\}|\{%(?:(?!%\})[^\n`])*+%\}"
_COVERED = re.compile(rf"({_TAG})|\{{\{{[^\n`{{}}]*+\}}\}}")

#: Signs no text means anything by (Unicode, "Private Use Area"): those that stand for tags, and the others.
_TAG_SIGNS = range(0xF000, 0xF8FF + 1)
_OTHER_SIGNS = range(0xE000, 0xEFFF + 1)


class Placeholders:
    """
    What one text holds in double braces, and the signs that stand for it.

    Attributes:
        text: The text with signs.
        tag: Matches one sign of a tag.
    """

    def __init__(self, text: str) -> None:
        used = set(text)
        self._free = {
            True: (chr(code) for code in _TAG_SIGNS if chr(code) not in used),
            False: (chr(code) for code in _OTHER_SIGNS if chr(code) not in used),
        }
        self._signs: dict[str, str] = {}
        self.text = _COVERED.sub(self._cover, text)
        self._written = {sign: written for written, sign in self._signs.items()}
        self._sign = _any_of(self._written)
        self.tag = _any_of(sign for sign in self._written if ord(sign) in _TAG_SIGNS)

    def _cover(self, match: re.Match[str]) -> str:
        """Return the sign for what was found; itself if, after thousands, no sign is left."""
        written = match[0]
        if written not in self._signs:
            sign = next(self._free[match[1] is not None], None)
            if sign is None:
                return written
            self._signs[written] = sign
        return self._signs[written]

    def restore(self, node: T) -> T:
        """Return *node*, a string or anything made of tuples and dataclasses, with all as it was written."""
        if not self._written:
            return node
        return map_nodes(node, self._restore_text)

    def _restore_text(self, value: object) -> object:
        if not isinstance(value, str):
            return value
        return self._sign.sub(lambda sign: self._written[sign[0]], value)


def _any_of(signs: Iterable[str]) -> re.Pattern[str]:
    among = "".join(signs)
    return re.compile(f"[{among}]" if among else "(?!)")
