"""A clean environment outside the checkout, with the wheel installed in it."""

from __future__ import annotations

import subprocess
import sys
import venv
from pathlib import Path

from tests.support import lacks


class Environment:
    """A virtual environment in *folder*."""

    def __init__(self, folder: Path) -> None:
        venv.create(folder, with_pip=True, symlinks=True)
        self.folder = folder
        self.python = folder / "bin" / "python"

    def install(self, wheel: Path, *options: str) -> None:
        """Install *wheel* by uv, which takes a quarter of the time that pip takes."""
        try:
            from uv import find_uv_bin
        except ImportError:
            lacks("uv is not installed")
        command: list[str | Path] = [
            find_uv_bin(),
            "pip",
            "install",
            "--quiet",
            *options,
            "--python",
            self.python,
        ]
        subprocess.run([*command, *_find_index(), wheel], check=True)

    def pip(self, *words: str | Path) -> str:
        """Run its own pip; return what it said."""
        return self.run("-m", "pip", "--disable-pip-version-check", *words)

    def run(self, *words: str | Path) -> str:
        """Run its Python, away from the checkout; return what it printed."""
        done = subprocess.run(
            [self.python, *words], cwd=self.folder, capture_output=True, text=True, check=False
        )
        assert 0 == done.returncode, f"{done.stdout}\n{done.stderr}"
        return done.stdout


def _find_index() -> list[str]:
    """Return the options of uv for the package index that pip is configured to use."""
    found = subprocess.run(
        [sys.executable, "-m", "pip", "config", "get", "global.index-url"],
        capture_output=True,
        text=True,
        check=False,
    ).stdout.strip()
    return ["--index-url", found] if found else []


#: The pip that came with each Python's first release: the oldest that is promised to install Handbill.
OLDEST_PIP = {11: "22.3", 12: "23.2.1", 13: "24.2", 14: "25.2"}.get(sys.version_info.minor)
