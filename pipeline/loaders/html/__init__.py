"""
Load HTML: web pages, files saved or exported as HTML, and fragments from feeds and converters.

    HtmlLoader().read(source)                                 a page, in which the article has to be found
    read_page.read_fragment(html, base_url=…, location=…)     a fragment that is the article
    footnotes.extract_notes(element, report)                  the notes of any DOM
"""

from __future__ import annotations

from dataclasses import replace

from pipeline.errors import LoadError
from pipeline.loaders.base import LoadResult, Source
from pipeline.models.article_text import plain_text

#: In words; a fetched page with less text may be a paywall in front of the article.
_MIN_ARTICLE = 150

__all__ = ["HtmlLoader"]


class HtmlLoader:
    """Web pages and HTML files."""

    media_type = "text/html"
    suffixes = (".html", ".htm", ".xhtml")

    def read(self, source: Source) -> LoadResult:
        """Turn the page in *source* into an article; a paywall in front of it is a `LoadError`."""
        from pipeline.loaders.fetch.media_type import read_charset
        from pipeline.loaders.fetch.paywall import detect_paywall
        from pipeline.loaders.html.read_page import read_page
        from pipeline.loaders.shared.decode import decode_page

        charset = source.charset or read_charset(source.media_type)
        html, warnings = decode_page(source.content, source.location, charset=charset)
        result = read_page(html, location=source.location, url=source.url)
        article = replace(result.article, warnings=(*warnings, *result.article.warnings))
        is_short = len(plain_text(article.blocks).split()) < _MIN_ARTICLE
        if is_short and source.url and (reason := detect_paywall(html)):
            raise LoadError(f"{source.location}: {reason}")
        return replace(result, article=article)
