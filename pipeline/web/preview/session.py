"""The preview session: everything that is open in one run of the preview."""

from __future__ import annotations

import hashlib
import secrets
import threading
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.errors import ConfigError
from pipeline.models.article import Article
from pipeline.models.edition import Edition
from pipeline.models.recipient import Recipient
from pipeline.models.subscriber import Subscriber
from pipeline.project import Project
from pipeline.web.preview.messages.preview_message import PreviewMessage, compose_message
from pipeline.web.preview.messages.view_as import ViewAs, build_recipient
from pipeline.web.preview.sending.background_runner import BackgroundRunner
from pipeline.web.preview.sources.article_list import ArticleEntry, list_articles
from pipeline.web.preview.sources.file_watcher import FileWatcher
from pipeline.web.preview.sources.live_article import LiveArticle, Rendering
from pipeline.web.preview.sources.message_folders import find_files
from pipeline.web.preview.sources.saved_messages import CampaignEdition, SavedMessage

if TYPE_CHECKING:
    from pipeline.net.client import Client

#: Composed messages in the cache: one for each recipient and time, which each frame requests several times.
_CACHE_SIZE = 64
#: The number of subscribers that a search returns.
MAX_SUBSCRIBERS = 12

Document = LiveArticle | SavedMessage | CampaignEdition


