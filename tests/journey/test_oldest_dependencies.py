"""With the oldest releases that the declared bounds allow, every command works."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.journey.environment import Environment
from tests.journey.walkthrough import catch_a_message, walk_through
from tests.support import lacks

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def oldest(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The command in a clean environment with the oldest allowed dependencies."""
    try:
        from uv import find_uv_bin
    except ImportError:
        lacks("uv is not installed")
    configured = subprocess.run(
        [sys.executable, "-m", "pip", "config", "get", "global.index-url"],
        capture_output=True,
        text=True,
        check=False,
    ).stdout.strip()
    index = ["--index-url", configured] if configured else []
    made = Environment(tmp_path_factory.mktemp("oldest") / "env")
    install = [find_uv_bin(), "pip", "install", "--quiet", "--resolution", "lowest-direct"]
    subprocess.run([*install, "--python", made.python, *index, wheel], check=True)
    return made.folder / "bin" / "handbill"


def test_every_command_works(oldest: Path, tmp_path: Path) -> None:
    """From loading each format to a campaign that a worker sends, nothing fails."""
    walk_through(oldest, tmp_path)


def test_the_preview_catches_messages(oldest: Path, tmp_path: Path) -> None:
    """The preview with its mail server works."""
    catch_a_message(oldest, tmp_path)
