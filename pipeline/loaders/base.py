"""The loader interface: a loader turns the bytes of a source into an article and accounts for every word."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from pipeline.models.article import Article


@dataclass(frozen=True, kw_only=True, slots=True)
class Source:
    """
    The bytes of one article.

    Args:
        media_type: The media type of the content, such as `text/markdown`.
        location: The path as given, a URL, or "-" for standard input; used in messages.
        is_trusted: Whether it is the project's own file, in which `{{ name }}` is a field; False for anything fetched.
        url: Where it was fetched from, to resolve its links. It may contain a token, so messages show the location.
        charset: The charset the server declared.
        entry: The feed entry to load: its number from 1, its guid or its link; None for the newest.
    """

    content: bytes
    media_type: str
    location: str
    is_trusted: bool = True
    url: str | None = None
    charset: str | None = None
    entry: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Markup:
    """Text of the source that is markup, not content, and the rule that identified it: `markdown.link-target`."""

    rule: str
    text: str


@dataclass(frozen=True, kw_only=True, slots=True)
class LoadResult:
    """
    What a loader returns: the article, and what is needed to check that no word is missing.

    Args:
        visible_text: The text a reader of the source sees, front matter and alternative texts included, each word as
            often as it occurs. It may contain markup that *markup* lists.
        markup: The markup in *visible_text*.
        full_article_url: The URL of the full article, if the source contains only its beginning.
    """

    article: Article
    visible_text: str
    markup: tuple[Markup, ...] = ()
    full_article_url: str | None = None


class Loader(Protocol):
    """
    One input format.

    A plug-in registers its loader in the entry-point group `pipeline.loaders`; the name of the entry point is the value
    of `--format`.
    """

    #: The media type it reads.
    media_type: str
    #: File extensions it reads, lower case with the dot.
    suffixes: tuple[str, ...]

    def read(self, source: Source) -> LoadResult:
        """
        Turn *source* into an article.

        Raises:
            LoadError: The content is not valid in this format; the message names the line where possible.
        """
        ...
