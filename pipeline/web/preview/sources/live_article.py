"""
An article that is rendered again whenever a file it depends on changes.

The browser always gets the last successful rendering; an error since then is shown beside it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING

from pipeline.checks import check
from pipeline.checks.finding_report import prepare_report
from pipeline.errors import ConfigError
from pipeline.models.article import Article, Figure, Image
from pipeline.models.edition import Edition
from pipeline.models.finding import Finding
from pipeline.models.issue import Issue
from pipeline.models.tree import walk
from pipeline.project import Project
from pipeline.web.preview.error_messages import describe_error
from pipeline.web.preview.sources.file_watcher import Timestamps, read_timestamps
from pipeline.web.preview.sources.unsaved_changes import find_unsaved_changes

if TYPE_CHECKING:
    from pipeline.senders import Sender

#: By then the browser has fetched the new rendering, which it would otherwise wait for during the checks.
_CHECK_DELAY_S = 0.25


@dataclass(frozen=True, kw_only=True, slots=True)
class Rendering:
    """
    An article as rendered once.

    Args:
        version: Counts up; the same version is the same rendering.
        article: As it was loaded; None if only the edition is known, as for a campaign. Likewise *issue*.
        findings: None until it is checked, which takes as long as rendering.
        source: What it was loaded from, as on the command line; "" if only the edition is known.
        duration_s: How long loading and rendering took.
    """

    version: int
    project: Project
    edition: Edition
    article: Article | None = None
    issue: Issue | None = None
    findings: tuple[Finding, ...] | None = None
    source: str = ""
    duration_s: float = 0.0


class LiveArticle:
    """
    The last rendering of an article; lets others wait for the next one.

    Args:
        source: A file, a folder or an address, as on the command line.
        load: Loads the article into a project, with the options of the command line.
    """

    def __init__(
        self,
        source: str,
        *,
        open_project: Callable[[], Project],
        load: Callable[[Project], Article],
    ) -> None:
        self.source = source
        self._open_project = open_project
        self._load = load
        self._condition = threading.Condition()
        self._refresh_lock = threading.Lock()
        #: The files as they were when the last rendering began.
        self.timestamps: Timestamps = set()
        self._project: Project | None = None
        self._issue: Issue | None = None
        #: The last successful rendering, None before the first one.
        self.rendering: Rendering | None = None
        #: The error of the last attempt, None if it succeeded.
        self.error: str | None = None
        #: Counts up whenever there is something new to show: a rendering, its findings, an error.
        self.revision = 0
        self.is_closed = False

    def refresh(self, changed: Collection[Path] = ()) -> None:
        """
        Render again and notify all who wait; check a little later, and notify them again.

        Args:
            changed: The changed files; theme and configuration are only read again if they are among them.
        """
        with self._refresh_lock:
            self._refresh(changed)

    def require_current(self) -> Rendering:
        """
        Return the rendering of what is saved now; it is rendered again if a file has changed since.

        Raises:
            ConfigError: The newest version cannot be rendered, or an editor has changes that are not saved.
        """
        path = Path(self.source)
        with self._refresh_lock:
            if read_timestamps(self.watched_paths()) != self.timestamps:
                self._refresh(())
        if self.error is not None or self.rendering is None:
            raise ConfigError(
                f"The newest version cannot be rendered, and an older one is not sent. {self.error}"
            )
        if unsaved := find_unsaved_changes(path):
            raise ConfigError(unsaved)
        return self.rendering

    def _refresh(self, changed: Collection[Path]) -> None:
        before = read_timestamps(self.watched_paths())
        try:
            rendering = self._render(changed)
        except (Exception, SystemExit) as error:  # the next change is rendered, whatever happens
            self.timestamps = before | self._find_new(before)
            self.show_error(error)
            return
        self.timestamps = before | self._find_new(before)
        self._publish(rendering, None)
        timer = threading.Timer(_CHECK_DELAY_S, self._check, (rendering,))
        timer.daemon = True
        timer.start()

    def _find_new(self, known: Timestamps) -> Timestamps:
        """Return the files that are watched now and were not, or were missing."""
        paths = {path for path, _ in known}
        return {each for each in read_timestamps(self.watched_paths()) if each[0] not in paths}

    def show_error(self, error: BaseException) -> None:
        """Show *error* beside the last rendering, until the next one succeeds."""
        self._publish(self.rendering, describe_error(error))

    def wait_for_change(self, revision: int, *, timeout_s: float) -> int:
        """Return the revision as soon as it is not *revision*, or after *timeout_s*."""
        with self._condition:
            self._condition.wait_for(
                lambda: self.revision != revision or self.is_closed, timeout=timeout_s
            )
            return self.revision

    def close(self) -> None:
        """Stop waiting for changes."""
        with self._condition:
            self.is_closed = True
            self._condition.notify_all()

    def watched_paths(self) -> Iterator[Path]:
        """Yield the files and folders the rendering depends on, missing ones too: they may be created."""
        source = Path(self.source)
        if source.parent.is_dir():
            yield source.absolute()
        if self._project:
            yield from (path for path in _project_paths(self._project) if path.parent.is_dir())
        if self._issue is None:
            return
        article = self._issue.article
        for node in walk((article.lead_image, article.blocks, article.notes)):
            if isinstance(node, Figure | Image) and node.src and "://" not in node.src:
                path = (source if source.is_dir() else source.parent) / node.src
                if path.parent.is_dir() and not path.is_dir():
                    yield path.absolute()

    def _render(self, changed: Collection[Path]) -> Rendering:
        started = perf_counter()
        project = self._project = self._reopen_project(changed)
        article = self._load(project)
        issue = self._issue = project.edit(article)
        edition = project.render(issue)
        return Rendering(
            version=self.rendering.version + 1 if self.rendering else 1,
            project=project,
            article=article,
            issue=issue,
            edition=edition,
            source=self.source,
            duration_s=perf_counter() - started,
        )

    def _reopen_project(self, changed: Collection[Path]) -> Project:
        """Return the current project, opened again if one of its files may have changed."""
        project = self._project
        if project is None or self.error or not changed:
            return self._open_project()
        is_changed = any(
            path == project_path or project_path in path.parents
            for path in changed
            for project_path in _project_paths(project)
        )
        return self._open_project() if is_changed else project

    def _check(self, rendering: Rendering) -> None:
        """Check *rendering*, unless there is a newer one, and publish the findings."""
        if self.rendering is not rendering or self.is_closed:
            return
        error = None
        try:
            now = rendering.project.clock.now()
            checked = replace(rendering, findings=find_problems(rendering, now))
        except (Exception, SystemExit) as problem:
            error, checked = describe_error(problem), replace(rendering, findings=())
        with self._condition:
            if self.rendering is rendering and self.error is None:
                self._publish(checked, error)

    def _publish(self, rendering: Rendering | None, error: str | None) -> None:
        with self._condition:
            self.rendering, self.error = rendering, error
            self.revision += 1
            self._condition.notify_all()


def _project_paths(project: Project) -> Iterator[Path]:
    """Yield the files and folders of *project* that change how messages look, whether they exist or not."""
    names = ("templates", "locale", "handbill.toml", "pyproject.toml")
    logos = (project.config.theme.logo, project.config.theme.logo_dark)
    yield from (project.root / name for name in (*names, *filter(None, logos)))


def find_problems(
    rendering: Rendering, send_at: datetime, sender: Sender | None = None
) -> tuple[Finding, ...]:
    """Return the findings about *rendering* if *sender*, by default the configured one, sends it at *send_at*."""
    project = rendering.project
    message = project.compose_sample(rendering.edition, sender=sender).message
    findings = check(
        rendering.edition, message=message, first_send_at=send_at, last_send_at=send_at
    )
    found = [*project.check_signing(sender), *project.goals.check(rendering.edition), *findings]
    issue = rendering.issue
    return tuple(prepare_report(found, issue.article) if issue else found)
