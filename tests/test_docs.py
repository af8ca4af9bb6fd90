"""The documentation says what the program does, and all of it."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from itertools import zip_longest
from pathlib import Path
from typing import NamedTuple

import click
import pytest
from pydantic import BaseModel

from pipeline.cli import cli
from pipeline.config import Config
from pipeline.project import Project
from tests.journey.command import handbill

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"


def _commands(group: click.Group = cli, above: str = "") -> list[tuple[str, click.Command]]:
    """Return every command with its name, those of groups too."""
    found: list[tuple[str, click.Command]] = []
    for name, command in sorted(group.commands.items()):
        found.append((above + name, command))
        if isinstance(command, click.Group):
            found += _commands(command, f"{above}{name} ")
    return found


@pytest.mark.parametrize(("name", "command"), _commands())
def test_every_command_and_option_is_documented(name: str, command: click.Command) -> None:
    """Each command has its section in docs/reference/commands.md, and each of its options stands there."""
    text = (DOCS / "reference" / "commands.md").read_text(encoding="utf-8")
    options = [p.opts[-1] for p in command.params if isinstance(p, click.Option)]

    assert f"## handbill {name}" in text
    assert [] == [option for option in options if f"{option}" not in text]


@pytest.mark.parametrize(("name", "command"), _commands())
def test_options_are_described_as_in_their_help(name: str, command: click.Command) -> None:
    """The section of a command, or the table for all commands that load an article, says what `--help` says."""
    text = (DOCS / "reference" / "commands.md").read_text(encoding="utf-8").replace("\\|", "|")
    common, *sections = re.split(r"^## handbill ", text, flags=re.MULTILINE)
    section = next(each for each in sections if re.match(rf"{name}(?: [A-Z[]|\n)", each))
    helps = [
        p.help or ""
        for p in command.params
        if isinstance(p, click.Option) and not {"--json", "--project"} & set(p.opts)
    ]

    assert [] == [each for each in helps if each not in section + common]


@pytest.mark.parametrize(("name", "command"), _commands())
def test_every_command_has_help_and_an_example(name: str, command: click.Command) -> None:
    """Each command says what it does, gives an example, and each option says what it is for."""
    assert command.help and "Example:" in command.help
    assert [] == [p.name for p in command.params if isinstance(p, click.Option) and not p.help]


def test_only_the_project_and_the_sender_can_be_set_by_variables() -> None:
    """No other option reads an environment variable: one left over from yesterday would change a command in silence."""
    variables = {
        (option.opts[-1], option.envvar)
        for _, command in [("", cli), *_commands()]
        for option in command.params
        if option.envvar
    }

    assert {("--project", "HANDBILL_PROJECT"), ("--sender", "HANDBILL_SENDER")} == variables


def _keys(model: type[BaseModel]) -> list[str]:
    return [field.alias or name for name, field in model.model_fields.items()]


def _tables() -> list[tuple[str, type[BaseModel]]]:
    found = []
    for name, field in Config.model_fields.items():
        kinds = getattr(field.annotation, "__args__", (field.annotation,))
        model = next(k for k in kinds if isinstance(k, type) and issubclass(k, BaseModel))
        found.append((name, model))
    return found


@pytest.mark.parametrize(("table", "model"), _tables())
def test_every_setting_is_documented(table: str, model: type[BaseModel]) -> None:
    """Each key of each table stands in docs/reference/configuration.md."""
    text = (DOCS / "reference" / "configuration.md").read_text(encoding="utf-8")

    assert f"[{table}" in text
    assert [] == [key for key in _keys(model) if f"`{key}`" not in text]


def test_every_code_is_documented_and_every_documented_code_exists() -> None:
    """The codes in the source are those of docs/reference/checks.md."""
    source = "\n".join(
        path.read_text(encoding="utf-8") for path in (ROOT / "pipeline").rglob("*.py")
    )
    named = set(re.findall(r"\"((?:[a-z]+-)*[a-z]+\.(?:[a-z]+-)*[a-z]+)\"", source))
    documented = set(
        re.findall(
            r"^\| `([a-z.-]+)` \|", (DOCS / "reference" / "checks.md").read_text("utf-8"), re.M
        )
    )
    used = set(re.findall(r"(?:\bcode=|\bwarn\(\s*|Warning\(\s*)\"([a-z-]+\.[a-z.-]+)\"", source))

    assert set() == used - documented
    assert set() == documented - named


def _toml_samples() -> list[object]:
    """Return each block of TOML in the documentation, with its place."""
    found: list[object] = []
    for path in [ROOT / "README.md", *sorted(DOCS.rglob("*.md"))]:
        text = path.read_text(encoding="utf-8")
        for block in re.finditer(
            r"^```toml(?: title=\"[^\"]+\")?\n(.*?)^```", text, re.MULTILINE | re.DOTALL
        ):
            line = text[: block.start()].count("\n") + 1
            found.append(pytest.param(block[1], id=f"{path.name}:{line}"))
    return found


@pytest.mark.parametrize("sample", _toml_samples())
def test_every_sample_of_settings_can_be_used(
    sample: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What stands in the documentation, pasted into a project, is understood; so are its senders."""
    tables = tomllib.loads(sample)
    if not set(tables) <= set(Config.model_fields):
        assert {"project", "build-system", "tool"} & set(tables), "this is no pyproject.toml"
        return
    own = "" if "publication" in tables else '[publication]\nname = "A"\nfrom = "a@example.org"\n'
    chosen = tables.get("sender", {}).get("default", [])
    named = {chosen} if isinstance(chosen, str) else set(chosen)
    others = [
        f'[senders.{name}]\nkind = "smtp"\nhost = "mx.example.org"\n'
        for name in sorted(named - set(tables.get("senders", {})))
    ]
    (tmp_path / "handbill.toml").write_text("\n".join([own, sample, *others]), encoding="utf-8")
    monkeypatch.delenv("AWS_REGION", raising=False)
    project = Project.open(tmp_path)
    for name in tables.get("senders", {}):
        assert project.open_sender(name)


