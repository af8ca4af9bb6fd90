"""The oldest pip that is promised installs everything, and all that is installed can be imported."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.journey.environment import OLDEST_PIP, Environment
from tests.support import lacks

pytestmark = pytest.mark.slow

#: Run where the wheel is installed: each declared dependency, and the packages its distribution brings.
_DECLARED = """
import json, re
from importlib.metadata import packages_distributions, requires

wanted = [r for r in requires("handbill") or [] if "extra ==" not in r]
names = [re.match(r"[A-Za-z0-9._-]+", r)[0] for r in wanted]
same = lambda name: re.sub(r"[-_.]+", "-", name).lower()
found = {name: [] for name in names}
for package, distributions in packages_distributions().items():
    for name in names:
        if same(name) in map(same, distributions) and package.isidentifier() and package[0] != "_":
            found[name].append(package)
print(json.dumps(found))
"""

#: Imports every module of the package but the entry point, which would run.
_ALL_MODULES = """
import importlib, pkgutil, pipeline
for module in pkgutil.walk_packages(pipeline.__path__, "pipeline."):
    if module.name not in ("pipeline.__main__", "pipeline.database.migrations.env") and "_shipped" not in module.name:
        importlib.import_module(module.name)
"""


@pytest.fixture(scope="module")
def environment(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Environment:
    """A clean environment whose pip is the oldest one promised, with the wheel installed by it."""
    if OLDEST_PIP is None:
        lacks("no oldest pip is stated for this Python")
    environment = Environment(tmp_path_factory.mktemp("oldest") / "env")
    environment.pip("install", "--quiet", f"pip=={OLDEST_PIP}")
    environment.pip("install", "--quiet", wheel)
    return environment


def test_the_pip_is_the_oldest_one(environment: Environment) -> None:
    """The test means the pip it names."""
    assert f"pip {OLDEST_PIP} " in environment.pip("--version")


def test_pip_is_content(environment: Environment) -> None:
    """No dependency is missing or of a wrong version, as far as pip can tell."""
    assert "No broken requirements found." in environment.pip("check")


def test_every_dependency_can_be_imported(environment: Environment) -> None:
    """Whatever pip believes: each declared dependency brings packages, and each of them can be imported."""
    declared = json.loads(environment.run("-c", _DECLARED))

    assert [] == [name for name, packages in declared.items() if not packages]
    for packages in declared.values():
        environment.run("-W", "error", "-c", f"import {', '.join(packages)}")


def test_every_module_can_be_imported(environment: Environment) -> None:
    """No module of ours needs what is only there for developers."""
    environment.run("-c", _ALL_MODULES)
