"""An issue in the archive: what is known of it without reading its document."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import Enum
from typing import Self

from pipeline.models.edition import Edition, InlineImage
from pipeline.models.issue_document import IssueDocument


class Visibility(Enum):
    """Who finds an issue."""

    #: It is in lists, feeds and the search.
    PUBLIC = "public"
    #: Only whoever has its URL; search engines are told to leave it out.
    UNLISTED = "unlisted"
    #: It has no page.
    REMOVED = "removed"


@dataclass(frozen=True, kw_only=True, slots=True)
class Correction:
    """
    One correction: a further edition of an issue.

    Args:
        number: Of the edition; that which was sent is 1.
        digest: Of the corrected edition; *replaced* is that of the one before.
        note: What was corrected, one line.
    """

    number: int
    digest: str
    replaced: str
    at: datetime
    note: str


@dataclass(frozen=True, kw_only=True, slots=True)
class IssueCard:
    """
    What lists say of an issue; kept with its edition.

    Args:
        description: One line of plain text.
        published: The article's own date.
        deadlines: When its appeals change, in order.
        has_goal: Whether an appeal shows the progress towards a goal.
        domain: The publication's when it was rendered.
        files: The names of the images of its page.
    """

    title: str
    description: str = ""
    byline: str = ""
    published: date | None = None
    language: str = "en"
    direction: str = "ltr"
    deadlines: tuple[datetime, ...] = ()
    has_goal: bool = False
    domain: str = ""
    files: tuple[str, ...] = ()

    @classmethod
    def from_edition(cls, edition: Edition, document: IssueDocument) -> Self:
        """Return the card of *edition*, whose document is *document*."""
        return cls(
            title=document.title or edition.publication.name,
            description=document.description,
            byline=document.fill_plain(document.article.byline or ""),
            published=document.article.published,
            language=edition.language,
            direction=edition.direction,
            deadlines=document.deadlines,
            has_goal=document.has_goal,
            domain=edition.publication.sender.domain,
            files=tuple(map(to_file_name, list_files(edition))),
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class ArchivedIssue:
    """
    An issue in the archive.

    Args:
        slug: The last part of its page's URL.
        digest: Of the edition that its page shows.
        published_at: When it was first sent, or added by hand.
        domain: The publication's when it was first rendered.
        corrections: Oldest first.
    """

    slug: str
    digest: str
    card: IssueCard
    published_at: datetime
    domain: str
    visibility: Visibility = Visibility.PUBLIC
    corrections: tuple[Correction, ...] = ()

    @property
    def tag(self) -> str:
        """What identifies it in feeds for ever, wherever they are and whatever is corrected (RFC 4151)."""
        return f"tag:{self.domain},{self.published_at.astimezone(UTC):%Y-%m-%d}:{self.slug}"

    @property
    def is_public(self) -> bool:
        """Whether lists, feeds and search engines may name it."""
        return self.visibility is Visibility.PUBLIC

    @property
    def updated_at(self) -> datetime:
        """When it was last corrected, or else published."""
        return self.corrections[-1].at if self.corrections else self.published_at

    @property
    def digests(self) -> tuple[str, ...]:
        """Of all its editions, the first one first."""
        return (*(each.replaced for each in self.corrections), self.digest)


def list_files(edition: Edition) -> tuple[InlineImage, ...]:
    """Return the images that the page of *edition* may show."""
    return (*edition.images, *edition.web_images)


def to_file_name(image: InlineImage) -> str:
    """Return the name of *image* in the archive: its content determines it."""
    digest = image.content_id.partition("@")[0]
    return f"{digest}.{image.filename.rpartition('.')[2]}"
