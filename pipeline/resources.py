"""Find what is shipped with the package: themes, articles, words, scripts; in a wheel and in a checkout alike."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).parent


def shipped(kind: str) -> Path:
    """Return the folder of shipped *kind*: `templates`, `seeds` or `locale`."""
    inside_package = (_PACKAGE / "_shipped" / kind, _PACKAGE / kind)
    return next(filter(Path.is_dir, inside_package), _PACKAGE.parent / kind)


def static(name: str) -> Path:
    """Return the file *name* of those that pages load: scripts and their licences."""
    return _PACKAGE / "web" / "static" / name
