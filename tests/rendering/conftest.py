"""`pytest tests/rendering --refresh-goldens` rewrites the goldens."""

from __future__ import annotations

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--refresh-goldens",
        action="store_true",
        help="rewrite the golden files, to review their diff",
    )
