"""
The studio: one article, rendered again whenever something it is made of changes.

What a browser asks for is answered from the last rendering that worked; a mistake made since then is told beside it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from time import perf_counter

from pipeline.checks import check
from pipeline.errors import PipelineError
from pipeline.models.article import Figure, Image
from pipeline.models.edition import Edition
from pipeline.models.finding import Finding
from pipeline.models.issue import Issue
from pipeline.models.tree import walk
from pipeline.project import Project

#: Until then the browser asks for the new picture, and would have to share this process with the checks.
_CHECK_AFTER_S = 0.25


@dataclass(frozen=True, kw_only=True, slots=True)
class Rendering:
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


class LiveArticle:
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
        self._picture: Rendering | None = None
        self._project: Project | None = None
        self._issue: Issue | None = None
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
    def picture(self) -> Rendering | None:
        """The last rendering that worked, null if none has."""
        return self._picture

    def refresh(self, changed: Collection[Path] = ()) -> None:
        """
        Render again and tell everybody who waits; a little later check, and tell them again.

        Args:
            changed: The files that did; unless theme or configuration is among them, both stay as they were read.
        """
        try:
            picture = self._render(changed)
        except (PipelineError, OSError) as problem:
            self._tell(self._picture, str(problem))
            return
        self._tell(picture, None)
        later = threading.Timer(_CHECK_AFTER_S, self._look_over, (picture,))
        later.daemon = True
        later.start()

    def _look_over(self, picture: Rendering) -> None:
        """Check *picture*, unless a newer one is there."""
        if self._picture is not picture or self._is_closed:
            return
        try:
            findings = _check(picture)
        except PipelineError as problem:
            self._tell_of(picture, picture, str(problem))
            return
        self._tell_of(picture, replace(picture, findings=findings), None)

    def _up_to_date(self, changed: Collection[Path]) -> Project:
        """Return the project as it was opened last, or opened anew if it may have changed."""
        last = self._project
        if last is None or self._error or not changed:
            return self._open_project()
        is_touched = any(
            path == file or file in path.parents
            for path in changed
            for file in _project_files(last)
        )
        return self._open_project() if is_touched else last

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
        """Yield the files and folders the letter is made of, those that are missing too: they may come back."""
        source = Path(self.source)
        if source.parent.is_dir():
            yield source.absolute()
        if self._project:
            yield from (file for file in _project_files(self._project) if file.parent.is_dir())
        if self._issue is None:
            return
        article = self._issue.article
        for node in walk((article.lead_image, article.blocks, article.notes)):
            if isinstance(node, Figure | Image) and node.src and "://" not in node.src:
                found = (source if source.is_dir() else source.parent) / node.src
                if found.parent.is_dir():
                    yield found.absolute()

    def _tell(self, picture: Rendering | None, error: str | None) -> None:
        with self._changed:
            self._picture, self._error = picture, error
            self._news += 1
            self._changed.notify_all()

    def _tell_of(self, seen: Rendering, picture: Rendering, error: str | None) -> None:
        """Tell *picture*, what is newly known of the one *seen*, unless another has come since."""
        with self._changed:
            if self._picture is seen and self._error is None:
                self._picture, self._error = picture, error
                self._news += 1
                self._changed.notify_all()

    def _render(self, changed: Collection[Path]) -> Rendering:
        begun = perf_counter()
        project = self._project = self._up_to_date(changed)
        issue = self._issue = self._load(project)
        edition = project.render(issue)
        return Rendering(
            version=self._picture.version + 1 if self._picture else 1,
            project=project,
            issue=issue,
            edition=edition,
            took_s=perf_counter() - begun,
        )


def _project_files(project: Project) -> Iterator[Path]:
    """Yield the files and folders of *project* that decide how its letters look, whether they are there or not."""
    names = ("templates", "locale", "handbill.toml", "pyproject.toml")
    logos = (project.config.theme.logo, project.config.theme.logo_dark)
    yield from (project.root / name for name in (*names, *filter(None, logos)))


def _check(picture: Rendering) -> tuple[Finding, ...]:
    project, now = picture.project, picture.project.clock.now()
    message = project.compose_sample(picture.edition).message
    found = check(picture.edition, message=message, first_send_at=now, last_send_at=now)
    return (*project.check_signing(), *found)
