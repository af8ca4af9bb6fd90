"""
Find the block above an article, and read its YAML, TOML, or Pandoc's lines of title, authors and date.

All become plain dictionaries and lists whose ends are `Leaf`s: what stands in the source, as text, beside what the
language makes of it. So a title `2024` stays "2024", and a date nobody can read is still there to show.
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

#: A larger block is no front matter, and PyYAML takes seconds over it.
MAX_LENGTH = 64 * 1024
#: Deeper nesting is no front matter.
_MAX_DEPTH = 20
#: Aliases make small files large: more values than this are refused.
_MAX_VALUES = 10_000

_TOML_KEY = re.compile(r"""\s*(?:\[+\s*)?["']?([\w\-]+)["']?\s*[=.\]]""")
#: Pandoc's title block: up to three lines with title, authors and date, each perhaps on several lines.
_TITLE_BLOCK = re.compile(
    r"%[ \t]*+[^\s%].*+\n(?:[ \t]+\S.*+\n)*+(?:%.*+\n(?:[ \t]+\S.*+\n)*+){0,2}+(?=\s*?\n|\Z)"
)
_OPENINGS = {"---": "YAML", "+++": "TOML"}
_CLOSINGS = {
    "YAML": re.compile(r"^(?:---|\.\.\.)[ \t]*$", re.M),
    "TOML": re.compile(r"^\+\+\+[ \t]*$", re.M),
}
#: How the first line of a block looks that is certainly meant as one.
_KEYS = {
    "YAML": re.compile(r"""["']?[A-Za-z_][\w .\-]*["']?\s*:(?:\s|$)""", re.M),
    "TOML": re.compile(r"""["']?[A-Za-z_][\w.\-]*["']?\s*=|\[\[?[\w."\- ]+\]"""),
}


@dataclass(frozen=True, slots=True)
class Scalar:
    """One value: its *text* as written, without quotes, and the *value* the language reads in it; *line* or 0."""

    text: str
    value: Any  # whatever YAML or TOML can say
    line: int = 0


Tree = Scalar | Mapping[str, "Tree"] | list["Tree"]


@dataclass(frozen=True, kw_only=True, slots=True)
class FrontMatterBlock:
    """A block of front matter: its *language*, the *text* between the lines that open and close it."""

    language: str
    text: str


def split_block(text: str, address: str) -> tuple[FrontMatterBlock | None, str]:
    """
    Return the block of front matter at the start of *text*, if there is one, and the rest.

    Raises:
        LoadError: It never ends, or it is too long.
    """
    first, end, rest = text.partition("\n")
    if title_block := _TITLE_BLOCK.match(text):
        return FrontMatterBlock(language="Pandoc", text=title_block[0]), text[title_block.end() :]
    language = _OPENINGS.get(first.rstrip(" \t"))
    if language is None or not end:
        return None, text
    closing = _CLOSINGS[language].search(rest)
    is_meant = _KEYS[language].match(rest.lstrip())
    if closing is None:
        if is_meant and not rest.startswith("\n"):
            sign = first.strip()
            raise LoadError(
                f"{address}:1: the front matter that begins with {sign} never ends. "
                f"Close it with a line {sign} of its own."
            )
        return None, text
    block = rest[: closing.start()]
    if rest.startswith("\n") and not is_meant:
        return None, text  # a line across the page
    if len(block) > MAX_LENGTH:
        raise LoadError(
            f"{address}:1: the front matter is longer than {MAX_LENGTH // 1024} kB. "
            "Check that it ends where it should."
        )
    return FrontMatterBlock(language=language, text=block), rest[closing.end() :].removeprefix("\n")


def read_block(block: FrontMatterBlock, address: str) -> Mapping[str, Tree]:
    """
    Return what *block* says.

    Raises:
        LoadError: It is not valid, no mapping, nested absurdly, or says something twice; with the line.
    """
    if block.language == "YAML":
        return _read_yaml(block.text, address)
    if block.language == "TOML":
        return _read_toml(block.text, address)
    return _read_title_block(block.text)


def leaves(tree: Tree) -> Iterator[Scalar]:
    """Yield every value of *tree*."""
    if isinstance(tree, Scalar):
        yield tree
    elif isinstance(tree, Mapping):
        for value in tree.values():
            yield from leaves(value)
    else:
        for value in tree:
            yield from leaves(value)


def _read_title_block(text: str) -> Mapping[str, Tree]:
    title, authors, written, *_ = [*re.split(r"^%", text, flags=re.MULTILINE)[1:], "", ""]
    names = [name.strip() for name in re.split(r"[;\n]", authors)]
    return {
        "title": Scalar(title.strip(), title.strip(), 1),
        "authors": [Scalar(name, name, 2) for name in names if name],
        "date": Scalar(written.strip(), written.strip(), 3),
    }


def _read_toml(text: str, address: str) -> Mapping[str, Tree]:
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        place = re.search(r" \(at line (\d+), column \d+\)", str(error))
        line = int(place[1]) + 1 if place else text.count("\n") + 2
        what = str(error)[: place.start()] if place else str(error)
        raise _broken(address, line, "TOML", what) from error
    except RecursionError as error:
        raise _too_large(address) from error
    lines: dict[str, int] = {}
    for number, row in enumerate(text.split("\n"), start=2):
        if match := _TOML_KEY.match(row):
            lines.setdefault(match[1], number)
    return {key: _from_toml(value, lines.get(key, 1), address) for key, value in content.items()}


def _from_toml(value: Any, line: int, address: str, depth: int = 1) -> Tree:
    if depth > _MAX_DEPTH:
        raise _too_large(address)
    if isinstance(value, dict):
        return {key: _from_toml(item, line, address, depth + 1) for key, item in value.items()}
    if isinstance(value, list):
        return [_from_toml(item, line, address, depth + 1) for item in value]
    return Scalar(_toml_text(value), value, line)


def _toml_text(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return value.isoformat() if isinstance(value, (date, time)) else str(value)


def _read_yaml(text: str, address: str) -> Mapping[str, Tree]:
    try:
        _refuse_depth(text, address)
        root = yaml.compose(text, Loader=yaml.SafeLoader)
        tree = _YamlTree(address).read(root) if root is not None else {}
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 2 if mark else 1
        what = (
            getattr(error, "problem", None) or getattr(error, "reason", None) or "it cannot be read"
        )
        raise _broken(address, line, "YAML", what) from error
    if isinstance(tree, Scalar) and tree.value is None:
        return {}
    if not isinstance(tree, Mapping):
        raise LoadError(
            f'{address}:2: the front matter holds no "key: value" lines. '
            "Write it so, or put an empty line after the line across the page."
        )
    return tree


def _refuse_depth(text: str, address: str) -> None:
    """Look at the events first: composing recurses, and PyYAML's scanner slows down with depth."""
    depth = 0
    for event in yaml.parse(text, Loader=yaml.SafeLoader):
        depth += isinstance(event, yaml.CollectionStartEvent)
        depth -= isinstance(event, yaml.CollectionEndEvent)
        if depth > _MAX_DEPTH:
            raise _too_large(address)


class _YamlTree:
    """Reads composed YAML, counting the values that aliases multiply."""

    def __init__(self, address: str) -> None:
        self._address = address
        self._loader = yaml.SafeLoader("")
        self._left = _MAX_VALUES

    def read(self, node: yaml.Node, depth: int = 1) -> Tree:
        self._left -= 1
        if self._left < 0 or depth > _MAX_DEPTH:
            raise _too_large(self._address)
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, depth)
        if isinstance(node, yaml.SequenceNode):
            return [self.read(item, depth + 1) for item in node.value]
        value = self._value(node)
        return Scalar("" if value is None else str(node.value), value, node.start_mark.line + 2)

    def _mapping(self, node: yaml.MappingNode, depth: int) -> Tree:
        tree: dict[str, Tree] = {}
        for key, value in node.value:
            line = key.start_mark.line + 2
            if not isinstance(key, yaml.ScalarNode):
                raise LoadError(
                    f"{self._address}:{line}: a key of the front matter is no plain word. "
                    "Put values that begin with a brace or bracket in quotes."
                )
            if key.value in tree:
                raise LoadError(
                    f'{self._address}:{line}: the front matter says "{key.value}" twice. Keep one.'
                )
            tree[str(key.value)] = self.read(value, depth + 1)
        return tree

    def _value(self, node: yaml.Node) -> Any:
        """Return what YAML reads in a scalar; its text where that is impossible, such as the date 2024-02-31."""
        try:
            return self._loader.construct_object(node)
        except (ValueError, TypeError, AttributeError, OverflowError):
            return node.value


def _broken(address: str, line: int, language: str, what: str) -> LoadError:
    what = " ".join(what.split()).rstrip(".")
    return LoadError(
        f"{address}:{line}: the front matter is not valid {language}: {what}. "
        "Correct that line; put values with colons, braces or brackets in quotes."
    )


def _too_large(address: str) -> LoadError:
    return LoadError(
        f"{address}:1: the front matter is nested too deeply or repeats itself too often. Simplify it."
    )
