"""The hand-checked pages load without a miss: notes, references, headings, pictures, chrome."""

from __future__ import annotations

import importlib.util
import json
import os
from pathlib import Path
from typing import Any

import pytest

from pipeline.loaders.base import Source
from pipeline.loaders.html import HtmlLoader
from pipeline.loaders.shared.completeness import find_unplaced_words
from tests.support import lacks


def _cases() -> list[Path]:
    folder = os.environ.get("HANDBILL_CORPUS")
    found = sorted(Path(folder, "cases").glob("*.expected.json")) if folder else []
    return [
        path
        for path in found
        if path.with_name(path.name.replace(".expected.json", ".html")).exists()
    ]


def _check(expected: dict[str, Any], article: dict[str, Any]) -> list[tuple[bool, str]]:
    """Return what the corpus's own script says of *article*."""
    script = Path(os.environ["HANDBILL_CORPUS"], "score.py")
    spec = importlib.util.spec_from_file_location("corpus_score", script)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    found: list[tuple[bool, str]] = module.check(expected, article)
    return found


@pytest.mark.parametrize("path", _cases() or [None], ids=lambda path: path.name if path else "none")
def test_case(path: Path | None) -> None:
    """A page of the corpus loads as it was read by hand, and no word of it is lost."""
    if path is None:
        lacks("HANDBILL_CORPUS does not name a folder of hand-checked articles")
    expected = json.loads(path.read_text(encoding="utf-8"))
    page = path.parent / expected["input"]
    source = Source(content=page.read_bytes(), media_type="text/html", location=str(page))
    reading = HtmlLoader().read(source)
    assert [] == find_unplaced_words(reading)
    assert [] == [what for held, what in _check(expected, reading.article.to_json()) if not held]
