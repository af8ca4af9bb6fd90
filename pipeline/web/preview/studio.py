"""
The studio: one article, rendered again whenever something it is made of changes.

What a browser asks for is answered from the last rendering that worked; a mistake made since then is told beside it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from time import perf_counter

from pipeline.article import Figure, Image, walk
from pipeline.checks import check
from pipeline.edition import Edition
from pipeline.errors import PipelineError
from pipeline.finding import Finding
from pipeline.issue import Issue
from pipeline.project import Project


@dataclass(frozen=True, kw_only=True, slots=True)
class Picture:
    """
    One rendering.

    Args:
        version: Counts up; the same version is the same picture.
        issue: Null if only the edition was kept.
        findings: Null until it was checked, which takes as long again.
        took_s: How long loading and rendering took.
    """

    version: int
    project: Project
    edition: Edition
    issue: Issue | None = None
    findings: tuple[Finding, ...] | None = None
    took_s: float = 0.0


class Studio:
    """
    The last rendering of an article, and who waits for the next one.

    Args:
        source: A file or folder, as the command line takes it.
        load: Loads it in a project opened anew; the options of the command line are in it.
    """

    def __init__(
        self, source: str, *, open_project: Callable[[], Project], load: Callable[[Project], Issue]
    ) -> None:
        self.source = source
        self._open_project = open_project
        self._load = load
        self._changed = threading.Condition()
        self._picture: Picture | None = None
        self._error: str | None = None
        self._news = 0
        self._is_closed = False

    @property
    def news(self) -> int:
        """Counts up whenever there is something new to see: a picture, its findings, a mistake."""
        return self._news

    @property
    def error(self) -> str | None:
        """What is wrong with the newest attempt, null if nothing is."""
        return self._error

    @property
    def picture(self) -> Picture | None:
        """The last rendering that worked, null if none has."""
        return self._picture

    def refresh(self) -> None:
        """Render again and tell everybody who waits; then check, and tell them again."""
        try:
            picture = self._render()
        except (PipelineError, OSError) as problem:
            self._tell(self._picture, str(problem))
            return
        self._tell(picture, None)
        self._tell(replace(picture, findings=_check(picture)), None)

    @property
    def is_closed(self) -> bool:
        """Whether the preview has ended."""
        return self._is_closed

    def wait(self, seen: int, *, timeout_s: float) -> int:
        """Return the count of news as soon as it is not *seen*, or after *timeout_s* all the same."""
        with self._changed:
            self._changed.wait_for(lambda: self._news != seen or self._is_closed, timeout=timeout_s)
            return self._news

    def close(self) -> None:
        """Let everybody go who waits."""
        with self._changed:
            self._is_closed = True
            self._changed.notify_all()

    def watched(self) -> Iterator[Path]:
        """Yield the files and folders the letter is made of: article, pictures, themes, words, configuration."""
        source = Path(self.source)
        if source.exists():
            yield source.resolve()
        picture = self._picture
        if picture is None or picture.issue is None:
            return
        root, article = picture.project.root, picture.issue.article
        for name in ("templates", "locale", "handbill.toml", "pyproject.toml"):
            if (root / name).exists():
                yield root / name
        for node in walk((article.lead_image, article.blocks, article.notes)):
            if isinstance(node, Figure | Image) and node.src and "://" not in node.src:
                found = source.parent / node.src
                if found.is_file():
                    yield found.resolve()

    def _tell(self, picture: Picture | None, error: str | None) -> None:
        with self._changed:
            self._picture, self._error = picture, error
            self._news += 1
            self._changed.notify_all()

    def _render(self) -> Picture:
        begun = perf_counter()
        project = self._open_project()
        issue = self._load(project)
        edition = project.render(issue)
        return Picture(
            version=self._picture.version + 1 if self._picture else 1,
            project=project,
            issue=issue,
            edition=edition,
            took_s=perf_counter() - begun,
        )


def _check(picture: Picture) -> tuple[Finding, ...]:
    project, now = picture.project, picture.project.clock.now()
    message = project.sample(picture.edition).message
    found = check(picture.edition, message=message, first=now, last=now)
    return (*project.signing_findings(), *found)
