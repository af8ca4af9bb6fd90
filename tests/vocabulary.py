"""
Find words that the glossary denies, and names used for two things.

`python -m tests.vocabulary [PATH ...]` prints what it finds in the project, or in these files and folders of it.
"""

from __future__ import annotations

import ast
import io
import re
import sys
import tokenize
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import NamedTuple

from tests.support import ROOT

GLOSSARY = ROOT / "docs" / "glossary.md"
SCOPES = ("names", "loader names", "verbs", "text")

#: Modules of words in natural languages, which are data: phrases of web pages, appeals, dates.
DATA = re.compile(r"(phrases|languages|units|unit_words|link_texts)\.py$")
#: Files whose names belong to a command, a provider or the packaging, and those alike in every room of a kind.
SHARED_STEMS = frozenset({"__init__", "__main__", "base", "sender", "tables", "webhook"})
COMMANDS = "cli"
#: Rooms with a folder for each format: the same name in two of them is the same thing for two formats.
PER_FORMAT = frozenset({"loaders"})

_WORD = re.compile(r"[\w-]+")
_PART = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")


@dataclass(frozen=True)
class Rule:
    """One row of the glossary's table."""

    denied: tuple[str, ...]
    instead: str
    scopes: frozenset[str]
    allowed: tuple[str, ...]

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """Whole words or phrases, in any case."""
        words = "|".join(re.escape(word).replace(r"\ ", r"\s+") for word in self.denied)
        return re.compile(rf"(?<![\w-])(?:{words})(?![\w-])", re.IGNORECASE)

    @cached_property
    def exceptions(self) -> re.Pattern[str] | None:
        """Where a denied word is right."""
        both = (form for word in self.allowed for form in (word, word[0].upper() + word[1:]))
        words = "|".join(re.escape(form).replace(r"\ ", r"\s+") for form in both)
        return re.compile(words) if words else None

    def find(self, text: str) -> Iterator[str]:
        """Yield each denied word of *text* with what stands around it."""
        spared = [m.span() for m in self.exceptions.finditer(text)] if self.exceptions else []
        for found in self.pattern.finditer(text):
            if not any(start < found.end() and found.start() < end for start, end in spared):
                around = text[max(0, found.start() - 30) : found.end() + 30]
                yield f'"{found[0]}" (write: {self.instead}) in: {" ".join(around.split())}'


class Finding(NamedTuple):
    """A denied word: where it stands and what to write."""

    place: str
    message: str

    def __str__(self) -> str:
        return f"{self.place}: {self.message}"


def read_rules(glossary: str | None = None) -> list[Rule]:
    """Read the table of denied words from the glossary."""
    text = GLOSSARY.read_text(encoding="utf-8") if glossary is None else glossary
    rows = re.findall(
        r"^\| (.+) \| (.+) \| (.+) \|(.*)\|$", text.partition("| not | write |")[2], re.M
    )
    rules = []
    for denied, instead, scopes, allowed in rows:
        named = frozenset(_split(scopes))
        assert named <= set(SCOPES), f"{scopes}: not a scope of the glossary"
        rules.append(Rule(tuple(_split(denied)), instead, named, tuple(_split(allowed, ";"))))
    return rules


def _split(cell: str, at: str = ",") -> list[str]:
    return [part.strip() for part in cell.split(at) if part.strip()]


RULES = read_rules()


def _index_by_first_word(rules: Iterable[Rule]) -> dict[str, list[int]]:
    """The rules for text by the first word of what they deny, so that a sentence meets only those it can break."""
    index: dict[str, list[int]] = defaultdict(list)
    for number, rule in enumerate(rules):
        if "text" in rule.scopes:
            for first in {_WORD.findall(denied.lower())[0] for denied in rule.denied}:
                index[first].append(number)
    return index


_RULES_BY_FIRST_WORD = _index_by_first_word(RULES)


def check_text(text: str, place: str) -> Iterator[Finding]:
    """Find denied words in what is read as a sentence."""
    for number in _list_rules(text):
        for message in RULES[number].find(text):
            yield Finding(place, message)


def _list_rules(text: str) -> list[int]:
    """The numbers of the rules that deny something beginning with a word of *text*."""
    words = _RULES_BY_FIRST_WORD.keys() & _WORD.findall(text.lower())
    return sorted({number for word in words for number in _RULES_BY_FIRST_WORD[word]})


def check_name(name: str, place: str, *, is_function: bool = False) -> Iterator[Finding]:
    """Find denied words among the parts of *name*."""
    for message in _find_in_name(name, is_loader="loaders" in place, is_function=is_function):
        yield Finding(place, message)


@cache
def _find_in_name(name: str, *, is_loader: bool, is_function: bool) -> tuple[str, ...]:
    parts = [part.lower() for part in _PART.findall(name)]
    messages = []
    for rule in RULES:
        denied = set(rule.denied)
        is_denied = "names" in rule.scopes or (is_loader and "loader names" in rule.scopes)
        found = denied.intersection(parts) if is_denied else set()
        if "verbs" in rule.scopes and is_function and parts[:1] and parts[0] in denied:
            found = {parts[0]}
        if found:
            messages.append(f'name {name}: "{min(found)}" (write: {rule.instead})')
    return tuple(messages)


