"""List the articles of a project."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from pipeline.state_dir import ARCHIVE_MANIFEST

_SUFFIXES = (".md", ".markdown", ".txt", ".html", ".htm", ".docx")
_IGNORED_FOLDERS = ("templates", "outbox", "locale", "node_modules", "docs")
_IGNORED_FILES = ("README.MD", "CHANGELOG.MD", "LICENSE.TXT")
_MAX_ARTICLES = 500
#: In front matter, YAML or TOML, or as a heading.
_TITLE = re.compile(
    r"""title\s*[:=]\s*["']?(?P<front>[^"'\s].*?)["']?$|\#\s+(?P<heading>.+)$""",
    re.IGNORECASE | re.VERBOSE,
)
_TITLE_LINES, _MAX_LINE_CHARACTERS = 30, 1_000


@dataclass(frozen=True, kw_only=True, slots=True)
class ArticleEntry:
    """An article of the project; *path* is relative to its root."""

    path: str
    title: str
    modified_at: datetime


def list_articles(root: Path) -> list[ArticleEntry]:
    """
    Return the articles in *root* and its folders, two levels deep, the last modified first.

    What `handbill render` and `handbill archive build` wrote is left out.
    """
    entries = []
    for path in _find_files(root):
        with suppress(OSError):  # it was deleted in the meantime, or cannot be read
            entry = ArticleEntry(
                path=str(path.relative_to(root)),
                title=_read_title(path),
                modified_at=datetime.fromtimestamp(path.stat().st_mtime, UTC),
            )
            entries.append(entry)
    return sorted(entries, key=lambda entry: entry.modified_at, reverse=True)


def _find_files(root: Path) -> Iterator[Path]:
    count, exports = 0, _find_exports(root)
    for pattern in ("*", "*/*", "*/*/*"):
        for path in sorted(root.glob(pattern)):
            parts = path.relative_to(root).parts
            is_hidden = any(part.startswith((".", "_")) for part in parts)
            if is_hidden or parts[0] in _IGNORED_FOLDERS or path.suffix.lower() not in _SUFFIXES:
                continue
            if path.name.upper() in _IGNORED_FILES or not str(path).isprintable():
                continue
            if not path.is_file():  # a folder, a pipe, or a link to nothing
                continue
            if _is_rendered(path) or not exports.isdisjoint(path.parents):
                continue
            yield path
            count += 1
            if count == _MAX_ARTICLES:
                return


def _find_exports(root: Path) -> set[Path]:
    """Return the folders in *root* that `handbill archive build` wrote."""
    levels = ("*", "*/*")
    return {file.parent for level in levels for file in root.glob(f"{level}/{ARCHIVE_MANIFEST}")}


def _is_rendered(path: Path) -> bool:
    """Whether *path* is one of the three files that `handbill render` writes: HTML, text and message of one name."""
    return path.suffix in (".html", ".txt") and all(
        path.with_suffix(suffix).is_file() for suffix in (".html", ".txt", ".eml")
    )


def _read_title(path: Path) -> str:
    """
    Return the likely title, without loading the article: there may be hundreds.

    For other files than Markdown it is the file name: the first line of pasted text may be a menu.
    """
    name = re.sub(r"[-_]+", " ", path.stem)
    if path.suffix.lower() not in (".md", ".markdown"):
        return name
    with path.open(encoding="utf-8", errors="replace") as file:
        for line in (file.readline(_MAX_LINE_CHARACTERS) for _ in range(_TITLE_LINES)):
            if match := _TITLE.match(line.strip()):
                return match["front"] or match["heading"]
    return name
