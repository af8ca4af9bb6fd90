"""What `pipeline` offers is what it says it offers, and costs nothing until it is used."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import pipeline
from tests.support import ROOT, SEEDS

#: Packages that take long to import, or that only some commands need.
HEAVY = frozenset({"lxml", "premailer", "pydantic", "jinja2", "PIL", "markdown_it", "mjml"})

_LIST_NEW = """
import sys
before = set(sys.modules)
{code}
print(*sorted({{name.partition(".")[0] for name in set(sys.modules) - before}}), file=sys.stderr)
"""


def newly_imported(code: str, folder: Path = ROOT) -> set[str]:
    """Return the top-level packages that *code* imports in a new process in *folder*."""
    found = subprocess.run(
        [sys.executable, "-c", _LIST_NEW.format(code=code)],
        capture_output=True,
        text=True,
        check=True,
        cwd=folder,
    )
    return set(found.stderr.split())


def test_public_names_are_sorted() -> None:
    """`pipeline.__all__` is in order and names each thing once."""
    assert sorted(set(pipeline.__all__)) == pipeline.__all__


@pytest.mark.parametrize("name", pipeline.__all__)
def test_every_public_name_is_ours(name: str) -> None:
    """Each public name can be resolved, and stands for something defined in this package."""
    found = getattr(pipeline, name)

    assert name == found.__name__
    assert found.__module__.startswith("pipeline.")


def test_type_checkers_see_the_same_names() -> None:
    """The imports for type checkers name the public names, each from where it is found when used."""
    tree = ast.parse((ROOT / "pipeline" / "__init__.py").read_text(encoding="utf-8"))
    for_types = next(
        node
        for node in tree.body
        if isinstance(node, ast.If) and "TYPE_CHECKING" == ast.unparse(node.test)
    )
    seen = {
        alias.asname: f"{node.module}.{alias.name}"
        for node in for_types.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }

    assert {name: f"pipeline.{pipeline._HOMES[name]}.{name}" for name in pipeline.__all__} == seen


def test_an_unknown_name_is_an_attribute_error() -> None:
    """What is not public is refused as Python refuses it."""
    with pytest.raises(AttributeError, match="has no attribute 'lode'"):
        _ = pipeline.lode  # type: ignore[attr-defined, unused-ignore]


def test_public_names_show_in_dir() -> None:
    """An interactive session completes the public names before they are used."""
    assert set(pipeline.__all__) <= set(dir(pipeline))


def test_importing_the_package_imports_nothing_else() -> None:
    """`import pipeline` costs the standard library at most."""
    assert {"pipeline"} == newly_imported("import pipeline") - sys.stdlib_module_names


def test_an_article_without_a_store_needs_no_database(tmp_path: Path) -> None:
    """`handbill check` and `render` outside a project import no database and no table of wide characters."""
    code = (
        "from pipeline.cli import cli\n"
        "for words in (['check', '--no-spam'], ['render']):\n"
        f"    cli.main([*words, {str(SEEDS / 'rain-gauges.md')!r}], standalone_mode=False)"
    )

    imported = newly_imported(code, tmp_path)

    assert "mjml" in imported
    assert set() == imported & {"sqlalchemy", "alembic", "asyncio", "wcwidth"}


def test_help_imports_no_heavy_package() -> None:
    """`handbill --help` leaves alone what only the commands need."""
    code = (
        "from pipeline.cli import cli\n"
        "try:\n    cli.main(['--help'], prog_name='handbill')\nexcept SystemExit:\n    pass"
    )

    assert set() == HEAVY & newly_imported(code)
