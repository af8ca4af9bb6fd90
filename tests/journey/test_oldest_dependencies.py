"""With the oldest releases that the declared bounds allow, every command works."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.journey.environment import Environment
from tests.journey.walkthrough import catch_a_message, walk_through

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def oldest(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The command in a clean environment with the oldest allowed dependencies."""
    made = Environment(tmp_path_factory.mktemp("oldest") / "env")
    made.install(wheel, "--resolution", "lowest-direct")
    return made.folder / "bin" / "handbill"


def test_every_command_works(oldest: Path, tmp_path: Path) -> None:
    """From loading each format to a campaign that a worker sends, nothing fails."""
    walk_through(oldest, tmp_path)


def test_the_preview_catches_messages(oldest: Path, tmp_path: Path) -> None:
    """The preview with its mail server works."""
    catch_a_message(oldest, tmp_path)
