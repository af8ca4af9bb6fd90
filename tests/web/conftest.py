"""Pictures of the preview are taken anew with `pytest tests/web --refresh-pictures`."""

from __future__ import annotations

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the flag."""
    parser.addoption(
        "--refresh-pictures",
        action="store_true",
        help="take the pictures of the preview in docs/images anew",
    )
