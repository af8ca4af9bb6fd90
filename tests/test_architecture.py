"""
Imports run downwards only.

The map of `pipeline/`, from the top down:

    cli                                        parse, call, print
    web                                        answers a browser
    project                                    assembles everything below
    fleet                                      carries tickets between the workers of several machines
    inbound                                    read the messages that come back
    preferences  signup                        what people decide on the public pages
    events                                     record what comes back, and what it changes
    gifts                                      read what donation links brought
    archive                                    the issues that were sent to lists, as pages and feeds
    campaigns                                  plan, approve, deliver, report
    doctor                                     checks DNS and the relay; sends nothing
    senders                                    hand messages over
    loaders  rendering  checks  mail  subscribers  editing
                                               siblings: no imports among them, except that senders and campaigns know
                                               mail, and campaigns the subscribers
    bounces                                    say why a server rejects a message
    models                                     frozen dataclasses that stages hand to each other; no I/O
    ground                                     config, database, net, errors, clock, registry … know no model

`testing` may see everything and is seen by none. Modules never import each other in a circle. All imports count: those
inside functions, those for types only, and those by name through `import_module()`.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.support import ROOT

GROUND = frozenset(
    {"_version", "clock", "color", "config", "database", "detect_language", "donation_links"}
    | {"errors", "files", "markup", "net", "no_reply", "registry", "state_dir", "text_encoding"}
    | {"recipient_tokens", "time_zones", "tracking_parameters"}
)
STAGES = frozenset({"checks", "editing", "loaders", "mail", "rendering", "subscribers"})
PARTS = (
    GROUND
    | STAGES
    | {
        "models",
        "senders",
        "doctor",
        "archive",
        "bounces",
        "campaigns",
        "events",
        "fleet",
        "gifts",
        "inbound",
        "preferences",
        "signup",
    }
    | {"project"}
)
BELOW = GROUND | {"models"}

#: Each part of the package, a module or a folder, and the other parts it may import.
MAY_IMPORT: Mapping[str, frozenset[str]] = {
    **dict.fromkeys(GROUND, GROUND),
    "models": GROUND,
    **dict.fromkeys(STAGES, BELOW),
    "bounces": BELOW,
    "senders": BELOW | {"bounces", "mail"},
    "doctor": BELOW | {"mail", "senders"},
    "campaigns": BELOW | {"bounces", "mail", "senders", "subscribers"},
    "events": BELOW | {"campaigns", "mail", "subscribers"},
    "fleet": BELOW | {"campaigns"},
    "gifts": BELOW | {"campaigns", "senders", "subscribers"},
    "archive": BELOW | {"campaigns", "rendering", "subscribers"},
    "preferences": BELOW | {"campaigns", "events", "mail", "subscribers"},
    "signup": BELOW | {"campaigns", "events", "mail", "subscribers"},
    "inbound": BELOW | {"bounces", "campaigns", "events", "mail", "senders", "subscribers"},
    "project": PARTS - {"project"},
    "web": PARTS,
    "cli": PARTS | {"web"},
    "__main__": frozenset({"cli"}),
    "testing": PARTS | {"cli", "web"},
}


class Import(NamedTuple):
    """One import from the package: its line and its dotted target."""

    line: int
    target: str
    is_for_types: bool


def find_violations(
    package: Path, may_import: Mapping[str, frozenset[str]] = MAY_IMPORT
) -> list[str]:
    """Return a line for each module missing on the map, each missing part, and each import against the map."""
    found: list[str] = []
    seen = set()
    for path in sorted(package.rglob("*.py")):
        names = path.relative_to(package).with_suffix("").parts
        if names == ("__init__",):
            found += _check_root(package, path)
            continue
        seen.add(names[0])
        if names[0] not in may_import:
            found.append(f"{path}: {names[0]} is not on the map; place it in {Path(__file__).name}")
            continue
        found += _check_part(package, path, names, may_import[names[0]])
    missing = sorted(set(may_import) - seen)
    return found + [f"{package}: {name} is on the map, but does not exist" for name in missing]


def _check_root(package: Path, path: Path) -> Iterator[str]:
    """The package imports its names on first use; only types may be imported at once."""
    for line, target, is_for_types in _imports(package, path):
        if not is_for_types and target.split(".")[1:2] != ["_version"]:
            yield f"{path}:{line}: {target} is imported at once, not on first use"


def _check_part(
    package: Path, path: Path, names: tuple[str, ...], allowed: frozenset[str]
) -> Iterator[str]:
    for line, target, _ in _imports(package, path):
        parts = target.split(".")[1:]
        if not parts or parts[0] == names[0]:
            continue
        if not _is_part(package, parts[0]):
            yield f"{path}:{line}: {target} is imported through the package, not from its own module"
        elif parts[0] not in allowed:
            yield f"{path}:{line}: {names[0]} may not import {parts[0]} ({target})"


def find_import_circle(package: Path) -> list[str]:
    """Return the modules of one import circle in *package*, the first one again at the end; empty without a circle."""
    modules = {}
    for path in sorted(package.rglob("*.py")):
        names = (package.name, *path.relative_to(package).with_suffix("").parts)
        modules[".".join(names).removesuffix(".__init__")] = path
    graph: dict[str, set[str]] = {}
    for module, path in modules.items():
        imported = (_find_module(target, modules) for _, target, _ in _imports(package, path))
        graph[module] = {name for name in imported if name not in {None, module}}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return list(reversed(error.args[1]))
    return []


def _find_module(target: str, modules: Mapping[str, Path]) -> str | None:
    """Return the module that an import of *target* loads: `a.b` for the class `a.b.C`."""
    while target and target not in modules:
        target = target.rpartition(".")[0]
    return target or None


def _is_part(package: Path, name: str) -> bool:
    return (package / name).is_dir() or (package / f"{name}.py").is_file()


def _imports(package: Path, path: Path) -> tuple[Import, ...]:
    home = (package.name, *path.relative_to(package).with_suffix("").parts)
    return _imports_of_source(path.read_text(encoding="utf-8"), home)


@cache
def _imports_of_source(source: str, home: tuple[str, ...]) -> tuple[Import, ...]:
    nodes = list(ast.walk(ast.parse(source, filename="/".join(home))))
    for_types = {
        id(inner)
        for node in nodes
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)
        for branch in node.body
        for inner in ast.walk(branch)
    }
    return tuple(
        Import(getattr(node, "lineno", 0), target, id(node) in for_types)
        for node in nodes
        for target in _targets(node, home)
        if target.split(".")[0] == home[0]
    )


def _targets(node: ast.AST, home: tuple[str, ...]) -> Iterator[str]:
    """Yield the dotted targets that *node* imports, in the module *home*."""
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        base = [*home[: -node.level], node.module or ""] if node.level else [node.module or ""]
        for alias in node.names:
            yield ".".join(filter(None, [*base, alias.name]))
    elif isinstance(node, ast.Call) and _name_of(node.func) in {"import_module", "__import__"}:
        yield from (str(a.value) for a in node.args[:1] if isinstance(a, ast.Constant))


def _name_of(function: ast.expr) -> str:
    """The last part of the name by which a function is called."""
    match function:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
    return ""


def test_imports_run_downwards() -> None:
    """Every module is on the map, and no import leads upwards or to a sibling."""
    assert [] == find_violations(ROOT / "pipeline")


def test_no_import_circle() -> None:
    """No module imports itself through others."""
    assert [] == find_import_circle(ROOT / "pipeline")


def _package(folder: Path, **modules: str) -> Path:
    for name, source in {"__init__": "", **modules}.items():
        path = folder / "pipeline" / f"{name.replace('__in__', '/')}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(source, encoding="utf-8")
    return folder / "pipeline"


SMALL = {
    "_version": frozenset[str](),
    "errors": frozenset[str](),
    "article": frozenset({"errors"}),
    "loaders": frozenset({"_version", "errors", "article"}),
    "mail": frozenset({"errors", "article"}),
}
VALID = {
    "_version": "__version__ = '1'",
    "errors": "import os",
    "article": "from pipeline.errors import PipelineError",
    "loaders__in__base": "from pipeline.article import Article\nfrom pipeline._version import __version__",
    "mail": "def compose():\n    import pipeline.article",
}


def test_valid_package_passes(tmp_path: Path) -> None:
    """A package whose imports follow the map has no violations."""
    assert [] == find_violations(_package(tmp_path, **VALID), SMALL)


@pytest.mark.parametrize(
    ("module", "source", "expected"),
    [
        (
            "errors",
            "from pipeline.article import Article",
            "errors.py:1: errors may not import",
        ),
        ("errors", "import pipeline.article", "errors.py:1: errors may not import article"),
        ("errors", "\nfrom pipeline import article", "errors.py:2: errors may not import article"),
        ("article", "from .mail import compose", "article.py:1: article may not import mail"),
        ("article", "from . import mail", "article.py:1: article may not import mail"),
        (
            "loaders__in__base",
            "from ..mail import compose",
            "loaders/base.py:1: loaders may not import",
        ),
        (
            "loaders__in__base",
            "def load():\n    from pipeline.mail import compose",
            "loaders/base.py:2: loaders may not import mail",
        ),
        (
            "mail",
            "if TYPE_CHECKING:\n    from pipeline.loaders.base import Source",
            "mail.py:2: mail may not import loaders",
        ),
        ("mail", "importlib.import_module('pipeline.loaders')", "mail.py:1: mail may not import"),
        ("mail", "from pipeline import load", "mail.py:1: pipeline.load is imported through"),
        ("extra", "", "extra.py: extra is not on the map"),
        ("__init__", "from pipeline.mail import compose", "__init__.py:1: pipeline.mail.compose"),
    ],
)
def test_violation_is_reported(tmp_path: Path, module: str, source: str, expected: str) -> None:
    """Every form of import against the map is reported with file and line."""
    found = find_violations(_package(tmp_path, **{**VALID, module: source}), SMALL)

    assert 1 == len(found)
    assert expected in found[0]


def test_missing_part_is_reported(tmp_path: Path) -> None:
    """A part on the map that does not exist is reported."""
    package = _package(tmp_path, **VALID)
    (package / "mail.py").unlink()

    assert [f"{package}: mail is on the map, but does not exist"] == find_violations(package, SMALL)


def test_package_may_import_types(tmp_path: Path) -> None:
    """The package itself may import types, which costs nothing at run time."""
    source = "if TYPE_CHECKING:\n    from pipeline.mail import compose as compose"

    assert [] == find_violations(_package(tmp_path, **{**VALID, "__init__": source}), SMALL)


@pytest.mark.parametrize(
    "source",
    [
        "from pipeline.loaders.reader import Reader",
        "def read():\n    from pipeline.loaders.reader import Reader",
        "if TYPE_CHECKING:\n    from pipeline.loaders.reader import Reader",
    ],
)
def test_import_circle_is_reported(tmp_path: Path, source: str) -> None:
    """A circle is reported for every form of import."""
    reader = "from pipeline.loaders.tables import read_table"
    package = _package(tmp_path, loaders__in__reader=reader, loaders__in__tables=source)

    circle = find_import_circle(package)

    assert {"pipeline.loaders.reader", "pipeline.loaders.tables"} == set(circle)
    assert circle[0] == circle[-1]


def test_package_without_circle_passes(tmp_path: Path) -> None:
    """Modules that share an import, or import one after the other, are no circle."""
    assert [] == find_import_circle(_package(tmp_path, **VALID))
