"""Goldens are written anew with `pytest tests/rendering --refresh-goldens`."""

from __future__ import annotations

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--refresh-goldens",
        action="store_true",
        help="write the golden letters anew, then look at the diff",
    )
