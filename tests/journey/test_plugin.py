"""The loader and the sender in docs/how-to/plug-ins.md, installed as packages."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.journey.command import make_project
from tests.support import ROOT

PLUGINS = ROOT / "docs" / "how-to" / "plug-ins.md"
_PROJECT = """\
[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"

[project]
name = "my-package"
version = "1"

{entry_points}
[tool.hatch.build.targets.wheel]
only-include = ["my_package.py"]
"""


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder in which the documented package is installed."""
    text = PLUGINS.read_text(encoding="utf-8").partition("## A sender")[0]
    blocks = dict(re.findall(r"^```(toml|python)\n(.*?)^```", text, re.M | re.S))
    source, target = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("installed")
    (source / "pyproject.toml").write_text(
        _PROJECT.format(entry_points=blocks["toml"]), encoding="utf-8"
    )
    (source / "my_package.py").write_text(blocks["python"], encoding="utf-8")
    _install(source, target)
    return target


@pytest.fixture(scope="module")
def sender(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The files of the documented sender package, and the folder in which it is installed."""
    text = PLUGINS.read_text(encoding="utf-8").partition("## A sender")[2]
    source, target = tmp_path_factory.mktemp("sender"), tmp_path_factory.mktemp("installed")
    for name, content in re.findall(r"^`([\w.]+)`:\n\n```\w+\n(.*?)^```", text, re.M | re.S):
        (source / name).write_text(content, encoding="utf-8")
    _install(source, target)
    return source, target


def _install(source: Path, target: Path) -> None:
    options = ["--quiet", "--no-deps", "--no-build-isolation", "--target", str(target)]
    subprocess.run([sys.executable, "-m", "pip", "install", *options, str(source)], check=True)


def _handbill(installed: Path, folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "pipeline", *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": os.pathsep.join((str(installed), str(ROOT)))},
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )


@pytest.mark.slow
def test_a_plugin_loader_is_chosen_by_suffix_and_by_name(installed: Path, tmp_path: Path) -> None:
    """An installed package's loader reads its files, and is listed among the plug-ins."""
    (tmp_path / "bell.gmi").write_text("The bell rings.\n\nTwice.\n", encoding="utf-8")

    by_ending = _handbill(installed, tmp_path, "load", "bell.gmi", "--json")
    by_name = _handbill(installed, tmp_path, "load", "bell.gmi", "--format", "gemtext", "--json")
    listed = _handbill(installed, tmp_path, "plugins", "--json")

    assert 0 == by_ending.returncode, by_ending.stderr
    assert 2 == len(json.loads(by_ending.stdout)["blocks"])
    assert by_ending.stdout == by_name.stdout
    assert "gemtext" in json.loads(listed.stdout)["loaders"]


@pytest.mark.slow
def test_a_plugin_loader_cannot_lose_text(installed: Path, tmp_path: Path) -> None:
    """A loader that loses text is found out, whoever wrote it."""
    module = installed / "my_package.py"
    honest = module.read_text(encoding="utf-8")
    module.write_text(
        honest.replace("if line)", 'if line and "Twice" not in line)'), encoding="utf-8"
    )
    (tmp_path / "bell.gmi").write_text("The bell rings.\n\nTwice.\n", encoding="utf-8")
    try:
        run = _handbill(installed, tmp_path, "load", "bell.gmi")
    finally:
        module.write_text(honest, encoding="utf-8")

    assert 1 == run.returncode
    assert "1 word(s) could not be placed in the article: twice" in run.stderr


@pytest.mark.slow
def test_a_plugin_sender_sends(sender: tuple[Path, Path], tmp_path: Path) -> None:
    """An installed package's sender is listed, gets its options from its table, and gets the messages."""
    _, installed = sender
    folder = make_project(tmp_path / "lantern")
    program = folder / "sendmail"
    program.write_text(f'#!/bin/sh\nfor to; do :; done\ncat > "{tmp_path}/$to"\n')
    program.chmod(0o755)
    with (folder / "handbill.toml").open("a", encoding="utf-8") as file:
        file.write('\n[senders.post]\nkind = "sendmail"\nprogram = "sendmail"\n')

    listed = _handbill(installed, folder, "plugins", "--json")
    options = ("--to", "ada@example.org", "--sender", "post", "--yes", "--json")
    sent = _handbill(installed, folder, "send", "tide.md", *options)

    assert "sendmail" in json.loads(listed.stdout)["senders"]
    assert (0, 1) == (sent.returncode, json.loads(sent.stdout)["accepted"]), sent.stderr
    assert (
        b"\r\nSubject: What the tide clock says\r\n" in (tmp_path / "ada@example.org").read_bytes()
    )


@pytest.mark.slow
def test_the_documented_tests_pass(sender: tuple[Path, Path]) -> None:
    """The documented tests are the contract, and the sender keeps it."""
    source, installed = sender
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(source)],
        cwd=source,
        env={**os.environ, "PYTHONPATH": os.pathsep.join((str(installed), str(ROOT)))},
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    assert 0 == run.returncode, run.stdout
    assert re.search(r"^[1-9][0-9]* passed in", run.stdout, re.M), run.stdout
