"""
Find the front matter above an article, and parse its YAML, TOML, or Pandoc's title block.

All become plain dictionaries and lists of `Scalar`s: the text in the source beside the value that the language reads
from it. So a title `2024` stays "2024", and an unreadable date can still be shown.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, time
from typing import Any

import yaml

from pipeline.errors import LoadError

#: Longer blocks are not front matter, and take PyYAML seconds. In characters.
MAX_LENGTH = 64 * 1024
#: The deepest nesting.
_MAX_DEPTH = 20
#: The most values; aliases make small files large.
_MAX_VALUES = 10_000

_TOML_KEY = re.compile(r"""\s*(?:\[+\s*)?["']?([\w\-]+)["']?\s*[=.\]]""")
#: Pandoc's title block: up to three fields with title, authors and date, each may continue on indented lines.
_TITLE_BLOCK = re.compile(
    r"%[ \t]*+[^\s%].*+\n(?:[ \t]+\S.*+\n)*+(?:%.*+\n(?:[ \t]+\S.*+\n)*+){0,2}+(?=\s*?\n|\Z)"
)
_DELIMITERS = {"---": "YAML", "+++": "TOML"}
_END_DELIMITERS = {
    "YAML": re.compile(r"^(?:---|\.\.\.)[ \t]*$", re.M),
    "TOML": re.compile(r"^\+\+\+[ \t]*$", re.M),
}
#: The first line of a block that is certainly front matter.
_KEY_LINES = {
    "YAML": re.compile(r"""["']?[A-Za-z_][\w .\-]*["']?\s*:(?:\s|$)""", re.M),
    "TOML": re.compile(r"""["']?[A-Za-z_][\w.\-]*["']?\s*=|\[\[?[\w."\- ]+\]"""),
}


@dataclass(frozen=True, slots=True)
class Scalar:
    """A value: its *text* as written, without quotes, the *value* read from it, and its *line*, 0 if unknown."""

    text: str
    value: Any  # whatever YAML or TOML can say
    line: int = 0


Tree = Scalar | Mapping[str, "Tree"] | list["Tree"]


def split_block(text: str, location: str) -> tuple[str | None, str, str]:
    """
    Return the language of the front matter at the beginning of *text*, its text without delimiters, and the rest.

    The language is None without front matter. A block that is not closed, or too long, is refused.
    """
    first, newline, rest = text.partition("\n")
    if title_block := _TITLE_BLOCK.match(text):
        return "Pandoc", title_block[0], text[title_block.end() :]
    language = _DELIMITERS.get(first.rstrip(" \t"))
    if language is None or not newline:
        return None, "", text
    closing = _END_DELIMITERS[language].search(rest)
    has_key = _KEY_LINES[language].match(rest.lstrip())
    if closing is None:
        if has_key and not rest.startswith("\n"):
            delimiter = first.strip()
            raise LoadError(
                f"{location}:1: the front matter is not closed. "
                f"End it with a line that contains only {delimiter}."
            )
        return None, "", text
    block = rest[: closing.start()]
    if rest.startswith("\n") and not has_key:
        return None, "", text  # a horizontal rule
    if len(block) > MAX_LENGTH:
        raise LoadError(
            f"{location}:1: the front matter is longer than {MAX_LENGTH // 1024} kB. "
            "Check that it is closed where it should be."
        )
    return language, block, rest[closing.end() :].removeprefix("\n")


def parse_block(language: str, text: str, location: str) -> Mapping[str, Tree]:
    """Return the keys and values of a block; refuse invalid syntax, deep nesting and repeated keys, naming the line."""
    if language == "YAML":
        return _parse_yaml(text, location)
    return _parse_toml(text, location) if language == "TOML" else _parse_title_block(text)


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


def _parse_toml(text: str, location: str) -> Mapping[str, Tree]:
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        position = re.search(r" \(at line (\d+), column \d+\)", str(error))
        line = int(position[1]) + 1 if position else text.count("\n") + 2
        problem = str(error)[: position.start()] if position else str(error)
        raise _build_syntax_error(location, line, "TOML", problem) from error
    except RecursionError as error:
        raise _build_size_error(location) from error
    lines: dict[str, int] = {}
    for number, line_text in enumerate(text.split("\n"), start=2):
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
    if isinstance(value, bool):
        return str(value).lower()
    return value.isoformat() if isinstance(value, (date, time)) else str(value)


def _parse_yaml(text: str, location: str) -> Mapping[str, Tree]:
    try:
        _check_depth(text, location)
        root = yaml.compose(text, Loader=yaml.SafeLoader)
        tree = _YamlTreeBuilder(location).build(root) if root is not None else {}
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 2 if mark else 1
        problem = getattr(error, "problem", None) or getattr(error, "reason", None)
        raise _build_syntax_error(location, line, "YAML", problem or "unreadable") from error
    if isinstance(tree, Scalar) and tree.value is None:
        return {}
    if not isinstance(tree, Mapping):
        raise LoadError(
            f'{location}:2: the front matter has no "key: value" lines. '
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

    def __init__(self, location: str) -> None:
        self._location = location
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
        return Scalar("" if value is None else str(node.value), value, node.start_mark.line + 2)

    def _build_mapping(self, node: yaml.MappingNode, depth: int) -> Tree:
        tree: dict[str, Tree] = {}
        for key, value in node.value:
            line = key.start_mark.line + 2
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
