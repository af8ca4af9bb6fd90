"""
Replace fields and template tags by single characters while Markdown is parsed, so that no rule takes them apart.

`{{ name | "friend" }}` is restored as written, wherever it is. So are the variables of other programs, such as
`{{ site.url }}`. Tags that only those programs can process, `{{< figure … >}}` and `{% include … %}`, have placeholders
of their own. So has a comment of theirs with all that is in it: `{% comment %}…{% endcomment %}`, `{{!-- … --}}`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TypeVar

from pipeline.models.tree import map_nodes

T = TypeVar("T")

_TEMPLATE_TAG = r"\{\{[<%](?:(?![>%]\}\}|\{\{[<%])[^\n`])*+[>%]\}\}|\{%(?:(?!%\}|\{%)[^\n`])*+%\}"
_PROTECTED = re.compile(rf"({_TEMPLATE_TAG})|\{{\{{[^\n`{{}}]*+\}}\}}")

#: What begins a comment of Liquid and Jekyll, of Hugo, or of Handlebars and Go, and what ends it.
_COMMENTS = (
    (
        re.compile(r"\{%-?[ \t]{0,9}comment(?=[ \t%-])(?:(?!%\})[^\n`]){0,200}+%\}"),
        re.compile(r"\{%-?[ \t]{0,9}endcomment[ \t]{0,9}-?%\}"),
    ),
    (
        re.compile(r"\{\{([<%])[ \t]{0,9}comment[ \t]{0,9}[>%]\}\}"),
        re.compile(r"\{\{[<%][ \t]{0,9}/[ \t]{0,9}comment[ \t]{0,9}[>%]\}\}"),
    ),
    (re.compile(r"\{\{~?!--"), re.compile(r"--~?\}\}")),
    (re.compile(r"\{\{-?[ \t]{0,9}/\*"), re.compile(r"\*/[ \t]{0,9}-?\}\}")),
    (re.compile(r"\{\{!(?!--)"), re.compile(r"\}\}")),
    (re.compile(r"<%#|<%--"), re.compile(r"%>")),
)
_COMMENT_START = re.compile("|".join(f"(?:{start.pattern})" for start, _ in _COMMENTS))

#: Characters without meaning in any text (Unicode, "Private Use Area"): for tags, and for fields.
_TAG_CHARACTERS = range(0xF000, 0xF8FF + 1)
_FIELD_CHARACTERS = range(0xE000, 0xEFFF + 1)


class Placeholders:
    """The fields and tags of one text, its `text` with placeholders, and the `tag_pattern` that matches tags."""

    def __init__(self, text: str) -> None:
        used = set(text)
        self._free = {
            True: (chr(code) for code in _TAG_CHARACTERS if chr(code) not in used),
            False: (chr(code) for code in _FIELD_CHARACTERS if chr(code) not in used),
        }
        self._characters: dict[str, str] = {}
        self._comments: set[str] = set()
        self.text = _PROTECTED.sub(self._protect, self._protect_comments(text))
        self._sources = {character: source for source, character in self._characters.items()}
        self._pattern = _match_any(self._sources)
        self.tag_pattern = _match_any(
            character for character in self._sources if ord(character) in _TAG_CHARACTERS
        )

    def is_comment(self, character: str) -> bool:
        """Whether *character* is the placeholder of a comment."""
        return character in self._comments

    def _protect_comments(self, text: str) -> str:
        """Return *text* with placeholders for the comments of other programs, each from its start to its end."""
        pieces: list[str] = []
        end = 0
        unclosed: set[int] = set()
        for found in _COMMENT_START.finditer(text):
            if found.start() < end:
                continue
            kind = next(i for i, (start, _) in enumerate(_COMMENTS) if start.match(found[0]))
            closing = None if kind in unclosed else _COMMENTS[kind][1].search(text, found.end())
            if closing is None:
                unclosed.add(kind)
                continue
            source = text[found.start() : closing.end()]
            character = self._characters.get(source) or next(self._free[True], None)
            if character is None:
                break
            self._characters[source] = character
            self._comments.add(character)
            pieces += [text[end : found.start()], character]
            end = closing.end()
        return "".join((*pieces, text[end:]))

    def _protect(self, match: re.Match[str]) -> str:
        """Return the placeholder of a match; the match itself if all characters are used, after thousands."""
        source = match[0]
        if source not in self._characters:
            character = next(self._free[match[1] is not None], None)
            if character is None:
                return source
            self._characters[source] = character
        return self._characters[source]

    def restore(self, node: T) -> T:
        """Return *node*, a string or anything made of tuples and dataclasses, with everything as written."""
        if not self._sources:
            return node
        return map_nodes(node, self._restore_text)

    def _restore_text(self, value: object) -> object:
        if not isinstance(value, str):
            return value
        return self._pattern.sub(lambda character: self._sources[character[0]], value)


def _match_any(characters: Iterable[str]) -> re.Pattern[str]:
    joined = "".join(characters)
    return re.compile(f"[{joined}]" if joined else "(?!)")