class Block(NamedTuple):
    """A fenced block of a page: its language, the file that it is the content of, and its text."""

    language: str
    file: str
    text: str


def _blocks(page: Path) -> list[Block]:
    found = re.finditer(
        r'^```(\w+)(?: title="([^"]+)")?\n(.*?)^```', page.read_text("utf-8"), re.M | re.S
    )
    return [Block(match[1], match[2] or "", match[3]) for match in found]


def _pages_to_run() -> list[Path]:
    """Return the pages with commands or Python; the code of plug-ins is run by tests/journey/test_plugin.py."""
    pages = [ROOT / "README.md", *sorted(DOCS.rglob("*.md"))]
    return [
        page
        for page in pages
        if page.name != "plug-ins.md"
        and any(block.language in ("console", "python") for block in _blocks(page))
    ]


@pytest.mark.parametrize(
    "page", _pages_to_run(), ids=lambda page: page.relative_to(ROOT).as_posix()
)
def test_the_code_of_a_page_runs(tmp_path: Path, page: Path) -> None:
    """Commands print what the page says, "…" standing for anything; files are written, and Python runs, in order."""
    for name in ("pyproject.toml", "seeds", "templates"):
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copyfile
        copy(ROOT / name, tmp_path / name)
    folder, python = tmp_path, ""
    blocks = _blocks(page)
    for block, following in zip_longest(blocks, blocks[1:]):
        if block.file:
            (folder / block.file).write_text(block.text, encoding="utf-8")
        elif block.language == "python":
            python += block.text
            if following is None or following.language != "python" or following.file:
                done = _run_python(["-c", python], folder)
                assert 0 == done.returncode, done.stdout
        elif block.language == "console":
            folder = _run_console(block.text, folder)


def _run_console(text: str, folder: Path) -> Path:
    """Run each command of a console block; return the folder it ends in."""
    for part in re.split(r"^\$ ", text, flags=re.M)[1:]:
        command, _, printed = part.partition("\n")
        words = shlex.split(command)
        if words[0] == "cd":
            folder = (folder / words[1]).resolve()
        elif words[0] == "handbill":
            variables = {"COLUMNS": "100", "HOME": str(folder)}  # SpamAssassin writes into it
            done = handbill(*words[1:], cwd=folder, env=variables, errors_in_output=True)
            assert 0 == done.exit_code, (command, done.stdout)
            pattern = re.escape(printed.strip()).replace("…", ".*")
            is_printed = re.fullmatch(pattern, done.stdout.strip(), re.S)
            assert not printed.strip() or is_printed, (command, done.stdout)
    return folder


def _run_python(words: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *words],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT), "COLUMNS": "100"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
        check=False,
    )


def test_every_path_in_the_documentation_exists() -> None:
    """Pages that name a file or folder of the project follow it when it moves."""
    pages = [ROOT / "README.md", *sorted(DOCS.rglob("*.md"))]
    named = {
        path
        for page in pages
        for path in re.findall(
            r"(?:pipeline|tests|templates/default)/[\w./-]*[\w/]", page.read_text("utf-8")
        )
        if not path.startswith("pipeline/_shipped")
    }

    assert named
    assert [] == sorted(path for path in named if not (ROOT / path).exists())


def test_the_map_of_the_architecture_is_complete() -> None:
    """Each folder of `pipeline/` is on the map in docs/architecture.md."""
    text = (DOCS / "architecture.md").read_text("utf-8")
    the_map = text[text.index("## The map") : text.index("## An article")]
    folders = {path.parent.name for path in (ROOT / "pipeline").glob("*/__init__.py")}

    assert set() == {name for name in folders if f"`{name}/" not in the_map}


def test_the_site_builds(tmp_path: Path) -> None:
    """`make docs` builds the site without a warning: each page is in its navigation, each link leads somewhere."""
    done = _run_python(
        [
            "-m",
            "mkdocs",
            "build",
            "--strict",  # not --quiet, which ignores warnings
            "--site-dir",
            str(tmp_path),
        ],
        ROOT,
    )

    assert 0 == done.returncode, done.stdout
    assert "pipeline.Project" in (tmp_path / "reference/python-api/index.html").read_text("utf-8")
