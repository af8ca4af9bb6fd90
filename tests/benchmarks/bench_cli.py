"""Commands in a new process: `handbill --help`, and `handbill render` of the measured article."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.benchmarks.figures import Figure, in_turns
from tests.benchmarks.sample import article
from tests.support import ROOT

ROUNDS = 11


def figures() -> list[Figure]:
    """Measure both commands beside what they stand on."""
    with TemporaryDirectory() as folder:
        source = Path(folder, "letter.md")
        source.write_text(article(), encoding="utf-8")
        helped, click = in_turns(
            _python("-m", "pipeline", "--help", cwd=folder),
            _python("-c", "import click", cwd=folder),
            rounds=ROUNDS,
        )
        rendered, naive = in_turns(
            _python("-m", "pipeline", "render", str(source), cwd=folder),
            _python("-m", "tests.benchmarks.naive", str(source), "naive.html", cwd=folder),
            rounds=ROUNDS,
        )
    return [
        Figure(
            what="handbill --help, new process",
            value=helped,
            unit="s",
            bar=0.25,
            peer='python -c "import click"',
            peer_value=click,
        ),
        Figure(
            what="handbill render, new process",
            value=rendered,
            unit="s",
            bar=1,
            peer="mjml2html + premailer, new process",
            peer_value=naive,
        ),
    ]


def _python(*words: str, cwd: str) -> Callable[[], object]:
    env = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)}
    return lambda: subprocess.run(
        [sys.executable, *words], cwd=cwd, env=env, check=True, capture_output=True
    )
