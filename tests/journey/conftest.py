"""What the journeys share."""

from __future__ import annotations

import io
import subprocess
import sys
from pathlib import Path

import pytest

from pipeline.cli import main
from tests.journey.command import Done, Run, make_project
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


@pytest.fixture
def run(project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run the command line in this process, which is sooner done than in one of its own."""
    monkeypatch.chdir(project)
    monkeypatch.setattr(sys, "stdin", io.StringIO())

    def run(*words: str) -> Done:
        monkeypatch.setattr(sys, "argv", ["handbill", *words])
        with pytest.raises(SystemExit) as end:
            main()
        out, err = capsys.readouterr()
        assert isinstance(end.value.code, int)
        return Done(exit_code=end.value.code, stdout=out, stderr=err)

    return run
