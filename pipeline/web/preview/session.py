"""
The desk: what lies open in one run of the preview, and what could be opened.

Every article opened keeps its studio and its watcher until the end.
"""

from __future__ import annotations

import hashlib
import re
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.errors import ConfigError
from pipeline.models.edition import Edition
from pipeline.models.issue import Issue
from pipeline.models.recipient import Recipient
from pipeline.models.subscriber import Subscriber
from pipeline.project import Project
from pipeline.web.preview.messages.preview_message import PreviewMessage, composed
from pipeline.web.preview.messages.view_as import reader
from pipeline.web.preview.sending.send_form import CampaignRunner
from pipeline.web.preview.sources.file_watcher import FileWatcher
from pipeline.web.preview.sources.live_article import LiveArticle, Rendering
from pipeline.web.preview.sources.saved_messages import CampaignEdition, SavedMessage

if TYPE_CHECKING:
    from pipeline.net.client import Client

#: What an article can be, among the files of a project.
_ENDINGS = (".md", ".markdown", ".txt", ".html", ".htm", ".docx")
_PASSED_OVER = ("templates", "outbox", "locale", "node_modules", "docs")
_MOST_ARTICLES = 500
#: In front matter, YAML or TOML, or as a heading.
_TITLE = re.compile(
    r"""title\s*[:=]\s*["']?(?P<front>[^"'\s].*?)["']?$|\#\s+(?P<heading>.+)$""",
    re.IGNORECASE | re.VERBOSE,
)
#: Messages remembered: one for each reader and moment looked at, and a frame asks for its own several times.
_MOST_KEPT = 64
#: So many subscribers are offered at once; more letters narrow them.
MOST_PEOPLE = 12


@dataclass(frozen=True, kw_only=True, slots=True)
class ArticleEntry:
    """An article that could be opened."""

    path: str
    title: str
    changed: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class ViewAs:
    """
    One message, as somebody wants to see it.

    Args:
        values: The reader's, by field.
        at: The instant of hand-over, null for now.
        language: Of the interface words, null for the letter's own.
        reader: Somebody from the roll, by the id `PreviewSession.people()` gave them; *values* win over theirs.
    """

    values: tuple[tuple[str, str], ...] = ()
    at: datetime | None = None
    language: str | None = None
    reader: str | None = None


OpenDocument = LiveArticle | SavedMessage | CampaignEdition


