"""Turn a post of an export into an article, as the loaders do, and check that no word is missing."""

from __future__ import annotations

from dataclasses import replace

from pipeline.errors import LoadError
from pipeline.loaders import load_source
from pipeline.loaders.base import LoadResult, Source
from pipeline.loaders.exports.exported_post import ExportedPost
from pipeline.loaders.exports.ghost import SITE_PLACEHOLDER
from pipeline.loaders.feed.parsed_feed import ParsedEntry, ParsedFeed
from pipeline.loaders.feed.read_entry import read_entry
from pipeline.loaders.html import HtmlLoader
from pipeline.loaders.markdown import MarkdownLoader
from pipeline.loaders.shared.html_nodes.load_report import LoadReport
from pipeline.loaders.shared.local_images import remove_local_images
from pipeline.models.article import Article


def load_post(post: ExportedPost, *, location: str, site: str | None = None) -> Article:
    """
    Return *post* as an article.

    Args:
        location: The path of the export, for messages.
        site: The address of the old site, which its relative links and pictures begin with.

    Raises:
        LoadError: It has no text, or words would be missing.
    """
    body = post.body.replace(SITE_PLACEHOLDER, site.rstrip("/")) if site else post.body
    where = f"{location}, {post.name}"
    if not body.strip():
        raise LoadError(f"{where}: the export has no text of it.")
    source = Source(
        content=body.encode(errors="replace"),
        media_type=post.media_type,
        location=where,
        is_trusted=False,
        url=f"{site.rstrip('/')}{post.path or '/'}" if site else None,
        charset="utf-8",
    )
    article = load_source(source, _PostLoader(post))
    report = LoadReport()
    article = remove_local_images(article, report)
    return replace(
        article,
        title=post.title or article.title,
        subtitle=post.subtitle or article.subtitle,
        byline=", ".join(post.authors) or article.byline,
        published=post.published or article.published,
        canonical_url=None,  # its page is the new one
        warnings=(*article.warnings, *report.warnings),
    )


class _PostLoader:
    """Loads the text of a post: what the system calls its title is not in it."""

    media_type = "text/html"
    suffixes: tuple[str, ...] = ()

    def __init__(self, post: ExportedPost) -> None:
        self._post = post

    def read(self, source: Source) -> LoadResult:
        if self._post.media_type == "text/markdown":
            return MarkdownLoader().read(source)
        if self._post.is_page:
            return HtmlLoader().read(source)
        entry = ParsedEntry(content=source.content.decode())
        return read_entry(entry, ParsedFeed(entries=(entry,)), source, LoadReport())
