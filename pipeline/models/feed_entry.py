"""An entry of a feed, as far as is needed to tell whether it was seen before."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class FeedEntry:
    """
    An entry of a feed.

    Args:
        id: Its guid, else its link.
        link: The URL of its page, "" if it has none.
        published: Aware; None if it has no date, or one that cannot be read.
        text_digest: A digest of its first words, "" if it has no text.
    """

    id: str
    title: str = ""
    link: str = ""
    published: datetime | None = None
    text_digest: str = ""
