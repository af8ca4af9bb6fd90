"""A few seconds of what `make fuzz` does for minutes, with the same inputs each time."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.fuzz.targets import TARGETS, Broken, Target, attack

#: For a longer run: `HANDBILL_TEST_FUZZ=1000`.
_INPUTS = int(os.environ.get("HANDBILL_TEST_FUZZ", "12"))


@pytest.mark.parametrize("target", TARGETS, ids=lambda target: str(target.name))
def test_broken_input_is_refused_or_read_whole(target: Target, tmp_path: Path) -> None:
    """Nothing but a `PipelineError` is raised, no word is lost, and no email runs anything."""
    for seed in range(_INPUTS):
        content, error = attack(target, seed, tmp_path)
        assert error is None, f"seed {seed}, {len(content)} bytes: {error!r}"


def test_a_missing_word_and_an_exception_are_found(tmp_path: Path) -> None:
    """What the oracles look for is reported: a word that no article has, and an error of another kind."""
    markdown = next(target for target in TARGETS if target.name == "markdown")
    with pytest.raises(Broken, match="lost: zqxjaaaaaa"):
        markdown.run(b"The tide comes in.", ["zqxjaaaaaa"], tmp_path)

    def fail(*_: object) -> None:
        raise ZeroDivisionError

    broken = Target(name="broken", build=markdown.build, run=fail)
    assert isinstance(attack(broken, 0, tmp_path)[1], ZeroDivisionError)
