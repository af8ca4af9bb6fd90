"""
Load an article from a file, a folder, a URL or standard input.

1. `open_source` gets the bytes (`fetch`) and chooses the loader (`formats`).
2. The loader of that format builds the tree, extracts notes and appeal, and lists what it leaves out.
3. `shared.completeness` checks that no word is missing.
4. `shared.unwrap_links` replaces links through other services by where they lead.
5. `shared.formulas` warns of formulas in TeX.
6. An article without a language gets that of its text (`shared.article_language`).
7. For a feed that contains only the beginning of its articles, the article's own page is loaded.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from pipeline.errors import LoadError
from pipeline.loaders.base import Loader, LoadResult, Markup, Source
from pipeline.loaders.formats import LOADERS
from pipeline.loaders.open_source import LoadOptions, open_source, open_url
from pipeline.loaders.shared.article_language import set_language
from pipeline.loaders.shared.completeness import check_completeness
from pipeline.loaders.shared.find_lines import find_lines
from pipeline.loaders.shared.formulas import warn_of_formulas
from pipeline.loaders.shared.unwrap_links import unwrap_links
from pipeline.models.article import Article, Dropped, Embed, Figure, Image, Link, LoadWarning
from pipeline.models.feed_entry import FeedEntry
from pipeline.models.tree import walk

__all__ = ["LOADERS", "LoadResult", "Loader", "Markup", "Source", "load", "load_source"]


def load(
    location: str,
    *,
    format: str | None = None,
    entry: str | None = None,
    allow_private: bool = False,
    cache_folder: Path | None = None,
    title: str | None = None,
    keep_unplaced: bool = False,
) -> Article:
    """
    Load the article at *location*.

    Args:
        location: The path of a file or of a folder with one article, an http(s) URL, or "-" for standard input.
        format: The name of a loader; default: chosen by the file extension or the server's media type.
        entry: The feed entry to load: its number, guid or link; default: the newest.
        allow_private: Allow requests to this machine and its network.
        cache_folder: The folder that caches fetched content.
        title: Replaces the title found, which is then listed as left out.
        keep_unplaced: Append words that could not be placed as a last paragraph instead of failing.

    Raises:
        LoadError: The source cannot be read as an article.
        UnknownName: No loader is called *format*.
    """
    options = LoadOptions(
        format=format, entry=entry, allow_private=allow_private, cache_folder=cache_folder
    )
    source, loader = open_source(location, options)
    result = loader.read(source)
    article = unwrap_links(check_completeness(result, keep_unplaced=keep_unplaced))
    article = find_lines(warn_of_formulas(article), source, loader)
    if not (article.title or article.blocks or article.notes or article.appeal):
        raise LoadError(
            f"{source.location}: contains no text. Save the article into it, then try again."
        )
    article = _set_language(article, loader)
    if result.full_article_url:
        article = _load_full_article(
            article, result.full_article_url, options, keep_unplaced=keep_unplaced
        )
    return _replace_title(article, title)


def load_source(
    source: Source, loader: Loader, *, title: str | None = None, keep_unplaced: bool = False
) -> Article:
    """Turn *source* into an article with *loader* and check that no word is missing; see `load()`."""
    article = unwrap_links(check_completeness(loader.read(source), keep_unplaced=keep_unplaced))
    article = find_lines(warn_of_formulas(article), source, loader)
    return _replace_title(_set_language(article, loader), title)


def list_feed_entries(
    location: str, *, allow_private: bool = False, cache_folder: Path | None = None
) -> tuple[FeedEntry, ...]:
    """Return the entries of the feed at *location*, oldest first."""
    from pipeline.loaders.feed import list_entries

    options = LoadOptions(format="feed", allow_private=allow_private, cache_folder=cache_folder)
    source, _ = open_source(location, options)
    return list_entries(source)


def _load_full_article(
    teaser: Article, url: str, options: LoadOptions, *, keep_unplaced: bool
) -> Article:
    """Load the page that the teaser in a feed links to; return the teaser if that fails."""
    try:
        source, loader = open_url(url, replace(options, format=None, entry=None))
        article = load_source(source, loader, keep_unplaced=keep_unplaced)
    except LoadError as error:
        message = f"The feed contains only the beginning, and the full article could not be loaded: {error}"
        return _add_warning(teaser, "feed.teaser", message)
    message = (
        f"The feed contains only the beginning; the article was loaded from {source.location}."
    )
    linked = {node.href for node in walk(article.blocks) if isinstance(node, Embed | Link)}
    embeds = [
        block for block in teaser.blocks if isinstance(block, Embed) and block.href not in linked
    ]
    article = replace(
        article,
        blocks=(*embeds, *article.blocks),
        lead_image=article.lead_image or _find_lead_image(teaser, article),
        title=article.title or teaser.title,
        byline=article.byline or teaser.byline,
        published=article.published or teaser.published,
        canonical_url=article.canonical_url or teaser.canonical_url,
    )
    return _add_warning(article, "feed.teaser-followed", message)


def _find_lead_image(teaser: Article, article: Article) -> Figure | None:
    """Return the lead image of *teaser* unless *article* shows any picture: it would be the same one again."""
    has_images = any(isinstance(node, Figure | Image) for node in walk(article.blocks))
    return None if has_images else teaser.lead_image


def _set_language(article: Article, loader: Loader) -> Article:
    """Return *article* with a language; in Markdown and text its author names it."""
    return set_language(article, is_author=loader.media_type in {"text/markdown", "text/plain"})


def _add_warning(article: Article, code: str, message: str) -> Article:
    return replace(article, warnings=(*article.warnings, LoadWarning(code=code, message=message)))


def _replace_title(article: Article, title: str | None) -> Article:
    if title is None or title == article.title:
        return article
    replaced = (Dropped(reason="title.replaced", text=article.title),) if article.title else ()
    return replace(article, title=title, dropped=(*article.dropped, *replaced))
