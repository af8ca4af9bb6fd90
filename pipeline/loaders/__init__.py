"""
Load: from a file, a folder, a URL or standard input to an article.

1. `opening` gets the bytes (`fetch`) and settles the loader (`formats`).
2. The loader of that format builds the tree, lifts out notes and appeal, and lists what it leaves out.
3. `conservation` shows that no word was lost.
4. Of a feed that holds only the beginning of its articles, the article's own page is loaded.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from pipeline.errors import LoadError
from pipeline.loaders.base import Loader, Mark, Reading, Source
from pipeline.loaders.formats import LOADERS
from pipeline.loaders.open_source import Opening, open_source
from pipeline.loaders.shared.conservation import conserve
from pipeline.models.article import Article, Dropped, LoadWarning

__all__ = ["LOADERS", "Loader", "Mark", "Reading", "Source", "load", "read"]


def load(
    address: str,
    *,
    format: str | None = None,
    entry: str | None = None,
    allow_private: bool = False,
    keep_in: Path | None = None,
    title: str | None = None,
    keep_unplaced: bool = False,
) -> Article:
    """
    Load the article at *address*.

    Args:
        address: The path of a file or of a folder with one article, an http(s) URL, or "-" for standard input.
        format: A loader's name; by default the file's ending or the server's answer decides.
        entry: Which entry of a feed: its number, guid or link; by default the newest.
        allow_private: Fetch from this machine and its network too.
        keep_in: The folder in which what was fetched is kept.
        title: Wins over the title found, which is then listed as left out.
        keep_unplaced: Put words that found no place into a last paragraph instead of failing.

    Raises:
        LoadError: It cannot become an article.
        UnknownName: There is no such format.
    """
    how = Opening(format=format, entry=entry, allow_private=allow_private, keep_in=keep_in)
    source, loader = open_source(address, how)
    reading = loader.read(source)
    article = conserve(reading, keep_unplaced=keep_unplaced)
    if not (article.title or article.blocks or article.notes or article.appeal):
        raise LoadError(
            f"{source.address}: there is no text in it. Save the article into it, then try again."
        )
    if reading.whole_at:
        article = _whole(article, reading.whole_at, how, keep_unplaced=keep_unplaced)
    return _titled(article, title)


def feed_entries(
    address: str, *, allow_private: bool = False, keep_in: Path | None = None
) -> tuple[str, ...]:
    """
    Return the guid, else the link, of each entry of the feed at *address*, the oldest first.

    Raises:
        LoadError: It cannot be read, or is no feed.
    """
    from pipeline.loaders.feed import entries

    how = Opening(format="feed", entry=None, allow_private=allow_private, keep_in=keep_in)
    source, _ = open_source(address, how)
    return entries(source)


def read(
    source: Source, loader: Loader, *, title: str | None = None, keep_unplaced: bool = False
) -> Article:
    """Turn *source* into an article by *loader*, every word accounted for; see `load()`."""
    return _titled(conserve(loader.read(source), keep_unplaced=keep_unplaced), title)


def _whole(teaser: Article, url: str, how: Opening, *, keep_unplaced: bool) -> Article:
    """Load the page a feed's teaser points to; the teaser stays if that fails."""
    try:
        source, loader = open_source(url, replace(how, format=None, entry=None))
        article = read(source, loader, keep_unplaced=keep_unplaced)
    except LoadError as error:
        told = (
            f"The feed holds only the beginning, and the whole article could not be loaded: {error}"
        )
        return _warned(teaser, "feed.teaser", told)
    told = f"The feed holds only the beginning; the article was loaded from {source.address}."
    article = replace(
        article,
        title=article.title or teaser.title,
        byline=article.byline or teaser.byline,
        published=article.published or teaser.published,
        canonical_url=article.canonical_url or teaser.canonical_url,
    )
    return _warned(article, "feed.teaser-followed", told)


def _warned(article: Article, code: str, message: str) -> Article:
    return replace(article, warnings=(*article.warnings, LoadWarning(code=code, message=message)))


def _titled(article: Article, title: str | None) -> Article:
    if title is None or title == article.title:
        return article
    replaced = (Dropped(reason="title.replaced", text=article.title),) if article.title else ()
    return replace(article, title=title, dropped=(*article.dropped, *replaced))