class PreviewSession:
    """
    Opens articles, campaigns and messages, and composes them for a recipient; an open article is watched to the end.

    Args:
        open_project: Opens the project again: its configuration may have changed.
        load: Loads an article with the options of the command line.
        client: The HTTP client for checking links.
        sources: Articles that need not be in the project: the one of the command line.
        folders: Folders with messages.
    """

    def __init__(
        self,
        *,
        open_project: Callable[[], Project],
        load: Callable[[Project, str], Article],
        client: Client | None = None,
        sources: Iterable[str] = (),
        folders: Iterable[Path] = (),
    ) -> None:
        #: Another one after each start: a page that sees it change loads itself again.
        self.id = secrets.token_hex(4)
        self.is_closed = False
        self._sources, self._folders = tuple(sources), tuple(folders)
        self.open_project = open_project
        self._client = client
        self._root: Path | None = None
        self._load = load
        self._articles: dict[str, LiveArticle] = {}
        self._static: dict[str, SavedMessage | CampaignEdition] = {}
        self._subscribers: dict[str, Recipient] = {}
        self._watchers: list[FileWatcher] = []
        self._lock = threading.Lock()
        self._compose_lock = threading.Lock()
        self._cache: dict[tuple[str, int, ViewAs], PreviewMessage] = {}
        self.background_runner = BackgroundRunner()

    @property
    def root(self) -> Path:
        """The folder of the project; known even while its configuration has an error."""
        if self._root is None:
            self._root = self.open_project().root
        return self._root

    @property
    def client(self) -> Client:
        """The HTTP client for checking links, created on first use."""
        if self._client is None:
            from pipeline.checks.online import LIMITS
            from pipeline.net.client import Client

            self._client = Client(limits=LIMITS)
        return self._client

    def open_article(self, source: str) -> str:
        """Open an article and return its document id; it is rendered now, and again whenever it changes."""
        document_id = _hash(source)
        with self._lock:
            if document_id not in self._articles:
                _ = self.root  # read it now: the configuration may have an error later
                article = LiveArticle(
                    source,
                    open_project=self.open_project,
                    load=lambda project: self._load(project, source),
                )
                article.refresh()
                watcher = FileWatcher(
                    lambda: list(article.watched_paths()),
                    article.refresh,
                    article.show_error,
                    known=article.timestamps,
                )
                watcher.start()
                self._articles[document_id] = article
                self._watchers.append(watcher)
        return document_id

    def open_message(self, path: Path) -> str:
        """Open a message file and return its document id."""
        return self._add_static(str(path), SavedMessage(path))

    def open_campaign(self, campaign: str) -> str:
        """
        Open the edition of a campaign and return its document id.

        Raises:
            StateError: The campaign does not exist.
            StoreError: Its edition is missing or damaged.
        """
        project = self.open_project()
        with project.open_campaigns() as campaigns:
            found = campaigns.get(campaign)
            edition = campaigns.read_edition(found.digest)
        return self._add_static(f"campaign {found.id}", CampaignEdition(found.id, edition, project))

    def _add_static(self, source: str, document: SavedMessage | CampaignEdition) -> str:
        document_id = _hash(source)
        with self._lock:
            if len(self._static) >= _CACHE_SIZE:
                self._static.clear()
            self._static[document_id] = document
        return document_id

    def get_document(self, document_id: str) -> Document:
        """
        Return a document; one whose id is from before a restart is opened again.

        Raises:
            KeyError: No document has this id.
        """
        found = self._articles.get(document_id) or self._static.get(document_id)
        if found is None and self._reopen(document_id):
            found = self._articles.get(document_id) or self._static.get(document_id)
        if found is None:
            raise KeyError(document_id)
        return found

    def _reopen(self, document_id: str) -> bool:
        """Open the article or message with this id, and return whether there is one."""
        for path in (
            *self._sources,
            *(str(self.root / each.path) for each in self.list_articles()),
        ):
            if _hash(path) == document_id:
                return self.open_article(path) == document_id
        for folder in self._folders:
            for file in find_files(folder):
                if _hash(str(file)) == document_id:
                    return self.open_message(file) == document_id
        return self._reopen_campaign(document_id)

    def _reopen_campaign(self, document_id: str) -> bool:
        project = self.open_project()
        if not project.storage.has_store:
            return False
        with project.open_campaigns() as campaigns:
            ids = [campaign.id for campaign in campaigns.list_campaigns()]
        found = next((each for each in ids if _hash(f"campaign {each}") == document_id), None)
        return found is not None and self.open_campaign(found) == document_id

    def search_subscribers(self, text: str) -> list[tuple[str, Subscriber]]:
        """
        Return subscribers whose name or address contains *text*, each with an id for `ViewAs`.

        Raises:
            ConfigError: There is no project.
            StoreError: The database cannot be opened.
        """
        with self.open_project().open_subscribers() as store:
            found = store.search(text, limit=MAX_SUBSCRIBERS)
            digests = [store.hash_address(subscriber.address) for subscriber in found]
        results = [(_hash(subscriber.address.key), subscriber) for subscriber in found]
        for (subscriber_id, subscriber), digest in zip(results, digests, strict=True):
            self._subscribers[subscriber_id] = Recipient(
                address=subscriber.address, values=dict(subscriber.attributes), digest=digest
            )
        return results

    def get_message(self, document: Document, view_as: ViewAs) -> PreviewMessage:
        """
        Return the message of *document* for a recipient and a time.

        Raises:
            PipelineError: There is no rendering yet, or the message cannot be composed.
        """
        if isinstance(document, SavedMessage):
            return document.message
        rendering = get_rendering(document)
        key = (document.source, rendering.version, view_as)
        with self._compose_lock:  # several frames request the same message at once
            message = self._cache.get(key)
            if message is None:
                if len(self._cache) >= _CACHE_SIZE:
                    self._cache.clear()
                message = self._cache[key] = self._compose(rendering, view_as)
            return message

    def get_recipient(self, edition: Edition, view_as: ViewAs) -> Recipient:
        """Return the recipient that *view_as* describes."""
        subscriber = self._subscribers.get(view_as.subscriber or "")
        values = dict(view_as.values)
        if subscriber is None:
            return build_recipient(edition, values)
        return build_recipient(
            edition,
            {**subscriber.values, **values},
            address=subscriber.address,
            digest=subscriber.digest,
        )

    def _compose(self, rendering: Rendering, view_as: ViewAs) -> PreviewMessage:
        project, issue, edition = rendering.project, rendering.issue, rendering.edition
        if issue and view_as.language and view_as.language != issue.language:
            edition = project.render(replace(issue, language=view_as.language))
        return compose_message(
            edition,
            self.get_recipient(edition, view_as),
            view_as.at or project.clock.now(),
            project=project,
            preheader=issue.preheader if issue else "",
        )

    def list_articles(self) -> list[ArticleEntry]:
        """Return the articles of the project, the last modified first."""
        return list_articles(self.open_project().root)

    def close(self) -> None:
        """Pause campaigns that are being sent, and close all documents."""
        self.is_closed = True
        self.background_runner.close()
        for document in (*self._articles.values(), *self._static.values()):
            document.close()
        for watcher in self._watchers:
            watcher.stop()


def get_rendering(document: LiveArticle | CampaignEdition) -> Rendering:
    """
    Return the last successful rendering of a document.

    Raises:
        ConfigError: It was never rendered successfully.
    """
    if isinstance(document, CampaignEdition):
        return Rendering(version=1, project=document.project, edition=document.edition)
    if document.rendering is None:
        raise ConfigError(document.error or "The article is not rendered yet.")
    return document.rendering


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:12]
