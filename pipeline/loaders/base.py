"""What a loader is: from the bytes of a source to an article, with every word accounted for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from pipeline.models.article import Article


@dataclass(frozen=True, kw_only=True, slots=True)
class Source:
    """
    The bytes of one article.

    Args:
        media_type: As the format's table names it, `text/markdown`.
        address: The path as given, a URL, or "-".
        is_trusted: Whether it is the project's own file, in which `{{ name }}` is a field; false for anything fetched.
        url: Where it was fetched from, for resolving its links; it may hold a token, so messages name the address.
        charset: What the server declared.
        entry: Which entry of a feed is wanted: its number from 1, its guid or its link; null for the newest.
    """

    content: bytes
    media_type: str
    address: str
    is_trusted: bool = True
    url: str | None = None
    charset: str | None = None
    entry: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Mark:
    """Words of the source that are syntax and not text, and the named rule that took them: `markdown.link-target`."""

    rule: str
    text: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Reading:
    """
    What a loader returns: the article, and what is needed to show that no word was lost.

    Args:
        visible: The text a reader of the source would see, front matter and alternative texts included, each word as
            often as it stands there. It may hold syntax, if *marks* accounts for it.
        marks: The syntax in *visible*.
        whole_at: Where the whole article stands, if the source holds only its beginning.
    """

    article: Article
    visible: str
    marks: tuple[Mark, ...] = ()
    whole_at: str | None = None


class Loader(Protocol):
    """
    One input format.

    A third party adds one through the entry-point group `pipeline.loaders`; the entry's name is the `--format`.
    """

    #: Media type of what it reads.
    media_type: str
    #: File endings, with the dot, lower case.
    suffixes: tuple[str, ...]

    def read(self, source: Source) -> Reading:
        """
        Turn *source* into an article.

        Raises:
            LoadError: It is not of this format; the message names the line where there is one.
        """
        ...
