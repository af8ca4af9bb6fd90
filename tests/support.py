"""
What tests need from the machine, and what happens where it is missing.

Three variables steer a run, and no other `HANDBILL_…` variable reaches a test:

    HANDBILL_CORPUS                folder of hand-checked articles; unset, the tests over it are skipped: it is not part
                                   of this repository, and no machine need have it
    HANDBILL_REQUIRE_ALL=1         whatever else is missing (a browser, a tool) fails the test that needs it
    HANDBILL_HYPOTHESIS_EXAMPLES   examples for each property, for a longer search than usual
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import NoReturn

import pytest

ROOT = Path(__file__).parent.parent
SEEDS = ROOT / "seeds"

#: Variables that steer the tests themselves; those of live provider tests begin like the last.
STEERING = (
    "HANDBILL_CORPUS",
    "HANDBILL_REQUIRE_ALL",
    "HANDBILL_HYPOTHESIS_EXAMPLES",
    "HANDBILL_TEST_",
)


def lacks(reason: str) -> NoReturn:
    """Skip the test for *reason*, or fail it where everything is required."""
    if os.environ.get("HANDBILL_REQUIRE_ALL") == "1":
        pytest.fail(f"HANDBILL_REQUIRE_ALL is set, but {reason}", pytrace=False)
    pytest.skip(reason)


def require_program(*names: str) -> Path:
    """Return the first program of *names* that is installed."""
    for name in names:
        if found := shutil.which(name):
            return Path(found)
    lacks(f"there is no {' or '.join(names)} here")


def require_chromium() -> Path:
    """Return the browser that takes screenshots."""
    return require_program("chromium", "chromium-browser", "google-chrome")


def require_corpus() -> Path:
    """Return the folder of hand-checked articles."""
    given = os.environ.get("HANDBILL_CORPUS")
    if not given:
        pytest.skip("HANDBILL_CORPUS is not set")
    folder = Path(given)
    if not folder.is_dir():
        pytest.fail(f"HANDBILL_CORPUS is {given}, which is no folder", pytrace=False)
    return folder
