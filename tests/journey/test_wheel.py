"""The wheel works by itself, away from the checkout."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pipeline import __version__
from tests.journey.command import Done, handbill, page, read_message, tree
from tests.journey.environment import OLDEST_PIP, Environment
from tests.journey.walkthrough import catch_a_message, walk_through
from tests.support import ROOT, SEEDS, lacks

ARTICLES = sorted(
    path.name
    for path in SEEDS.iterdir()
    if path.is_file() and path.suffix != ".csv" and path.name != "README.md"
)


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
def clean(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Environment:
    """An environment with nothing but what the wheel declares."""
    environment = Environment(tmp_path_factory.mktemp("clean") / "env")
    environment.install(wheel)
    return environment


@pytest.fixture(scope="module")
def installed(clean: Environment) -> Path:
    """The installed command."""
    return clean.folder / "bin" / "handbill"


@pytest.fixture(scope="module")
def command(installed: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Done]:
    """The installed command, run with an empty home."""
    home = tmp_path_factory.mktemp("home")

    def run(*words: str | Path, **options: Any) -> Done:  # Any: as handbill() takes them
        done = handbill(*words, program=(str(installed),), env={"HOME": str(home)}, **options)
        assert {} == tree(home), "a command wrote into the home folder"
        return done

    return run


def test_the_wheel_holds_what_is_shipped(wheel: Path) -> None:
    """Every file of templates/ and seeds/ is in the wheel, each catalogue, the mark of typed packages, and no test."""
    names = set(zipfile.ZipFile(wheel).namelist())
    shipped = {
        f"pipeline/_shipped/{path.relative_to(ROOT)}"
        for kind in ("templates", "seeds")
        for path in (ROOT / kind).rglob("*")
        if path.is_file()
    }

    assert set() == shipped - names
    catalogues = {f"pipeline/locale/{path.name}" for path in (ROOT / "pipeline/locale").iterdir()}
    assert catalogues and set() == catalogues - names
    assert "pipeline/py.typed" in names
    assert {"pipeline", f"handbill-{__version__}.dist-info"} == {n.split("/")[0] for n in names}


def test_the_command_tells_its_version(command: Callable[..., Done], tmp_path: Path) -> None:
    """The installed command is the version of the checkout."""
    done = command("--version", cwd=tmp_path)

    assert (0, f"handbill, version {__version__}\n") == (done.exit_code, done.stdout)


def test_a_new_user_gets_from_nothing_to_a_message(
    command: Callable[..., Done], tmp_path: Path
) -> None:
    """In an empty folder: init, load, check, render, send, with no file of the checkout at hand."""
    assert 0 == command("init", cwd=tmp_path).exit_code
    assert {"handbill.toml", "rain-gauges.md", "templates", "outbox", ".handbill"} == {
        path.name for path in tmp_path.iterdir()
    }

    loaded = command("load", "rain-gauges.md", "--json", cwd=tmp_path)
    assert 0 == loaded.exit_code
    assert loaded.json["notes"] and loaded.json["blocks"]

    checked = command("check", "rain-gauges.md", "--no-spam", "--json", cwd=tmp_path)
    assert 0 == checked.exit_code
    assert all(finding["severity"] == "warning" for finding in checked.json["findings"])

    rendered = command("render", "rain-gauges.md", "-o", "look", "--json", cwd=tmp_path)
    assert 0 == rendered.exit_code
    sizes = {key: (tmp_path / rendered.json[key]).stat().st_size for key in ("html", "text", "eml")}
    assert rendered.json["bytes"] == sizes

    words = ("send", "rain-gauges.md", "--to", "ada@example.org", "--sender", "outbox", "--json")
    sent = command(*words, cwd=tmp_path)
    assert (0, "sent", 1) == (sent.exit_code, sent.json["state"], sent.json["accepted"])
    (letter,) = Path(sent.json["outbox"]).glob("*.eml")
    message = read_message(letter)
    assert [] == message.defects
    assert message["Subject"]
    assert "</html>" in page(message)


def test_every_command_works_with_what_is_declared(installed: Path, tmp_path: Path) -> None:
    """No command needs a package that only the development extra installs."""
    walk_through(installed, tmp_path)


def test_the_preview_catches_messages(installed: Path, tmp_path: Path) -> None:
    """The preview with its mail server works too."""
    catch_a_message(installed, tmp_path)


@pytest.mark.parametrize("seed", ARTICLES)
def test_every_seed_is_rendered(seed: str, command: Callable[..., Done], tmp_path: Path) -> None:
    """Each sample article is rendered, without a project, by the shipped theme."""
    done = command("render", SEEDS / seed, "--json", cwd=tmp_path)

    assert 0 == done.exit_code
    assert all((tmp_path / done.json[key]).is_file() for key in ("html", "text", "eml"))


@pytest.mark.slow
def test_the_oldest_pip_installs_it(wheel: Path, tmp_path: Path) -> None:
    """The oldest pip that is promised to can install it with all that it needs."""
    if OLDEST_PIP is None:
        lacks("no oldest pip is stated for this Python")
    environment = Environment(tmp_path / "env")
    environment.pip("install", "--quiet", f"pip=={OLDEST_PIP}")
    environment.pip("install", "--quiet", "--no-compile", wheel)  # what is used is compiled then

    assert f"pip {OLDEST_PIP} " in environment.pip("--version")
    assert "No broken requirements found." in environment.pip("check")
    assert f"handbill, version {__version__}\n" == environment.run("-m", "pipeline", "--version")


def test_pip_is_content(clean: Environment) -> None:
    """No dependency is missing or of a wrong version, as far as pip can tell."""
    assert "No broken requirements found." in clean.pip("check")


def test_every_dependency_can_be_imported(clean: Environment) -> None:
    """Whatever pip believes: each declared dependency brings packages, and each of them can be imported."""
    declared = json.loads(clean.run("-c", _DECLARED))

    assert [] == [name for name, packages in declared.items() if not packages]
    for packages in declared.values():
        clean.run("-W", "error", "-c", f"import {', '.join(packages)}")


def test_every_module_can_be_imported(clean: Environment) -> None:
    """No module of ours needs what is only there for developers."""
    clean.run("-c", _ALL_MODULES)
