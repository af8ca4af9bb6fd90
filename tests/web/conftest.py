"""`pytest tests/web --refresh-screenshots` takes the screenshots of the docs again."""

from __future__ import annotations

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option."""
    parser.addoption(
        "--refresh-screenshots",
        action="store_true",
        help="take the screenshots in docs/images again",
    )
