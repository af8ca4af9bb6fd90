"""The hand-checked articles of a corpus load correctly; HANDBILL_CORPUS names its folder."""

from __future__ import annotations

import importlib.util
import json
import os
from pathlib import Path
from typing import Any

import pytest

from pipeline.loaders import load
from tests.support import require_corpus


def _list_cases() -> list[Path]:
    folder = os.environ.get("HANDBILL_CORPUS")
    return sorted(Path(folder, "cases").glob("*.expected.json")) if folder else []


def _check(expected: dict[str, Any], article: dict[str, Any]) -> list[tuple[bool, str]]:
    """Return the results of the corpus's own checks: notes, references, headings, images, boilerplate, appeal."""
    spec = importlib.util.spec_from_file_location("corpus_score", require_corpus() / "score.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    results: list[tuple[bool, str]] = module.check(expected, article)
    return results


@pytest.mark.parametrize("path", _list_cases() or [None], ids=lambda p: p.name if p else "none")
def test_an_article_loads_as_checked_by_hand(path: Path | None) -> None:
    """Every check of the case passes, and no word of the source is missing, which `load()` itself checks."""
    require_corpus()
    assert path is not None
    expected = json.loads(path.read_text(encoding="utf-8"))

    article = load(str(path.parent / expected["input"])).to_json()

    assert [] == [check for passed, check in _check(expected, article) if not passed]
