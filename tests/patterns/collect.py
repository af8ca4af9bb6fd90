"""Find every regular expression of a package: compiled objects, and those that its functions compile."""

from __future__ import annotations

import ast
import functools
import importlib
import pkgutil
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass
from pathlib import Path
from types import BuiltinMethodType, FunctionType, MappingProxyType, MethodType, ModuleType
from typing import Any

METHODS = {
    "match": "match",
    "fullmatch": "fullmatch",
    "search": "search",
    "finditer": "finditer",
    "findall": "finditer",
    "sub": "finditer",
    "subn": "finditer",
    "split": "finditer",
}
EVERY_USE = frozenset(METHODS.values())


@dataclass(frozen=True, kw_only=True)
class Found:
    """A regular expression, where it stands, and how it is used: names of methods of a pattern."""

    where: str
    pattern: re.Pattern[Any]  # Any: of text or of bytes
    uses: frozenset[str]


@dataclass(frozen=True, kw_only=True)
class Collection:
    """
    What was found.

    Attributes:
        unresolved: Functions with patterns that depend on values which only exist at run time: `module: function`.
    """

    found: tuple[Found, ...]
    unresolved: tuple[str, ...]


def collect(
    package: ModuleType,
    stand_ins: Mapping[str, Mapping[str, object]],
    table_uses: Mapping[str, str],
) -> Collection:
    """
    Import every module of *package* and find its patterns.

    Args:
        table_uses: How patterns are used for which that cannot be seen, such as those in tables, by where they stand.
        stand_ins: Values of local names for calls that need them, by `module: function`.
    """
    modules = list(_import_all(package))
    sources = {module.__name__: _parse(module) for module in modules}
    uses = {name: _uses_of_names(tree) for name, tree in sources.items()}
    everywhere: defaultdict[str, set[str]] = defaultdict(set)
    for names in uses.values():
        for name, methods in names.items():
            everywhere[name] |= methods
    found: dict[tuple[Any, ...], Found] = {}
    for module in modules:
        for path, pattern, method in _walk(module, package.__name__):
            where = f"{module.__name__}: {path}"
            known = uses[module.__name__] if path.startswith("_") else everywhere
            method = method or table_uses.get(where)
            used: Set[str] = {method} if method else known.get(path) or EVERY_USE
            _add(found, where, pattern, used)
    unresolved = []
    for module in modules:
        for where, made, uses_there in _calls(module, sources[module.__name__], stand_ins):
            if made is None:
                unresolved.append(where)
            else:
                _add(found, where, made, uses_there)
    return Collection(found=tuple(found.values()), unresolved=tuple(unresolved))


def _add(
    found: dict[tuple[Any, ...], Found], where: str, pattern: re.Pattern[Any], uses: Set[str]
) -> None:
    key = (pattern.pattern, pattern.flags)
    before = found.get(key)
    all_uses = frozenset(uses) | (before.uses if before else frozenset())
    found[key] = Found(where=before.where if before else where, pattern=pattern, uses=all_uses)


def _import_all(package: ModuleType) -> Iterator[ModuleType]:
    yield package
    for info in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        if ".migrations." not in info.name and not info.name.endswith("__main__"):
            yield importlib.import_module(info.name)


def _parse(module: ModuleType) -> ast.Module:
    return ast.parse(Path(str(module.__file__)).read_text(encoding="utf-8"))


def _uses_of_names(tree: ast.Module) -> dict[str, set[str]]:
    """Return for each name the methods of patterns that are called on it; a name used otherwise has every use."""
    found: defaultdict[str, set[str]] = defaultdict(set)
    called = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, (ast.Name, ast.Attribute)):
            owner = node.value
            called.add(id(owner))
            if node.attr in METHODS:
                found[owner.id if isinstance(owner, ast.Name) else owner.attr].add(
                    METHODS[node.attr]
                )
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and id(node) not in called:
            found[node.id] |= EVERY_USE
    return dict(found)


