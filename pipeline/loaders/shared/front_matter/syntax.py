"""
Find the front matter above an article, and parse its YAML, TOML, JSON, Pandoc's title block or plain lines of metadata.

All become plain dictionaries and lists of `Scalar`s: the text in the source beside the value that the language reads
from it. So a title `2024` stays "2024", and an unreadable date can still be shown.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, time
from typing import Any

import yaml

from pipeline.errors import LoadError
from pipeline.loaders.shared.front_matter.plain_heads import find_plain_head, merge_entries

#: Longer blocks are not front matter, and take PyYAML seconds. In characters.
MAX_LENGTH = 64 * 1024
#: The deepest nesting.
_MAX_DEPTH = 20
#: The most values; aliases make small files large.
_MAX_VALUES = 10_000

_JSON_KEY = re.compile(r'"([^"\\]{1,60})"\s{0,4}:')
_TOML_KEY = re.compile(r"""\s*(?:\[+\s*)?["']?([\w\-]+)["']?\s*[=.\]]""")
#: Pandoc's title block: up to three fields with title, authors and date, each may continue on indented lines.
_TITLE_BLOCK = re.compile(
    r"%[ \t]*+[^\s%].*+\n(?:[ \t]+\S.*+\n)*+(?:%.*+\n(?:[ \t]+\S.*+\n)*+){0,2}+(?=\s*?\n|\Z)"
)
#: What opens a block, and the language it is in.
_DELIMITERS = {
    "---": "YAML",
    "+++": "TOML",
    ";;;": "JSON",
    "---yaml": "YAML",
    "---toml": "TOML",
    "---json": "JSON",
}
_END_DELIMITERS = {
    "---": re.compile(r"^(?:---|\.\.\.)[ \t]*$", re.M),
    "+++": re.compile(r"^\+\+\+[ \t]*$", re.M),
    ";;;": re.compile(r"^;;;[ \t]*$", re.M),
}
#: The first line of a block that is certainly front matter.
_KEY_LINES = {
    "YAML": re.compile(r"""["']?[A-Za-z_][\w .\-]*+["']?\s*+:(?:\s|$)""", re.M),
    "TOML": re.compile(r"""["']?[A-Za-z_][\w.\-]*+["']?\s*+=|\[\[?[\w."\- ]+\]"""),
    "JSON": re.compile(r"\{"),
}
_JSON_START = re.compile(r'\s*+\{\s*+"')
#: Keys of which a JSON object at the start of a file has one if it is front matter.
_JSON_KEYS = frozenset({"title", "date", "author", "authors", "draft", "tags"})


@dataclass(frozen=True, slots=True)
class Scalar:
    """A value: its *text* as written, without quotes, the *value* read from it, and its *line*, 0 if unknown."""

    text: str
    value: Any  # whatever YAML or TOML can say
    line: int = 0


Tree = Scalar | Mapping[str, "Tree"] | list["Tree"]


@dataclass(frozen=True, kw_only=True, slots=True)
class SplitText:
    """
    A text split at its front matter.

    Args:
        language: The language of the front matter, None without one.
        block: The front matter without its delimiters; *first_line* is the number of its first line in the file.
        rest: The text without the front matter.
    """

    language: str | None = None
    block: str = ""
    first_line: int = 1
    rest: str


def split_text(text: str, location: str) -> SplitText:
    """
    Return *text* split at the front matter at its beginning.

    A block that is not closed, or too long, is refused.
    """
    if title_block := _TITLE_BLOCK.match(text):
        return SplitText(language="Pandoc", block=title_block[0], rest=text[title_block.end() :])
    content = text.lstrip("\ufeff \t\r\n")
    before = text[: len(text) - len(content)]
    start = before.rfind("\n") + 1  # of the first line with text
    split = None
    if text[start:] == content or before.endswith("\ufeff"):
        split = _split_fenced(content, before.count("\n") + 1, location)
    return split or _split_json(text, location) or _split_plain(text) or SplitText(rest=text)


def _split_fenced(content: str, line: int, location: str) -> SplitText | None:
    """Split *content*, which begins with a delimiter on *line*."""
    first, newline, rest = content.partition("\n")
    delimiter = first.rstrip().replace(" ", "").lower()
    language = _DELIMITERS.get(delimiter)
    if language is None or not newline:
        return None
    closing = _END_DELIMITERS[delimiter[:3]].search(rest)
    has_key = _KEY_LINES[language].match(rest.lstrip())
    if closing is None:
        if has_key and not rest.startswith("\n"):
            raise LoadError(
                f"{location}:{line}: the front matter is not closed. "
                f"End it with a line that contains only {delimiter[:3]}."
            )
        return None
    block = rest[: closing.start()]
    if (rest.startswith("\n") or line > 1) and not has_key:
        return None  # a horizontal rule
    if len(block) > MAX_LENGTH:
        raise LoadError(
            f"{location}:{line}: the front matter is longer than {MAX_LENGTH // 1024} kB. "
            "Check that it is closed where it should be."
        )
    rest = rest[closing.end() :].removeprefix("\n")
    return SplitText(language=language, block=block, first_line=line + 1, rest=rest)


def _split_json(text: str, location: str) -> SplitText | None:
    """Split a text that begins with a JSON object, as Hugo writes front matter."""
    if not _JSON_START.match(text):
        return None
    start = text.index("{")
    try:
        value, end = json.JSONDecoder().raw_decode(text[: start + MAX_LENGTH], start)
    except (json.JSONDecodeError, RecursionError):
        return None
    if not isinstance(value, dict) or _JSON_KEYS.isdisjoint(map(str.lower, value)):
        return None
    rest = text[end:]
    if rest.strip() and not re.match(r"[ \t]*(?:\n|$)", rest):
        return None
    line = text[:start].count("\n") + 1
    return SplitText(language="JSON", block=text[start:end], first_line=line, rest=rest)


def _split_plain(text: str) -> SplitText | None:
    """Split a text that begins with lines of metadata; the title above them stays in the rest."""
    lines = text[:MAX_LENGTH].removeprefix("\ufeff").split("\n")
    head = find_plain_head(lines)
    if head is None:
        return None
    before = "".join(f"{line}\n" for line in lines[: head.start])
    block = "\n".join(lines[head.start : head.end])
    after = text.removeprefix("\ufeff")[len(before) + len(block) :]
    return SplitText(
        language="plain", block=block, first_line=head.start + 1, rest=before + after.lstrip("\n")
    )


def parse_block(split: SplitText, location: str) -> Mapping[str, Tree]:
    """Return the keys and values of a block; refuse invalid syntax, deep nesting and repeated keys, naming the line."""
    offset = split.first_line - 1
    match split.language:
        case "YAML":
            return _parse_yaml(split.block, location, offset)
        case "TOML":
            return _parse_toml(split.block, location, offset)
        case "JSON":
            return _parse_json(split.block, location, offset)
        case "plain":
            return _parse_plain(split.block, offset)
    return _parse_title_block(split.block)


def iter_scalars(tree: Tree) -> Iterator[Scalar]:
    """Yield every value in *tree*."""
    if isinstance(tree, Scalar):
        yield tree
    elif isinstance(tree, Mapping):
        for value in tree.values():
            yield from iter_scalars(value)
    else:
        for value in tree:
            yield from iter_scalars(value)


def _parse_title_block(text: str) -> Mapping[str, Tree]:
    title, authors, day, *_ = [*re.split(r"^%", text, flags=re.MULTILINE)[1:], "", ""]
    names = [name.strip() for name in re.split(r"[;\n]", authors)]
    return {
        "title": Scalar(title.strip(), title.strip(), 1),
        "authors": [Scalar(name, name, 2) for name in names if name],
        "date": Scalar(day.strip(), day.strip(), 3),
    }


def _parse_plain(text: str, offset: int) -> Mapping[str, Tree]:
    head = find_plain_head(text.split("\n"))
    if head is None:  # below a title, where fewer keys are enough
        head = find_plain_head(["# Title", "", *text.split("\n")])
        offset -= 2
    entries = merge_entries(head.entries) if head else {}
    return {key: Scalar(value, value, line + offset) for key, (value, line) in entries.items()}


def _parse_json(text: str, location: str, offset: int) -> Mapping[str, Tree]:
    try:
        content = json.loads(text)
    except json.JSONDecodeError as error:
        raise _build_syntax_error(location, error.lineno + offset, "JSON", error.msg) from error
    except RecursionError as error:
        raise _build_size_error(location) from error
    if not isinstance(content, dict):
        raise _build_syntax_error(location, offset + 1, "JSON", "expected an object")
    lines: dict[str, int] = {}
    for number, line_text in enumerate(text.split("\n"), start=offset + 1):
        for match in _JSON_KEY.finditer(line_text):
            lines.setdefault(match[1], number)
    return {
        key: _build_from_toml(value, lines.get(key, offset + 1), location)
        for key, value in content.items()
    }


def _parse_toml(text: str, location: str, offset: int) -> Mapping[str, Tree]:
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        position = re.search(r" \(at line (\d+), column \d+\)", str(error))
        line = offset + (int(position[1]) if position else text.count("\n") + 1)
        problem = str(error)[: position.start()] if position else str(error)
        raise _build_syntax_error(location, line, "TOML", problem) from error
    except RecursionError as error:
        raise _build_size_error(location) from error
    lines: dict[str, int] = {}
    for number, line_text in enumerate(text.split("\n"), start=offset + 1):
        if match := _TOML_KEY.match(line_text):
            lines.setdefault(match[1], number)
    return {
        key: _build_from_toml(value, lines.get(key, 1), location) for key, value in content.items()
    }


def _build_from_toml(value: Any, line: int, location: str, depth: int = 1) -> Tree:
    if depth > _MAX_DEPTH:
        raise _build_size_error(location)
    if isinstance(value, dict):
        return {
            key: _build_from_toml(item, line, location, depth + 1) for key, item in value.items()
        }
    if isinstance(value, list):
        return [_build_from_toml(item, line, location, depth + 1) for item in value]
    return Scalar(_format_toml(value), value, line)


def _format_toml(value: Any) -> str:
    if value is None:  # only in JSON
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    return value.isoformat() if isinstance(value, (date, time)) else str(value)


def _parse_yaml(text: str, location: str, offset: int) -> Mapping[str, Tree]:
    try:
        _check_depth(text, location)
        root = yaml.compose(text, Loader=yaml.SafeLoader)
        tree = _YamlTreeBuilder(location, offset).build(root) if root is not None else {}
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 1 + offset if mark else 1
        problem = getattr(error, "problem", None) or getattr(error, "reason", None)
        raise _build_syntax_error(location, line, "YAML", problem or "unreadable") from error
    if isinstance(tree, Scalar) and tree.value is None:
        return {}
    if not isinstance(tree, Mapping):
        raise LoadError(
            f'{location}:{offset + 1}: the front matter has no "key: value" lines. '
            "Add them, or put a blank line after the horizontal rule."
        )
    return tree


def _check_depth(text: str, location: str) -> None:
    """Check the events first: composing is recursive, and nested input slows down the scanner."""
    depth = 0
    for event in yaml.parse(text, Loader=yaml.SafeLoader):
        depth += isinstance(event, yaml.CollectionStartEvent)
        depth -= isinstance(event, yaml.CollectionEndEvent)
        if depth > _MAX_DEPTH:
            raise _build_size_error(location)


class _YamlTreeBuilder:
    """Builds a tree from composed YAML, and limits the values that aliases multiply."""

    def __init__(self, location: str, offset: int) -> None:
        self._location = location
        self._offset = offset
        self._loader = yaml.SafeLoader("")
        self._remaining = _MAX_VALUES

    def build(self, node: yaml.Node, depth: int = 1) -> Tree:
        self._remaining -= 1
        if self._remaining < 0 or depth > _MAX_DEPTH:
            raise _build_size_error(self._location)
        if isinstance(node, yaml.MappingNode):
            return self._build_mapping(node, depth)
        if isinstance(node, yaml.SequenceNode):
            return [self.build(item, depth + 1) for item in node.value]
        value = self._construct_value(node)
        return Scalar(
            "" if value is None else str(node.value), value, node.start_mark.line + 1 + self._offset
        )

    def _build_mapping(self, node: yaml.MappingNode, depth: int) -> Tree:
        tree: dict[str, Tree] = {}
        for key, value in node.value:
            line = key.start_mark.line + 1 + self._offset
            if not isinstance(key, yaml.ScalarNode):
                raise LoadError(
                    f"{self._location}:{line}: a key in the front matter is a list or group. "
                    "Quote values that begin with a brace or bracket."
                )
            if key.value in tree:
                raise LoadError(
                    f'{self._location}:{line}: "{key.value}" is set twice in the front matter. Keep one.'
                )
            tree[str(key.value)] = self.build(value, depth + 1)
        return tree

    def _construct_value(self, node: yaml.Node) -> Any:
        """Return the value that YAML reads from a scalar; its text if that fails, as with the date 2024-02-31."""
        try:
            return self._loader.construct_object(node)
        except (ValueError, TypeError, AttributeError, OverflowError):
            return node.value


def _build_syntax_error(location: str, line: int, language: str, problem: str) -> LoadError:
    problem = " ".join(problem.split()).rstrip(".")
    return LoadError(
        f"{location}:{line}: invalid {language} in the front matter: {problem}. "
        "Fix that line; quote values that contain colons, braces or brackets."
    )


def _build_size_error(location: str) -> LoadError:
    return LoadError(
        f"{location}:1: the front matter is nested too deeply or has too many values. Simplify it."
    )
