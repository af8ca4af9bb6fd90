"""The Markdown articles of the corpus load as somebody who read them wrote down, where the corpus is at hand."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from tests.support import ROOT, require_corpus

#: Prints the article in the file it is given, as `handbill load --json` does.
_LOAD = """\
import json, sys
from pathlib import Path
from pipeline.models.article import to_json
from pipeline.loaders import Source, load_source
from pipeline.loaders.markdown import MarkdownLoader
source = Source(content=Path(sys.argv[1]).read_bytes(), media_type="text/markdown", location=sys.argv[1])
print(json.dumps(load_source(source, MarkdownLoader()).to_json()))
"""


def test_every_article(tmp_path: Path) -> None:
    """Every check of each Markdown case holds, and every word of its source is accounted for."""
    corpus = require_corpus()
    expected = (
        json.loads(path.read_text(encoding="utf-8"))
        for path in (corpus / "cases").glob("*.expected.json")
    )
    cases = sorted(case["case"] for case in expected if case["input"].endswith(".md"))
    command = tmp_path / "load.py"
    command.write_text(_LOAD, encoding="utf-8")
    run = subprocess.run(
        [
            sys.executable,
            str(corpus / "score.py"),
            "--command",
            f"{sys.executable} {command}",
            *cases,
        ],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    )
    assert {"d02", "d03"} <= {case[:3] for case in cases}
    assert 0 == run.returncode, run.stdout + run.stderr
