"""A newcomer's two commands work in a fresh copy of the checkout."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.journey.command import read_message, tree
from tests.support import ROOT, require_program

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of what is in version control, without what was made beside it."""
    made = (
        ".git",
        ".venv*",
        ".*_cache",
        ".hypothesis",
        ".handbill",
        "__pycache__",
        "2*",
        "preview",
    )
    folder = tmp_path_factory.mktemp("fresh") / "hand bill"
    shutil.copytree(ROOT, folder, ignore=shutil.ignore_patterns(*made))
    return folder


def make(*words: str, cwd: Path, path: str | None = None) -> subprocess.CompletedProcess[str]:
    """Run make as a newcomer would."""
    # byte code is made of what is used, not of everything that is installed: that takes half of the time
    env = os.environ | {"PATH": path or os.environ["PATH"], "PIP_COMPILE": "0"}
    program = require_program("make")
    return subprocess.run(
        [program, *words], cwd=cwd, env=env, capture_output=True, text=True, check=False
    )


def test_make_alone_lists_what_can_be_done(checkout: Path) -> None:
    """Without a target nothing is done but to list the targets."""
    before = tree(checkout)
    done = make(cwd=checkout)

    listed = re.findall(r"^  make (\w+) +\w", done.stdout, flags=re.MULTILINE)
    first, others = ["help", "demo", "test", "lint", "format"], ["bench", "fuzz", "gallery", "docs"]
    assert [*first, *others, "clean"] == listed
    assert before == tree(checkout)


def test_the_demo_renders_a_newsletter_and_says_where(checkout: Path) -> None:
    """`make demo` does all the set-up; the page, the text and the mail lie where it says, the second time too."""
    for _ in range(2):
        done = make("demo", cwd=checkout)
        assert 0 == done.returncode, done.stderr
        page, text, mail = (
            Path(found)
            for found in re.findall(r"^  (?:in|as) .*: +(/.*)$", done.stdout, flags=re.MULTILINE)
        )
        assert "<html" in page.read_text(encoding="utf-8")
        assert text.is_file()
        assert [] == read_message(mail).defects
        assert page.is_relative_to(checkout) and mail.is_relative_to(checkout)


def test_a_machine_without_python_is_reported(checkout: Path, tmp_path: Path) -> None:
    """Where no Python is new enough, one sentence says what is needed."""
    for name in ("sh", "echo", "test", "awk"):
        if found := shutil.which(name):
            (tmp_path / name).symlink_to(found)
    done = make("demo", "VENV=none", cwd=checkout, path=str(tmp_path))

    assert 0 != done.returncode
    assert "needs Python 3.11 or newer" in done.stderr.splitlines()[0]


def test_a_python_without_environments_is_reported(checkout: Path, tmp_path: Path) -> None:
    """Debian ships Python without venv; the package to install is named."""
    python = tmp_path / "python3"
    python.write_text('#!/bin/sh\ncase "$2" in *ensurepip*) exit 1 ;; esac\n', encoding="utf-8")
    python.chmod(0o755)
    done = make("demo", "VENV=none", f"PYTHON={python}", cwd=checkout)

    assert 0 != done.returncode
    assert "apt install python3-venv" in done.stderr.splitlines()[0]
