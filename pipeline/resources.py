"""Find what is shipped with the package: themes, sample articles, scripts; in a wheel and in a checkout alike."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).parent


def shipped(kind: str) -> Path:
    """Return the folder of shipped *kind*, `templates` or `seeds`."""
    inside_wheel = _PACKAGE / "_shipped" / kind
    return inside_wheel if inside_wheel.is_dir() else _PACKAGE.parent / kind


def static(name: str) -> Path:
    """Return the file *name* of those that pages load: scripts and their licences."""
    return _PACKAGE / "web" / "static" / name
