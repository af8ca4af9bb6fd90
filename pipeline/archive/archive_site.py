"""
The files of an archive: pages, feeds and images, each with what determines its bytes.

The service and the static export both take them from here, so that they are the same to the byte. A file's digest is
known before the file is rendered, so that neither renders what has not changed.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from typing import Any

from pipeline._version import __version__
from pipeline.archive.archive_store import ArchiveStore
from pipeline.archive.feeds.feed_pages import FeedPage, FeedSource, split_feed
from pipeline.archive.feeds.write_atom import write_atom
from pipeline.archive.feeds.write_json_feed import write_json_feed
from pipeline.archive.search_index import MAX_QUERY_CHARACTERS, SearchIndex
from pipeline.models.archived_issue import ArchivedIssue, list_files, to_file_name
from pipeline.models.edition import Edition
from pipeline.models.issue import Appeal, Goal
from pipeline.models.issue_document import IssueDocument
from pipeline.models.tree import map_nodes, to_json
from pipeline.rendering.web.page_head import ATOM_TYPE, JSON_FEED_TYPE
from pipeline.rendering.web.page_renderer import FILES, SEARCH, IssueList, PageRenderer

HTML_TYPE = "text/html; charset=utf-8"
#: Issues on the first page.
_NEWEST = 12
#: Of amounts raised, by currency and goal, both in minor units.
Goals = Mapping[tuple[str, int], int]


@dataclass(frozen=True, kw_only=True, slots=True)
class Resource:
    """
    One file of the archive.

    Args:
        path: Below the archive's URL; one that ends in a slash is its `index.html`.
        digest: Of all that determines its bytes.
        is_listed: Whether search engines may list it.
    """

    path: str
    digest: str
    media_type: str
    render: Callable[[], bytes]
    is_listed: bool = True

    @property
    def file_name(self) -> str:
        """Its path in a static export."""
        return f"{self.path}index.html" if not self.path or self.path.endswith("/") else self.path


class ArchiveSite:
    """
    The site of an archive.

    Args:
        settings: Whatever else the bytes depend on: the configuration, translations.
        goals: How much was raised towards each goal, as of now; other goals are not shown any more.
    """

    def __init__(
        self,
        store: ArchiveStore,
        renderer: PageRenderer,
        *,
        settings: str,
        goals: Goals,
    ) -> None:
        self.store = store
        self.renderer = renderer
        self._seed = f"{__version__} {settings}"
        self._goals = goals
        self._read = lru_cache(maxsize=64)(store.read_edition)
        self._index = SearchIndex(store.read_edition) if renderer.has_search else None

    def list_resources(self, *, at: datetime) -> dict[str, Resource]:
        """
        Return all files by path.

        Args:
            at: What is true of an appeal then is shown.
        """
        issues = self.store.list_issues()
        public = [issue for issue in issues if issue.is_public]
        found = [
            *self._list_issue_pages(issues, public, at),
            *self._list_lists(public),
            *self._list_feeds(public),
            *self._list_files(issues),
        ]
        return {resource.path: resource for resource in found}

    def render_search(self, query: str) -> bytes:
        """Return the page with the search form and what it finds for *query*; it is not part of an export."""
        assert self._index is not None, "only a site with a search has this page"
        public = [issue for issue in self.store.list_issues() if issue.is_public]
        found = IssueList(
            path=SEARCH,
            heading="",
            issues=tuple(self._index.find(query, public)),
            query=query.strip()[:MAX_QUERY_CHARACTERS],
        )
        return self.renderer.render_list(found)

    # Pages

    def _list_issue_pages(
        self, issues: Sequence[ArchivedIssue], public: Sequence[ArchivedIssue], at: datetime
    ) -> Iterator[Resource]:
        newer = dict(zip((each.slug for each in public[1:]), public, strict=False))
        older = dict(zip((each.slug for each in public), public[1:], strict=False))
        for issue in issues:
            yield self._build_issue_page(issue, newer.get(issue.slug), older.get(issue.slug), at)

    def _build_issue_page(
        self,
        issue: ArchivedIssue,
        newer: ArchivedIssue | None,
        older: ArchivedIssue | None,
        at: datetime,
    ) -> Resource:
        def render() -> bytes:
            edition = self._read(issue.digest)
            document = self._read_document(edition)
            return self.renderer.render_issue(
                issue, edition, document, at=at, newer=newer, older=older
            )

        passed = [at >= deadline for deadline in issue.card.deadlines]
        goals = sorted(map(str, self._goals.items())) if issue.card.has_goal else []
        neighbors = [_name_neighbor(each) for each in (newer, older)]
        return Resource(
            path=f"{issue.slug}/",
            digest=self._digest("page", to_json(issue), passed, goals, neighbors),
            media_type=HTML_TYPE,
            render=render,
            is_listed=issue.is_public,
        )

    def _list_lists(self, public: Sequence[ArchivedIssue]) -> Iterator[Resource]:
        """Yield the first page, with the newest issues, and that of each year, which seldom changes."""
        by_year: dict[int, list[ArchivedIssue]] = {}
        for issue in public:
            by_year.setdefault(self.renderer.find_day(issue).year, []).append(issue)
        years = tuple(sorted(by_year, reverse=True))
        yield self._build_list(
            IssueList(path="", heading="", issues=tuple(public[:_NEWEST]), years=years)
        )
        for year in years:
            yield self._build_list(
                IssueList(
                    path=f"{year}/", heading=str(year), issues=tuple(by_year[year]), years=years
                )
            )

    def _build_list(self, found: IssueList) -> Resource:
        return Resource(
            path=found.path,
            digest=self._digest("list", to_json(found)),
            media_type=HTML_TYPE,
            render=lambda: self.renderer.render_list(found),
        )

    # Feeds

    def _list_feeds(self, public: Sequence[ArchivedIssue]) -> Iterator[Resource]:
        source = FeedSource.from_renderer(self.renderer, self._read)
        for page in split_feed(public):
            for name, media_type, write in (
                ("atom", ATOM_TYPE, write_atom),
                ("json", JSON_FEED_TYPE, write_json_feed),
            ):
                yield self._build_feed(page, name, media_type, source, write)

    def _build_feed(
        self,
        page: FeedPage,
        name: str,
        media_type: str,
        source: FeedSource,
        write: Callable[[FeedPage, FeedSource], bytes],
    ) -> Resource:
        return Resource(
            path=f"{page.name}.{name}",
            digest=self._digest(name, to_json(page)),
            media_type=f"{media_type}; charset=utf-8" if name == "atom" else media_type,
            render=lambda: write(page, source),
        )

    # Files

    def _list_files(self, issues: Sequence[ArchivedIssue]) -> Iterator[Resource]:
        """Yield the images, whose names are made from their content."""
        for image in self.renderer.list_logo_files():
            yield Resource(
                path=f"{FILES}/{to_file_name(image)}",
                digest=hashlib.sha256(image.content).hexdigest(),
                media_type=image.media_type,
                render=lambda content=image.content: content,  # type: ignore[misc]
            )
        seen = set()
        for issue in issues:
            for name in issue.card.files:
                if name not in seen:
                    seen.add(name)
                    yield self._build_file(name, issue.digest)

    def _build_file(self, name: str, edition_digest: str) -> Resource:
        def render() -> bytes:
            edition = self._read(edition_digest)
            return next(
                image.content for image in list_files(edition) if to_file_name(image) == name
            )

        return Resource(
            path=f"{FILES}/{name}",
            digest=hashlib.sha256(name.encode()).hexdigest(),
            media_type=_MEDIA_TYPES.get(name.rpartition(".")[2], "application/octet-stream"),
            render=render,
        )

    # Helpers

    def _read_document(self, edition: Edition) -> IssueDocument:
        document = IssueDocument.from_text(edition.document)
        if not document.has_goal:
            return document
        return replace(document, appeals=update_goals(document.appeals, self._goals))

    def _digest(self, *parts: Any) -> str:  # Any: JSON
        form = json.dumps([self._seed, *parts], ensure_ascii=True, separators=(",", ":"))
        return hashlib.sha256(form.encode("ascii")).hexdigest()


_MEDIA_TYPES = {
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "png": "image/png",
    "gif": "image/gif",
    "webp": "image/webp",
}


def _name_neighbor(issue: ArchivedIssue | None) -> list[str]:
    return [issue.slug, issue.card.title, issue.card.direction] if issue else []


def update_goals(appeals: tuple[Appeal, ...], goals: Goals) -> tuple[Appeal, ...]:
    """Return *appeals* with the amounts raised until now; a goal that is nobody's any more is left out."""

    def update(node: Any) -> Any:  # Any: a node in, a node of the same kind out
        if not isinstance(node, Appeal) or node.goal is None:
            return node
        raised = goals.get((node.currency, node.goal.minor))
        goal = None if raised is None else Goal(minor=node.goal.minor, raised_minor=raised)
        return replace(node, goal=goal)

    return map_nodes(appeals, update)