class PreviewSession:
    """
    All that lies open.

    Args:
        open_project: Opens the project anew: its configuration may have changed.
        load: Loads a source as the command line was told to.
        client: How the web is spoken to when somebody asks it after links.
    """

    def __init__(
        self,
        *,
        open_project: Callable[[], Project],
        load: Callable[[Project, str], Issue],
        client: Client | None = None,
    ) -> None:
        self.open_project = open_project
        self._client = client
        self._root: Path | None = None
        self._load = load
        self._studios: dict[str, LiveArticle] = {}
        self._lying: dict[str, SavedMessage | CampaignEdition] = {}
        self._people: dict[str, Recipient] = {}
        self._watchers: list[FileWatcher] = []
        self._lock = threading.Lock()
        self._composing = threading.Lock()
        self._made: dict[tuple[str, int, ViewAs], PreviewMessage] = {}
        self.sendings = CampaignRunner()

    @property
    def root(self) -> Path:
        """The folder of the project; it stays known while the configuration cannot be read."""
        if self._root is None:
            self._root = self.open_project().root
        return self._root

    @property
    def client(self) -> Client:
        """How the web is spoken to; made when somebody asks it."""
        if self._client is None:
            from pipeline.checks.online import LIMITS
            from pipeline.net.client import Client

            self._client = Client(limits=LIMITS)
        return self._client

    def open(self, source: str) -> str:
        """Open *source* and return its id; it is rendered now, and again whenever it changes."""
        name = hashlib.sha256(source.encode()).hexdigest()[:12]
        with self._lock:
            if name not in self._studios:
                _ = self.root  # known from now on, whatever becomes of the configuration
                studio = LiveArticle(
                    source,
                    open_project=self.open_project,
                    load=lambda project: self._load(project, source),
                )
                studio.refresh()
                watcher = FileWatcher(lambda: list(studio.watched()), studio.refresh)
                watcher.start()
                self._studios[name] = studio
                self._watchers.append(watcher)
        return name

    def open_letter(self, path: Path) -> str:
        """Open a message from a folder and return its id."""
        return self._lay(str(path), SavedMessage(path))

    def open_campaign(self, campaign: str) -> str:
        """
        Open the edition that *campaign* sends and return its id.

        Raises:
            StateError: There is no such campaign.
            StoreError: Its edition is gone or damaged.
        """
        project = self.open_project()
        with project.open_campaigns() as desk:
            found = desk.show(campaign)
            edition = desk.edition(found.digest)
        return self._lay(f"campaign {found.id}", CampaignEdition(found.id, edition, project))

    def _lay(self, source: str, found: SavedMessage | CampaignEdition) -> str:
        name = hashlib.sha256(source.encode()).hexdigest()[:12]
        with self._lock:
            if len(self._lying) >= _MOST_KEPT:
                self._lying.clear()
            self._lying[name] = found
        return name

    def opened(self, name: str) -> OpenDocument:
        """
        Return what was opened under that id.

        Raises:
            KeyError: Nothing was.
        """
        return self._studios.get(name) or self._lying[name]

    def people(self, words: str) -> list[tuple[str, Subscriber]]:
        """
        Return some subscribers whose name or address holds *words*, each with an id to want them by.

        Raises:
            ConfigError: There is no project.
            StoreError: The store cannot be opened.
        """
        with self.open_project().open_subscribers() as subscribers:
            found = subscribers.search(words, limit=MOST_PEOPLE)
        named = [(hashlib.sha256(s.address.key.encode()).hexdigest()[:12], s) for s in found]
        for name, subscriber in named:
            self._people[name] = Recipient(
                address=subscriber.address, values=dict(subscriber.attributes)
            )
        return named

    def show(self, opened: OpenDocument, wanted: ViewAs) -> PreviewMessage:
        """
        Return the message *wanted* of what was opened.

        Raises:
            PipelineError: There is no picture yet, or the message cannot be made.
        """
        if isinstance(opened, SavedMessage):
            return opened.shown
        picture = picture_of(opened)
        key = (opened.source, picture.version, wanted)
        with self._composing:  # several frames ask for the same one at once
            shown = self._made.get(key)
            if shown is None:
                if len(self._made) >= _MOST_KEPT:
                    self._made.clear()
                shown = self._made[key] = self._compose(picture, wanted)
            return shown

    def reader(self, edition: Edition, wanted: ViewAs) -> Recipient:
        """Return who *edition* is looked at as."""
        person = self._people.get(wanted.reader or "")
        given = dict(wanted.values)
        if person is None:
            return reader(edition, given)
        return reader(edition, {**person.values, **given}, address=person.address)

    def _compose(self, picture: Rendering, wanted: ViewAs) -> PreviewMessage:
        if picture.issue and wanted.language and wanted.language != picture.issue.language:
            issue = replace(picture.issue, language=wanted.language)
            picture = replace(picture, issue=issue, edition=picture.project.render(issue))
        at = wanted.at or picture.project.clock.now()
        return composed(picture, self.reader(picture.edition, wanted), at)

    def articles(self) -> list[ArticleEntry]:
        """Return the articles of the project, the one changed last first."""
        root = self.open_project().root
        found = [_found(path, root) for path in _article_files(root)]
        return sorted(found, key=lambda article: article.changed, reverse=True)

    def close(self) -> None:
        """Close everything that was opened, and let what is being sent come to a halt."""
        self.sendings.close()
        for studio in self._studios.values():
            studio.close()
        for lying in self._lying.values():
            lying.close()
        for watcher in self._watchers:
            watcher.stop()


def picture_of(opened: LiveArticle | CampaignEdition) -> Rendering:
    """
    Return the last good rendering of what was opened.

    Raises:
        ConfigError: There is none yet.
    """
    if isinstance(opened, CampaignEdition):
        return Rendering(version=1, project=opened.project, edition=opened.edition)
    if opened.picture is None:
        raise ConfigError(opened.error or "There is nothing to see yet.")
    return opened.picture


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


def _found(path: Path, root: Path) -> ArticleEntry:
    return ArticleEntry(
        path=str(path.relative_to(root)),
        title=_title(path),
        changed=datetime.fromtimestamp(path.stat().st_mtime).astimezone(),
    )


def _title(path: Path) -> str:
    """
    Return what is probably the title, without loading the article: there may be hundreds.

    The first line of pasted text is none: it is as likely a page's menu.
    """
    name = re.sub(r"[-_]+", " ", path.stem)
    if path.suffix.lower() not in (".md", ".markdown"):
        return name
    with path.open(encoding="utf-8", errors="replace") as file:
        for line in (next(file, "") for _ in range(30)):
            if said := _TITLE.match(line.strip()):
                return said["front"] or said["heading"]
    return name
