"""A post in the export of another system, before it is loaded."""

from __future__ import annotations

import html
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum

from pipeline.loaders.feed.feed_dates import read_feed_date


class PostKind(Enum):
    """What a post is."""

    #: It was published or sent.
    PUBLISHED = "published"
    #: Nobody has seen it yet: a draft, or one that is scheduled.
    DRAFT = "draft"
    #: A page of the site, such as "About us", or a thread of comments: no issue.
    PAGE = "page"


class Access(Enum):
    """Who could read a post."""

    EVERYBODY = "everybody"
    #: Subscribers, or only those who pay.
    SUBSCRIBERS = "subscribers"


@dataclass(frozen=True, kw_only=True, slots=True)
class ExportedPost:
    """
    A post in the export of another system.

    Args:
        name: Where it is in the export, for messages.
        slug: The last part of its old address.
        path: Its old address without the host: `/p/rain-gauges`; "" if the export does not say.
        published: When it was published or sent, aware; None if the export does not say.
        body: Its text, of the media type *media_type*: text/html or text/markdown.
        is_page: Whether *body* is a whole email or page, in which the text has to be found.
    """

    name: str
    slug: str
    title: str
    body: str
    path: str = ""
    subtitle: str = ""
    authors: tuple[str, ...] = ()
    published: datetime | None = None
    kind: PostKind = PostKind.PUBLISHED
    access: Access = Access.EVERYBODY
    media_type: str = "text/html"
    is_page: bool = False


def read_time(text: str) -> datetime | None:
    """Return the time in *text*, UTC where it names no zone; None if it holds no time."""
    text = text.strip()
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return read_feed_date(text) if text else None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def read_text(value: object) -> str:
    """Return a value of a table or of JSON as one line of text, HTML entities replaced."""
    return " ".join(html.unescape(str(value or "")).split())