def _walk(module: ModuleType, package: str) -> Iterator[tuple[str, re.Pattern[Any], str | None]]:
    """Yield patterns that can be reached from *module*, with the name and, for a bound method, its use."""
    seen: set[int] = set()
    waiting: list[tuple[str, object]] = [
        (name, value) for name, value in vars(module).items() if not isinstance(value, ModuleType)
    ]
    while waiting:
        path, value = waiting.pop()
        if id(value) in seen:
            continue
        seen.add(id(value))
        if isinstance(value, re.Pattern):
            yield path, value, None
        elif type(value) is BuiltinMethodType and isinstance(value.__self__, re.Pattern):
            yield path, value.__self__, METHODS.get(value.__name__)
        else:
            waiting += [(f"{path.removesuffix('[…]')}[…]", part) for part in _parts(value, package)]


def _parts(value: Any, package: str) -> Iterator[object]:  # Any: whatever a module holds
    if isinstance(value, (dict, MappingProxyType)):
        yield from value.keys()
        yield from value.values()
    elif isinstance(value, (list, tuple, set, frozenset)):
        yield from value
    elif isinstance(value, functools.partial):
        yield from (value.func, *value.args, *value.keywords.values())
    elif isinstance(value, (staticmethod, classmethod, MethodType)):
        yield value.__func__
    elif isinstance(value, property):
        yield value.fget
    elif isinstance(value, FunctionType):
        yield from value.__defaults__ or ()
        yield from (value.__kwdefaults__ or {}).values()
        yield from (cell.cell_contents for cell in value.__closure__ or () if _is_filled(cell))
        yield getattr(value, "__wrapped__", None)
    elif isinstance(value, type):
        if value.__module__.startswith(package):
            yield from vars(value).values()
    elif type(value).__module__.startswith(package):
        yield from getattr(value, "__dict__", {}).values()
        names = getattr(type(value), "__slots__", ())
        yield from (getattr(value, name, None) for name in names)
    elif isinstance(value, functools._lru_cache_wrapper):
        yield value.__wrapped__


def _is_filled(cell: Any) -> bool:  # Any: the cell of a closure has no public type
    try:
        cell.cell_contents  # noqa: B018 - asked only whether it raises
    except ValueError:
        return False
    return True


def _calls(
    module: ModuleType, tree: ast.Module, stand_ins: Mapping[str, Mapping[str, object]]
) -> Iterator[tuple[str, re.Pattern[Any] | None, Set[str]]]:
    """Yield the patterns of `re.….(…)` in *tree*; None for one that depends on local names."""
    names = dict(vars(module))
    for node in ast.walk(tree):
        if not (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and isinstance(node.func.value, ast.Name)
            and node.func.value.id == "re"
            and node.func.attr in {*METHODS, "compile"}
        ):
            continue
        place = f"{module.__name__}: {_find_function(tree, node)}"
        if node.func.attr == "compile" and place.endswith(": "):
            continue  # the object was found, and by its name how it is used
        local = stand_ins.get(place, {})
        flags = _flags(node, names)
        uses = {METHODS[node.func.attr]} if node.func.attr in METHODS else EVERY_USE
        try:
            pattern = _evaluate(node.args[0], {**names, **local})
        except NameError:
            yield place, None, uses
            continue
        yield f"{module.__name__}:{node.lineno}", re.compile(pattern, flags), uses


def _flags(node: ast.Call, names: dict[str, Any]) -> int:  # Any: whatever a module holds
    place = {"compile": 1, "sub": 4, "subn": 4, "split": 3}.get(
        node.func.attr if isinstance(node.func, ast.Attribute) else "", 2
    )
    given = [word.value for word in node.keywords if word.arg == "flags"] + node.args[place:]
    return int(_evaluate(given[0], names)) if given else 0


def _evaluate(node: ast.expr, names: dict[str, Any]) -> Any:  # Any: what a module computes
    code = compile(ast.Expression(node), "<pattern>", "eval")
    return eval(code, names)


def _find_function(tree: ast.Module, node: ast.AST) -> str:
    """Return the name of the outermost function that contains *node*, or nothing."""
    for function in ast.walk(tree):
        if isinstance(function, (ast.FunctionDef, ast.AsyncFunctionDef)) and any(
            node is inner for inner in ast.walk(function)
        ):
            return function.name
    return ""
