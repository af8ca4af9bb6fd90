"""
What both kinds of feed contain: the whole text of each issue, with its notes.

The newest issues are in the feed itself, older ones in archived feeds of twenty (RFC 5005 §4), which do not change when
a new issue is published. Appeals are left out: they are on the page, as they are true on the day it is read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Self

from pipeline.models.archived_issue import ArchivedIssue, list_files, to_file_name
from pipeline.models.edition import Edition
from pipeline.models.issue_document import IssueDocument
from pipeline.rendering.html.note_links import NoteForm
from pipeline.rendering.web.issue_content import IssueContent
from pipeline.rendering.web.issue_head import find_image_url
from pipeline.rendering.web.page_renderer import FILES, PageRenderer

#: Issues in one document.
ISSUES_PER_FEED = 20
NAME = "feed"


@dataclass(frozen=True, kw_only=True, slots=True)
class FeedPage:
    """
    One document of a feed.

    Args:
        name: Without its ending: `feed`, or `feed-1` of an archived one.
        issues: The newest first.
        older: The name of the document before it, None for the first one; *newer* likewise.
    """

    name: str
    issues: tuple[ArchivedIssue, ...]
    older: str | None = None
    newer: str | None = None

    @property
    def is_archived(self) -> bool:
        """Whether it is one that stays as it is."""
        return self.name != NAME

    @property
    def updated_at(self) -> datetime:
        """When the last of its issues was published or corrected."""
        return max(
            (issue.updated_at for issue in self.issues), default=datetime(1970, 1, 1, tzinfo=UTC)
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class SyndicatedIssue:
    """
    One issue in a feed.

    Args:
        html: Its text and notes; links to the notes lead to the page.
        image_url: "" without an image.
    """

    issue: ArchivedIssue
    url: str
    title: str
    summary: str
    byline: str
    html: str
    image_url: str


@dataclass(frozen=True, kw_only=True, slots=True)
class FeedSource:
    """Where the entries come from: the archive's URL, the publication, and its editions by digest."""

    url: str
    title: str
    language: str
    domain: str
    catalogs: Sequence[Path]
    read_edition: Callable[[str], Edition]

    @classmethod
    def from_renderer(cls, renderer: PageRenderer, read_edition: Callable[[str], Edition]) -> Self:
        """Return the source of the feeds beside the pages of *renderer*."""
        publication = renderer.publication
        return cls(
            url=renderer.url,
            title=publication.name,
            language=publication.language,
            domain=publication.sender.domain,
            catalogs=renderer.catalogs,
            read_edition=read_edition,
        )

    def list_entries(self, page: FeedPage) -> Iterator[SyndicatedIssue]:
        """Yield the entries of *page*."""
        for issue in page.issues:
            yield self._build_entry(issue)

    def _build_entry(self, issue: ArchivedIssue) -> SyndicatedIssue:
        edition = self.read_edition(issue.digest)
        document = IssueDocument.from_text(edition.document)
        names = {image.content_id: to_file_name(image) for image in list_files(edition)}
        page_url = f"{self.url}/{issue.slug}/"
        content = IssueContent(
            document,
            edition,
            form=NoteForm.FEED,
            find_image=lambda content_id: f"{self.url}/{FILES}/{names[content_id]}",
            page_url=page_url,
            at=issue.updated_at,
            catalogs=self.catalogs,
        )
        html = "\n".join(
            filter(
                None,
                (content.write_lead_image(), content.write_article(), content.write_endnotes()),
            )
        )
        return SyndicatedIssue(
            issue=issue,
            url=page_url,
            title=document.title or self.title,
            summary=document.description,
            byline=document.fill_plain(document.article.byline or ""),
            html=html,
            image_url=find_image_url(content, f"{self.url}/"),
        )


def split_feed(public: Sequence[ArchivedIssue]) -> Iterator[FeedPage]:
    """Yield the documents of the feed of *public*, the newest issue first: the feed, then the archived ones."""
    count = len(public) // ISSUES_PER_FEED
    names = [f"{NAME}-{number}" for number in range(1, count + 1)]
    yield FeedPage(
        name=NAME,
        issues=tuple(public[:ISSUES_PER_FEED]),
        older=names[-1] if count and len(public) > ISSUES_PER_FEED else None,
    )
    if len(public) <= ISSUES_PER_FEED:
        return
    oldest_first = [*reversed(public)]
    for index, name in enumerate(names):
        start = index * ISSUES_PER_FEED
        yield FeedPage(
            name=name,
            issues=tuple(reversed(oldest_first[start : start + ISSUES_PER_FEED])),
            older=names[index - 1] if index else None,
            newer=names[index + 1] if index + 1 < count else None,
        )
