"""What the package imports is what it declares."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from collections.abc import Iterator
from functools import cache
from importlib.metadata import packages_distributions
from pathlib import Path

from tests.support import ROOT

#: Imported only where the extra is installed; each import says which one to install.
#: Used where somebody installed it: then web pages may be sent in one more encoding.
UNDECLARED = {"brotli"}
BY_EXTRA = {
    "anymail": {"anymail", "django"},
    "pandoc": {"pypandoc"},
    "imap": {"imapclient"},
    "postgres": {"psycopg"},
    "fleet": {"procrastinate"},
}


def find_imports(source: str, *, at_top: bool = False) -> set[str]:
    """Return the top-level packages that *source* imports; with *at_top* only those imported with the module."""
    return {
        name.partition(".")[0]
        for node in _walk(ast.parse(source), skip_functions=at_top)
        for name in _list_names(node)
    }


def _walk(tree: ast.AST, *, skip_functions: bool) -> Iterator[ast.AST]:
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test):
            continue
        if skip_functions and isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        yield node
        yield from _walk(node, skip_functions=skip_functions)


def _list_names(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom) and not node.level:
        return [node.module or ""]
    match node:
        case ast.Call(func=ast.Name(id="import_module") | ast.Attribute(attr="import_module")):
            return [str(ast.literal_eval(arg)) for arg in node.args[:1] if _is_name(arg)]
    return []


def _is_name(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


@cache
def _read_project() -> dict[str, object]:
    project: dict[str, object] = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    return project


def read_declared() -> set[str]:
    """Return the names of the distributions that every installation has, in their normal form."""
    declared = _read_project()["dependencies"]
    assert isinstance(declared, list)
    return {_normalize(re.match(r"[\w.-]+", each)[0]) for each in declared}  # type: ignore[index]


def _normalize(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def find_undeclared(packages: set[str], declared: set[str]) -> list[str]:
    """Return those of *packages* that no declared distribution brings."""
    known = packages_distributions()
    return sorted(
        package
        for package in packages - set(sys.stdlib_module_names) - {"pipeline"}
        if not declared & set(map(_normalize, known.get(package, ())))
    )


def _read_sources() -> list[tuple[Path, str]]:
    return [(path, path.read_text()) for path in sorted((ROOT / "pipeline").rglob("*.py"))]


def test_every_import_is_declared() -> None:
    """What any module imports is in `dependencies`, or belongs to an extra."""
    packages = set().union(*(find_imports(source) for _, source in _read_sources()))
    optional = set().union(UNDECLARED, *BY_EXTRA.values())
    assert [] == find_undeclared(packages - optional, read_declared())


def test_extras_are_imported_only_where_they_are_needed() -> None:
    """No module needs an extra to be imported, and each of these extras exists."""
    optional = set().union(*BY_EXTRA.values())
    found = {
        str(path.relative_to(ROOT)): names
        for path, source in _read_sources()
        if (names := find_imports(source, at_top=True) & optional)
    }
    assert {} == found
    extras = _read_project()["optional-dependencies"]
    assert isinstance(extras, dict)
    assert set(BY_EXTRA) <= set(extras)


def test_an_undeclared_import_is_found() -> None:
    """The check sees imports in functions and by name; `pytest` is installed here, and not declared."""
    for source in (
        "import pytest",
        "def f():\n    from pytest import x",
        "import_module('pytest')",
    ):
        assert ["pytest"] == find_undeclared(find_imports(source), read_declared())
    assert set() == find_imports("if TYPE_CHECKING:\n    import pytest")
    assert set() == find_imports("def f():\n    import pytest", at_top=True)


def test_every_dependency_is_used() -> None:
    """What is declared is imported, or is needed by a dependency as the comment beside it says."""
    packages = set().union(*(find_imports(source) for _, source in _read_sources()))
    known = packages_distributions()
    used = {_normalize(name) for package in packages for name in known.get(package, ())}
    text = (ROOT / "pyproject.toml").read_text()
    unused = [
        name
        for name in sorted(read_declared() - used)
        if not re.search(rf'^  "{name}[^"]*", # ', text.replace("_", "-"), re.M | re.I)
    ]
    assert [] == unused
