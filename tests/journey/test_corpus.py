"""Hand-checked articles, scored by their own script."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.journey.command import environment
from tests.support import require_corpus

#: What the loaders that are there must read without a miss.
CASES = ("d01", "d02", "d03", "d13")


@pytest.mark.parametrize("case", CASES)
def test_a_case_scores_without_a_miss(case: str) -> None:
    """`handbill load --json` finds in the case all that was found by hand."""
    script = require_corpus() / "score.py"
    command = f"{sys.executable} -m pipeline load --json"
    done = subprocess.run(
        [sys.executable, script, "--command", command, case],
        cwd=script.parent,
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
    )

    assert 0 == done.returncode, done.stdout + done.stderr
    assert done.stdout.splitlines()[-1].startswith("cases 1/1, ")
