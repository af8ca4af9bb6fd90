"""
HTML: web pages, files saved or exported as HTML, and fragments from feeds and converters.

    HtmlLoader().read(source)                           a page, in which the article has to be found
    read_fragment(html, base_url=…, address=…)          a fragment that is the article
    lift_notes(element, account)                        the notes of any DOM, in `html.footnotes`
"""

from __future__ import annotations

from dataclasses import replace

from pipeline.errors import LoadError
from pipeline.loaders.base import Reading, Source
from pipeline.models.article_text import plain_text

#: A fetched page with fewer words may be a wall in front of the article.
_SHORT_WORDS = 150

__all__ = ["HtmlLoader", "read_fragment"]


class HtmlLoader:
    """Web pages and HTML files."""

    media_type = "text/html"
    suffixes = (".html", ".htm", ".xhtml")

    def read(self, source: Source) -> Reading:
        """
        Turn the page in *source* into an article.

        Raises:
            LoadError: It is no page, beyond all bounds, or a wall in front of the article.
        """
        from pipeline.loaders.fetch.media_type import read_charset
        from pipeline.loaders.fetch.paywall import wall
        from pipeline.loaders.html.read_page import read_page
        from pipeline.loaders.shared.decode import decode_page

        charset = source.charset or read_charset(source.media_type)
        html, warnings = decode_page(source.content, source.address, charset=charset)
        reading = read_page(html, address=source.address, url=source.url)
        article = replace(reading.article, warnings=(*warnings, *reading.article.warnings))
        is_short = len(plain_text(article.blocks).split()) < _SHORT_WORDS
        if is_short and source.url and (words := wall(html)):
            raise LoadError(f"{source.address}: {words}")
        return replace(reading, article=article)


def read_fragment(html: str, *, base_url: str | None, address: str) -> Reading:
    """
    Return the article that the fragment *html* is as a whole, notes lifted, chrome left out, no title sought.

    Args:
        base_url: What relative addresses count from; null leaves them as they are.
        address: Names the source in messages.

    Raises:
        LoadError: It is beyond all bounds, or holds no text.
    """
    from pipeline.loaders.html.read_page import read_fragment

    return read_fragment(html, base_url=base_url, address=address)
