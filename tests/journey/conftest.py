"""What the journeys share."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.journey.command import make_project
from tests.support import ROOT


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project with an article, `tide.md`."""
    return make_project(tmp_path / "lantern")


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of this checkout, built once."""
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", folder, ROOT],
        check=True,
        capture_output=True,
        text=True,
    )
    (built,) = folder.glob("handbill-*.whl")
    return built
