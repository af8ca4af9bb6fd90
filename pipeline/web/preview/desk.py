"""
The desk: what lies open in one run of the preview, and what could be opened.

Every article opened keeps its studio and its watcher until the end.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from threading import Event

from pipeline.errors import ConfigError
from pipeline.issue import Issue
from pipeline.project import Project
from pipeline.web.preview.readers import reader
from pipeline.web.preview.shown import Shown, composed, received
from pipeline.web.preview.studio import Picture, Studio
from pipeline.web.preview.watching import Watcher

#: What an article can be, among the files of a project.
_ENDINGS = (".md", ".markdown", ".txt", ".html", ".htm", ".docx")
_PASSED_OVER = ("templates", "outbox", "locale", "node_modules", "docs")
_MOST_ARTICLES = 500
#: Messages remembered: one for each reader and moment looked at, and a frame asks for its own several times.
_MOST_KEPT = 64


@dataclass(frozen=True, kw_only=True, slots=True)
class Found:
    """An article that could be opened."""

    path: str
    title: str
    changed: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Wanted:
    """
    One message, as somebody wants to see it.

    Args:
        values: The reader's, by field.
        at: The instant of hand-over, null for now.
        language: Of the interface words, null for the letter's own.
    """

    values: tuple[tuple[str, str], ...] = ()
    at: datetime | None = None
    language: str | None = None


class Letter:
    """A message from a folder, opened to look at; it never changes."""

    news = 1
    error = None

    def __init__(self, path: Path) -> None:
        self.source = str(path)
        self.shown = received(path.read_bytes())
        self._closed = Event()

    @property
    def is_closed(self) -> bool:
        """Whether the preview has ended."""
        return self._closed.is_set()

    def wait(self, seen: int, *, timeout_s: float) -> int:
        """Return the count of news, after *timeout_s*: there is none."""
        self._closed.wait(timeout_s)
        return self.news

    def close(self) -> None:
        """Let go who waits."""
        self._closed.set()


class Desk:
    """
    All that lies open.

    Args:
        open_project: Opens the project anew: its configuration may have changed.
        load: Loads a source as the command line was told to.
    """

    def __init__(
        self,
        *,
        open_project: Callable[[], Project],
        load: Callable[[Project, str], Issue],
    ) -> None:
        self.open_project = open_project
        self._load = load
        self._studios: dict[str, Studio] = {}
        self._letters: dict[str, Letter] = {}
        self._watchers: list[Watcher] = []
        self._lock = threading.Lock()
        self._made: dict[tuple[str, int, Wanted], Shown] = {}

    def open(self, source: str) -> str:
        """Open *source* and return its id; it is rendered now, and again whenever it changes."""
        name = hashlib.sha256(source.encode()).hexdigest()[:12]
        with self._lock:
            if name not in self._studios:
                studio = Studio(
                    source,
                    open_project=self.open_project,
                    load=lambda project: self._load(project, source),
                )
                studio.refresh()
                watcher = Watcher(lambda: list(studio.watched()), studio.refresh)
                watcher.start()
                self._studios[name] = studio
                self._watchers.append(watcher)
        return name

    def open_letter(self, path: Path) -> str:
        """Open a message from a folder and return its id."""
        name = hashlib.sha256(str(path).encode()).hexdigest()[:12]
        with self._lock:
            if len(self._letters) >= _MOST_KEPT:
                self._letters.clear()
            self._letters[name] = Letter(path)
        return name

    def opened(self, name: str) -> Studio | Letter:
        """
        Return what was opened under that id.

        Raises:
            KeyError: Nothing was.
        """
        return self._studios.get(name) or self._letters[name]

    def show(self, opened: Studio | Letter, wanted: Wanted) -> Shown:
        """
        Return the message *wanted* of what was opened.

        Raises:
            PipelineError: There is no picture yet, or the message cannot be made.
        """
        return opened.shown if isinstance(opened, Letter) else self._composed(opened, wanted)

    def _composed(self, studio: Studio, wanted: Wanted) -> Shown:
        picture = studio.picture
        if picture is None:
            raise ConfigError(studio.error or "There is nothing to see yet.")
        key = (studio.source, picture.version, wanted)
        shown = self._made.get(key)
        if shown is None:
            if len(self._made) >= _MOST_KEPT:
                self._made.clear()
            shown = self._made[key] = _compose(picture, wanted)
        return shown

    def articles(self) -> list[Found]:
        """Return the articles of the project, the one changed last first."""
        root = self.open_project().root
        found = [_found(path, root) for path in _article_files(root)]
        return sorted(found, key=lambda article: article.changed, reverse=True)

    def close(self) -> None:
        """Close everything that was opened."""
        for studio in self._studios.values():
            studio.close()
        for letter in self._letters.values():
            letter.close()
        for watcher in self._watchers:
            watcher.stop()


def _compose(picture: Picture, wanted: Wanted) -> Shown:
    if wanted.language and wanted.language != picture.issue.language:
        issue = replace(picture.issue, language=wanted.language)
        picture = replace(picture, issue=issue, edition=picture.project.render(issue))
    at = wanted.at or picture.project.clock.now()
    values: Mapping[str, str] = dict(wanted.values)
    return composed(picture, reader(picture.edition, values), at)


def _article_files(root: Path) -> Iterator[Path]:
    """Yield the files that may be articles, in the project and two folders deep."""
    count = 0
    for pattern in ("*", "*/*", "*/*/*"):
        for path in sorted(root.glob(pattern)):
            parts = path.relative_to(root).parts
            is_hidden = any(part.startswith((".", "_")) for part in parts)
            if is_hidden or parts[0] in _PASSED_OVER or path.suffix.lower() not in _ENDINGS:
                continue
            if path.name.upper() in ("README.MD", "CHANGELOG.MD", "LICENSE.TXT"):
                continue
            yield path
            count += 1
            if count == _MOST_ARTICLES:
                return


def _found(path: Path, root: Path) -> Found:
    return Found(
        path=str(path.relative_to(root)),
        title=_title(path),
        changed=datetime.fromtimestamp(path.stat().st_mtime).astimezone(),
    )


def _title(path: Path) -> str:
    """Return what is probably the title, without loading the article: there may be hundreds."""
    if path.suffix.lower() not in (".md", ".markdown", ".txt"):
        return path.stem
    with path.open(encoding="utf-8", errors="replace") as file:
        for line in (next(file, "") for _ in range(30)):
            text = line.strip()
            if text.lower().startswith("title:"):
                return text[6:].strip().strip("\"'") or path.stem
            if text.startswith("# "):
                return text[2:].strip()
            if path.suffix.lower() == ".txt" and text:
                return text[:100]
    return path.stem
