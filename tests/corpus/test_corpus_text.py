"""The corpus's plain texts score without a miss; it is no part of this project, `HANDBILL_CORPUS` says where it is."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from pipeline.loaders import load

CORPUS = os.environ.get("HANDBILL_CORPUS")

pytestmark = pytest.mark.skipif(not CORPUS, reason="HANDBILL_CORPUS is not set")

#: What scores calls for each case.
SHOW = "import json, sys; from tests.corpus.test_corpus_text import show; show(sys.argv[1])"


def show(path: str) -> None:
    """Write the JSON form of the article at *path*."""
    json.dump(load(path).to_json(), sys.stdout)


@pytest.mark.parametrize("case", ["d01", "d13"])
def test_a_case_scores_without_a_miss(case: str, tmp_path: Path) -> None:
    """Every check of the case holds: title, notes and their places, headings, pictures, appeal, every word."""
    command = tmp_path / "show.py"
    command.write_text(SHOW, encoding="utf-8")
    root = str(Path(__file__).parents[2])
    run = subprocess.run(
        [
            sys.executable,
            str(Path(CORPUS or "") / "score.py"),
            "--command",
            f"{sys.executable} {command}",
            case,
        ],
        env={**os.environ, "PYTHONPATH": root},
        capture_output=True,
        text=True,
        check=False,
    )

    assert 0 == run.returncode, run.stdout + run.stderr