def check_python(source: str, file: str) -> Iterator[Finding]:
    """Find denied words in the names, docstrings, messages and comments of a module."""
    nodes = list(ast.walk(ast.parse(source)))
    sentences = {id(node) for node in _list_sentences(nodes, file)}
    yield from check_name(Path(file).stem, file)
    for node in nodes:
        place = f"{file}:{getattr(node, 'lineno', 1)}"
        match node:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                yield from check_name(name, place, is_function=not name.startswith("test_"))
            case ast.ClassDef(name=name) | ast.arg(arg=name):
                yield from check_name(name, place)
            case ast.AnnAssign(target=ast.Name(id=name)):
                yield from check_name(name, place)
            case ast.Constant(value=str(text)) if " " in text.strip() and id(node) in sentences:
                yield from check_text(text, place)
    tails = (line.partition("#")[2] for line in source.splitlines())
    if not any(map(_list_rules, tails)):
        return
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            yield from check_text(token.string, f"{file}:{token.start[0]}")


def _list_sentences(nodes: Iterable[ast.AST], file: str) -> Iterator[ast.AST]:
    """Yield the strings that are sentences of ours: of tests the docstrings alone, the rest being data."""
    is_test = file.startswith("tests/")
    for node in nodes:
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef) and ast.get_docstring(
            node
        ):
            yield node.body[0].value  # type: ignore[attr-defined]
        elif isinstance(node, ast.Constant) and not is_test and not DATA.search(file):
            yield node


def check_file(path: Path, root: Path = ROOT) -> Iterator[Finding]:
    """Find denied words in a file: Python, or text with or without markup."""
    file = path.relative_to(root).as_posix()
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".py":
        yield from check_python(text, file)
        return
    if path.suffix == ".js":
        text = re.sub(r"\bnull\b", "None", text)  # the keyword of the language
    yield from check_name(path.stem.partition(".")[0], file)
    for number, line in enumerate(text.splitlines(), 1):
        yield from check_text(line, f"{file}:{number}")


def find_repeated(package: Path) -> Iterator[Finding]:
    """Find class names and module names that are used for two things."""
    classes: dict[str, list[tuple[str, tuple[str, ...]]]] = defaultdict(list)
    modules: dict[str, list[tuple[str, tuple[str, ...]]]] = defaultdict(list)
    for path in sorted(package.rglob("*.py")):
        file = path.relative_to(package.parent).as_posix()
        room, *below = path.relative_to(package).parts
        if path.stem not in SHARED_STEMS and room != COMMANDS:
            modules[path.stem].append((file, (room, *below[:1]) if room in PER_FORMAT else ()))
        for node in _list_classes(ast.parse(path.read_bytes()).body):
            classes[node.name].append((f"{file}:{node.lineno}", ()))
    for kind, names in (("class", classes), ("module", modules)):
        for name, places in sorted(names.items()):
            if len(places) > 1 and not _is_per_format(places):
                first, *others = (place for place, _ in places)
                yield Finding(first, f"{kind} name {name} is used again in {', '.join(others)}")


def _list_classes(statements: Iterable[ast.stmt]) -> Iterator[ast.ClassDef]:
    """Yield the classes among *statements* and in their blocks."""
    for statement in statements:
        if isinstance(statement, ast.ClassDef):
            yield statement
        for block in ("body", "orelse", "handlers", "finalbody", "cases"):
            yield from _list_classes(getattr(statement, block, ()))


def _is_per_format(places: list[tuple[str, tuple[str, ...]]]) -> bool:
    """Whether each place is in the folder of another format."""
    folders = [folder for _, folder in places]
    return all(folders) and len(set(folders)) == len(folders)


def list_files(root: Path = ROOT) -> Iterator[Path]:
    """Yield every file whose words are ours."""
    for folder, pattern in (
        *(("pipeline", f"**/*.{ending}") for ending in ("py", "html", "js", "css")),
        ("tests", "**/*.py"),
        ("docs", "**/*.md"),
        ("templates", "**/*.j2"),
        (".", "*.md"),
        (".", "Makefile"),
        (".", "mkdocs.yml"),
    ):
        for path in sorted((root / folder).glob(pattern)):
            is_foreign = "web/static" in path.as_posix() or "_shipped" in path.parts
            if (
                not is_foreign
                and path != GLOSSARY
                and path.name not in ("vocabulary.py", "test_vocabulary.py")
            ):
                yield path


def find_all(paths: Iterable[Path]) -> list[Finding]:
    """Find all denied words in *paths*."""
    return [finding for path in paths for finding in check_file(path)]


def main(arguments: list[str]) -> int:
    """Print what is found, for the files and folders named or for all."""
    chosen = [Path(name).resolve() for name in arguments]
    files = [p for p in list_files() if not chosen or any(p.is_relative_to(c) for c in chosen)]
    found = [*find_all(files), *([] if chosen else find_repeated(ROOT / "pipeline"))]
    sys.stdout.writelines(f"{finding}\n" for finding in found)
    return bool(found)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
